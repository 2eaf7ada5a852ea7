/* Who may what of each area, and in what relation an entry of a kind is dealt with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/access.h"

/* none, student, parent, teacher, administrator, observer, local: by enum role */
static const char roles[] = "nsptaol";
_Static_assert(sizeof roles - 1 == ROLE_COUNT, "a letter for each role");

static const struct {
	const char *name;
	enum area area;
	const char *see, *change;
} AREAS[] = {
	{"public", AREA_PUBLIC, "nsptaol", "nsptaol"},
	{"own", AREA_OWN, "sptaol", "sptaol"},
	{"session", AREA_SESSION, "sptaol", "sptaol"},
	{"records", AREA_RECORDS, "sptal", "sptal"},
	{"catalogue", AREA_CATALOGUE, "sptaol", "al"},
	{"people", AREA_PEOPLE, "sptal", "al"},
	{"analysis", AREA_ANALYSIS, "tal", "tal"},
	{"figures", AREA_FIGURES, "aol", "l"},
	{"accounts", AREA_ACCOUNTS, "al", "al"},
	{"transfers", AREA_TRANSFERS, "al", "al"},
	{"network", AREA_NETWORK, "al", "al"},
	{"exchange", AREA_EXCHANGE, "al", "al"},
	{"audit", AREA_AUDIT, "al", "l"},
	{"control", AREA_CONTROL, "l", "l"},
};

static void every_area_and_role(void **state)
{
	(void)state;
	assert_int_equal(sizeof AREAS / sizeof *AREAS, AREA_COUNT);
	for (size_t i = 0; i < sizeof AREAS / sizeof *AREAS; i++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			bool see = strchr(AREAS[i].see, roles[role]) != NULL, change = strchr(AREAS[i].change, roles[role]) != NULL;
			if (access_area((enum role)role, AREAS[i].area, VERB_SEE) != see)
				fail_msg("%s: %c sees", AREAS[i].name, roles[role]);
			if (access_area((enum role)role, AREAS[i].area, VERB_WRITE) != change)
				fail_msg("%s: %c changes", AREAS[i].name, roles[role]);
		}
}

static void a_role_lets_only_its_relations_speak(void **state)
{
	static const struct {
		enum role role;
		uint32_t speaks;
	} CASES[] = {
		{ROLE_NONE, 0},
		{ROLE_STUDENT, REL_SELF},
		{ROLE_PARENT, REL_PARENT | REL_EXPERT},
		{ROLE_TEACHER, REL_SELF | REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR | REL_EXPERT},
		{ROLE_ADMINISTRATOR, REL_ADMINISTRATOR},
		{ROLE_OBSERVER, 0},
		{ROLE_LOCAL, REL_ALL},
	};
	(void)state;
	assert_int_equal(sizeof CASES / sizeof *CASES, ROLE_COUNT);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		assert_int_equal(access_relations(CASES[i].role), CASES[i].speaks);
}

/* Each relation alone, under each role, against a rule that allows all: only what the role lets speak. */
static void nothing_but_what_is_held_and_allowed(void **state)
{
	const struct access_rule all = {{REL_ALL, REL_ALL, REL_ALL}}, nobody = {{0}};
	(void)state;
	for (int role = 0; role < ROLE_LOCAL; role++)
		for (uint32_t r = 1; r < REL_ALL; r <<= 1)
			for (int verb = 0; verb < VERB_COUNT; verb++) {
				enum relation want = access_relations((enum role)role) & r ? (enum relation)r : 0;
				assert_int_equal(access_kind((enum role)role, r, &all, (enum verb)verb), want);
				assert_int_equal(access_kind((enum role)role, REL_ALL, &nobody, (enum verb)verb), 0);
				assert_int_equal(access_kind((enum role)role, 0, &all, (enum verb)verb), 0);
			}
}

static void the_nearest_relation_speaks(void **state)
{
	static const struct {
		const char *what;
		enum role role;
		uint32_t held, see, write, confirm;
		enum verb verb;
		enum relation want;
	} CASES[] = {
		{"all of them", ROLE_TEACHER, REL_ALL, REL_ALL, 0, 0, VERB_SEE, REL_SELF},
		{"class teacher before tutor", ROLE_TEACHER, REL_ALL & ~REL_SELF, REL_ALL, 0, 0, VERB_SEE, REL_CLASS_TEACHER},
		{"tutor before teacher", ROLE_TEACHER, REL_TUTOR | REL_TEACHER | REL_EXPERT, REL_ALL, 0, 0, VERB_SEE, REL_TUTOR},
		{"teacher before expert", ROLE_TEACHER, REL_TEACHER | REL_EXPERT, REL_ALL, 0, 0, VERB_SEE, REL_TEACHER},
		{"the nearest that is allowed", ROLE_TEACHER, REL_CLASS_TEACHER | REL_TEACHER, REL_ALL, REL_TEACHER, 0, VERB_WRITE, REL_TEACHER},
		{"a parent before an expert", ROLE_PARENT, REL_PARENT | REL_EXPERT, REL_ALL, 0, 0, VERB_SEE, REL_PARENT},
		{"a parent as an expert", ROLE_PARENT, REL_PARENT | REL_EXPERT, REL_ALL, REL_EXPERT, 0, VERB_WRITE, REL_EXPERT},
		{"a teacher's own child", ROLE_TEACHER, REL_PARENT, REL_ALL, REL_ALL, REL_ALL, VERB_SEE, 0},
		{"a student who is also a tutor", ROLE_STUDENT, REL_TUTOR, REL_ALL, REL_ALL, REL_ALL, VERB_CONFIRM, 0},
		{"who may write may see", ROLE_TEACHER, REL_TEACHER, 0, REL_TEACHER, 0, VERB_SEE, REL_TEACHER},
		{"who may confirm may see", ROLE_TEACHER, REL_TUTOR, 0, 0, REL_TUTOR, VERB_SEE, REL_TUTOR},
		{"but not write", ROLE_TEACHER, REL_TUTOR, REL_TUTOR, 0, REL_TUTOR, VERB_WRITE, 0},
		{"nor does seeing or writing confirm", ROLE_TEACHER, REL_TEACHER, REL_ALL, REL_ALL, REL_TUTOR, VERB_CONFIRM, 0},
		{"the administrator by being one", ROLE_ADMINISTRATOR, REL_ALL, REL_ALL, 0, 0, VERB_SEE, REL_ADMINISTRATOR},
		{"not where the kind leaves them out", ROLE_ADMINISTRATOR, REL_ALL, REL_ALL & ~REL_ADMINISTRATOR, 0, 0, VERB_SEE, 0},
		{"an observer never", ROLE_OBSERVER, REL_ALL, REL_ALL, REL_ALL, REL_ALL, VERB_SEE, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct access_rule rule = {{CASES[i].see, CASES[i].write, CASES[i].confirm}};
		if (access_kind(CASES[i].role, CASES[i].held, &rule, CASES[i].verb) != CASES[i].want)
			fail_msg("%s", CASES[i].what);
	}
}

static void names_go_there_and_back(void **state)
{
	(void)state;
	for (int role = ROLE_STUDENT; role < ROLE_LOCAL; role++)
		assert_int_equal(access_role(access_role_name((enum role)role)), role);
	assert_int_equal(access_role("operator"), ROLE_NONE); /* nobody logs in as that */
	assert_int_equal(access_role(""), ROLE_NONE);
	for (uint32_t r = 1; r < REL_ALL; r <<= 1) {
		assert_int_equal(access_relation(access_relation_name((enum relation)r)), r);
		assert_true(access_relation_title((enum relation)r)[0] != '\0');
	}
	assert_int_equal(access_relation("boss"), 0);
	assert_string_equal(access_relation_name((enum relation)(REL_SELF | REL_PARENT)), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_area_and_role),
		cmocka_unit_test(a_role_lets_only_its_relations_speak),
		cmocka_unit_test(nothing_but_what_is_held_and_allowed),
		cmocka_unit_test(the_nearest_relation_speaks),
		cmocka_unit_test(names_go_there_and_back),
	};
	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
