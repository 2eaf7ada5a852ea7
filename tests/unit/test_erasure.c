/* X7: erasing one record, or all of a student, for good and everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/erasure.h"
#include "core/leaf.h"
#include "core/transfer.h"
#include "core/view.h"
#include "tests/lib/forge.h"
#include "tests/lib/link.h"

enum { ENTRIES = 6 };

static uint64_t now;
static struct fixture relay, old, new; /* the last two below the first */
static uint8_t student[SUBJECT_BYTES], entries[ENTRIES][ID_BYTES], claim_subject[SUBJECT_BYTES];

static int start(void **state)
{
	struct batch b;
	struct fixture *const below[] = {&old, &new};
	(void)state;
	now = 1790000000000;
	fixture_create(&relay, 1, "Опорная школа", now);
	for (unsigned i = 0; i < 2; i++) {
		fixture_create(below[i], 2 + i, "Школа", now);
		fixture_join(&relay, below[i], POWER_RELAY, 0, now);
	}
	for (unsigned i = 0; i < 2; i++)
		fixture_share_network(&relay, below[i], now);
	fixture_batch(&old, &b, now);
	fixture_student(&old, &b, 1, student);
	for (unsigned i = 0; i < ENTRIES; i++)
		fixture_entry(&b, student, i, entries[i]);
	fixture_must(batch_commit(&b), "enrol");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_close(&relay);
	fixture_close(&old);
	fixture_close(&new);
	return 0;
}

#define IN_BATCH(school, call) FIXTURE_BATCH(school, now, call)

/* A session between the two until nobody has anything to say; both must agree then. */
static void sync_with(struct fixture *child)
{
	struct link l;
	link_open(&l, child, &relay, now);
	link_pump(&l);
	if (!link_complete(&l)) {
		link_tick(&l, 0);
		link_pump(&l);
	}
	assert_true(link_complete(&l));
	link_close(&l);
}

/* Only the subject's records, in a pool. */
static struct pool records_at(struct fixture *f)
{
	struct pool p = {0};
	pool_take(&p, f, student);
	return p;
}

static bool body_at(struct fixture *f, const uint8_t *id, bool *there)
{
	struct pool p = records_at(f);
	bool body = false;
	*there = false;
	for (size_t i = 0; i < p.count; i++) {
		struct record r;
		fixture_must(record_read(bytes_of(p.at[i]->raw, p.at[i]->n), &r), "record");
		if (memcmp(r.id, id, ID_BYTES) == 0) {
			*there = true;
			body = r.has_body;
		}
	}
	pool_release(&p);
	return body;
}

static void assert_erased(struct fixture *f, const uint8_t *id)
{
	bool there;
	assert_false(body_at(f, id, &there));
	assert_true(there);
}

static void assert_whole(struct fixture *f, const uint8_t *id)
{
	bool there;
	assert_true(body_at(f, id, &there));
}

static enum entry_status status_at(struct fixture *f, const uint8_t *id)
{
	struct view_position at = {.time = UINT64_MAX};
	struct entry_row rows[32];
	struct txn t;
	memset(at.id8, 0xff, sizeof at.id8);
	fixture_must(txn_begin(&t, f->store, false), "read");
	size_t n = view_entries(&t, student, &at, rows, 32), i = 0;
	txn_abort(&t);
	while (i < n && memcmp(rows[i].id, id, ID_BYTES) != 0)
		i++;
	assert_true(i < n);
	return rows[i].status;
}

static size_t keys_at(struct fixture *f)
{
	struct subject_keys keys;
	struct txn t;
	fixture_must(txn_begin(&t, f->keys, false), "keys");
	fixture_must(vault_load(&f->school.vault, &t, student, &keys), "load");
	txn_abort(&t);
	size_t n = keys.count;
	subject_keys_wipe(&keys);
	return n;
}

static void claim_and_approve(void)
{
	uint8_t code[CODE_BYTES];
	fixture_must(IN_BATCH(old, transfer_code(in, student, code, claim_subject)), "code");
	fixture_must(IN_BATCH(new, transfer_claim(in, code, claim_subject)), "claim");
	sync_with(&new);
	sync_with(&old);
	fixture_must(IN_BATCH(old, transfer_approve(in, claim_subject)), "approve");
}

/* --- one record ------------------------------------------------------------------------------- */

static void x7_one_record_is_erased_at_every_holder(void **state)
{
	(void)state;
	sync_with(&old);
	assert_whole(&relay, entries[2]);
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, entries[2])), "erase");
	assert_erased(&old, entries[2]);
	assert_int_equal(status_at(&old, entries[2]), ENTRY_ERASED);
	assert_int_equal(fixture_custody(&old, student).unconfirmed, ENTRIES - 1);
	sync_with(&old);
	assert_erased(&relay, entries[2]);
	assert_whole(&relay, entries[3]);
	assert_int_equal(IN_BATCH(old, erasure_of_record(in, student, entries[2])), ERR_ERASED);
	assert_int_equal(IN_BATCH(old, erasure_of_record(in, student, old.school.id)), ERR_NOT_FOUND);
	assert_int_equal(IN_BATCH(relay, erasure_of_record(in, student, entries[3])), ERR_READ_ONLY);
	assert_true(fixture_rebuilds(&old, now));
	assert_true(fixture_rebuilds(&relay, now));
}

/* Whoever comes back with the body, it is not taken again; whatever comes first, the end is the same. */
static void x7_what_is_erased_stays_so_in_any_order(void **state)
{
	struct pool before = records_at(&old), after;
	uint64_t dice = 7;
	struct digest want = {0};
	(void)state;
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, entries[0])), "erase");
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, entries[4])), "erase");
	assert_int_equal(pool_give(&before, &old, now), ERR_OK);
	assert_erased(&old, entries[0]);
	after = records_at(&old);
	for (int round = 0; round < 30; round++) {
		struct fixture f;
		struct pool all = {0};
		fixture_create(&f, 1, "Опорная школа", now); /* the relay's twin, with its identity */
		fixture_share_network(&relay, &f, now);
		for (size_t i = 0; i < before.count; i++)
			pool_add(&all, bytes_of(before.at[i]->raw, before.at[i]->n));
		for (size_t i = 0; i < after.count; i++)
			pool_add(&all, bytes_of(after.at[i]->raw, after.at[i]->n));
		for (size_t i = all.count; i > 1; i--) {
			size_t k = forge_random(&dice, i);
			struct forged *x = all.at[i - 1];
			all.at[i - 1] = all.at[k];
			all.at[k] = x;
		}
		if (round % 2) { /* one commit each */
			for (size_t i = 0; i < all.count; i++) {
				enum err e = IN_BATCH(f, batch_admit(in, bytes_of(all.at[i]->raw, all.at[i]->n), PROOF_SIGNATURE));
				assert_true(e == ERR_OK || e == ERR_DUPLICATE);
			}
		} else {
			assert_int_equal(pool_give(&all, &f, now), ERR_OK);
		}
		assert_erased(&f, entries[0]);
		assert_erased(&f, entries[4]);
		assert_whole(&f, entries[1]);
		struct txn t;
		fixture_must(txn_begin(&t, f.store, false), "read");
		struct digest got = digest_get(&t, student).all;
		txn_abort(&t);
		if (round == 0)
			want = got;
		assert_memory_equal(&want, &got, sizeof want);
		assert_true(fixture_rebuilds(&f, now));
		pool_release(&all);
		fixture_close(&f);
	}
	pool_release(&before);
	pool_release(&after);
}

/* A relay that took bodies out by itself looks incomplete, and the bodies come back. */
static void a_lost_body_is_no_erased_one(void **state)
{
	struct pool p = records_at(&old);
	struct pool stripped = {0};
	(void)state;
	for (size_t i = 0; i < p.count; i++) {
		struct record r;
		struct buf out;
		fixture_must(record_read(bytes_of(p.at[i]->raw, p.at[i]->n), &r), "record");
		buf_init(&out, RECORD_BYTES_MAX);
		if (r.cls == CLASS_PRIVATE)
			record_strip(&r, &out);
		else
			buf_put(&out, r.raw.p, r.raw.n);
		pool_add(&stripped, buf_bytes(&out));
		buf_release(&out);
	}
	assert_int_equal(pool_give(&stripped, &relay, now), ERR_OK);
	assert_erased(&relay, entries[1]);
	sync_with(&old);
	for (size_t i = 0; i < ENTRIES; i++)
		assert_whole(&relay, entries[i]);
	pool_release(&p);
	pool_release(&stripped);
}

static void an_erase_by_anybody_else_erases_nothing(void **state)
{
	struct forger stranger;
	struct pool p = {0};
	struct body_erase body = {.record = {0}};
	struct writing w = {.type = RECORD_ERASE, .subject = student, .ref_count = 1};
	(void)state;
	sync_with(&old);
	struct custody_row row = fixture_custody(&old, student);
	w.refs[0] = row.head;
	forger_of(&stranger, &relay);
	memcpy(body.record, entries[1], ID_BYTES);
	forge(&stranger, &w, &body, &p);
	memset(body.record, 0, ID_BYTES);
	forge(&stranger, &w, &body, &p);
	assert_int_equal(pool_give(&p, &relay, now), ERR_OK);
	sync_with(&old);
	assert_whole(&old, entries[1]);
	assert_whole(&relay, entries[1]);
	assert_int_equal(fixture_custody(&old, student).state, CUSTODY_HELD);
	pool_release(&p);
}

static void x7_what_was_erased_before_a_transfer_travels_erased(void **state)
{
	(void)state;
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, entries[0])), "erase");
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, entries[1])), "erase");
	claim_and_approve();
	sync_with(&old);
	sync_with(&new);
	sync_with(&old);
	struct custody_row row = fixture_custody(&new, student);
	assert_int_equal(row.state, CUSTODY_HELD);
	assert_memory_equal(row.custodian, new.school.id, SCHOOL_BYTES);
	struct fixture *const all[] = {&old, &relay, &new};
	for (int i = 0; i < 3; i++) {
		assert_erased(all[i], entries[0]);
		assert_erased(all[i], entries[1]);
		assert_whole(all[i], entries[2]);
	}
	/* and the new school erases in its own right */
	fixture_must(IN_BATCH(new, erasure_of_record(in, student, entries[2])), "erase");
	sync_with(&new);
	sync_with(&old);
	for (int i = 0; i < 3; i++)
		assert_erased(all[i], entries[2]);
}

/* A former custodian, or one that has released, forges an erase: the new school's record is not its to destroy. */
static void an_erase_that_no_release_names_is_too_late(void **state)
{
	struct forger late;
	struct pool p = {0};
	struct body_erase body;
	struct writing w = {.type = RECORD_ERASE, .subject = student, .ref_count = 1};
	(void)state;
	struct custody_row row = fixture_custody(&old, student);
	claim_and_approve();
	w.refs[0] = row.head;
	forger_of(&late, &old);
	body = (struct body_erase){.record = {0}};
	memcpy(body.record, entries[1], ID_BYTES);
	forge(&late, &w, &body, &p);
	memset(body.record, 0, ID_BYTES);
	forge(&late, &w, &body, &p);
	assert_int_equal(pool_give(&p, &old, now), ERR_OK);
	assert_whole(&old, entries[1]);
	assert_int_equal(fixture_custody(&old, student).state, CUSTODY_RELEASED);
	sync_with(&old);
	sync_with(&new);
	sync_with(&old);
	struct fixture *const all[] = {&old, &relay, &new};
	for (int i = 0; i < 3; i++) {
		assert_whole(all[i], entries[1]);
		assert_int_equal(fixture_custody(all[i], student).state, CUSTODY_HELD);
	}
	assert_int_equal(IN_BATCH(old, erasure_of_record(in, student, entries[1])), ERR_READ_ONLY);
	pool_release(&p);
}

/* --- the whole subject ------------------------------------------------------------------------ */

/* Of what type the records of the student are that are still there. */
static void assert_only_chain(struct fixture *f, size_t receipts)
{
	struct pool p = records_at(f);
	size_t erases = 0, enrolments = 0, got = 0;
	for (size_t i = 0; i < p.count; i++) {
		struct record r;
		fixture_must(record_read(bytes_of(p.at[i]->raw, p.at[i]->n), &r), "record");
		erases += r.type == RECORD_ERASE;
		enrolments += r.type == RECORD_ENROLMENT;
		got += r.type == RECORD_RECEIPT;
		assert_int_equal(r.cls, CLASS_CHAIN);
	}
	assert_int_equal(enrolments, 1);
	assert_int_equal(erases, 1);
	assert_int_equal(got, receipts);
	pool_release(&p);
}

static void x7_a_whole_student_is_forgotten_by_every_holder(void **state)
{
	struct pool before;
	uint8_t id[ID_BYTES];
	(void)state;
	claim_and_approve();
	sync_with(&old);
	sync_with(&new);
	sync_with(&old);
	before = records_at(&new);
	assert_true(keys_at(&old) > 0 && keys_at(&new) > 0);
	fixture_must(IN_BATCH(new, erasure_of_subject(in, student)), "erase");
	assert_int_equal(fixture_custody(&new, student).state, CUSTODY_ERASED);
	assert_only_chain(&new, 1);
	sync_with(&new);
	sync_with(&old);
	sync_with(&new);
	struct fixture *const all[] = {&old, &relay, &new};
	for (int i = 0; i < 3; i++) {
		assert_only_chain(all[i], 3);
		assert_int_equal(keys_at(all[i]), 0);
		assert_int_equal(fixture_custody(all[i], student).state, CUSTODY_ERASED);
		assert_memory_equal(fixture_custody(all[i], student).custodian, new.school.id, SCHOOL_BYTES);
		/* an old stick or a school long away brings everything again: nothing of it stays */
		enum err e = pool_give(&before, all[i], now);
		assert_true(e == ERR_OK || e == ERR_ERASED);
		assert_only_chain(all[i], 3);
		assert_true(fixture_rebuilds(all[i], now));
	}
	assert_int_equal(IN_BATCH(new, erasure_of_subject(in, student)), ERR_ERASED);
	assert_int_equal(IN_BATCH(new, transfer_code(in, student, (uint8_t[CODE_BYTES]){0}, id)), ERR_ERASED);
	sync_with(&new);
	sync_with(&old);
	pool_release(&before);
}

/* A school that was off line all the while, with everything, learns of it and obeys. */
static void x7_a_holder_long_away_obeys_when_it_comes_back(void **state)
{
	(void)state;
	sync_with(&old);
	fixture_must(IN_BATCH(old, erasure_of_subject(in, student)), "erase");
	assert_only_chain(&old, 1);
	assert_whole(&relay, entries[0]);
	sync_with(&old);
	assert_only_chain(&relay, 2);
	assert_only_chain(&old, 2);
}

static void x7_an_order_can_be_seen_and_cancelled_until_it_is_due(void **state)
{
	static const uint64_t delay = (uint64_t)7 * 24 * 3600 * 1000;
	struct erasure_order o;
	struct txn t;
	(void)state;
	assert_int_equal(IN_BATCH(relay, erasure_order(in, student, delay)), ERR_NOT_FOUND);
	fixture_must(IN_BATCH(old, erasure_order(in, student, delay)), "order");
	assert_int_equal(IN_BATCH(old, erasure_order(in, student, delay)), ERR_WRONG_STATE);
	fixture_must(IN_BATCH(old, erasure_due(in)), "not yet");
	assert_int_equal(fixture_custody(&old, student).state, CUSTODY_HELD);
	fixture_must(IN_BATCH(old, erasure_cancel(in, student)), "cancel");
	assert_int_equal(IN_BATCH(old, erasure_cancel(in, student)), ERR_WRONG_STATE);
	now += 2 * delay;
	fixture_must(IN_BATCH(old, erasure_due(in)), "cancelled");
	assert_int_equal(fixture_custody(&old, student).state, CUSTODY_HELD);
	fixture_must(IN_BATCH(old, erasure_order(in, student, delay)), "order");
	now += delay;
	fixture_must(IN_BATCH(old, erasure_due(in)), "due");
	assert_int_equal(fixture_custody(&old, student).state, CUSTODY_ERASED);
	fixture_must(txn_begin(&t, old.store, false), "read");
	assert_true(erasure_order_get(&t, student, &o));
	assert_int_equal(o.done_ms, now);
	assert_true(meta_get(&t, META_COMPACT, NULL));
	txn_abort(&t);
	assert_int_equal(IN_BATCH(old, erasure_cancel(in, student)), ERR_WRONG_STATE);
}

/* While a release is open there is nobody to erase: the order waits for how that ends. */
static void an_order_waits_for_an_open_release(void **state)
{
	(void)state;
	claim_and_approve();
	assert_int_equal(IN_BATCH(old, erasure_order(in, student, 0)), ERR_READ_ONLY);
	sync_with(&old);
	fixture_must(IN_BATCH(relay, transfer_void(in, student)), "void");
	sync_with(&old);
	fixture_must(IN_BATCH(old, erasure_order(in, student, 0)), "order");
	fixture_must(IN_BATCH(old, erasure_due(in)), "due");
	assert_int_equal(fixture_custody(&old, student).state, CUSTODY_ERASED);
	assert_only_chain(&old, 1);
}

/* Nothing of an erased body, nor of a key, in the files after compaction. */
static bool in_file(const char *dir, const char *name, const void *needle, size_t n)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s/data.mdb", dir, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	char *bytes = malloc(64 * 1024 * 1024);
	size_t size = fread(bytes, 1, 64 * 1024 * 1024, f);
	fclose(f);
	bool found = memmem(bytes, size, needle, n) != NULL;
	free(bytes);
	return found;
}

static void x7_no_byte_of_it_is_left_in_a_compacted_copy(void **state)
{
	struct pool p = records_at(&old);
	char copy[300];
	(void)state;
	/* the last bytes of a ciphertext stand for it */
	const struct forged *k = NULL;
	for (size_t i = 0; i < p.count && !k; i++)
		if (memcmp(p.at[i]->id, entries[3], ID_BYTES) == 0)
			k = p.at[i];
	assert_non_null(k);
	assert_true(in_file(old.dir, "store", k->raw + k->n - 40, 40));
	fixture_must(IN_BATCH(old, erasure_of_record(in, student, entries[3])), "erase");
	snprintf(copy, sizeof copy, "%s/copy", old.dir);
	assert_int_equal(mkdir(copy, 0700), 0);
	fixture_must(store_copy(old.store, copy), "copy");
	assert_false(in_file(old.dir, "copy", k->raw + k->n - 40, 40));
	pool_release(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(x7_one_record_is_erased_at_every_holder),
		TEST(x7_what_is_erased_stays_so_in_any_order),
		TEST(a_lost_body_is_no_erased_one),
		TEST(an_erase_by_anybody_else_erases_nothing),
		TEST(x7_what_was_erased_before_a_transfer_travels_erased),
		TEST(an_erase_that_no_release_names_is_too_late),
		TEST(x7_a_whole_student_is_forgotten_by_every_holder),
		TEST(x7_a_holder_long_away_obeys_when_it_comes_back),
		TEST(x7_an_order_can_be_seen_and_cancelled_until_it_is_due),
		TEST(an_order_waits_for_an_open_release),
		TEST(x7_no_byte_of_it_is_left_in_a_compacted_copy),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("erasure", tests, NULL, NULL);
}
