/* Goals, planned against what came of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/course.h"
#include "tests/lib/room.h"

static struct room room;

static int open_room(void **state)
{
	(void)state;
	room_open(&room);
	return 0;
}

static int close_room(void **state)
{
	(void)state;
	room_close(&room);
	return 0;
}

#define WROTE(...) room_wrote(&room, &(struct says){__VA_ARGS__})

static const uint8_t *mark(const char *subject, const char *term, int mark, uint16_t period)
{
	char fields[200];
	snprintf(fields, sizeof fields, "{\"subject\":\"%s\",\"mark\":%d,\"term\":\"%s\"}", subject, mark, term);
	return WROTE("subject_result", 1, REL_TEACHER, fields, .period = period);
}

static void step(const uint8_t *goal, const char *stage)
{
	char fields[100];
	snprintf(fields, sizeof fields, "{\"goal\":\"%%s\",\"stage\":\"%s\"}", stage);
	WROTE("goal_step", 3, REL_SELF, fields, {goal});
}

static void is(const uint8_t *goal, const char *stage, bool reached, int percent, int64_t actual)
{
	struct course_goal goals[8];
	struct dossier d;
	room_dossier(&room, &d);
	size_t n = course_of(&d, 0, goals, 8), i = 0;
	while (i < n && memcmp(goals[i].goal->row.id, goal, ID_BYTES) != 0)
		i++;
	assert_true(i < n);
	if (!bytes_equal(goals[i].stage, bytes_text(stage)) || goals[i].reached != reached || goals[i].percent != percent || goals[i].actual != actual)
		fail_msg("%.*s reached %d, %d %%, mark %d instead of %s %d %d %d", (int)goals[i].stage.n, (const char *)goals[i].stage.p,
			 goals[i].reached, goals[i].percent, (int)goals[i].actual, stage, reached, percent, (int)actual);
	dossier_close(&d);
}

#define OTHER "{\"sort\":\"other\",\"name\":\"Ц\",\"stage\":\"planned\"}"

static void by_its_stages(void **state)
{
	(void)state;
	const uint8_t *goal = WROTE("goal", 3, REL_SELF, OTHER), *second = WROTE("goal", 3, REL_SELF, OTHER);
	is(goal, "planned", false, 0, 0);
	step(goal, "begun");
	is(goal, "begun", false, 25, 0);
	step(goal, "halfway");
	is(goal, "halfway", false, 50, 0);
	step(goal, "reached");
	is(goal, "reached", true, 100, 0);
	step(goal, "dropped");
	is(goal, "dropped", false, 0, 0);
	is(second, "planned", false, 0, 0);
}

static void by_a_confirmed_achievement_that_names_it(void **state)
{
	(void)state;
	const uint8_t *goal = WROTE("goal", 3, REL_SELF, OTHER);
	const uint8_t *work = WROTE("achievement", 3, REL_SELF, "{\"name\":\"О\",\"section\":\"sport\",\"goal\":\"%s\"}", {goal});
	is(goal, "planned", false, 0, 0);
	fixture_must(room_judge(&room, NULL, "achievement", work, 2, "confirm", NULL, NULL), "confirm");
	is(goal, "planned", true, 100, 0);
	fixture_must(room_judge(&room, NULL, "achievement", work, 2, "return", NULL, NULL), "return");
	is(goal, "planned", false, 0, 0);
}

#define MARK(term) "{\"sort\":\"mark\",\"name\":\"Ц\",\"subject\":\"mathematics\",\"target_mark\":5,\"stage\":\"planned\"" term "}"

static void by_the_newest_mark_of_its_subject_year_and_term(void **state)
{
	(void)state;
	const uint8_t *any = WROTE("goal", 3, REL_SELF, MARK(""));
	const uint8_t *half = WROTE("goal", 3, REL_SELF, MARK(",\"term\":\"half1\""));
	is(any, "planned", false, 0, 0);
	mark("physics", "quarter1", 5, 2026);
	mark("mathematics", "quarter1", 5, 2025);
	is(any, "planned", false, 0, 0);
	mark("mathematics", "quarter1", 3, 2026);
	is(any, "planned", false, 33, 3);
	is(half, "planned", false, 0, 0);
	mark("mathematics", "half1", 4, 2026);
	is(any, "planned", false, 66, 4);
	is(half, "planned", false, 66, 4);
	mark("mathematics", "quarter2", 2, 2026);
	is(any, "planned", false, 0, 2);
	is(half, "planned", false, 66, 4);
	mark("mathematics", "half1", 5, 2026);
	is(any, "planned", true, 100, 5);
	is(half, "planned", true, 100, 5);
	/* whatever the family says of it, a mark is a mark */
	mark("mathematics", "quarter2", 4, 2026);
	step(any, "reached");
	is(any, "reached", false, 66, 4);
}

static void of_one_year_newest_first_without_what_was_withdrawn(void **state)
{
	struct course_goal goals[8];
	struct dossier d;
	(void)state;
	const uint8_t *old = WROTE("goal", 3, REL_SELF, OTHER, .period = 2025), *first = WROTE("goal", 3, REL_SELF, OTHER);
	const uint8_t *gone = WROTE("goal", 3, REL_SELF, OTHER), *last = WROTE("goal", 4, REL_PARENT, OTHER, .replaces = first);
	fixture_must(room_retract(&room, "goal", gone, 3, REL_SELF), "withdraw");
	room_dossier(&room, &d);
	assert_int_equal(course_of(&d, 2026, goals, 8), 1);
	assert_memory_equal(goals[0].goal->row.id, last, ID_BYTES);
	assert_int_equal(course_of(&d, 0, goals, 8), 2);
	assert_memory_equal(goals[1].goal->row.id, old, ID_BYTES);
	assert_int_equal(course_of(&d, 0, goals, 1), 1);
	assert_int_equal(course_of(&d, 2024, goals, 8), 0);
	dossier_close(&d);
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(by_its_stages),
		ROOM(by_a_confirmed_achievement_that_names_it),
		ROOM(by_the_newest_mark_of_its_subject_year_and_term),
		ROOM(of_one_year_newest_first_without_what_was_withdrawn),
	};
	return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
