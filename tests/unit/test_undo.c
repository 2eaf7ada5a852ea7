/* A large change taken back: cards as they were, what was opened erased, what was changed since left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/card.h"
#include "core/undo.h"
#include "tests/lib/room.h"

enum { PUPILS = 5 };

static const uint64_t now = 1795597200000;
static const struct actor by = {"Директор", "администратор", "Школа", NULL, NULL};
static struct fixture f;
static uint64_t clock_ms;
static uint8_t old[SUBJECT_BYTES], fresh[PUPILS][SUBJECT_BYTES], id[UNDO_ID_BYTES];

static struct person pupil(const char *family, const char *class_name)
{
	struct person p = {.kind = PERSON_STUDENT, .given = "Имя", .birth = "2014-05-06"};
	strcpy(p.family, family);
	strcpy(p.class_name, class_name);
	return p;
}

/* One who was there moves to 6А, five more are enrolled. */
static enum err import(struct batch *b)
{
	struct undo undo = {0};
	struct person moved = pupil("Прежний", "6А"), more = pupil("Новый", "5А");
	enum err e;
	b->undo = &undo;
	e = person_change(b, old, &moved, &by);
	for (int i = 0; i < PUPILS && !e; i++)
		e = person_enrol(b, &more, &by, fresh[i]);
	b->undo = NULL;
	assert_int_equal(undo.count, PUPILS + 1);
	if (!e)
		e = undo_save(b, &undo, "import", id);
	undo_release(&undo);
	return e;
}

static int open_school(void **state)
{
	struct person p = pupil("Прежний", "5А");
	(void)state;
	clock_ms = now;
	fixture_create(&f, 1, "Школа", now);
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, person_enrol(in, &p, &by, old)), ERR_OK);
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, import(in)), ERR_OK);
	return 0;
}

static int close_school(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

/* The class in the subject's card; empty where there is none. */
static const char *class_of(const uint8_t *subject)
{
	static struct person p;
	struct txn t, keys;
	struct buf card;
	uint8_t author[SCHOOL_BYTES];
	buf_init(&card, RECORD_BYTES_MAX);
	p = (struct person){0};
	fixture_must(txn_begin(&t, f.store, false), "read");
	fixture_must(txn_begin(&keys, f.keys, false), "keys");
	if (!card_read(&f.school, &t, &keys, subject, &card, author))
		fixture_must(person_parse(buf_bytes(&card), &p), "parse");
	txn_abort(&keys);
	txn_abort(&t);
	buf_wipe(&card);
	return p.class_name;
}

static size_t kept_for_undo(void)
{
	struct txn t;
	struct undo_row row;
	size_t n = 0;
	uint8_t at[UNDO_ID_BYTES];
	fixture_must(txn_begin(&t, f.store, false), "read");
	for (bool on = undo_next(&t, NULL, &row); on; on = undo_next(&t, at, &row)) {
		assert_string_equal(row.what, "import");
		assert_int_equal(row.count, PUPILS + 1);
		memcpy(at, row.id, sizeof at);
		n++;
	}
	txn_abort(&t);
	return n;
}

static void expect(size_t undone, size_t kept)
{
	struct undo_report r;
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, undo_apply(in, id, &by, &r)), ERR_OK);
	assert_int_equal(r.undone, undone);
	assert_int_equal(r.kept, kept);
}

static void all_of_it(void **state)
{
	struct undo_report r;
	(void)state;
	assert_string_equal(class_of(old), "6А");
	assert_string_equal(class_of(fresh[0]), "5А");
	assert_int_equal(kept_for_undo(), 1);
	expect(PUPILS + 1, 0);
	assert_string_equal(class_of(old), "5А");
	for (int i = 0; i < PUPILS; i++) {
		assert_string_equal(class_of(fresh[i]), "");
		assert_int_equal(fixture_custody(&f, fresh[i]).state, CUSTODY_ERASED);
	}
	assert_int_equal(fixture_custody(&f, old).state, CUSTODY_HELD);
	/* once */
	assert_int_equal(kept_for_undo(), 0);
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, undo_apply(in, id, &by, &r)), ERR_NOT_FOUND);
	assert_true(fixture_rebuilds(&f, clock_ms));
}

static void what_was_changed_since_stays(void **state)
{
	struct person again = pupil("Прежний", "7А"), mended = pupil("Исправлен", "5А");
	uint8_t entry[ID_BYTES];
	struct batch b;
	(void)state;
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, person_change(in, old, &again, &by)), ERR_OK);
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, person_change(in, fresh[0], &mended, &by)), ERR_OK);
	fixture_batch(&f, &b, clock_ms += 1000);
	fixture_entry(&b, fresh[1], 1, entry);
	fixture_must(batch_commit(&b), "entry");
	expect(PUPILS - 2, 3);
	assert_string_equal(class_of(old), "7А");
	assert_string_equal(class_of(fresh[0]), "5А");
	assert_string_equal(class_of(fresh[1]), "5А"); /* something was written of them */
	assert_string_equal(class_of(fresh[2]), "");
}

/* Other jobs of the same batch came first, and nothing was derived from their records yet. */
static void what_the_batch_wrote_before_stays(void **state)
{
	struct person again = pupil("Прежний", "7А");
	struct undo_report r;
	uint8_t entry[ID_BYTES];
	struct batch b;
	(void)state;
	fixture_batch(&f, &b, clock_ms += 1000);
	assert_int_equal(person_change(&b, old, &again, &by), ERR_OK);
	fixture_entry(&b, fresh[1], 1, entry);
	assert_int_equal(undo_apply(&b, id, &by, &r), ERR_OK);
	fixture_must(batch_commit(&b), "commit");
	assert_int_equal(r.undone, PUPILS - 1);
	assert_int_equal(r.kept, 2);
	assert_string_equal(class_of(old), "7А");
	assert_string_equal(class_of(fresh[1]), "5А");
}

static void a_change_notes_the_card_of_its_batch(void **state)
{
	struct person first = pupil("Прежний", "7А"), second = pupil("Прежний", "8А");
	struct undo undo = {0};
	struct batch b;
	(void)state;
	fixture_batch(&f, &b, clock_ms += 1000);
	assert_int_equal(person_change(&b, old, &first, &by), ERR_OK);
	b.undo = &undo;
	assert_int_equal(person_change(&b, old, &second, &by), ERR_OK);
	b.undo = NULL;
	fixture_must(undo_save(&b, &undo, "promotion", id), "save");
	undo_release(&undo);
	fixture_must(batch_commit(&b), "commit");
	expect(1, 0);
	assert_string_equal(class_of(old), "7А");
}

static void what_is_too_old_is_forgotten(void **state)
{
	struct batch b;
	(void)state;
	fixture_batch(&f, &b, clock_ms);
	undo_sweep(&b.txn, clock_ms + (uint64_t)UNDO_KEEP_S * 1000);
	fixture_must(batch_commit(&b), "commit");
	assert_int_equal(kept_for_undo(), 1);
	fixture_batch(&f, &b, clock_ms);
	undo_sweep(&b.txn, clock_ms + (uint64_t)UNDO_KEEP_S * 1000 + 1);
	fixture_must(batch_commit(&b), "commit");
	assert_int_equal(kept_for_undo(), 0);
}

#define SCHOOL(test) cmocka_unit_test_setup_teardown(test, open_school, close_school)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCHOOL(all_of_it),
		SCHOOL(what_was_changed_since_stays),
		SCHOOL(what_the_batch_wrote_before_stays),
		SCHOOL(a_change_notes_the_card_of_its_batch),
		SCHOOL(what_is_too_old_is_forgotten),
	};
	return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
