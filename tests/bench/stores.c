#include "tests/bench/bench.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/mp.h"

enum { BATCH_STUDENTS = 10 };

static const uint64_t now = 1790000000000;

double bench_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool bench_wanted(const struct bench_options *o, const char *name)
{
	return !o->only || strcmp(o->only, name) == 0;
}

void bench_die(const char *what)
{
	perror(what);
	exit(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void open_with(struct fixture *f, bool no_sync)
{
	char path[200];
	struct store_options o = {.map_bytes = (size_t)16 << 30, .no_sync = no_sync};
	snprintf(path, sizeof path, "%s/store", f->dir);
	fixture_must(store_open(&f->store, path, &o), "open store");
	snprintf(path, sizeof path, "%s/keys", f->dir);
	fixture_must(store_open(&f->keys, path, &o), "open keys");
	fixture_must(school_open(&f->school, f->store, f->keys, f->master, &f->identity), "open school");
	f->open = true;
}

void bench_open(struct fixture *f)
{
	open_with(f, false);
}

/* A fixture's stores, moved to disk. */
static void settle(struct fixture *f, const char *base, const char *name)
{
	char path[300];
	struct store *stores[] = {f->store, f->keys};
	static const char *const names[] = {"store", "keys"};
	snprintf(path, sizeof path, "%s/%s", base, name);
	mkdir(path, 0700);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s/%s", base, name, names[i]);
		mkdir(path, 0700);
		fixture_must(store_copy(stores[i], path), "copy");
	}
	fixture_close(f);
	snprintf(f->dir, sizeof f->dir, "%.100s/%s", base, name);
}

static void write_student(struct fixture *f, struct batch *b, unsigned n, uint64_t entries)
{
	static const char text[] = "Всероссийская олимпиада школьников, муниципальный этап, математика";
	uint8_t subject[SUBJECT_BYTES];
	struct buf body;
	fixture_student(f, b, n, subject);
	buf_init(&body, 4096);
	for (uint64_t i = 0; i < entries; i++) {
		char title[160];
		snprintf(title, sizeof title, "%s, %u-%u", text, n, (unsigned)i);
		buf_reset(&body);
		mp_put_map(&body, 2);
		mp_put_key(&body, "kind");
		mp_put_text(&body, bytes_text("achievement"));
		mp_put_key(&body, "title");
		mp_put_text(&body, bytes_text(title));
		struct writing w = {.type = RECORD_ENTRY, .subject = subject, .period = (uint16_t)(2020 + i % 5)};
		fixture_must(batch_write(b, &w, buf_bytes(&body), NULL), "entry");
	}
	buf_release(&body);
}

static void populate(struct fixture *f, uint64_t records)
{
	struct batch b;
	unsigned students = 0;
	for (uint64_t left = records; left;) {
		fixture_batch(f, &b, now);
		for (int i = 0; i < BATCH_STUDENTS && left; i++) {
			uint64_t n = left < BENCH_RECORDS_A_STUDENT ? left : BENCH_RECORDS_A_STUDENT;
			write_student(f, &b, students++, n);
			left -= n;
		}
		fixture_must(batch_commit(&b), "populate");
	}
}

void bench_pair_create(struct bench_pair *p, const char *name, uint64_t records)
{
	p->records = records;
	snprintf(p->base, sizeof p->base, "build/bench/%s", name);
	bench_pair_remove(p);
	mkdir("build", 0755);
	mkdir("build/bench", 0755);
	if (mkdir(p->base, 0755))
		bench_die(p->base);
	fixture_create(&p->parent, 1, "Опорная школа", now);
	fixture_create(&p->child, 2, "Школа", now);
	fixture_join(&p->parent, &p->child, POWER_RELAY, 0, now);
	memcpy(p->child_id, p->child.school.id, SCHOOL_BYTES);
	memcpy(p->parent_id, p->parent.school.id, SCHOOL_BYTES);
	settle(&p->parent, p->base, "parent");
	settle(&p->child, p->base, "child");
	open_with(&p->child, true);
	populate(&p->child, records);
	fixture_close(&p->child);
}

void bench_pair_remove(struct bench_pair *p)
{
	nftw(p->base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
