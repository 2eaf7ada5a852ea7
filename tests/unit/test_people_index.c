/* The people index for who reads it in slices: nobody is skipped, whoever comes or goes in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/people_index.h"

enum { SOME = 6 };

static struct people_index of(struct indexed_person *at, const uint8_t *first_bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		at[i] = (struct indexed_person){0};
		at[i].subject[0] = first_bytes[i];
	}
	return (struct people_index){.at = at, .count = n};
}

static void slices(void **state)
{
	(void)state;
	static const struct {
		uint8_t before[SOME], after[SOME]; /* 0 ends them; read up to the second, then on in the other */
		uint8_t rest[SOME];
	} CASES[] = {
		{{1, 3, 5, 7}, {1, 3, 5, 7}, {5, 7}},
		{{1, 3, 5, 7}, {3, 5, 7}, {5, 7}},	/* one of those read went */
		{{1, 3, 5, 7}, {1, 5, 7}, {5, 7}},	/* the one read last went */
		{{1, 3, 5, 7}, {1, 2, 3, 5, 7}, {5, 7}},
		{{1, 3, 5, 7}, {1, 3, 4, 5, 7}, {4, 5, 7}},
		{{1, 3}, {1}, {0}},
		{{1, 3}, {0}, {0}},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct indexed_person at[SOME];
		uint8_t last[SUBJECT_BYTES] = {0};
		struct people_index p = of(at, CASES[i].before, strlen((const char *)CASES[i].before));
		for (int k = 0; k < 2; k++)
			memcpy(last, people_index_next(&p, last)->subject, sizeof last);
		p = of(at, CASES[i].after, strlen((const char *)CASES[i].after));
		for (const uint8_t *want = CASES[i].rest; *want; want++) {
			const struct indexed_person *next = people_index_next(&p, last);
			assert_non_null(next);
			assert_int_equal(next->subject[0], *want);
			memcpy(last, next->subject, sizeof last);
		}
		assert_null(people_index_next(&p, last));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(slices)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
