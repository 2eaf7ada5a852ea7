/* Which roles an account holds, from who is here; how long guessing waits; which passwords are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/passwords.h"
#include "node/roles.h"
#include "node/throttle.h"

static const uint64_t now = 1795608000000; /* 2026-11-25 12:00 UTC */

#define R(NAME) (1u << ROLE_##NAME)

/* One student 1 with guardian 8, and one staff member 2. */
struct here {
	const char *birth, *left, *until, *staff_left;
	enum custody_state state;
	bool former, gone;
};

static struct people_index people_of(const struct here *h, struct indexed_person at[2])
{
	at[0] = (struct indexed_person){.subject = {1}, .person = {.kind = PERSON_STUDENT, .guardian_count = 1, .guardians = {{.id = {8}}}},
					.custody = {.state = h->state}, .former = h->former, .gone = h->gone};
	at[1] = (struct indexed_person){.subject = {2}, .person = {.kind = PERSON_STAFF}, .custody = {.state = CUSTODY_HELD}};
	if (h->birth)
		strcpy(at[0].person.birth, h->birth);
	if (h->left)
		strcpy(at[0].person.left, h->left);
	if (h->until)
		strcpy(at[0].person.guardians[0].until, h->until);
	if (h->staff_left)
		strcpy(at[1].person.left, h->staff_left);
	return (struct people_index){.at = at, .count = 2};
}

static uint32_t held(const struct here *h, const struct account *a)
{
	struct indexed_person at[2];
	struct people_index people = people_of(h, at);
	return roles_held(&people, a, now);
}

static uint32_t of_id(uint8_t id, const char *left, const char *until, const char *staff_left)
{
	struct here h = {.state = CUSTODY_HELD, .left = left, .until = until, .staff_left = staff_left};
	struct indexed_person at[2];
	struct people_index people = people_of(&h, at);
	return roles_person(&people, (const uint8_t[SUBJECT_BYTES]){id}, now);
}

static void roles_follow_the_records(void **state)
{
	(void)state;
	const struct account student = {.kind = ACCOUNT_STUDENT, .who = {1}}, parent = {.kind = ACCOUNT_GUARDIAN, .guardian = {8}},
			     both = {.kind = ACCOUNT_STAFF, .who = {2}, .guardian = {8}},
			     head = {.kind = ACCOUNT_STAFF, .who = {2}, .administrator = true, .observer = true},
			     off = {.kind = ACCOUNT_STAFF, .who = {2}, .administrator = true, .disabled = true},
			     observer = {.kind = ACCOUNT_NOBODY, .observer = true}, stranger = {.kind = ACCOUNT_GUARDIAN, .guardian = {9}},
			     empty = {.kind = ACCOUNT_NOBODY};
	const struct {
		const char *what;
		struct here here;
		const struct account *a;
		uint32_t roles;
	} table[] = {
		{"a student", {.state = CUSTODY_HELD}, &student, R(STUDENT)},
		{"kept elsewhere", {.state = CUSTODY_HELD, .former = true}, &student, 0},
		{"released, not taken yet", {.state = CUSTODY_RELEASED}, &student, R(STUDENT)},
		{"arriving", {.state = CUSTODY_RELEASED, .former = true}, &student, 0},
		{"void", {.state = CUSTODY_NONE}, &student, 0},
		{"erased", {.state = CUSTODY_ERASED}, &student, 0},
		{"gone", {.state = CUSTODY_HELD, .gone = true}, &student, 0},
		{"left", {.state = CUSTODY_HELD, .left = "2026-11-24"}, &student, 0},
		{"leaves today", {.state = CUSTODY_HELD, .left = "2026-11-25"}, &student, 0},
		{"will leave", {.state = CUSTODY_HELD, .left = "2026-11-27"}, &student, R(STUDENT)},
		{"a wrong day", {.state = CUSTODY_HELD, .left = "soon"}, &student, R(STUDENT)},
		{"a parent", {.state = CUSTODY_HELD}, &parent, R(PARENT)},
		{"of a child of 17", {.state = CUSTODY_HELD, .birth = "2008-11-27"}, &parent, R(PARENT)},
		{"of a child of 18", {.state = CUSTODY_HELD, .birth = "2008-11-25"}, &parent, 0},
		{"of one born in a leap year", {.state = CUSTODY_HELD, .birth = "2008-02-29"}, &parent, 0},
		{"ended", {.state = CUSTODY_HELD, .until = "2026-11-25"}, &parent, 0},
		{"to end", {.state = CUSTODY_HELD, .until = "2026-11-27"}, &parent, R(PARENT)},
		{"whose child left", {.state = CUSTODY_HELD, .left = "2026-01-01"}, &parent, 0},
		{"whose child moved", {.state = CUSTODY_HELD, .former = true}, &parent, 0},
		{"of nobody", {.state = CUSTODY_HELD}, &stranger, 0},
		{"a teacher and parent", {.state = CUSTODY_HELD}, &both, R(TEACHER) | R(PARENT)},
		{"who left", {.state = CUSTODY_HELD, .staff_left = "2026-11-01"}, &both, R(PARENT)},
		{"an administrator", {.state = CUSTODY_HELD}, &head, R(TEACHER) | R(ADMINISTRATOR) | R(OBSERVER)},
		{"who left", {.state = CUSTODY_HELD, .staff_left = "2026-11-01"}, &head, 0},
		{"disabled", {.state = CUSTODY_HELD}, &off, 0},
		{"an observer", {.state = CUSTODY_NONE}, &observer, R(OBSERVER)},
		{"nobody", {.state = CUSTODY_HELD}, &empty, 0},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (held(&table[i].here, table[i].a) != table[i].roles)
			fail_msg("%s: %#x", table[i].what, held(&table[i].here, table[i].a));
	assert_int_equal(of_id(1, "", "", ""), R(STUDENT));
	assert_int_equal(of_id(2, "", "", ""), R(TEACHER));
	assert_int_equal(of_id(8, "", "", ""), R(PARENT));
	assert_int_equal(of_id(9, "", "", "") | of_id(0, "", "", ""), 0);
	assert_int_equal(of_id(1, "2026-11-25", "", "") | of_id(8, "2026-11-25", "", "") | of_id(8, "", "2026-11-25", "") | of_id(2, "", "", "2026-11-25"), 0);
	assert_int_equal(roles_first(R(ADMINISTRATOR) | R(TEACHER) | R(PARENT)), ROLE_TEACHER);
	assert_int_equal(roles_first(R(ADMINISTRATOR)), ROLE_ADMINISTRATOR);
	assert_int_equal(roles_first(0), ROLE_NONE);
	assert_true(roles_need_factor(R(PARENT) | R(TEACHER)) && roles_need_factor(R(OBSERVER)) && !roles_need_factor(R(PARENT) | R(STUDENT)));
}

static void guessing_waits_longer_each_time(void **state)
{
	(void)state;
	struct throttle *t = throttle_new();
	uint64_t at = now, wait = 0;
	struct attempt a = throttle_attempt("anna", "10.0.0.1");
	static const uint64_t waits[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		assert_int_equal(throttle_begin(t, &a, at), 0);
		assert_int_equal(throttle_begin(t, &a, at), waits[i]); /* many at once are one */
		throttle_failed(t, &a, at);
		assert_int_equal(throttle_begin(t, &a, at + waits[i] - 1), 1);
		at += waits[i];
	}
	/* whose account it is comes from elsewhere, and waits little even when others guessed more */
	struct attempt owner = throttle_attempt("anna", "10.0.0.9");
	assert_int_equal(throttle_begin(t, &owner, at), 0);
	throttle_undecided(t, &owner);
	for (int i = 0; i < 30; i++)
		throttle_failed(t, &a, at);
	assert_int_equal(throttle_begin(t, &owner, at), THROTTLE_ACCOUNT_MS_MAX);
	at += 60000;
	/* one that came to nothing counts for nothing, a right one ends it, and so does time */
	assert_int_equal(throttle_begin(t, &a, at), 0);
	throttle_undecided(t, &a);
	assert_int_equal(throttle_begin(t, &a, at), 0);
	throttle_succeeded(t, &a);
	assert_int_equal(throttle_begin(t, &a, at), 0);
	assert_int_equal(throttle_begin(t, &a, at + 500), 500);
	at += THROTTLE_FORGET_S * 1000 + 1;
	assert_int_equal(throttle_begin(t, &a, at), 0);
	assert_int_equal(throttle_begin(t, &a, at + 500), 500);
	/* a clock set back shuts nobody out */
	assert_int_equal(throttle_begin(t, &a, at - 1000000), 0);

	/* an address, over many accounts; another is not touched */
	char name[3] = "aa";
	for (int i = 0; i < 40; i++) {
		name[0] = (char)('a' + i % 20);
		name[1] = (char)('a' + i / 20);
		struct attempt other = throttle_attempt(name, "10.0.0.2");
		wait = throttle_begin(t, &other, at);
		if (!wait)
			throttle_failed(t, &other, at);
	}
	assert_int_equal(wait, 1000);
	a = throttle_attempt("boris", "10.0.0.3");
	assert_int_equal(throttle_begin(t, &a, at), 0);
	/* more names than there are places */
	for (int i = 0; i < 3 * THROTTLE_SLOTS; i++) {
		uint8_t many[8];
		put_u64(many, (uint64_t)i | 0x0101010101010101);
		struct attempt other = {.pair = get_u64(many) << 8 | 2, .account = 2, .address = 2};
		(void)throttle_begin(t, &other, at + (uint64_t)i);
	}
	throttle_free(t);
}

static void logins_and_passwords(void **state)
{
	(void)state;
	char out[LOGIN_BYTES_MAX + 1];
	assert_true(login_fold("Иванов.П", out));
	assert_string_equal(out, "иванов.п");
	static const char *const bad[] = {"", "ab", "a b c", "tab\there", "a\xffz",
					  "01234567890123456789012345678901234567890123456789012345678901234"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(login_fold(bad[i], out));
	static const struct {
		const char *password;
		bool factor, taken;
	} table[] = {
		{"кит ест прут ив", false, true}, {"кит ест прут и", false, false}, {"кит ест и", true, true}, {"abcdefg", true, false},
		{"Qwerty12345", true, false}, {"ЙЦУКЕНГШЩЗ", true, false}, {"ivan.petrov.ivan", false, false}, {"IVAN.PETROV.IVAN", true, false},
		{"aaaaaaaaaaaaaaa", false, false}, {"abababababababab", false, false}, {"ababababababababc", false, true}, {"ПАРОЛЬ123", true, false},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if ((password_refusal(table[i].password, "ivan.petrov.ivan", table[i].factor) == NULL) != table[i].taken)
			fail_msg("%s", table[i].password);
	char longest[PASSWORD_BYTES_MAX + 2];
	for (size_t i = 0; i < sizeof longest; i++)
		longest[i] = (char)('a' + i * 7 % 26);
	longest[PASSWORD_BYTES_MAX + 1] = '\0';
	assert_non_null(password_refusal(longest, "ivan", false));
	longest[PASSWORD_BYTES_MAX] = '\0';
	assert_null(password_refusal(longest, "ivan", false));
}

static void hashes_that_ask_too_much(void **state)
{
	(void)state;
	static const struct {
		const char *hash;
		bool well;
	} table[] = {
		{"$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA", true}, {"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", true},
		{"$argon2id$v=19$m=65537,t=2,p=1$c2FsdA$aGFzaA", false}, {"$argon2id$v=19$m=65536,t=5,p=1$c2FsdA$aGFzaA", false},
		{"$argon2id$v=19$m=65536,t=2,p=2$c2FsdA$aGFzaA", false}, {"$argon2i$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA", false},
		{"$argon2id$v=19$m=99999999999,t=2,p=1$", false},	 {"", false},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(password_hash_affordable(table[i].hash), table[i].well);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_follow_the_records),
		cmocka_unit_test(guessing_waits_longer_each_time),
		cmocka_unit_test(logins_and_passwords),
		cmocka_unit_test(hashes_that_ask_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
