/* The journal's chain: it holds, and tells a row that was changed, taken out or cut off; its head goes to the parents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/card.h"
#include "core/journal.h"
#include "core/local.h"
#include "tests/lib/room.h"

enum { ROWS = 7 };

static const uint64_t now = 1795597200000;
static const struct actor by = {"Школа", "узел", "Школа", NULL, NULL};
static struct fixture f;

static enum err append(struct batch *b, size_t n)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < n && !e; i++) {
		struct journal_row row = {.role = ROLE_TEACHER, .what = "POST students/{id}/entries"};
		memcpy(row.who, room_who(1), SUBJECT_BYTES);
		if (i % 2)
			memcpy(row.subject, room_who(2), SUBJECT_BYTES);
		e = journal_append(b, &row);
	}
	return e;
}

static int open_school(void **state)
{
	(void)state;
	fixture_create(&f, 1, "Школа", now);
	assert_int_equal(FIXTURE_BATCH(f, now, append(in, ROWS)), ERR_OK);
	return 0;
}

static int close_school(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static struct bytes key_of(uint8_t out[8], uint64_t seq)
{
	put_u64(out, seq);
	return bytes_of(out, 8);
}

static void rows_read_as_they_were_written(void **state)
{
	struct txn t;
	struct journal_row row;
	uint64_t count, before = UINT64_MAX;
	uint8_t hash[HASH_BYTES];
	(void)state;
	fixture_must(txn_begin(&t, f.store, false), "read");
	assert_true(journal_head(&t, &count, hash));
	assert_int_equal(count, ROWS);
	assert_false(sodium_is_zero(hash, sizeof hash));
	assert_int_equal(journal_check(&t), 0);
	assert_true(journal_get(&t, 2, &row));
	assert_int_equal(row.seq, 2);
	assert_int_equal(row.time_ms, now);
	assert_int_equal(row.role, ROLE_TEACHER);
	assert_string_equal(row.what, "POST students/{id}/entries");
	assert_memory_equal(row.who, room_who(1), SUBJECT_BYTES);
	assert_false(journal_get(&t, 0, &row));
	assert_false(journal_get(&t, ROWS + 1, &row));
	/* about one child, the newest first */
	for (uint64_t want = ROWS - 1; want >= 2; want -= 2) {
		assert_true(journal_about(&t, room_who(2), before, &row));
		assert_int_equal(row.seq, want);
		before = row.seq;
	}
	assert_false(journal_about(&t, room_who(2), before, &row));
	assert_false(journal_about(&t, room_who(3), UINT64_MAX, &row));
	txn_abort(&t);
}

static void nothing_is_whole_too(void **state)
{
	struct fixture empty;
	struct txn t;
	uint64_t count;
	uint8_t hash[HASH_BYTES];
	(void)state;
	fixture_create(&empty, 2, "Пустая", now);
	fixture_must(txn_begin(&t, empty.store, false), "read");
	assert_false(journal_head(&t, &count, hash));
	assert_int_equal(count, 0);
	assert_int_equal(journal_check(&t), 0);
	txn_abort(&t);
	fixture_close(&empty);
}

/* Each byte of each row, its hash included. */
static void any_byte_that_changes_shows(void **state)
{
	uint8_t key[8], row[512];
	struct bytes v;
	struct batch b;
	(void)state;
	fixture_batch(&f, &b, now);
	for (uint64_t seq = 1; seq <= ROWS; seq++) {
		assert_true(local_get(&b.txn, LOCAL_JOURNAL, key_of(key, seq), &v) && v.n <= sizeof row);
		size_t n = v.n;
		memcpy(row, v.p, n);
		for (size_t at = 0; at < n; at++) {
			row[at] ^= 1;
			local_put(&b.txn, LOCAL_JOURNAL, key_of(key, seq), bytes_of(row, n));
			if (journal_check(&b.txn) != seq)
				fail_msg("byte %zu of row %d", at, (int)seq);
			row[at] ^= 1;
		}
		local_put(&b.txn, LOCAL_JOURNAL, key_of(key, seq), bytes_of(row, n));
		assert_int_equal(journal_check(&b.txn), 0);
	}
	batch_abort(&b);
}

static void what_is_taken_out_or_cut_off_shows(void **state)
{
	struct bytes v;
	(void)state;
	for (uint64_t seq = 1; seq <= ROWS; seq++) {
		uint8_t key[8];
		struct batch b;
		fixture_batch(&f, &b, now);
		local_del(&b.txn, LOCAL_JOURNAL, key_of(key, seq));
		assert_int_equal(journal_check(&b.txn), seq);
		batch_abort(&b);
		/* the tail from there on */
		fixture_batch(&f, &b, now);
		for (uint64_t after = seq; after <= ROWS; after++)
			local_del(&b.txn, LOCAL_JOURNAL, key_of(key, after));
		assert_int_equal(journal_check(&b.txn), seq);
		batch_abort(&b);
	}
	/* two rows that changed places */
	struct batch b;
	uint8_t key[8], first[512], second[512];
	fixture_batch(&f, &b, now);
	assert_true(local_get(&b.txn, LOCAL_JOURNAL, key_of(key, 3), &v));
	size_t n = v.n;
	memcpy(first, v.p, n);
	assert_true(local_get(&b.txn, LOCAL_JOURNAL, key_of(key, 4), &v));
	memcpy(second, v.p, n);
	local_put(&b.txn, LOCAL_JOURNAL, key_of(key, 3), bytes_of(second, n));
	local_put(&b.txn, LOCAL_JOURNAL, key_of(key, 4), bytes_of(first, n));
	assert_int_equal(journal_check(&b.txn), 3);
	batch_abort(&b);
}

static size_t heads(uint8_t subject[SUBJECT_BYTES])
{
	struct txn t;
	struct view_position at = {.time = UINT64_MAX};
	struct entry_row rows[16];
	size_t n = 0, count;
	memset(at.id8, 0xff, sizeof at.id8);
	fixture_must(txn_begin(&t, f.store, false), "read");
	if (card_school(&t, subject)) {
		count = view_entries(&t, subject, &at, rows, 16);
		for (size_t i = 0; i < count; i++)
			n += strcmp(rows[i].kind, "journal_head") == 0 && rows[i].status == ENTRY_CONFIRMED;
	}
	txn_abort(&t);
	return n;
}

static void its_head_is_said_when_due(void **state)
{
	static const uint64_t day = (uint64_t)JOURNAL_HEAD_S * 1000;
	uint8_t subject[SUBJECT_BYTES];
	(void)state;
	assert_int_equal(heads(subject), 0);
	assert_int_equal(FIXTURE_BATCH(f, now, journal_head_due(in, &by)), ERR_OK);
	assert_int_equal(heads(subject), 1);
	/* nothing new: nothing to say, however long */
	assert_int_equal(FIXTURE_BATCH(f, now + 3 * day, journal_head_due(in, &by)), ERR_OK);
	assert_int_equal(heads(subject), 1);
	/* a row: not before a day has gone by since the last */
	assert_int_equal(FIXTURE_BATCH(f, now + 1, append(in, 1)), ERR_OK);
	assert_int_equal(FIXTURE_BATCH(f, now + day - 1, journal_head_due(in, &by)), ERR_OK);
	assert_int_equal(heads(subject), 1);
	assert_int_equal(FIXTURE_BATCH(f, now + day, journal_head_due(in, &by)), ERR_OK);
	assert_int_equal(heads(subject), 2);
	/* or at once where there are many */
	assert_int_equal(FIXTURE_BATCH(f, now + day + 1, append(in, JOURNAL_HEAD_ROWS - 1)), ERR_OK);
	assert_int_equal(FIXTURE_BATCH(f, now + day + 2, journal_head_due(in, &by)), ERR_OK);
	assert_int_equal(heads(subject), 2);
	assert_int_equal(FIXTURE_BATCH(f, now + day + 3, append(in, 1)), ERR_OK);
	assert_int_equal(FIXTURE_BATCH(f, now + day + 4, journal_head_due(in, &by)), ERR_OK);
	assert_int_equal(heads(subject), 3);
}

#define SCHOOL(test) cmocka_unit_test_setup_teardown(test, open_school, close_school)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCHOOL(rows_read_as_they_were_written),
		SCHOOL(nothing_is_whole_too),
		SCHOOL(any_byte_that_changes_shows),
		SCHOOL(what_is_taken_out_or_cut_off_shows),
		SCHOOL(its_head_is_said_when_due),
	};
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
