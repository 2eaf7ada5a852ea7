/* Observations asked for: who answered, whom it waits for, what the answers come to so far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "core/poll.h"
#include "tests/lib/room.h"

static struct room room;
static const uint8_t *asked;

static int open_room(void **state)
{
	(void)state;
	room_open(&room);
	asked = room_wrote(&room, &(struct says){"poll", 2, REL_CLASS_TEACHER,
		"{\"competences\":[\"regulatory.goals\",\"cognitive.analysis\"],\"deadline\":\"2026-11-30\",\"asked\":[\"%s\",\"%s\",\"%s\"]}",
		{room_who(1), room_who(2), room_who(7)}, {SUBJECT_BYTES, SUBJECT_BYTES, SUBJECT_BYTES}});
	return 0;
}

static int close_room(void **state)
{
	(void)state;
	room_close(&room);
	return 0;
}

static const uint8_t *answer(unsigned who, int level, const uint8_t *replaces)
{
	char fields[120];
	snprintf(fields, sizeof fields, "{\"poll\":\"%%s\",\"marks\":{\"regulatory.goals\":%d}}", level);
	return room_wrote(&room, &(struct says){"observation", who, REL_TEACHER, fields, {asked}, .replaces = replaces});
}

static void stands(size_t answered, int64_t sum, int64_t n, const char *today, bool open, const char *waits)
{
	static const unsigned who[] = {1, 2, 7};
	struct dossier d;
	struct poll p;
	room_dossier(&room, &d);
	poll_of(&p, &d, dossier_find(&d, asked), today);
	assert_int_equal(p.asked_count, 3);
	assert_int_equal(p.answered, answered);
	assert_int_equal(p.open, open);
	struct tally goals = poll_tally(&p, bytes_text("regulatory.goals"), 3);
	assert_int_equal(goals.sum, sum);
	assert_int_equal(goals.n, n);
	assert_int_equal(poll_tally(&p, bytes_text("cognitive.analysis"), 3).n, 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(poll_waits(&p, room_who(who[i])), waits[i] == '+');
	assert_false(poll_waits(&p, room_who(9)));
	dossier_close(&d);
}

static void it_fills_answer_by_answer(void **state)
{
	(void)state;
	stands(0, 0, 0, ROOM_TODAY, true, "+++");
	const uint8_t *first = answer(1, 3, NULL);
	stands(1, 3, 1, ROOM_TODAY, true, "-++");
	answer(7, 2, NULL);
	stands(2, 5, 2, ROOM_TODAY, true, "-+-");
	first = answer(1, 0, first); /* a second thought */
	stands(2, 2, 2, ROOM_TODAY, true, "-+-");
	fixture_must(room_retract(&room, "observation", first, 1, REL_TEACHER), "withdraw");
	stands(1, 2, 1, ROOM_TODAY, true, "++-");
}

static void past_its_day_it_waits_for_nobody(void **state)
{
	(void)state;
	answer(2, 1, NULL);
	stands(1, 1, 1, "2026-11-30", true, "+-+");
	stands(1, 1, 1, "2026-12-01", false, "---");
}

static void answers_to_another_poll_or_of_others_do_not_count(void **state)
{
	(void)state;
	const uint8_t *mine = asked;
	asked = room_wrote(&room, &(struct says){"poll", 2, REL_CLASS_TEACHER,
		"{\"competences\":[\"regulatory.goals\"],\"deadline\":\"2026-11-30\",\"asked\":[\"%s\"]}", {room_who(1)}, {SUBJECT_BYTES}});
	answer(1, 3, NULL);
	asked = mine;
	stands(0, 0, 0, ROOM_TODAY, true, "+++");
	/* the operator's is nobody's of those asked */
	room_wrote(&room, &(struct says){"observation", 0, 0, "{\"poll\":\"%s\",\"marks\":{\"regulatory.goals\":3}}", {asked}});
	stands(0, 0, 0, ROOM_TODAY, true, "+++");
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(it_fills_answer_by_answer),
		ROOM(past_its_day_it_waits_for_nobody),
		ROOM(answers_to_another_poll_or_of_others_do_not_count),
	};
	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
