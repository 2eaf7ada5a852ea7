/* Strikes: the third within an hour bans for an hour, whoever it is and nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "node/bans.h"

static const uint64_t HOUR = (uint64_t)BAN_S * 1000;
static struct bans bans;

static int clean(void **state)
{
	(void)state;
	bans = (struct bans){0};
	return 0;
}

static void strikes(void **state)
{
	(void)state;
	static const struct {
		const char *who;
		uint64_t at;
		unsigned strikes;
		bool banned;
	} CASES[] = {
	    {"a", 1, 1, false},
	    {"a", 2, 1, false},
	    {"b", 3, 2, false},
	    {"a", 4, 1, true},
	    {"b", 5, 1, true},
	    {"c", 6, 3, true},
	    {"d", 7, 2, false},
	    {"d", 8 + (uint64_t)BAN_S * 1000, 2, false}, /* the first two lie too far back */
	    {"a", 9 + (uint64_t)BAN_S * 1000, 1, false}, /* the ban is over */
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct bytes who = bytes_text(CASES[i].who);
		if (bans_strike(&bans, who, CASES[i].strikes, CASES[i].at) != CASES[i].banned ||
		    bans_has(&bans, who, CASES[i].at) != CASES[i].banned)
			fail_msg("strike %zu, against %s", i, CASES[i].who);
	}
}

static void a_ban_lasts_an_hour(void **state)
{
	(void)state;
	struct bytes who = bytes_text("a");
	assert_true(bans_strike(&bans, who, STRIKES_MAX, 1000));
	assert_true(bans_has(&bans, who, 1000 + HOUR - 1));
	assert_false(bans_has(&bans, who, 1000 + HOUR));
	assert_false(bans_has(&bans, bytes_text("b"), 1000));
}

/* Whoever comes from ever new addresses pushes out the oldest, and takes no memory. */
static void the_oldest_makes_room(void **state)
{
	(void)state;
	char who[24];
	for (unsigned i = 0; i <= BANS_MAX; i++) {
		snprintf(who, sizeof who, "%u", i);
		assert_true(bans_strike(&bans, bytes_text(who), STRIKES_MAX, 1 + i));
	}
	assert_false(bans_has(&bans, bytes_text("0"), 1 + BANS_MAX));
	assert_true(bans_has(&bans, bytes_text("1"), 1 + BANS_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(strikes, clean),
	    cmocka_unit_test_setup(a_ban_lasts_an_hour, clean),
	    cmocka_unit_test_setup(the_oldest_makes_room, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
