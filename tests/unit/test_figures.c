/* What records come to in numbers: levels, means, the indicator, deviations, what a portfolio consists of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/summary.h"
#include "tests/lib/forge.h"
#include "tests/lib/room.h"

enum { ORDERS = 20 };

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

/* A level of regulatory.goals, or another competence, by teacher number `who`. */
static const uint8_t *rate(unsigned who, const char *competence, int level, uint16_t period)
{
	char fields[200];
	snprintf(fields, sizeof fields, "{\"competence\":\"%s\",\"level\":%d,\"source\":\"event\"}", competence, level);
	return room_wrote(&room, &(struct says){"rating", who, REL_TEACHER, fields, .period = period});
}

static const uint8_t *outside(const char *kind, const char *competence, int level)
{
	char fields[200];
	bool result = strcmp(kind, "external_result") == 0;
	snprintf(fields, sizeof fields, "{\"competence\":\"%s\",\"level\":%d,\"source\":\"%s\"}", competence, level, result ? "vpr" : "external");
	return room_wrote(&room, &(struct says){kind, 1, REL_TEACHER, fields});
}

static void points(struct dossier *d, struct points *p)
{
	room_dossier(&room, d);
	fixture_must(points_of(p, room.catalogue, d), "points");
}

static void drop(struct dossier *d, struct points *p)
{
	points_release(p);
	dossier_close(d);
}

static void means_are_rounded_half_up(void **state)
{
	static const struct {
		int64_t sum, n, mean;
	} CASES[] = {{0, 1, 0}, {3, 1, 300}, {1, 3, 33}, {2, 3, 67}, {5, 3, 167}, {1, 8, 13}, {3, 8, 38}, {1, 6, 17}, {1, 200, 1}, {1, 201, 0}, {7, 2, 350}};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (rules_mean(CASES[i].sum, CASES[i].n) != CASES[i].mean)
			fail_msg("%d/%d", (int)CASES[i].sum, (int)CASES[i].n);
	assert_int_equal(tally_mean((struct tally){0}), -1);
	assert_int_equal(tally_mean((struct tally){5, 3}), 167);
}

static void cells_hold_one_competence_of_one_year(void **state)
{
	struct dossier d;
	struct points p;
	struct cell c;
	(void)state;
	rate(1, "regulatory.goals", 1, 2025);
	rate(1, "regulatory.goals", 2, 2026);
	rate(2, "regulatory.goals", 3, 2026);
	rate(1, "cognitive.analysis", 2, 2026);
	outside("external_result", "regulatory.goals", 1);
	outside("rating", "regulatory.goals", 0); /* a rating whose source is from outside */
	const uint8_t *gone = rate(3, "regulatory.goals", 0, 2026);
	fixture_must(room_retract(&room, "rating", gone, 3, REL_TEACHER), "retract");
	const uint8_t *old = rate(4, "cognitive.analysis", 0, 2026);
	room_wrote(&room, &(struct says){"rating", 4, REL_TEACHER, "{\"competence\":\"cognitive.analysis\",\"level\":3,\"source\":\"event\"}", .replaces = old});

	static const struct {
		const char *code;
		uint16_t period;
		struct tally all, external, own;
	} want[] = {
		{"cognitive.analysis", 2026, {5, 2}, {0, 0}, {5, 2}},
		{"regulatory.goals", 2025, {1, 1}, {0, 0}, {1, 1}},
		{"regulatory.goals", 2026, {6, 4}, {1, 2}, {5, 2}},
	};
	points(&d, &p);
	assert_int_equal(p.count, 7);
	size_t n = 0;
	for (size_t i = 0; points_cell(&p, &i, &c); n++) {
		assert_true(n < 3 && bytes_equal(c.code, bytes_text(want[n].code)));
		assert_int_equal(c.period, want[n].period);
		assert_memory_equal(&c.all, &want[n].all, sizeof c.all);
		assert_memory_equal(&c.external, &want[n].external, sizeof c.all);
		assert_memory_equal(&c.own, &want[n].own, sizeof c.all);
	}
	assert_int_equal(n, 3);
	drop(&d, &p);
}

static void marks_of_observations_count_one_by_one(void **state)
{
	struct dossier d;
	struct points p;
	(void)state;
	const uint8_t *poll = room_wrote(&room, &(struct says){"poll", 2, REL_CLASS_TEACHER,
		"{\"competences\":[\"regulatory.goals\",\"cognitive.analysis\"],\"deadline\":\"2026-11-30\",\"asked\":[\"%s\"]}", {room_who(1)}, {SUBJECT_BYTES}});
	room_wrote(&room, &(struct says){"observation", 1, REL_TEACHER, "{\"poll\":\"%s\",\"marks\":{\"regulatory.goals\":3,\"cognitive.analysis\":1}}", {poll}});
	points(&d, &p);
	assert_int_equal(p.count, 2);
	assert_int_equal(p.at[0].level, 1);
	assert_int_equal(p.at[1].level, 3);
	assert_false(p.at[0].external);
	drop(&d, &p);
}

/* Means of 2, 1 and 3 of at most 3: two thirds of the scale. Years are apart. */
static void the_indicator(void **state)
{
	struct dossier d;
	struct points p;
	size_t n;
	(void)state;
	const struct rules *r = catalogue_rules(room.catalogue);
	rate(1, "regulatory.goals", 2, 2026);
	rate(1, "cognitive.analysis", 1, 2026);
	rate(1, "communicative.speech", 3, 2026);
	rate(1, "regulatory.goals", 3, 2025);
	points(&d, &p);
	assert_int_equal(points_indicator(&p, r, 2026, &n), 6667);
	assert_int_equal(n, 3);
	assert_int_equal(points_indicator(&p, r, 2025, &n), 10000);
	assert_int_equal(n, 1);
	assert_int_equal(points_indicator(&p, r, 2024, &n), -1);
	assert_int_equal(n, 0);
	drop(&d, &p);

	static const struct {
		int64_t sum, n, value;
	} CASES[] = {{0, 1, 0}, {300, 1, 10000}, {100, 1, 3333}, {200, 1, 6667}, {150, 1, 5000}, {167, 1, 5567}, {500, 3, 5556}};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (rules_indicator(r, CASES[i].sum, CASES[i].n) != CASES[i].value)
			fail_msg("%d of %d: %d", (int)CASES[i].sum, (int)CASES[i].n, (int)rules_indicator(r, CASES[i].sum, CASES[i].n));
}

static void deviations(void **state)
{
	static const struct {
		const char *what;
		struct tally external, own;
		bool deviates;
	} CASES[] = {
		{"1.00 apart", {1, 1}, {2, 1}, true},
		{"1.00 the other way", {3, 1}, {2, 1}, true},
		{"0.99: 3 against 2.01", {3, 1}, {201, 100}, false},
		{"0.99: 3 against 2.005, which is rounded up", {3, 1}, {401, 200}, false},
		{"1.00: 3 against 2.004, which is rounded down", {3, 1}, {2004, 1000}, true},
		{"0.67", {7, 3}, {3, 1}, false},
		{"no external one", {0, 0}, {3, 1}, false},
		{"no own one", {3, 1}, {0, 0}, false},
		{"as far as can be", {0, 1}, {3, 1}, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct cell c = {.external = CASES[i].external, .own = CASES[i].own};
		if (cell_deviates(catalogue_rules(room.catalogue), &c) != CASES[i].deviates)
			fail_msg("%s", CASES[i].what);
	}
}

static const uint8_t *achieve(const char *section, const char *activity, bool confirmed)
{
	char fields[200];
	snprintf(fields, sizeof fields, "{\"name\":\"О\",\"section\":\"%s\",\"activity\":\"%s\"}", section, activity);
	const uint8_t *id = room_wrote(&room, &(struct says){"achievement", 3, REL_SELF, fields});
	if (confirmed)
		fixture_must(room_judge(&room, NULL, "achievement", id, 2, "confirm", NULL, NULL), "confirm");
	return id;
}

static struct portfolio portfolio(void)
{
	struct portfolio p;
	struct dossier d;
	room_dossier(&room, &d);
	portfolio_of(&p, room.catalogue, &d);
	dossier_close(&d);
	return p;
}

static void one_sided_from_sixty_percent_of_five_on(void **state)
{
	static const struct {
		size_t most, all;
		bool one_sided;
	} CASES[] = {{3, 5, true}, {2, 5, false}, {4, 4, false}, {5, 5, true}, {59, 100, false}, {60, 100, true}, {4, 7, false}, {0, 0, false}};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (rules_one_sided(catalogue_rules(room.catalogue), CASES[i].most, CASES[i].all) != CASES[i].one_sided)
			fail_msg("%zu of %zu", CASES[i].most, CASES[i].all);

	for (int i = 0; i < 3; i++)
		achieve("sport", "sport", true);
	achieve("culture", "culture", true);
	achieve("sport", "sport", false); /* not confirmed: it does not count */
	rate(1, "regulatory.goals", 3, 2026);
	struct portfolio p = portfolio();
	assert_int_equal(p.confirmed, 4);
	assert_false(p.one_sided);
	achieve("olympiads", "study", true);
	p = portfolio();
	assert_int_equal(p.confirmed, 5);
	assert_true(p.one_sided);
	assert_string_equal(p.groups[0].code, catalogue_group(room.catalogue, "section", "sport"));
	assert_int_equal(p.groups[0].count, 3);
	assert_string_equal(p.leading, "sport");
	achieve("culture", "culture", true);
	assert_false(portfolio().one_sided);
}

static void the_leading_activity_reaches_the_least(void **state)
{
	int64_t least = catalogue_rules(room.catalogue)->leading_least;
	(void)state;
	assert_null(portfolio().leading);
	for (int64_t i = 1; i < least; i++)
		achieve("sport", "sport", true);
	assert_null(portfolio().leading);
	achieve("sport", "sport", true);
	assert_string_equal(portfolio().leading, "sport");
	/* of equals the first by name, always the same */
	for (int64_t i = 0; i < least; i++)
		achieve("culture", "culture", true);
	assert_string_equal(portfolio().leading, "culture");
}

static struct summary summary(struct room *r)
{
	struct summary s;
	struct dossier d;
	room_dossier(r, &d);
	fixture_must(summary_of(&s, r->catalogue, &d, 2026), "summary");
	dossier_close(&d);
	return s;
}

static void a_deviation_is_open_until_it_is_closed(void **state)
{
	(void)state;
	rate(1, "regulatory.goals", 3, 2026);
	outside("external_result", "regulatory.goals", 1);
	assert_int_equal(summary(&room).deviations, 1);
	room_wrote(&room, &(struct says){"deviation", 2, REL_CLASS_TEACHER, "{\"competence\":\"regulatory.goals\",\"action\":\"Б\"}"});
	assert_int_equal(summary(&room).deviations, 1);
	room_wrote(&room, &(struct says){"deviation", 2, REL_CLASS_TEACHER, "{\"competence\":\"cognitive.analysis\",\"action\":\"Б\",\"closed\":true}"});
	room_wrote(&room, &(struct says){"deviation", 2, REL_CLASS_TEACHER, "{\"competence\":\"regulatory.goals\",\"action\":\"Б\",\"closed\":true}", .period = 2025});
	assert_int_equal(summary(&room).deviations, 1);
	room_wrote(&room, &(struct says){"deviation", 2, REL_CLASS_TEACHER, "{\"competence\":\"regulatory.goals\",\"action\":\"Б\",\"closed\":true}"});
	assert_int_equal(summary(&room).deviations, 0);
}

static void the_same_in_any_order_of_arrival(void **state)
{
	static const char *const competences[] = {"regulatory.goals", "cognitive.analysis", "communicative.speech"};
	uint64_t dice = 0x2545f4914f6cdd1d;
	(void)state;
	for (int i = 0; i < 40; i++) {
		const char *c = competences[forge_random(&dice, 3)];
		int level = (int)forge_random(&dice, 4);
		if (forge_random(&dice, 3))
			rate(1 + (unsigned)forge_random(&dice, 4), c, level, (uint16_t)(2025 + forge_random(&dice, 2)));
		else
			outside("external_result", c, level);
		if (i % 4 == 0)
			achieve(i % 8 ? "sport" : "culture", "sport", i % 12 != 0);
	}
	struct summary first = summary(&room);
	assert_true(first.confirmed > 3 && first.indicator > 0 && first.group_count == 3);
	for (int i = 0; i < ORDERS; i++) {
		struct room again;
		room_shuffled(&room, &dice, &again);
		struct summary s = summary(&again);
		assert_memory_equal(&s, &first, sizeof s);
		room_close(&again);
	}
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(means_are_rounded_half_up),
		ROOM(cells_hold_one_competence_of_one_year),
		ROOM(marks_of_observations_count_one_by_one),
		ROOM(the_indicator),
		ROOM(deviations),
		ROOM(one_sided_from_sixty_percent_of_five_on),
		ROOM(the_leading_activity_reaches_the_least),
		ROOM(a_deviation_is_open_until_it_is_closed),
		ROOM(the_same_in_any_order_of_arrival),
	};
	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
