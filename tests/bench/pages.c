/*
 * A school of 1 635 students with six years of entries of every kind: a page of 50 rows, and a class
 * in one matrix, over one warm connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/keyring.h"
#include "node/loop.h"
#include "node/node_catalogue.h"
#include "node/population.h"
#include "tests/bench/daemon.h"

enum { STUDENTS = 1635, STAFF = 78, RECORDS_EACH = 60, ROUNDS = 300 };

/* Straight into the stores, as the demonstration's schools are made. */
static uint64_t populate(void)
{
	struct population p = {.number = 9, .school_name = "Школа", .students = STUDENTS, .staff = STAFF, .records_each = RECORDS_EACH};
	char error[KEYRING_ERROR_BYTES] = "";
	struct keyring k;
	struct opened o;
	uint8_t mover[SUBJECT_BYTES];
	uint64_t records = 0;
	struct population_least least;
	struct catalogue *c = node_catalogue(error);
	if (!c || keyring_open(&k, DIR_HTTP, error) || keyring_open_school(&k, &o, error))
		bench_die(error);
	if (population_write(&o.school, c, &p, clock_ms(), NULL, mover, &records, &least))
		bench_die("population");
	keyring_close_school(&o);
	keyring_close(&k);
	catalogue_free(c);
	return records;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* path gets the number of the round. */
static void measure(struct daemon *d, const char *name, void (*path)(size_t round, char out[300]))
{
	static double took[ROUNDS];
	struct client c;
	char target[300];
	size_t bytes = 0;
	client_open(&c, d);
	for (size_t i = 0; i < 2 * ROUNDS; i++) { /* the first half warms */
		path(i % ROUNDS, target);
		client_exchange(&c, d, "GET", target, "", 200);
		if (i >= ROUNDS)
			took[i - ROUNDS] = bench_clock() - c.asked;
		bytes = c.n;
	}
	client_close(&c);
	qsort(took, ROUNDS, sizeof *took, by_size);
	printf("{\"name\":\"%s\",\"bytes\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n", name, bytes,
	       took[ROUNDS / 2] * 1e3, took[ROUNDS * 99 / 100] * 1e3, took[ROUNDS - 1] * 1e3);
	fflush(stdout);
}

enum { SEEN = 100 };
static char students[SEEN][2 * SUBJECT_BYTES + 1], classes[SEEN][2 * SUBJECT_BYTES + 1];
static size_t class_count;

static void list_path(size_t round, char out[300])
{
	sprintf(out, "/api/v1/students?limit=50&cursor=%zu", round % 30 * 50);
}

static void entries_path(size_t round, char out[300])
{
	sprintf(out, "/api/v1/students/%s/entries?limit=50", students[round % SEEN]);
}

static void matrix_path(size_t round, char out[300])
{
	sprintf(out, "/api/v1/classes/%s/matrix", classes[round % (class_count < 5 ? class_count : 5)]);
}

static void queue_path(size_t round, char out[300])
{
	sprintf(out, "/api/v1/moderation?limit=50&class=%zu%%D0%%90", 1 + round % 11);
}

static void read_ids(struct daemon *d)
{
	struct client c;
	client_open(&c, d);
	client_exchange(&c, d, "GET", "/api/v1/students?limit=100", "", 200);
	json_t *list = daemon_parse(c.body), *items = json_object_get(list, "items");
	for (size_t i = 0; i < SEEN; i++)
		daemon_member(students[i], sizeof students[i], json_array_get(items, i), "id");
	json_decref(list);
	client_exchange(&c, d, "GET", "/api/v1/classes", "", 200);
	list = daemon_parse(c.body);
	items = json_object_get(list, "items");
	for (; class_count < SEEN && class_count < json_array_size(items); class_count++)
		daemon_member(classes[class_count], sizeof classes[class_count], json_array_get(items, class_count), "id");
	json_decref(list);
	client_close(&c);
}

void bench_pages(const struct bench_options *o)
{
	static struct daemon d;
	if (!bench_wanted(o, "pages"))
		return;
	daemon_create(&d, o->estafeta);
	uint64_t records = populate();
	double from = bench_clock();
	daemon_start(&d);
	printf("{\"name\":\"start_school\",\"records\":%llu,\"ms\":%.0f}\n", (unsigned long long)records, (bench_clock() - from) * 1e3);
	d.control = true;
	read_ids(&d);
	measure(&d, "page_students", list_path);
	measure(&d, "page_entries", entries_path);
	measure(&d, "page_moderation", queue_path);
	measure(&d, "class_matrix", matrix_path);
	daemon_remove();
}
