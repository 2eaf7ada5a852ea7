/* Days of the calendar, and which have begun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_that_there_are),
		cmocka_unit_test(a_day_begins_first_furthest_east),
	};
	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
