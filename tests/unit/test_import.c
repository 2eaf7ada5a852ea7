/* Tables in: what each row comes to, what a card keeps, and what is refused by file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/card.h"
#include "node/archive.h"
#include "node/import_csv.h"
#include "node/node_catalogue.h"
#include "node/oneroster.h"
#include "tests/lib/fixture.h"
#include "tests/lib/rset.h"

static const uint64_t now = 1795608000000; /* 2026-11-25 12:00 UTC */
static const struct actor by = {.name = "a", .role = "b", .school = "c"};

/* A school with its people and groups in memory, as the node has them. */
static struct here {
	struct fixture f;
	struct people_index people;
	struct structure structure;
	struct catalogue *catalogue;
} h;

static void look_again(void)
{
	people_index_release(&h.people);
	structure_release(&h.structure);
	fixture_must(people_index_load(&h.people, &h.f.school, h.f.school.id), "people");
	fixture_must(structure_load(&h.structure, &h.f.school), "structure");
}

static int open_school(void **state)
{
	static unsigned number;
	char error[CATALOGUE_WHY_BYTES];
	(void)state;
	fixture_create(&h.f, ++number, "Школа", now);
	if (!h.catalogue)
		h.catalogue = node_catalogue(error);
	look_again();
	return !h.catalogue;
}

static int close_school(void **state)
{
	(void)state;
	people_index_release(&h.people);
	structure_release(&h.structure);
	fixture_close(&h.f);
	return 0;
}

static struct import_base base(void)
{
	return (struct import_base){.people = &h.people, .structure = &h.structure, .catalogue = h.catalogue, .now_ms = now};
}

static void apply(struct import_plan *p)
{
	uint8_t id[UNDO_ID_BYTES];
	assert_int_equal(FIXTURE_BATCH(h.f, now, import_apply(in, p, &by, id)), ERR_OK);
	look_again();
}

/* "new 1, changed 2" */
static const char *outcome(const struct import_plan *p)
{
	static const char *const NAMES[] = {"new", "same", "changed", "conflict", "error", "gone"};
	static char text[128];
	size_t n = 0;
	text[0] = 0;
	for (size_t i = 0; i < IMPORT_OUTCOMES; i++)
		if (p->counts[i])
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %zu", n ? ", " : "", NAMES[i], p->counts[i]);
	return text;
}

static void csv(enum import_what what, const char *text, const char *want, bool write)
{
	struct import_plan p;
	struct import_base b = base();
	char why[200];
	enum err e = import_csv(&p, what, bytes_text(text), &b, why);
	assert_string_equal(why, "");
	assert_int_equal(e, ERR_OK);
	assert_string_equal(outcome(&p), want);
	if (write)
		apply(&p);
	import_release(&p);
}

static void roster(const struct rset *s, const char *want, bool write)
{
	struct import_plan p;
	struct import_base b = base();
	struct buf zip;
	char why[200];
	buf_init(&zip, 1 << 26);
	rset_pack(s, &zip);
	enum err e = oneroster_plan(&p, buf_bytes(&zip), NULL, &b, why);
	assert_string_equal(why, "");
	assert_int_equal(e, ERR_OK);
	assert_string_equal(outcome(&p), want);
	if (write)
		apply(&p);
	import_release(&p);
	buf_release(&zip);
}

static const struct person *who(const char *family, const char *given)
{
	for (size_t i = 0; i < h.people.count; i++)
		if (strcmp(h.people.at[i].person.family, family) == 0 && strcmp(h.people.at[i].person.given, given) == 0)
			return &h.people.at[i].person;
	fail_msg("nobody is called %s %s", family, given);
	return NULL;
}

/* --- plain tables ----------------------------------------------------------------------------- */

static void cards_keep_the_rest(void **state)
{
	(void)state;
	csv(IMPORT_STUDENT,
	    "Фамилия,Имя,Класс,Зачислен,Код,Родитель 1 фамилия,Родитель 1 имя,Родитель 1 кем приходится\n"
	    "А,Б,1А,2020-09-01,x,А,В,мать\n",
	    "new 1", true);
	csv(IMPORT_STUDENT, "Фамилия;Имя;Класс\nА;Б;2А\n", "changed 1", true);
	const struct person *p = who("А", "Б");
	assert_string_equal(p->class_name, "2А");
	assert_string_equal(p->joined, "2020-09-01");
	assert_string_equal(p->external, "x");
	assert_int_equal(p->guardian_count, 1);
	assert_string_equal(p->guardians[0].relation, "mother");
	csv(IMPORT_STUDENT, "Фамилия;Имя;Класс;Код\nДругая;Б;2А;x\n", "changed 1", false);
	csv(IMPORT_STUDENT, "Фамилия;Имя;Класс;Код\nА;Б;2А;y\n", "new 1", false); /* another code is another person */
	csv(IMPORT_STUDENT, "Фамилия;Имя;Класс;Выбыл\nА;Б\n", "same 1", false);	   /* too short to say anything */
}

static void nothing_is_lost_to_a_race(void **state)
{
	(void)state;
	struct import_plan p;
	struct import_base b = base();
	char why[200];
	uint8_t subject[SUBJECT_BYTES];
	csv(IMPORT_STUDENT, "Фамилия,Имя,Класс\nА,Б,1А\n", "new 1", true);
	assert_int_equal(import_csv(&p, IMPORT_STUDENT, bytes_text("Фамилия,Имя,Класс\nА,Б,2А\n"), &b, why), ERR_OK);
	memcpy(subject, h.people.at[0].subject, sizeof subject);
	struct person since = h.people.at[0].person;
	strcpy(since.joined, "2024-09-01");
	assert_int_equal(FIXTURE_BATCH(h.f, now, person_change(in, subject, &since, &by)), ERR_OK);
	apply(&p);
	import_release(&p);
	assert_string_equal(h.people.at[0].person.joined, "2024-09-01");
	assert_string_equal(h.people.at[0].person.class_name, "2А");
}

static void rows_have_outcomes(void **state)
{
	(void)state;
	static const struct {
		enum import_what what;
		const char *text, *want;
	} CASES[] = {
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Дата рождения\nА,Б,1А,30.02.2012\n", "error 1"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Дата рождения\nА,Б,1А,2912-01-01\n", "error 1"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Выбыл\nА,Б,1А,вчера\n", "error 1"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс\n,Б,1А\nА,,1А\n", "error 2"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс\nА,Б,1А\nА,Б,2А\n", "new 1, conflict 1"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Код\nА,Б,1А,1\nА,Б,2А,2\n", "new 2"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Код\nА,Б,1А,1\nВ,Г,2А,1\n", "new 1, conflict 1"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Родитель 1 имя\nА,Б,1А,В\n", "error 1"},
		{IMPORT_STUDENT, "Фамилия,Имя,Класс,Родитель 2 фамилия,Родитель 2 имя,Родитель 2 кем приходится\nА,Б,1А,В,Г,сосед\n", "error 1"},
		{IMPORT_STUDENT, "Фамилия ;Имя;Класс \nА ;Б; 1А \n", "new 1"},
		{IMPORT_STAFF, "family;given;position\nА;Б;учитель\n", "new 1"},
		{IMPORT_CLASS, "Класс/Группа;Вид\n1А;\nХор;внеурочная\n", "new 2"},
		{IMPORT_CLASS, "Класс/Группа;Вид\n1А;кружок\n", "error 1"},
		{IMPORT_CLASS, "Класс/Группа;Год\n1А;26\n", "error 1"},
		{IMPORT_CLASS, "Класс/Группа;Пилотный\n1А;может быть\n", "error 1"},
		{IMPORT_CLASS, "Класс/Группа;Тьютор\n1А;Никто\n", "error 1"},
		{IMPORT_CLASS, "Класс/Группа\n1А\n1А\n", "new 1, conflict 1"},
		{IMPORT_CLASS, "Класс/Группа\nОчень длинное название\n", "error 1"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		csv(CASES[i].what, CASES[i].text, CASES[i].want, false);
}

static void written_tables_read_the_same(void **state)
{
	(void)state;
	csv(IMPORT_STAFF, "family,given,patronymic,position,joined,external\nФ,М,П,учитель,2019-09-01,t1\nФ,М,П,=1+1,,t2\n", "new 2", true);
	csv(IMPORT_STUDENT,
	    "family,given,class,birth_date,left,parent1_family,parent1_given,parent2_family,parent2_given,parent2_relation\n"
	    "А,Б,1А,2015-01-01,2027-01-01,А,В,А,Г,father\nД,Е,1А,,,,,,,\n",
	    "new 2", true);
	csv(IMPORT_CLASS, "name,type,subject,year,pilot,class_teacher,tutor\n1А,,,2025,yes,t1,\nХор,extracurricular,,,,,t2\n", "new 2", true);
	for (int what = IMPORT_STUDENT; what <= IMPORT_CLASS; what++) {
		struct import_base b = base();
		struct buf out;
		buf_init(&out, 1 << 20);
		import_csv_write(&out, (enum import_what)what, &b);
		buf_put_byte(&out, 0);
		csv((enum import_what)what, (const char *)out.p, "same 2", false);
		buf_release(&out);
	}
}

/* --- OneRoster -------------------------------------------------------------------------------- */

static void both_versions(void **state)
{
	enum oneroster_version *v = *state;
	struct rset s;
	rset_small(&s, *v);
	roster(&s, "new 8", true);
	roster(&s, "same 8", false);
	const struct person *one = who("Орлов", "Пётр"), *two = who("Орлова", "Анна");
	assert_string_equal(one->class_name, "7А");
	assert_string_equal(one->birth, "2013-04-05");
	assert_string_equal(one->joined, "2020-09-01");
	assert_string_equal(one->left, ""); /* the class's term ends that day, not their time here */
	assert_int_equal(one->guardian_count, 2);
	assert_string_equal(one->guardians[1].relation, "guardian");
	assert_memory_equal(one->guardians[0].id, two->guardians[0].id, SUBJECT_BYTES);
	const struct group *c = structure_class(&h.structure, "7А");
	assert_non_null(c);
	assert_int_equal(c->year, 2026);
	assert_int_equal(c->staff[0].relation, REL_CLASS_TEACHER);
	for (int out = 0; out < ONEROSTER_VERSIONS; out++) {
		struct import_base b = base();
		struct import_plan p;
		struct buf zip;
		char why[200];
		buf_init(&zip, 1 << 24);
		assert_int_equal(oneroster_write(&zip, (enum oneroster_version)out, "abc", "Школа", &b), ERR_OK);
		assert_int_equal(oneroster_plan(&p, buf_bytes(&zip), NULL, &b, why), ERR_OK);
		assert_string_equal(outcome(&p), "same 8");
		import_release(&p);
		buf_release(&zip);
	}
	rset_release(&s);
}

/* A file changed in one place, against a school that holds what it was before. */
static void what_changes(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *want;
	} CASES[] = {
		{"Зайцев", "Волков", "same 7, changed 1"},
		{"homeroom,,o,y,", "homeroom ,,o , y ,", "same 8"},
		{"\"p1,p2\"", "p2", "same 8"}, /* the guardian's own row names the child still */
		{"\"s1,s2\"", "s2", "same 8"},
		{",k5,", ",k7,", "same 7, changed 1"},
		{"true,2026-09-01,", "true,2026-09-01,2026-10-01", "same 7, changed 1"},
		{"e-g1-t1", "e-other", "same 8"}, /* an enrolment's own id is nothing to us */
		{"homeroom", "scheduled", "same 5, changed 3"},
	};
	struct rset s;
	rset_small(&s, ONEROSTER_1_1);
	roster(&s, "new 8", true);
	rset_release(&s);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		rset_small(&s, ONEROSTER_1_1);
		rset_replace(&s, CASES[i].from, CASES[i].to);
		roster(&s, CASES[i].want, false);
		rset_release(&s);
	}
}

static void who_is_missing_is_gone(void **state)
{
	(void)state;
	static const struct {
		const char *role, *want;
	} CASES[] = {
		{"student", "new 1, gone 3"}, /* nothing is said of staff */
		{"teacher", "new 1, gone 2"},
		{"parent", ""},
	};
	struct rset s;
	rset_small(&s, ONEROSTER_1_1);
	roster(&s, "new 8", true);
	rset_release(&s);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		char row[200];
		rset_begin(&s, ONEROSTER_1_1);
		rset_row(&s, "orgs", "sourcedId=o;name=Школа;type=school");
		snprintf(row, sizeof row, "sourcedId=z;enabledUser=true;orgSourcedIds=o;role=%s;username=z;givenName=Я;familyName=Ю", CASES[i].role);
		rset_row(&s, "users", row);
		roster(&s, CASES[i].want, false);
		rset_release(&s);
	}
}

static void broken_sets(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *why;
	} CASES[] = {
		{"familyName", "lastName", "users.csv line 1: familyName: this column is missing"},
		{"Зайцев", "", "users.csv line 4: familyName: this value is missing"},
		{"homeroom", "club", "classes.csv line 2: classType: none of the values allowed"},
		{"schoolYear,2026", "era,2026", "academicSessions.csv line 2: type: none of the values allowed"},
		{"2027-06-01,,2027", "2027-06-31,,2027", "academicSessions.csv line 2: endDate: no day of the calendar"},
		{",k5,o,", ",k6,o,", "enrollments.csv line 3: classSourcedId: no such class in classes.csv"},
		{"o,s2,", "o,s9,", "enrollments.csv line 3: userSourcedId: no such user in users.csv"},
		{"\ns2,", "\ns1,", "users.csv line 3: sourcedId: stands there twice"},
		{"\"p1,p2\"", "p1;p9", "users.csv line 2: agentSourcedIds: no such user in users.csv"},
		{"s1,,,2013-04-05", "s1,,,2013-04-31", "demographics.csv line 2: birthDate: no day of the calendar"},
		{",primary", ",secondary", NULL}, /* a column that need not be there */
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct import_plan p;
		struct import_base b = base();
		struct rset s;
		struct buf zip;
		char why[200];
		rset_small(&s, ONEROSTER_1_1);
		rset_replace(&s, CASES[i].from, CASES[i].to);
		buf_init(&zip, 1 << 24);
		rset_pack(&s, &zip);
		enum err e = oneroster_plan(&p, buf_bytes(&zip), NULL, &b, why);
		assert_string_equal(why, CASES[i].why ? CASES[i].why : "");
		assert_int_equal(e, CASES[i].why ? ERR_BAD_FORM : ERR_OK);
		import_release(&p);
		buf_release(&zip);
		rset_release(&s);
	}
}

int main(void)
{
	static enum oneroster_version v[] = {ONEROSTER_1_1, ONEROSTER_1_2};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cards_keep_the_rest, open_school, close_school),
		cmocka_unit_test_setup_teardown(nothing_is_lost_to_a_race, open_school, close_school),
		cmocka_unit_test_setup_teardown(rows_have_outcomes, open_school, close_school),
		cmocka_unit_test_setup_teardown(written_tables_read_the_same, open_school, close_school),
		{"both_versions 1.1", both_versions, open_school, close_school, &v[0]},
		{"both_versions 1.2", both_versions, open_school, close_school, &v[1]},
		cmocka_unit_test_setup_teardown(what_changes, open_school, close_school),
		cmocka_unit_test_setup_teardown(who_is_missing_is_gone, open_school, close_school),
		cmocka_unit_test_setup_teardown(broken_sets, open_school, close_school),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	catalogue_free(h.catalogue);
	return failed;
}
