/* Records believed on an attestation get their signatures checked later; a false one goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "core/attest.h"
#include "core/audit.h"
#include "tests/lib/fixture.h"

enum { ENTRIES = 12 };

static const uint64_t now = 1790000000000;
static struct fixture parent, child;
static uint8_t subject[SUBJECT_BYTES], false_id[ID_BYTES];

static int setup(void **state)
{
	struct batch b;
	uint8_t id[ID_BYTES];
	(void)state;
	if (sodium_init() < 0)
		return 1;
	fixture_create(&parent, 1, "Верхняя", now);
	fixture_create(&child, 2, "Нижняя", now);
	fixture_join(&parent, &child, POWER_RELAY, 0, now);
	fixture_batch(&child, &b, now);
	fixture_student(&child, &b, 1, subject);
	for (unsigned i = 0; i < ENTRIES; i++)
		fixture_entry(&b, subject, 5 * i, id);
	fixture_must(batch_commit(&b), "commit");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&parent);
	fixture_close(&child);
	return 0;
}

/* The school lies: a record whose signature is nobody's, believed by its own store, and attested. */
static void plant_false_record(void)
{
	struct batch b;
	struct leaf leaf;
	struct bytes raw;
	struct record r;
	uint8_t copy[RECORD_BYTES_MAX];
	fixture_batch(&child, &b, now);
	fixture_entry(&b, subject, 5, false_id);
	assert_true(leaf_find(&b.txn, subject, 2020, false_id, &leaf) && leaf_record(&b.txn, &leaf, &raw));
	memcpy(copy, raw.p, raw.n);
	size_t n = raw.n;
	batch_abort(&b);
	fixture_must(record_read(bytes_of(copy, n), &r), "record");
	copy[r.signature - copy] ^= 1;
	fixture_batch(&child, &b, now);
	fixture_must(batch_admit(&b, bytes_of(copy, n), PROOF_ATTESTED), "plant");
	fixture_must(attest_write(&b, subject), "attest");
	fixture_must(batch_commit(&b), "commit");
}

/* All of the subject in one submission, as BULK carries it. */
static void hand_over(struct submission *s, const struct selection *which)
{
	struct txn t;
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	submission_init(s, child.school.id);
	fixture_must(txn_begin(&t, child.store, false), "read");
	cursor_open(&c, &t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		assert_true(leaf_record(&t, &l, &raw));
		if (!leaf_selected(&l, which))
			continue;
		fixture_must(submission_add(s, raw, 0, true), "add");
	}
	cursor_close(&c);
	txn_abort(&t);
}

static size_t count_believed(size_t *all)
{
	struct txn t;
	struct cursor c;
	size_t n = 0;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	*all = 0;
	fixture_must(txn_begin(&t, parent.store, false), "read");
	cursor_open(&c, &t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		n += leaf_parse(c.key, c.value).proof == PROOF_ATTESTED;
		++*all;
	}
	cursor_close(&c);
	txn_abort(&t);
	return n;
}

static void a_false_record_is_dropped_and_nothing_else(void **state)
{
	struct submission s;
	struct batch b;
	struct audit_result r;
	size_t all, before;
	(void)state;
	plant_false_record();
	for (int i = 0; i < 2; i++) { /* the chain opens the subject for the rest */
		static const struct selection chain = {.mode = MODE_CHAIN};
		hand_over(&s, i ? &select_all : &chain);
		fixture_batch(&parent, &b, now);
		fixture_must(receive_apply(&b, &s), "receive");
		fixture_must(batch_commit(&b), "commit");
		assert_int_equal(s.refused, 0);
		if (!i)
			submission_release(&s);
	}
	assert_in_range(count_believed(&before), ENTRIES, s.count);
	size_t checked = 0, dropped = 0;
	do { /* a few at a time, in commits of their own */
		fixture_batch(&parent, &b, now);
		fixture_must(audit_step(&b, 5, &r), "audit");
		fixture_must(batch_commit(&b), "commit");
		assert_in_range(r.checked, 0, 5);
		checked += r.checked;
		dropped += r.dropped;
	} while (r.behind);
	assert_in_range(checked, ENTRIES, s.count);
	assert_int_equal(dropped, 1);
	assert_int_equal(count_believed(&all), 0);
	assert_int_equal(all, before - 1);
	struct txn t;
	fixture_must(txn_begin(&t, parent.store, false), "read");
	assert_false(leaf_find(&t, subject, 2020, false_id, NULL));
	struct subject_digest kept = digest_get(&t, subject), made = digest_compute(&t, subject, child.school.id);
	assert_memory_equal(&kept.all, &made.all, sizeof kept.all);
	txn_abort(&t);
	/* handed over once more, the false one is refused by its own signature, the rest held */
	fixture_batch(&parent, &b, now);
	for (size_t i = 0; i < s.count; i++) {
		enum err e = batch_admit(&b, bytes_of(s.bytes.p + s.records[i].at, s.records[i].n), PROOF_SIGNATURE);
		struct record rec;
		fixture_must(record_read(bytes_of(s.bytes.p + s.records[i].at, s.records[i].n), &rec), "record");
		assert_int_equal(e, memcmp(rec.id, false_id, ID_BYTES) == 0 ? ERR_BAD_SIGNATURE : ERR_DUPLICATE);
	}
	batch_abort(&b);
	submission_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_false_record_is_dropped_and_nothing_else, setup, teardown),
	};
	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
