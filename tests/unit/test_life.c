/* What the records themselves forbid: each refusal of core/life.c and core/life_rules.c, and what is let through beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/lib/room.h"

#define TEACHER 1, REL_TEACHER
#define CLASS_TEACHER 2, REL_CLASS_TEACHER
#define STUDENT 3, REL_SELF
#define PARENT 4, REL_PARENT
#define EXPERT 5, REL_EXPERT
#define STRANGER 6, REL_TEACHER
#define OPERATOR 0, 0

#define ACHIEVEMENT "{\"name\":\"О\",\"section\":\"sport\"}"
#define RATING "{\"competence\":\"regulatory.goals\",\"level\":2,\"source\":\"event\"}"
#define GOAL "{\"sort\":\"other\",\"name\":\"Ц\",\"stage\":\"planned\"}"
#define OBSERVATION "{\"poll\":\"%s\",\"marks\":{\"regulatory.goals\":2}}"
#define REVIEW "{\"entry\":\"%s\",\"text\":\"Хорошо\"}"

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

/* field: NULL where none is said. */
static void expect(enum err want, const char *field, const struct says *s, const char *what)
{
	enum err e = room_write(&room, NULL, s, NULL);
	if (e != want || (field && (!room.field || strcmp(room.field, field) != 0)) || (!field && want && room.field))
		fail_msg("%s: %s %s", what, err_name(e), room.field ? room.field : "");
}
#define EXPECT(want, field, what, ...) expect(want, field, &(struct says){__VA_ARGS__}, what)

static void judged(enum err want, const char *kind, const uint8_t *entry, unsigned who, const char *verdict, const char *what)
{
	enum err e = room_judge(&room, NULL, kind, entry, who, verdict, NULL, NULL);
	if (e != want)
		fail_msg("%s: %s", what, err_name(e));
}

static enum entry_status status_of(const uint8_t *id)
{
	struct dossier d;
	room_dossier(&room, &d);
	const struct dossier_entry *e = dossier_find(&d, id);
	assert_non_null(e);
	enum entry_status s = e->row.status;
	dossier_close(&d);
	return s;
}

static size_t count_of(void)
{
	struct dossier d;
	room_dossier(&room, &d);
	size_t n = d.count;
	dossier_close(&d);
	return n;
}

static void days_and_school_years(void **state)
{
	static const struct {
		const char *what, *kind, *date;
		uint16_t period;
		enum err want;
		const char *field;
	} CASES[] = {
		{"today", "achievement", "2026-11-25", 0, ERR_OK, NULL},
		{"tomorrow's achievement", "achievement", "2026-11-26", 0, ERR_INVALID, "fields.date"},
		{"tomorrow's rating", "rating", "2026-11-26", 0, ERR_INVALID, "fields.date"},
		{"the first day of the year", "achievement", "2026-09-01", 2026, ERR_OK, NULL},
		{"the day before it", "achievement", "2026-08-31", 2026, ERR_OUTSIDE_YEAR, "fields.date"},
		{"the last day of the year before", "achievement", "2026-08-31", 2025, ERR_OK, NULL},
		{"the day after it", "rating", "2026-09-01", 2025, ERR_OUTSIDE_YEAR, "fields.date"},
		{"an old day takes its own year", "achievement", "2024-02-29", 0, ERR_OK, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		char fields[200];
		bool rating = strcmp(CASES[i].kind, "rating") == 0;
		snprintf(fields, sizeof fields, "{%s,\"date\":\"%s\"}",
			 rating ? "\"competence\":\"regulatory.goals\",\"level\":2,\"source\":\"event\"" : "\"name\":\"О\",\"section\":\"sport\"",
			 CASES[i].date);
		EXPECT(CASES[i].want, CASES[i].field, CASES[i].what, CASES[i].kind, CLASS_TEACHER, fields, .period = CASES[i].period);
	}
	struct dossier d;
	room_dossier(&room, &d);
	assert_int_equal(d.entries[0].row.period, 2023);
	dossier_close(&d);
}

static void what_is_replaced(void **state)
{
	(void)state;
	const uint8_t nobody[ID_BYTES] = {9};
	const uint8_t *first = WROTE("achievement", STUDENT, ACHIEVEMENT), *goal = WROTE("goal", STUDENT, GOAL);
	EXPECT(ERR_NOT_FOUND, "replaces", "what never was", "achievement", STUDENT, ACHIEVEMENT, .replaces = nobody);
	EXPECT(ERR_NOT_FOUND, "replaces", "of another kind", "achievement", STUDENT, ACHIEVEMENT, .replaces = goal);
	EXPECT(ERR_FORBIDDEN, "replaces", "another's", "achievement", PARENT, ACHIEVEMENT, .replaces = first);
	const uint8_t *second = WROTE("achievement", STUDENT, ACHIEVEMENT, .replaces = first);
	assert_int_equal(status_of(first), ENTRY_REPLACED);
	EXPECT(ERR_CONFLICT, "replaces", "a version that has gone", "achievement", STUDENT, ACHIEVEMENT, .replaces = first);
	/* who confirms may correct, and the first author stays who they are */
	const uint8_t *third = WROTE("achievement", CLASS_TEACHER, ACHIEVEMENT, .replaces = second);
	judged(ERR_OK, "achievement", third, 2, "confirm", "corrected by who confirms: the student's work still");
	EXPECT(ERR_CONFIRMED, "replaces", "what is confirmed", "achievement", STUDENT, ACHIEVEMENT, .replaces = third);
	judged(ERR_OK, "achievement", third, 2, "return", "returned");
	EXPECT(ERR_OK, NULL, "what was returned", "achievement", STUDENT, ACHIEVEMENT, .replaces = third);

	const uint8_t *rating = WROTE("rating", TEACHER, RATING);
	EXPECT(ERR_FORBIDDEN, "replaces", "another's rating", "rating", CLASS_TEACHER, RATING, .replaces = rating);
	EXPECT(ERR_OK, NULL, "one's own rating", "rating", TEACHER, RATING, .replaces = rating);
	EXPECT(ERR_OK, NULL, "a plan is of all who may write it", "goal", PARENT, GOAL, .replaces = goal);
	const uint8_t *kept = WROTE("achievement", STUDENT, ACHIEVEMENT);
	assert_int_equal(room_retract(&room, "achievement", kept, STUDENT), ERR_OK);
	EXPECT(ERR_CONFLICT, "replaces", "what was withdrawn", "achievement", STUDENT, ACHIEVEMENT, .replaces = kept);
}

static void what_there_is_one_of(void **state)
{
	(void)state;
	const uint8_t *profile = WROTE("profile", STUDENT, "{\"interests\":\"a\"}", .period = 2024);
	const uint8_t *later = WROTE("profile", STUDENT, "{\"interests\":\"b\"}");
	assert_int_equal(status_of(profile), ENTRY_REPLACED);
	const uint8_t *old = WROTE("route_answers", STUDENT, "{}", .period = 2025), *now = WROTE("route_answers", STUDENT, "{}");
	const uint8_t *again = WROTE("route_answers", PARENT, "{}");
	assert_int_equal(status_of(old), ENTRY_CONFIRMED);
	assert_int_equal(status_of(now), ENTRY_REPLACED);
	assert_int_equal(status_of(again), ENTRY_CONFIRMED);
	assert_int_equal(status_of(later), ENTRY_CONFIRMED);
}

static void what_it_names_must_be_there(void **state)
{
	(void)state;
	const uint8_t nobody[ID_BYTES] = {9};
	const uint8_t *goal = WROTE("goal", STUDENT, GOAL), *work = WROTE("achievement", STUDENT, ACHIEVEMENT);
	EXPECT(ERR_INVALID, "goal", "no such goal", "goal_step", STUDENT, "{\"goal\":\"%s\",\"stage\":\"begun\"}", {nobody});
	EXPECT(ERR_INVALID, "goal", "no goal", "goal_step", STUDENT, "{\"goal\":\"%s\",\"stage\":\"begun\"}", {work});
	EXPECT(ERR_OK, NULL, "a step", "goal_step", STUDENT, "{\"goal\":\"%s\",\"stage\":\"begun\"}", {goal});
	assert_int_equal(room_retract(&room, "goal", goal, STUDENT), ERR_OK);
	EXPECT(ERR_INVALID, "goal", "a goal that was withdrawn", "goal_step", STUDENT, "{\"goal\":\"%s\",\"stage\":\"begun\"}", {goal});
	EXPECT(ERR_INVALID, "entry", "no such work", "expert_review", EXPERT, REVIEW, {nobody});
	EXPECT(ERR_INVALID, "poll", "no such poll", "observation", TEACHER, OBSERVATION, {nobody});
}

/* A poll of two people, until the 30th. */
static const uint8_t *ask(unsigned a, unsigned b)
{
	return WROTE("poll", CLASS_TEACHER, "{\"competences\":[\"regulatory.goals\"],\"deadline\":\"2026-11-30\",\"asked\":[\"%s\",\"%s\"]}",
		     {room_who(a), room_who(b)}, {SUBJECT_BYTES, SUBJECT_BYTES});
}

static void observations(void **state)
{
	(void)state;
	const uint8_t *poll = ask(1, 2), *other = ask(1, 2), *goal = WROTE("goal", STUDENT, GOAL);
	EXPECT(ERR_INVALID, "fields.deadline", "a poll that has ended", "poll", CLASS_TEACHER,
	       "{\"competences\":[\"regulatory.goals\"],\"deadline\":\"2026-11-24\"}");
	EXPECT(ERR_OK, NULL, "a poll for today", "poll", CLASS_TEACHER, "{\"competences\":[\"regulatory.goals\"],\"deadline\":\"2026-11-25\"}");
	EXPECT(ERR_INVALID, "poll", "no poll", "observation", TEACHER, OBSERVATION, {goal});
	EXPECT(ERR_INVALID, "fields.marks", "not asked about", "observation", TEACHER, "{\"poll\":\"%s\",\"marks\":{\"cognitive.analysis\":2}}", {poll});
	EXPECT(ERR_INVALID, "fields.marks", "one of two not asked about", "observation", TEACHER,
	       "{\"poll\":\"%s\",\"marks\":{\"regulatory.goals\":1,\"cognitive.analysis\":2}}", {poll});
	EXPECT(ERR_NOT_ASKED, "fields.poll", "not asked", "observation", STRANGER, OBSERVATION, {poll});
	EXPECT(ERR_PAST_DEADLINE, "fields.poll", "too late", "observation", TEACHER, OBSERVATION, {poll}, .today = "2026-12-01");
	EXPECT(ERR_OK, NULL, "on the last day", "observation", CLASS_TEACHER, OBSERVATION, {poll}, .today = "2026-11-30");
	const uint8_t *mine = WROTE("observation", TEACHER, OBSERVATION, {poll});
	EXPECT(ERR_ANSWERED, "fields.poll", "twice", "observation", TEACHER, OBSERVATION, {poll});
	EXPECT(ERR_OK, NULL, "another poll", "observation", TEACHER, OBSERVATION, {other});
	EXPECT(ERR_FORBIDDEN, "replaces", "another's answer", "observation", CLASS_TEACHER, OBSERVATION, {poll}, .replaces = mine);
	const uint8_t *better = WROTE("observation", TEACHER, OBSERVATION, {poll}, .replaces = mine);
	assert_int_equal(room_retract(&room, "observation", better, TEACHER), ERR_OK);
	EXPECT(ERR_OK, NULL, "after it was withdrawn", "observation", TEACHER, OBSERVATION, {poll});
}

static void of_two_answers_in_one_batch_the_second_is_refused(void **state)
{
	(void)state;
	const uint8_t *poll = ask(1, 2), *work = WROTE("achievement", STUDENT, ACHIEVEMENT);
	const struct says answer = {"observation", TEACHER, OBSERVATION, {poll}}, second = {"observation", CLASS_TEACHER, OBSERVATION, {poll}};
	struct batch b;
	fixture_batch(&room.f, &b, room.now_ms += 1000);
	assert_int_equal(room_write(&room, &b, &answer, NULL), ERR_OK);
	assert_int_equal(room_write(&room, &b, &answer, NULL), ERR_ANSWERED);
	assert_int_equal(room_write(&room, &b, &second, NULL), ERR_OK);
	/* nor is one entry confirmed twice, or replaced twice */
	assert_int_equal(room_judge(&room, &b, "achievement", work, 2, "confirm", NULL, NULL), ERR_OK);
	assert_int_equal(room_judge(&room, &b, "achievement", work, 1, "confirm", NULL, NULL), ERR_WRONG_STATE);
	const struct says change = {"achievement", STUDENT, ACHIEVEMENT, .replaces = work};
	assert_int_equal(room_write(&room, &b, &change, NULL), ERR_CONFIRMED);
	fixture_must(batch_commit(&b), "commit");
	struct dossier d;
	size_t answers = 0;
	room_dossier(&room, &d);
	for (size_t i = 0; i < d.count; i++)
		answers += entry_is(&d.entries[i], "observation") && entry_stands(&d.entries[i]);
	dossier_close(&d);
	assert_int_equal(answers, 2);
}

static void experts(void **state)
{
	(void)state;
	const uint8_t *work = WROTE("achievement", STUDENT, ACHIEVEMENT), *other = WROTE("achievement", STUDENT, ACHIEVEMENT);
	EXPECT(ERR_NOT_ASKED, "fields.entry", "nobody named them", "expert_review", EXPERT, REVIEW, {work});
	const uint8_t *naming = WROTE("expertise", CLASS_TEACHER, "{\"entry\":\"%s\",\"expert\":\"%s\",\"until\":\"2026-11-30\"}",
				      {work, room_who(5)}, {ID_BYTES, SUBJECT_BYTES});
	EXPECT(ERR_NOT_ASKED, "fields.entry", "named for another work", "expert_review", EXPERT, REVIEW, {other});
	EXPECT(ERR_NOT_ASKED, "fields.entry", "somebody else was named", "expert_review", STRANGER, REVIEW, {work});
	EXPECT(ERR_NOT_ASKED, "fields.entry", "past the day", "expert_review", EXPERT, REVIEW, {work}, .today = "2026-12-01");
	EXPECT(ERR_OK, NULL, "the expert", "expert_review", EXPERT, REVIEW, {work});
	EXPECT(ERR_ANSWERED, "fields.entry", "twice", "expert_review", EXPERT, REVIEW, {work});
	const uint8_t *second = WROTE("expertise", CLASS_TEACHER, "{\"entry\":\"%s\",\"expert\":\"%s\",\"until\":\"2026-11-30\"}",
				      {other, room_who(5)}, {ID_BYTES, SUBJECT_BYTES});
	assert_int_equal(room_retract(&room, "expertise", second, CLASS_TEACHER), ERR_OK);
	EXPECT(ERR_NOT_ASKED, "fields.entry", "no longer named", "expert_review", EXPERT, REVIEW, {other});
	(void)naming;
}

/* Who was named for a work stays so for the versions that take its place, and for none before it. */
static void experts_of_later_versions(void **state)
{
	(void)state;
	static const char naming[] = "{\"entry\":\"%s\",\"expert\":\"%s\",\"until\":\"2026-11-30\"}";
	const uint8_t *first = WROTE("achievement", STUDENT, ACHIEVEMENT), *second = WROTE("achievement", STUDENT, ACHIEVEMENT, .replaces = first);
	WROTE("expertise", CLASS_TEACHER, naming, {second, room_who(5)}, {ID_BYTES, SUBJECT_BYTES});
	const uint8_t *third = WROTE("achievement", STUDENT, ACHIEVEMENT, .replaces = second);
	const uint8_t *fourth = WROTE("achievement", CLASS_TEACHER, ACHIEVEMENT, .replaces = third);
	const struct {
		const char *what;
		const uint8_t *work;
		bool appointed;
	} CASES[] = {{"before it", first, false}, {"it", second, true}, {"next", third, true}, {"the last", fourth, true}, {"any", NULL, true}};
	struct dossier d;
	room_dossier(&room, &d);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (life_appointed(&d, CASES[i].work, room_who(5), ROOM_TODAY) != CASES[i].appointed)
			fail_msg("%s", CASES[i].what);
	assert_false(life_appointed(&d, fourth, room_who(6), ROOM_TODAY));
	dossier_close(&d);
	EXPECT(ERR_OK, NULL, "the version that stands", "expert_review", EXPERT, REVIEW, {fourth});
	EXPECT(ERR_ANSWERED, "fields.entry", "twice", "expert_review", EXPERT, REVIEW, {fourth});
}

static void verdicts(void **state)
{
	(void)state;
	const uint8_t nobody[ID_BYTES] = {9};
	const uint8_t *work = WROTE("achievement", STUDENT, ACHIEVEMENT), *goal = WROTE("goal", STUDENT, GOAL);
	judged(ERR_NOT_FOUND, "achievement", nobody, 2, "confirm", "what never was");
	judged(ERR_NOT_FOUND, "goal", work, 2, "confirm", "of another kind");
	judged(ERR_WRONG_STATE, "goal", goal, 2, "confirm", "a kind without confirmation");
	judged(ERR_OK, "goal", goal, 2, "comment", "a comment on it");
	judged(ERR_OWN_ENTRY, "achievement", work, 3, "confirm", "one's own");
	judged(ERR_OK, "achievement", work, 3, "comment", "a comment on one's own");
	judged(ERR_OK, "achievement", work, 2, "confirm", "confirmed");
	judged(ERR_WRONG_STATE, "achievement", work, 2, "confirm", "twice");
	judged(ERR_OK, "achievement", work, 2, "reopen", "taken back");
	assert_int_equal(status_of(work), ENTRY_UNCONFIRMED);
	judged(ERR_OK, "achievement", work, 0, "confirm", "by the operator");
	judged(ERR_OK, "achievement", work, 2, "return", "returned");

	/* who wrote the first version has written it, whoever mended it since */
	const uint8_t *own = WROTE("achievement", CLASS_TEACHER, ACHIEVEMENT);
	const uint8_t *mended = WROTE("achievement", 7, REL_CLASS_TEACHER, ACHIEVEMENT, .replaces = own);
	judged(ERR_OWN_ENTRY, "achievement", mended, 2, "confirm", "one's own, mended by another");
	judged(ERR_WRONG_STATE, "achievement", own, 7, "confirm", "a version that has gone");
	judged(ERR_OK, "achievement", mended, 7, "confirm", "by who mended it");

	const uint8_t *gone = WROTE("achievement", STUDENT, ACHIEVEMENT);
	assert_int_equal(room_retract(&room, "achievement", gone, STUDENT), ERR_OK);
	judged(ERR_WRONG_STATE, "achievement", gone, 2, "confirm", "what was withdrawn");
}

static void a_corrected_version_takes_its_place_whole_or_not_at_all(void **state)
{
	(void)state;
	uint8_t id[ID_BYTES];
	const uint8_t *work = WROTE("achievement", STUDENT, ACHIEVEMENT, .period = 2025);
	const struct says wrong = {.fields = "{\"name\":\"О\",\"section\":\"sport\",\"date\":\"2026-11-26\"}"},
			  right = {.fields = "{\"name\":\"П\",\"section\":\"sport\"}"};
	size_t before = count_of();
	assert_int_equal(room_judge(&room, NULL, "achievement", work, 2, "confirm", &wrong, id), ERR_OUTSIDE_YEAR);
	assert_int_equal(count_of(), before);
	assert_int_equal(status_of(work), ENTRY_UNCONFIRMED);
	assert_int_equal(room_judge(&room, NULL, "achievement", work, 3, "confirm", &right, id), ERR_OWN_ENTRY);
	assert_int_equal(count_of(), before);
	assert_int_equal(room_judge(&room, NULL, "achievement", work, 2, "confirm", &right, id), ERR_OK);
	assert_int_equal(status_of(work), ENTRY_REPLACED);
	assert_int_equal(status_of(id), ENTRY_CONFIRMED);
	struct dossier d;
	room_dossier(&room, &d);
	assert_int_equal(dossier_find(&d, id)->row.period, 2025);
	dossier_close(&d);
}

static void withdrawals(void **state)
{
	(void)state;
	const uint8_t nobody[ID_BYTES] = {9};
	const uint8_t *work = WROTE("achievement", STUDENT, ACHIEVEMENT), *rating = WROTE("rating", TEACHER, RATING),
		      *goal = WROTE("goal", STUDENT, GOAL);
	assert_int_equal(room_retract(&room, "achievement", nobody, STUDENT), ERR_NOT_FOUND);
	assert_int_equal(room_retract(&room, "goal", work, STUDENT), ERR_NOT_FOUND);
	assert_int_equal(room_retract(&room, "achievement", work, PARENT), ERR_FORBIDDEN);
	assert_int_equal(room_retract(&room, "rating", rating, CLASS_TEACHER), ERR_FORBIDDEN);
	assert_int_equal(room_retract(&room, "goal", goal, PARENT), ERR_OK);
	judged(ERR_OK, "achievement", work, 2, "confirm", "confirmed");
	assert_int_equal(room_retract(&room, "achievement", work, STUDENT), ERR_CONFIRMED);
	judged(ERR_OK, "achievement", work, 2, "return", "returned");
	assert_int_equal(room_retract(&room, "achievement", work, STUDENT), ERR_OK);
	assert_int_equal(room_retract(&room, "achievement", work, STUDENT), ERR_WRONG_STATE);
	assert_int_equal(room_retract(&room, "rating", rating, OPERATOR), ERR_OK);
}

static void of_nobody_here_nothing_is_written(void **state)
{
	(void)state;
	uint8_t real[SUBJECT_BYTES];
	memcpy(real, room.student, sizeof real);
	memset(room.student, 7, sizeof room.student);
	const struct says s = {"achievement", STUDENT, ACHIEVEMENT};
	assert_int_equal(room_write(&room, NULL, &s, NULL), ERR_NOT_FOUND);
	assert_int_equal(room_judge(&room, NULL, "achievement", real, 2, "confirm", NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(room_retract(&room, "achievement", real, STUDENT), ERR_NOT_FOUND);
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(days_and_school_years),
		ROOM(what_is_replaced),
		ROOM(what_there_is_one_of),
		ROOM(what_it_names_must_be_there),
		ROOM(observations),
		ROOM(of_two_answers_in_one_batch_the_second_is_refused),
		ROOM(experts),
		ROOM(experts_of_later_versions),
		ROOM(verdicts),
		ROOM(a_corrected_version_takes_its_place_whole_or_not_at_all),
		ROOM(withdrawals),
		ROOM(of_nobody_here_nothing_is_written),
	};
	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
