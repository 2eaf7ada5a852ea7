/*
 * bench [--n RECORDS] [--only NAME] [--estafeta FILE]
 *
 * One JSON object a line. NAME: cold_sync, delta_sync, start, transfer, http_card, durable_writes,
 * import_oneroster, pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

int main(int argc, char **argv)
{
	struct bench_options o = {.records = 100000, .estafeta = "build/estafeta"};
	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && strcmp(argv[i], "--n") == 0) {
			o.records = strtoull(argv[++i], NULL, 10);
		} else if (i + 1 < argc && strcmp(argv[i], "--only") == 0) {
			o.only = argv[++i];
		} else if (i + 1 < argc && strcmp(argv[i], "--estafeta") == 0) {
			o.estafeta = argv[++i];
		} else {
			fprintf(stderr, "usage: bench [--n RECORDS] [--only NAME] [--estafeta FILE]\n");
			return 64;
		}
	}
	if (sodium_init() < 0 || o.records < 1)
		return 70;
	bench_sync(&o);
	if (bench_wanted(&o, "transfer"))
		bench_transfer();
	bench_http(&o);
	bench_import(&o);
	bench_pages(&o);
	return 0;
}
