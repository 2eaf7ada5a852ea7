/* Kept digests against a plain count over the set, written a second time here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "core/leaf.h"
#include "tests/lib/forge.h"

enum { IDS_MAX = 3000, YEAR = 2026 };

struct line {
	uint16_t period;
	uint8_t id[ID_BYTES];
	uint8_t author; /* first byte of the author */
	enum record_type type;
	bool erased;
};

static struct fixture f;
static struct line lines[IDS_MAX];
static const uint8_t subject[SUBJECT_BYTES] = {9, 9};
static uint64_t dice = 88172645463325252;

static int by_key(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	return x->period != y->period ? (x->period < y->period ? -1 : 1) : memcmp(x->id, y->id, ID_BYTES);
}

static bool in_set(const struct line *l, enum mode mode, uint8_t custodian)
{
	bool chain = l->type == RECORD_RELEASE || l->type == RECORD_CLAIM;
	if (l->type == RECORD_ATTEST)
		return false;
	return mode == MODE_ALL || chain || (mode == MODE_FORMER && l->author != custodian);
}

static void put_be(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

/* One line of a subject's digest: period, part, count, hash over (id, state). */
static void naive_part(struct hash *sum, const struct line *const *part, size_t n, uint16_t name)
{
	uint8_t head[8], hash[DIGEST_BYTES];
	struct hash h;
	hash_start(&h, "estafeta leaf", DIGEST_BYTES, (struct bytes){0});
	for (size_t i = 0; i < n; i++) {
		uint8_t state = part[i]->erased ? 1 : 0;
		hash_add(&h, part[i]->id, ID_BYTES);
		hash_add(&h, &state, 1);
	}
	hash_end(&h, hash);
	put_be(head, part[0]->period, 2);
	put_be(head + 2, name, 2);
	put_be(head + 4, n, 4);
	hash_add(sum, head, sizeof head);
	hash_add(sum, hash, sizeof hash);
}

static struct digest naive(size_t count, enum mode mode, uint8_t custodian)
{
	static const struct line *set[IDS_MAX], *part[IDS_MAX];
	struct digest d = {0};
	struct hash sum;
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (in_set(&lines[i], mode, custodian))
			set[n++] = &lines[i];
	if (n == 0)
		return d;
	d.count = (uint32_t)n;
	hash_start(&sum, "estafeta digest", DIGEST_BYTES, (struct bytes){0});
	for (uint32_t period = 0; period <= 3 * YEAR; period += YEAR) {
		size_t members = 0;
		for (size_t i = 0; i < n; i++)
			if (set[i]->period == period)
				part[members++] = set[i];
		if (members == 0)
			continue;
		if (members <= 256) {
			naive_part(&sum, part, members, 256);
			continue;
		}
		for (uint16_t first = 0; first < 256; first++) {
			size_t few = 0;
			for (size_t i = 0; i < n; i++)
				if (set[i]->period == period && set[i]->id[0] == first)
					part[few++] = set[i];
			if (few)
				naive_part(&sum, part, few, first);
		}
	}
	hash_end(&sum, d.hash);
	return d;
}

static void random_lines(size_t count, unsigned periods)
{
	static const enum record_type types[] = {RECORD_ENTRY, RECORD_ENTRY, RECORD_VERDICT, RECORD_ATTEST,
						 RECORD_RELEASE, RECORD_CLAIM, RECORD_KEYWRAP};
	for (size_t i = 0; i < count; i++) {
		struct line *l = &lines[i];
		*l = (struct line){.period = (uint16_t)(forge_random(&dice, periods) * YEAR),
				   .author = (uint8_t)(1 + forge_random(&dice, 3)),
				   .type = types[forge_random(&dice, sizeof types / sizeof *types)],
				   .erased = forge_random(&dice, 10) == 0};
		for (size_t k = 0; k < ID_BYTES; k++)
			l->id[k] = (uint8_t)forge_random(&dice, 256);
	}
}

static void lay_down(struct txn *t, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct record r = {.type = lines[i].type, .period = lines[i].period, .has_body = !lines[i].erased};
		memcpy(r.subject, subject, SUBJECT_BYTES);
		memcpy(r.id, lines[i].id, ID_BYTES);
		memset(r.author, lines[i].author, SCHOOL_BYTES);
		leaf_put(t, &r, i + 1, PROOF_SIGNATURE);
	}
}

static void same(const struct digest *a, struct digest b, size_t count, const char *set)
{
	if (a->count != b.count || memcmp(a->hash, b.hash, DIGEST_BYTES) != 0)
		fail_msg("%zu ids, %s: kept %u, counted %u", count, set, a->count, b.count);
}

static void digests_equal_the_naive_ones(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 2, 10, 255, 256, 257, 300, 400, 512, 513, 1000, 3000};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (unsigned periods = 1; periods <= 3; periods++)
			for (uint8_t custodian = 0; custodian <= 2; custodian++) {
				struct txn t;
				uint8_t whose[SCHOOL_BYTES];
				random_lines(sizes[s], periods);
				memset(whose, custodian, sizeof whose);
				fixture_must(txn_begin(&t, f.store, true), "write");
				lay_down(&t, sizes[s]);
				digest_update(&t, subject, whose);
				assert_int_equal(t.err, ERR_OK);
				struct subject_digest kept = digest_get(&t, subject);
				txn_abort(&t);
				qsort(lines, sizes[s], sizeof *lines, by_key);
				same(&kept.all, naive(sizes[s], MODE_ALL, 0), sizes[s], "all");
				same(&kept.former, naive(sizes[s], MODE_FORMER, custodian), sizes[s], "former");
				same(&kept.chain, naive(sizes[s], MODE_CHAIN, 0), sizes[s], "chain");
				assert_ptr_equal(digest_of(&kept, MODE_FORMER), &kept.former);
			}
}

/* Just below, at and above the split, in one period. */
static void every_size_around_the_split(void **state)
{
	(void)state;
	static const uint8_t nobody[SCHOOL_BYTES];
	struct txn t;
	random_lines(LEAF_SPLIT_IDS + 3, 1);
	for (size_t i = 0; i < LEAF_SPLIT_IDS + 3; i++)
		lines[i].type = RECORD_ENTRY;
	qsort(lines, LEAF_SPLIT_IDS + 3, sizeof *lines, by_key);
	for (size_t n = LEAF_SPLIT_IDS - 3; n <= LEAF_SPLIT_IDS + 3; n++) {
		fixture_must(txn_begin(&t, f.store, true), "write");
		lay_down(&t, n);
		struct subject_digest d = digest_compute(&t, subject, nobody);
		txn_abort(&t);
		same(&d.all, naive(n, MODE_ALL, 0), n, "all");
	}
}

/* One id more, one erased, one moved to another period: never the same digest. */
static void every_difference_shows(void **state)
{
	(void)state;
	static const uint8_t nobody[SCHOOL_BYTES];
	struct txn t;
	struct digest seen[4];
	random_lines(40, 2);
	for (size_t i = 0; i < 40; i++)
		lines[i].type = RECORD_ENTRY;
	for (size_t i = 0; i < 4; i++) {
		if (i == 1)
			lines[7].erased = !lines[7].erased;
		if (i == 2)
			lines[7].period += YEAR;
		fixture_must(txn_begin(&t, f.store, true), "write");
		lay_down(&t, i == 3 ? 39 : 40);
		seen[i] = digest_compute(&t, subject, nobody).all;
		txn_abort(&t);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(seen[k].hash, seen[i].hash, DIGEST_BYTES);
	}
}

static int setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	fixture_create(&f, 1, "Школа", 1790000000000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_equal_the_naive_ones),
		cmocka_unit_test(every_size_around_the_split),
		cmocka_unit_test(every_difference_shows),
	};
	return cmocka_run_group_tests_name("digest", tests, setup, teardown);
}
