/* All that is held of a student, opened: in its order, linked, and the same whatever came first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/mp.h"
#include "tests/lib/forge.h"
#include "tests/lib/room.h"

enum { ORDERS = 30, DEEDS = 60 };

#define ACHIEVEMENT "{\"name\":\"О\",\"section\":\"sport\",\"date\":\"2026-10-01\"}"

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

static void judge(const uint8_t *entry, unsigned who, const char *verdict)
{
	fixture_must(room_judge(&room, NULL, "achievement", entry, who, verdict, NULL, NULL), verdict);
}

static void newest_first_and_linked(void **state)
{
	(void)state;
	const uint8_t *first = WROTE("achievement", 3, REL_SELF, ACHIEVEMENT);
	judge(first, 2, "return");
	const uint8_t *second = WROTE("achievement", 3, REL_SELF, ACHIEVEMENT, .replaces = first);
	const uint8_t *third = WROTE("achievement", 2, REL_CLASS_TEACHER, ACHIEVEMENT, .replaces = second);
	judge(third, 2, "comment");
	judge(third, 7, "confirm");
	judge(third, 7, "return");
	const uint8_t *last = WROTE("rating", 1, REL_TEACHER, "{\"competence\":\"regulatory.goals\",\"level\":2,\"source\":\"event\"}");
	assert_int_equal(room_retract(&room, "rating", last, 1, REL_TEACHER), ERR_OK);

	static const struct {
		enum entry_status status;
		size_t steps;
		bool replacing, stands;
	} want[] = {
		{ENTRY_RETRACTED, 1, false, false},
		{ENTRY_RETURNED, 3, true, true},
		{ENTRY_REPLACED, 0, true, false},
		{ENTRY_REPLACED, 1, false, false},
	};
	const uint8_t *ids[] = {last, third, second, first};
	struct dossier d;
	room_dossier(&room, &d);
	assert_int_equal(d.count, 4);
	assert_int_equal(d.step_count, 5);
	for (size_t i = 0; i < d.count; i++) {
		const struct dossier_entry *e = &d.entries[i];
		assert_memory_equal(e->row.id, ids[i], ID_BYTES);
		assert_int_equal(e->row.status, want[i].status);
		assert_int_equal(e->step_count, want[i].steps);
		assert_int_equal(e->replacing, want[i].replacing);
		assert_int_equal(entry_stands(e), want[i].stands);
		assert_ptr_equal(dossier_find(&d, ids[i]), e);
	}
	/* of the entry, oldest first */
	static const char *const said[] = {"comment", "confirm", "return"};
	for (size_t i = 0; i < 3; i++) {
		char verdict[16];
		bytes_string(mp_find_text(d.entries[1].steps[i].body, "verdict"), verdict, sizeof verdict);
		assert_string_equal(verdict, said[i]);
		assert_memory_equal(d.entries[1].steps[i].entry, third, ID_BYTES);
		assert_true(!i || d.entries[1].steps[i].time > d.entries[1].steps[i - 1].time);
	}
	assert_int_equal(d.entries[0].steps[0].type, RECORD_RETRACT);
	/* the student began the chain, though the class teacher wrote its end */
	uint8_t who[SUBJECT_BYTES];
	assert_true(dossier_first_author(&d, &d.entries[1], who));
	assert_memory_equal(who, room_who(3), SUBJECT_BYTES);
	assert_true(body_who(d.entries[1].body, who));
	assert_memory_equal(who, room_who(2), SUBJECT_BYTES);
	assert_null(dossier_find(&d, room.student));
	dossier_close(&d);
	assert_null(d.entries);
}

static void fields_as_they_were_written(void **state)
{
	(void)state;
	uint8_t who[SUBJECT_BYTES], id[ID_BYTES];
	const uint8_t *work = WROTE("achievement", 0, 0, ACHIEVEMENT);
	WROTE("poll", 2, REL_CLASS_TEACHER, "{\"competences\":[\"regulatory.goals\"],\"deadline\":\"2026-11-30\",\"asked\":[\"%s\"]}", {room_who(1)}, {SUBJECT_BYTES});
	WROTE("expertise", 2, REL_CLASS_TEACHER, "{\"entry\":\"%s\",\"expert\":\"%s\",\"until\":\"2026-11-30\"}", {work, room_who(5)}, {ID_BYTES, SUBJECT_BYTES});
	WROTE("deviation", 2, REL_CLASS_TEACHER, "{\"competence\":\"regulatory.goals\",\"action\":\"Беседа\",\"closed\":true}");
	struct dossier d;
	room_dossier(&room, &d);
	const struct dossier_entry *deviation = &d.entries[0], *expertise = &d.entries[1], *poll = &d.entries[2], *achievement = &d.entries[3];
	assert_true(bytes_equal(entry_text(achievement, "date"), bytes_text("2026-10-01")));
	assert_true(bytes_equal(entry_text(achievement, "section"), bytes_text("sport")));
	assert_true(bytes_equal(entry_words(achievement, "section"), bytes_text("Спортивная деятельность")));
	assert_int_equal(entry_text(achievement, "note").n, 0);
	assert_int_equal(entry_number(achievement, "mark", -7), -7);
	assert_int_equal(entry_number(achievement, "name", -7), -7);
	assert_false(body_who(achievement->body, who)); /* the operator is nobody in the records */
	assert_false(dossier_first_author(&d, achievement, who));
	assert_true(entry_flag(deviation, "closed"));
	assert_false(entry_flag(deviation, "action"));
	assert_true(entry_names(poll, "asked", room_who(1)));
	assert_false(entry_names(poll, "asked", room_who(2)));
	assert_false(entry_names(poll, "deadline", room_who(1)));
	assert_true(entry_id(expertise, "entry", id, sizeof id));
	assert_memory_equal(id, work, sizeof id);
	assert_true(entry_id(expertise, "expert", who, sizeof who));
	assert_memory_equal(who, room_who(5), sizeof who);
	assert_false(entry_id(expertise, "expert", id, sizeof id)); /* of another length */
	assert_false(entry_id(achievement, "goal", id, sizeof id));
	dossier_close(&d);
}

static void without_keys_nothing_opens(void **state)
{
	(void)state;
	struct subject_keys none = {0};
	struct dossier d;
	struct txn t;
	const uint8_t nobody[SUBJECT_BYTES] = {9};
	judge(WROTE("achievement", 3, REL_SELF, ACHIEVEMENT), 2, "confirm");
	fixture_must(txn_begin(&t, room.f.store, false), "read");
	fixture_must(dossier_open(&d, &t, &none, room.student), "dossier");
	assert_int_equal(d.count, 1);
	assert_int_equal(d.entries[0].body.n, 0);
	assert_int_equal(d.entries[0].fields.n, 0);
	assert_int_equal(d.entries[0].step_count, 0);
	assert_int_equal(entry_text(&d.entries[0], "name").n, 0);
	dossier_close(&d);
	fixture_must(dossier_open(&d, &t, &none, nobody), "dossier");
	assert_int_equal(d.count, 0);
	dossier_close(&d);
	txn_abort(&t);
}

/* A life of all that the rules let through, by whoever. */
static void live(uint64_t *dice)
{
	static const char *const verdicts[] = {"confirm", "return", "comment", "reopen"};
	const uint8_t *works[DEEDS];
	size_t n = 0;
	for (int i = 0; i < DEEDS; i++) {
		unsigned who = 1 + (unsigned)forge_random(dice, 5);
		const uint8_t *old = n ? works[forge_random(dice, n)] : NULL;
		struct says s = {"achievement", who, REL_CLASS_TEACHER, "{\"name\":\"О\",\"section\":\"sport\"}",
				 .replaces = forge_random(dice, 3) ? NULL : old, .period = (uint16_t)(2024 + forge_random(dice, 3))};
		uint8_t id[ID_BYTES];
		enum err e = ERR_OK;
		if (!old || forge_random(dice, 2))
			e = room_write(&room, NULL, &s, id);
		else if (forge_random(dice, 5))
			e = room_judge(&room, NULL, "achievement", old, who, verdicts[forge_random(dice, 4)], NULL, id);
		else
			e = room_retract(&room, "achievement", old, who, REL_CLASS_TEACHER);
		if (!e && (!old || memcmp(id, old, ID_BYTES) != 0) && n < DEEDS) {
			static uint8_t kept[DEEDS][ID_BYTES];
			memcpy(kept[n], id, ID_BYTES);
			works[n] = kept[n];
			n++;
		}
	}
}

static void hash_dossier(struct room *r, uint8_t out[HASH_BYTES])
{
	struct dossier d;
	struct hash h;
	room_dossier(r, &d);
	assert_true(d.count > 10);
	hash_start(&h, "test dossier", HASH_BYTES, (struct bytes){0});
	hash_add(&h, &d.digest, sizeof d.digest);
	for (size_t i = 0; i < d.count; i++) {
		const struct dossier_entry *e = &d.entries[i];
		hash_add(&h, e->row.id, ID_BYTES);
		hash_add(&h, &e->row.status, sizeof e->row.status);
		hash_add(&h, e->row.other, ID_BYTES);
		hash_add(&h, e->body.p, e->body.n);
		hash_add(&h, e->fields.p, e->fields.n);
		for (size_t k = 0; k < e->step_count; k++) {
			hash_add(&h, e->steps[k].id, ID_BYTES);
			hash_add(&h, e->steps[k].body.p, e->steps[k].body.n);
		}
	}
	hash_end(&h, out);
	dossier_close(&d);
}

static void the_same_in_any_order_of_arrival(void **state)
{
	uint64_t dice = 0x9e3779b97f4a7c15;
	uint8_t first[HASH_BYTES], other[HASH_BYTES];
	(void)state;
	live(&dice);
	hash_dossier(&room, first);
	for (int i = 0; i < ORDERS; i++) {
		struct room again;
		room_shuffled(&room, &dice, &again);
		hash_dossier(&again, other);
		assert_memory_equal(first, other, sizeof first);
		room_close(&again);
	}
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, open_room, close_room)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(newest_first_and_linked),
		ROOM(fields_as_they_were_written),
		ROOM(without_keys_nothing_opens),
		ROOM(the_same_in_any_order_of_arrival),
	};
	return cmocka_run_group_tests_name("dossier", tests, NULL, NULL);
}
