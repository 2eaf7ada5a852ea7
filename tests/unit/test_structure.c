/* Who is what to whom today, from the cards of classes and groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/erasure.h"
#include "core/structure.h"
#include "tests/lib/room.h"

#define TODAY ROOM_TODAY

enum { TEACHER = 1, CLASS_TEACHER, TUTOR, SUBSTITUTE, ENDED, ALGEBRA, OF_CLOSED, OTHER, MOTHER, PAST_GUARDIAN };

static const uint64_t now = 1795597200000;
static const struct actor by = {"Директор", "администратор", "Школа", NULL, NULL};
static struct fixture f;
static struct structure structure;
static uint8_t student[SUBJECT_BYTES], algebra[SUBJECT_BYTES], five[SUBJECT_BYTES];
static struct person person;
static uint64_t clock_ms = 1795597200000;

static void assign(struct group *g, unsigned who, enum relation as, const char *until)
{
	struct assignment *a = &g->staff[g->staff_count++];
	*a = (struct assignment){.relation = as};
	memcpy(a->staff, room_who(who), SUBJECT_BYTES);
	strcpy(a->until, until);
}

static void open_group(struct group *g, uint8_t subject[SUBJECT_BYTES])
{
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, group_create(in, g, &by, subject)), ERR_OK);
}

static void refresh(const uint8_t *subject)
{
	uint8_t one[1][SUBJECT_BYTES];
	memcpy(one[0], subject, SUBJECT_BYTES);
	struct changes c = {.subjects = one, .count = 1};
	fixture_must(structure_refresh(&structure, &f.school, &c), "refresh");
}

static int open_school(void **state)
{
	struct group class = {.type = GROUP_CLASS, .name = "5А", .year = 2026}, closed = {.type = GROUP_CLASS, .name = "5А", .closed = true},
		     other = {.type = GROUP_CLASS, .name = "10Б"}, subject = {.type = GROUP_SUBJECT, .name = "Алгебра"};
	uint8_t unused[SUBJECT_BYTES];
	(void)state;
	fixture_create(&f, 1, "Школа", now);
	structure = (struct structure){0};
	person = (struct person){.kind = PERSON_STUDENT, .family = "Иванова", .given = "Анна", .class_name = "5А", .birth = "2014-05-06", .guardian_count = 2};
	memcpy(person.guardians[0].id, room_who(MOTHER), SUBJECT_BYTES);
	memcpy(person.guardians[1].id, room_who(PAST_GUARDIAN), SUBJECT_BYTES);
	strcpy(person.guardians[1].until, TODAY);
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, person_enrol(in, &person, &by, student)), ERR_OK);
	assign(&class, TEACHER, REL_TEACHER, "");
	assign(&class, CLASS_TEACHER, REL_CLASS_TEACHER, "");
	assign(&class, TUTOR, REL_TUTOR, "");
	assign(&class, SUBSTITUTE, REL_TEACHER, "2026-11-27");
	memcpy(class.staff[3].substitutes, room_who(TEACHER), SUBJECT_BYTES);
	assign(&class, ENDED, REL_CLASS_TEACHER, TODAY);
	assign(&closed, OF_CLOSED, REL_CLASS_TEACHER, "");
	assign(&other, OTHER, REL_CLASS_TEACHER, "");
	assign(&other, TEACHER, REL_CLASS_TEACHER, "");
	assign(&subject, ALGEBRA, REL_TEACHER, "");
	assign(&subject, CLASS_TEACHER, REL_TEACHER, "");
	subject.members = &student;
	subject.member_count = 1;
	open_group(&other, unused);
	open_group(&closed, unused);
	open_group(&class, five);
	open_group(&subject, algebra);
	fixture_must(structure_load(&structure, &f.school), "load");
	return 0;
}

static int close_school(void **state)
{
	(void)state;
	structure_release(&structure);
	fixture_close(&f);
	return 0;
}

static uint32_t held(unsigned who, const char *day)
{
	return structure_relations(&structure, student, &person, false, room_who(who), day);
}

static void what_each_is_to_the_student(void **state)
{
	static const struct {
		const char *what, *day;
		unsigned who;
		uint32_t held;
	} CASES[] = {
		{"a teacher of the class, class teacher of another", TODAY, TEACHER, REL_TEACHER},
		{"the class teacher, who also teaches a group", TODAY, CLASS_TEACHER, REL_CLASS_TEACHER | REL_TEACHER},
		{"the tutor", TODAY, TUTOR, REL_TUTOR},
		{"a substitute", TODAY, SUBSTITUTE, REL_TEACHER},
		{"on the last day", "2026-11-26", SUBSTITUTE, REL_TEACHER},
		{"and no longer", "2026-11-27", SUBSTITUTE, 0},
		{"until today", TODAY, ENDED, 0},
		{"until yesterday's tomorrow", "2026-11-24", ENDED, REL_CLASS_TEACHER},
		{"of a group the student is in", TODAY, ALGEBRA, REL_TEACHER},
		{"of a class of that name that was closed", TODAY, OF_CLOSED, 0},
		{"of another class", TODAY, OTHER, 0},
		{"the mother", TODAY, MOTHER, REL_PARENT},
		{"of a child of age", "2032-05-06", MOTHER, 0},
		{"a guardian until today", TODAY, PAST_GUARDIAN, 0},
		{"anybody", TODAY, 15, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (held(CASES[i].who, CASES[i].day) != CASES[i].held)
			fail_msg("%s: %x", CASES[i].what, held(CASES[i].who, CASES[i].day));
	assert_int_equal(structure_relations(&structure, student, &person, false, student, TODAY), REL_SELF);
}

static void what_each_teaches_the_student(void **state)
{
	static const struct {
		const char *what, *course, *day;
		unsigned who;
		bool taught;
	} CASES[] = {
		{"assigned for it", "algebra", TODAY, SUBSTITUTE, true},
		{"assigned for another", "russian", TODAY, SUBSTITUTE, false},
		{"no longer", "algebra", "2026-11-27", SUBSTITUTE, false},
		{"assigned for none in particular", "russian", TODAY, TEACHER, true},
		{"of a group of it", "geometry", TODAY, ALGEBRA, true},
		{"of a group of another", "algebra", TODAY, ALGEBRA, false},
		{"who only leads the class", "algebra", TODAY, TUTOR, false},
		{"of another class", "algebra", TODAY, OTHER, false},
	};
	(void)state;
	strcpy(((struct group *)(uintptr_t)structure_find(&structure, five))->staff[3].course, "algebra");
	strcpy(((struct group *)(uintptr_t)structure_find(&structure, algebra))->course, "geometry");
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (structure_teaches(&structure, student, &person, room_who(CASES[i].who), CASES[i].course, CASES[i].day) != CASES[i].taught)
			fail_msg("%s", CASES[i].what);
}

static void to_one_who_is_gone_nobody_is_anything(void **state)
{
	(void)state;
	for (unsigned who = TEACHER; who <= PAST_GUARDIAN; who++)
		assert_int_equal(structure_relations(&structure, student, &person, true, room_who(who), TODAY), 0);
	assert_int_equal(structure_relations(&structure, student, &person, true, student, TODAY), 0);
	strcpy(person.left, "2026-11-26");
	assert_int_equal(held(CLASS_TEACHER, TODAY), REL_CLASS_TEACHER | REL_TEACHER);
	strcpy(person.left, TODAY);
	for (unsigned who = TEACHER; who <= PAST_GUARDIAN; who++)
		assert_int_equal(held(who, TODAY), 0);
	assert_int_equal(structure_relations(&structure, student, &person, false, student, TODAY), 0);
}

static void classes_by_name_and_in_order(void **state)
{
	static const char *const names[] = {"5А", "5А", "10Б", "Алгебра"};
	(void)state;
	assert_int_equal(structure.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(structure.groups[structure.order[i]].name, names[i]);
	assert_memory_equal(structure_class(&structure, "5А")->subject, five, SUBJECT_BYTES); /* not the closed one */
	assert_null(structure_class(&structure, "Алгебра"));
	assert_null(structure_class(&structure, "5Б"));
	assert_memory_equal(structure_find(&structure, algebra)->subject, algebra, SUBJECT_BYTES);
	assert_null(structure_find(&structure, student));
	assert_true(class_compare("2А", "10Б") < 0 && class_compare("10А", "10Б") < 0 && class_compare("5А", "5А") == 0);
}

static void it_follows_every_change(void **state)
{
	struct group g;
	(void)state;
	fixture_must(group_copy(&g, structure_find(&structure, algebra)), "copy");
	g.member_count = 0;
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, group_change(in, &g, &by)), ERR_OK);
	assert_int_equal(held(ALGEBRA, TODAY), REL_TEACHER);
	refresh(algebra);
	assert_int_equal(held(ALGEBRA, TODAY), 0);
	group_release(&g);

	fixture_must(group_copy(&g, structure_find(&structure, five)), "copy");
	g.closed = true;
	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, group_change(in, &g, &by)), ERR_OK);
	refresh(five);
	assert_null(structure_class(&structure, "5А"));
	assert_int_equal(held(CLASS_TEACHER, TODAY), 0);
	group_release(&g);

	assert_int_equal(FIXTURE_BATCH(f, clock_ms += 1000, erasure_of_subject(in, algebra)), ERR_OK);
	refresh(algebra);
	assert_null(structure_find(&structure, algebra));
	assert_int_equal(structure.count, 3);
	refresh(student); /* no group: nothing comes of it */
	assert_int_equal(structure.count, 3);
}

#define SCHOOL(test) cmocka_unit_test_setup_teardown(test, open_school, close_school)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCHOOL(what_each_is_to_the_student),
		SCHOOL(what_each_teaches_the_student),
		SCHOOL(to_one_who_is_gone_nobody_is_anything),
		SCHOOL(classes_by_name_and_in_order),
		SCHOOL(it_follows_every_change),
	};
	return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
