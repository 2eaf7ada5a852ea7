/* A class's card there and back; who works with it on which day, and who is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/card.h"
#include "core/group.h"
#include "tests/lib/room.h"

static const uint64_t now = 1795597200000;
static const struct actor by = {"Директор", "администратор", "Школа", NULL, NULL};

static struct assignment works(unsigned who, enum relation as, const char *since, const char *until)
{
	struct assignment a = {.relation = as};
	memcpy(a.staff, room_who(who), SUBJECT_BYTES);
	strcpy(a.since, since);
	strcpy(a.until, until);
	return a;
}

static void assignments_by_day(void **state)
{
	static const struct {
		const char *what, *day;
		unsigned who;
		uint32_t held;
	} CASES[] = {
		{"the class teacher", "2026-11-25", 1, REL_CLASS_TEACHER},
		{"two things at once", "2026-11-25", 2, REL_TEACHER | REL_TUTOR},
		{"only the one by then", "2026-12-01", 2, REL_TEACHER},
		{"before it began", "2026-11-19", 3, 0},
		{"the first day of a substitute", "2026-11-20", 3, REL_TEACHER},
		{"the last day", "2026-11-26", 3, REL_TEACHER},
		{"the day named is the first no more", "2026-11-27", 3, 0},
		{"whom they stand in for keeps it", "2026-11-25", 4, REL_TEACHER},
		{"ended today", "2026-11-25", 5, 0},
		{"nobody of the class", "2026-11-25", 6, 0},
	};
	struct group g = {.staff_count = 6};
	(void)state;
	g.staff[0] = works(1, REL_CLASS_TEACHER, "", "");
	g.staff[1] = works(2, REL_TEACHER, "", "");
	g.staff[2] = works(2, REL_TUTOR, "", "2026-12-01");
	g.staff[3] = works(3, REL_TEACHER, "2026-11-20", "2026-11-27");
	memcpy(g.staff[3].substitutes, room_who(4), SUBJECT_BYTES);
	g.staff[4] = works(4, REL_TEACHER, "", "");
	g.staff[5] = works(5, REL_TEACHER, "", "2026-11-25");
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (group_relations(&g, room_who(CASES[i].who), CASES[i].day) != CASES[i].held)
			fail_msg("%s", CASES[i].what);
}

static void who_is_in_it(void **state)
{
	uint8_t members[2][SUBJECT_BYTES];
	struct person in = {.class_name = "5А"}, out = {.class_name = "5Б"}, none = {0};
	struct group class = {.type = GROUP_CLASS, .name = "5А"}, subject = {.type = GROUP_SUBJECT, .name = "5А", .members = members, .member_count = 2};
	(void)state;
	memcpy(members[0], room_who(1), SUBJECT_BYTES);
	memcpy(members[1], room_who(3), SUBJECT_BYTES);
	assert_true(group_has(&class, room_who(1), &in));
	assert_false(group_has(&class, room_who(1), &out));
	assert_false(group_has(&class, room_who(1), &none));
	/* a group of a subject has its members, whatever their class */
	assert_true(group_has(&subject, room_who(1), &out));
	assert_true(group_has(&subject, room_who(3), &none));
	assert_false(group_has(&subject, room_who(2), &in));
	class.closed = subject.closed = true;
	assert_false(group_has(&class, room_who(1), &in));
	assert_false(group_has(&subject, room_who(1), &in));
	subject.closed = false;
	subject.member_count = 0;
	assert_false(group_has(&subject, room_who(1), &in));
}

static void read(struct fixture *f, const uint8_t *subject, struct group *out)
{
	struct txn t, keys;
	struct buf card;
	uint8_t author[SCHOOL_BYTES];
	buf_init(&card, RECORD_BYTES_MAX);
	fixture_must(txn_begin(&t, f->store, false), "read");
	fixture_must(txn_begin(&keys, f->keys, false), "keys");
	fixture_must(card_read(&f->school, &t, &keys, subject, &card, author), "card");
	fixture_must(group_parse(buf_bytes(&card), out), "parse");
	memcpy(out->subject, subject, SUBJECT_BYTES);
	txn_abort(&keys);
	txn_abort(&t);
	buf_wipe(&card);
}

static void same(const struct group *a, const struct group *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->course, b->course);
	assert_string_equal(a->external, b->external);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->year, b->year);
	assert_int_equal(a->pilot, b->pilot);
	assert_int_equal(a->closed, b->closed);
	assert_int_equal(a->staff_count, b->staff_count);
	assert_memory_equal(a->staff, b->staff, a->staff_count * sizeof *a->staff);
	assert_int_equal(a->member_count, b->member_count);
	if (a->member_count)
		assert_memory_equal(a->members, b->members, a->member_count * SUBJECT_BYTES);
}

static void cards_there_and_back(void **state)
{
	struct fixture f;
	struct group read_back, copy;
	uint8_t subject[SUBJECT_BYTES], members[3][SUBJECT_BYTES];
	(void)state;
	fixture_create(&f, 1, "Школа", now);
	for (unsigned i = 0; i < 3; i++)
		memcpy(members[i], room_who(3 - i), SUBJECT_BYTES); /* not sorted */
	struct group bare = {.type = GROUP_CLASS, .name = "5А", .year = 2026};
	struct group full = {.type = GROUP_SUBJECT, .name = "Алгебра, группа 1", .course = "mathematics", .external = "ext-7", .pilot = true,
			     .year = 2026, .staff_count = 2, .members = members, .member_count = 3};
	full.staff[0] = works(1, REL_TEACHER, "2026-09-01", "2027-05-31");
	strcpy(full.staff[0].course, "mathematics");
	memcpy(full.staff[0].substitutes, room_who(2), SUBJECT_BYTES);
	full.staff[1] = works(2, REL_TUTOR, "", "");

	assert_int_equal(FIXTURE_BATCH(f, now, group_create(in, &bare, &by, subject)), ERR_OK);
	read(&f, subject, &read_back);
	same(&read_back, &bare);
	group_release(&read_back);

	assert_int_equal(FIXTURE_BATCH(f, now + 1, group_create(in, &full, &by, subject)), ERR_OK);
	read(&f, subject, &read_back);
	uint8_t sorted[3][SUBJECT_BYTES];
	for (unsigned i = 0; i < 3; i++)
		memcpy(sorted[i], room_who(i + 1), SUBJECT_BYTES);
	full.members = sorted;
	same(&read_back, &full);
	assert_int_equal(group_copy(&copy, &read_back), ERR_OK);
	assert_ptr_not_equal(copy.members, read_back.members);
	same(&copy, &full);
	group_release(&read_back);

	copy.closed = true;
	strcpy(copy.name, "Алгебра");
	memcpy(copy.subject, subject, SUBJECT_BYTES);
	assert_int_equal(FIXTURE_BATCH(f, now + 2, group_change(in, &copy, &by)), ERR_OK);
	read(&f, subject, &read_back);
	same(&read_back, &copy);
	group_release(&read_back);
	group_release(&copy);
	fixture_close(&f);
}

static void a_person_is_no_group(void **state)
{
	struct fixture f;
	struct group g;
	struct buf card;
	struct txn t, keys;
	uint8_t subject[SUBJECT_BYTES], author[SCHOOL_BYTES];
	struct batch b;
	(void)state;
	fixture_create(&f, 1, "Школа", now);
	fixture_batch(&f, &b, now);
	fixture_student(&f, &b, 1, subject);
	fixture_must(batch_commit(&b), "commit");
	buf_init(&card, RECORD_BYTES_MAX);
	fixture_must(txn_begin(&t, f.store, false), "read");
	fixture_must(txn_begin(&keys, f.keys, false), "keys");
	fixture_must(card_read(&f.school, &t, &keys, subject, &card, author), "card");
	assert_int_equal(group_parse(buf_bytes(&card), &g), ERR_BAD_FORM);
	txn_abort(&keys);
	txn_abort(&t);
	buf_wipe(&card);
	fixture_close(&f);
	assert_int_equal(group_type_of("class"), GROUP_CLASS);
	assert_int_equal(group_type_of("sect"), GROUP_TYPES);
	for (int i = 0; i < GROUP_TYPES; i++)
		assert_int_equal(group_type_of(group_type_name((enum group_type)i)), i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assignments_by_day),
		cmocka_unit_test(who_is_in_it),
		cmocka_unit_test(cards_there_and_back),
		cmocka_unit_test(a_person_is_no_group),
	};
	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
