/*
 * sim --seeds N [--from SEED] [--verbose]   many small worlds with faults
 * sim --seed N [--verbose]                  one of them again
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/world.h"

struct totals {
	uint64_t faults[FAULT_COUNT];
	uint64_t counts[COUNT_TOTAL];
};

/* N4: what the founder's roster says of the network. */
static void count_regions(const struct world *w, size_t *regions, size_t *districts)
{
	const struct roster *r = &w->schools[0].f.school.roster;
	*regions = *districts = 0;
	for (size_t i = 0; i < r->count; i++) {
		bool new_region = r->members[i].region[0], new_district = r->members[i].district[0];
		for (size_t k = 0; k < i; k++) {
			new_region &= strcmp(r->members[k].region, r->members[i].region) != 0;
			new_district &= strcmp(r->members[k].district, r->members[i].district) != 0;
		}
		*regions += new_region;
		*districts += new_district;
	}
}

static bool run_one(uint64_t seed, size_t schools, uint64_t minutes, bool verbose, struct totals *sum)
{
	struct world *w = malloc(sizeof *w);
	uint8_t trace[16];
	char hex[33];
	world_init(w, seed, schools, verbose);
	bool ok = world_run(w, w->now_ms + minutes * 60000) && world_settle(w);
	if (ok && schools >= 80) {
		size_t regions, districts;
		count_regions(w, &regions, &districts);
		printf("n4: %zu schools in %zu regions of %zu federal districts\n", schools, regions, districts);
		ok = regions >= 12 && districts > 4;
	}
	hash_end(&w->trace, trace);
	sodium_bin2hex(hex, sizeof hex, trace, sizeof trace);
	printf("seed %llu: %s, %zu schools, %zu students, %llu moves (%llu accepted), %llu events, trace %s%s%s\n",
	       (unsigned long long)seed, ok ? "ok" : "FAILED", schools, w->student_count,
	       (unsigned long long)w->counts[COUNT_MOVES], (unsigned long long)w->counts[COUNT_ACCEPTS],
	       (unsigned long long)w->events, hex, ok ? "" : ": ", w->failed);
	fflush(stdout);
	for (int i = 0; i < FAULT_COUNT; i++)
		sum->faults[i] += w->faults[i];
	for (int i = 0; i < COUNT_TOTAL; i++)
		sum->counts[i] += w->counts[i];
	world_release(w);
	free(w);
	return ok;
}

int main(int argc, char **argv)
{
	uint64_t seeds = 20, from = 1;
	size_t schools = 0;
	bool one = false, verbose = false, failed = false;
	struct totals sum = {0};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0)
			verbose = true;
		else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0)
			seeds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--from") == 0)
			from = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--schools") == 0)
			schools = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
			from = strtoull(argv[++i], NULL, 10);
			seeds = 1;
			one = true;
		} else {
			fprintf(stderr, "usage: sim [--seeds N] [--from SEED] [--seed N] [--schools N] [--verbose]\n");
			return 64;
		}
	}
	if (sodium_init() < 0)
		return 70;
	for (uint64_t seed = from; seed < from + seeds; seed++)
		failed |= !run_one(seed, schools ? schools : 3 + seed % 10, 3, verbose, &sum);
	if (one)
		return failed;
	/* N4: at least 80 organisations in 12 regions */
	if (!schools)
		failed |= !run_one(from + 1000000, 80, 2, verbose, &sum);
	printf("faults:");
	for (int i = 0; i < FAULT_COUNT; i++)
		printf(" %s %llu%s", fault_names[i], (unsigned long long)sum.faults[i], i + 1 < FAULT_COUNT ? "," : "\n");
	printf("seen: records %llu, sessions %llu, commits %llu, moves %llu, accepts %llu, declines %llu, voids %llu, frozen %llu, nacks %llu, "
	       "erased %llu records and %llu students, files %llu, fetched %llu (%llu resumed), dropped %llu\n",
	       (unsigned long long)sum.counts[COUNT_RECORDS], (unsigned long long)sum.counts[COUNT_SESSIONS],
	       (unsigned long long)sum.counts[COUNT_COMMITS], (unsigned long long)sum.counts[COUNT_MOVES],
	       (unsigned long long)sum.counts[COUNT_ACCEPTS], (unsigned long long)sum.counts[COUNT_DECLINES],
	       (unsigned long long)sum.counts[COUNT_VOIDS], (unsigned long long)sum.counts[COUNT_FROZEN],
	       (unsigned long long)sum.counts[COUNT_NACKS], (unsigned long long)sum.counts[COUNT_ERASED],
	       (unsigned long long)sum.counts[COUNT_FORGOTTEN], (unsigned long long)sum.counts[COUNT_FILES],
	       (unsigned long long)sum.counts[COUNT_FETCHED], (unsigned long long)sum.counts[COUNT_RESUMED],
	       (unsigned long long)sum.counts[COUNT_DROPPED]);
	for (int i = 0; i < FAULT_COUNT; i++)
		if (!sum.faults[i]) {
			printf("fault \"%s\" never happened\n", fault_names[i]);
			failed = true;
		}
	for (int i = COUNT_MOVES; i <= COUNT_DROPPED; i++)
		if (!sum.counts[i]) {
			printf("count %d stayed zero\n", i);
			failed = true;
		}
	printf("%s\n", failed ? "FAILED" : "all held");
	return failed;
}
