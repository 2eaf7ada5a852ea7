/* Days of the calendar, and which have begun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/date.h"

static void days_that_there_are(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} CASES[] = {
		{"2012-02-29", true}, {"2000-02-29", true}, {"2100-02-29", false}, {"2013-02-29", false}, {"2012-04-31", false},
		{"2012-13-01", false}, {"2012-00-10", false}, {"2012-01-00", false}, {"1899-12-31", false}, {"1900-01-01", true},
		{"2012-1-01", false}, {"2012-01-1x", false}, {"2012/01/01", false}, {"", false}, {"2012-01-011", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (date_valid(CASES[i].text) != CASES[i].valid)
			fail_msg("%s", CASES[i].text);
}

static void a_day_begins_first_furthest_east(void **state)
{
	static const struct {
		const char *text;
		uint64_t now_s;
		bool begun;
	} CASES[] = {
		{"1970-01-01", 0, true},
		{"1970-01-02", 10 * 3600 - 1, false},
		{"1970-01-02", 10 * 3600, true},
		{"2026-11-25", 1795564800, true}, /* 2026-11-25T00:00:00Z */
		{"2026-11-26", 1795564800, false},
		{"2024-02-29", 1709164800, true}, /* 2024-02-29T00:00:00Z */
		{"2024-03-01", 1709164800, false},
		{"1900-01-01", 0, true},
		{"2912-12-30", 1795564800, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (date_begun(CASES[i].text, CASES[i].now_s * 1000) != CASES[i].begun)
			fail_msg("%s at %llu", CASES[i].text, (unsigned long long)CASES[i].now_s);
}

static void school_years_turn_on_the_first_of_september(void **state)
{
	static const struct {
		const char *day;
		int year;
	} CASES[] = {
		{"2026-08-31", 2025}, {"2026-09-01", 2026}, {"2026-12-31", 2026}, {"2027-01-01", 2026}, {"2027-08-31", 2026},
		{"2028-02-29", 2027}, {"1900-01-01", 1899},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (date_school_year(CASES[i].day) != CASES[i].year)
			fail_msg("%s", CASES[i].day);
}

static void a_day_is_told_by_moscow(void **state)
{
	static const struct {
		uint64_t s;
		const char *day;
	} CASES[] = {
		{0, "1970-01-01"},
		{1795564800, "2026-11-25"},		  /* 2026-11-25T00:00Z, three in the morning there */
		{1795564800 + 21 * 3600 - 1, "2026-11-25"}, /* a second to midnight there */
		{1795564800 + 21 * 3600, "2026-11-26"},
		{1788209999, "2026-08-31"},		  /* the school year's last second */
		{1788210000, "2026-09-01"},
		{1709154000, "2024-02-29"}, {1709240399, "2024-02-29"}, {1709240400, "2024-03-01"},
		{1767214799, "2025-12-31"}, {1767214800, "2026-01-01"},
		{253402300799, "9999-01-01"},		  /* no year has five digits here */
	};
	char day[DATE_BYTES];
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		date_of(CASES[i].s * 1000, day);
		if (strcmp(day, CASES[i].day) != 0)
			fail_msg("%llu: %s instead of %s", (unsigned long long)CASES[i].s, day, CASES[i].day);
		date_of(CASES[i].s * 1000 + 999, day);
		assert_string_equal(day, CASES[i].day);
	}
}

static void ages(void **state)
{
	static const struct {
		const char *born, *day;
		int years;
	} CASES[] = {
		{"2012-11-25", "2026-11-24", 13}, {"2012-11-25", "2026-11-25", 14}, {"2012-11-25", "2012-11-25", 0},
		{"2012-02-29", "2026-02-28", 13}, {"2012-02-29", "2026-03-01", 14}, {"2012-02-29", "2028-02-28", 15},
		{"2012-02-29", "2028-02-29", 16}, {"2008-12-31", "2026-12-30", 17}, {"2008-12-31", "2026-12-31", 18},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (date_years(CASES[i].born, CASES[i].day) != CASES[i].years)
			fail_msg("%s on %s: %d", CASES[i].born, CASES[i].day, date_years(CASES[i].born, CASES[i].day));
}

/* From the first day to the day before the last. */
static void periods(void **state)
{
	static const struct {
		const char *since, *until;
		bool holds;
	} CASES[] = {
		{"", "", true}, {"2026-11-25", "", true}, {"2026-11-26", "", false}, {"", "2026-11-25", false}, {"", "2026-11-26", true},
		{"2026-11-25", "2026-11-26", true}, {"2026-11-25", "2026-11-25", false}, {"2026-01-01", "2026-02-01", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (date_holds(CASES[i].since, CASES[i].until, "2026-11-25") != CASES[i].holds)
			fail_msg("%s to %s", CASES[i].since, CASES[i].until);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_that_there_are),
		cmocka_unit_test(a_day_begins_first_furthest_east),
		cmocka_unit_test(school_years_turn_on_the_first_of_september),
		cmocka_unit_test(a_day_is_told_by_moscow),
		cmocka_unit_test(ages),
		cmocka_unit_test(periods),
	};
	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
