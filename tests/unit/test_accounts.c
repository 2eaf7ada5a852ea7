/* The rows of accounts: sealed, each in its own place; second factors are spent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/accounts.h"
#include "core/erasure.h"
#include "core/local.h"
#include "core/paper.h"
#include "tests/lib/fixture.h"

static const uint64_t now = 1790000000000;
static struct fixture f;

static int setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	fixture_create(&f, 1, "Школа", now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static struct account someone(uint8_t n, const char *login)
{
	struct account a = {.id = {n}, .kind = ACCOUNT_STAFF, .who = {n, 1}, .guardian = {n, 2}, .created_ms = now, .seen_ms = now + n,
			    .name = "Петров Пётр", .password = "$argon2id$", .totp_secret = {n, 3}, .totp_step = n};
	snprintf(a.login, sizeof a.login, "%s", login);
	return a;
}

static enum err put(struct batch *b, const struct account *a)
{
	return account_put(&b->txn, &b->school->vault, &b->seed, a);
}

static void rows_come_back(void **state)
{
	(void)state;
	struct batch b;
	struct bytes row;
	fixture_batch(&f, &b, now);
	const struct vault *v = &b.school->vault;
	struct account a = someone(1, "petrov"), back;
	a.administrator = a.totp_on = true;
	a.recovery[9][31] = 5;
	assert_int_equal(put(&b, &a), ERR_OK);
	assert_int_equal(account_get(&b.txn, v, a.id, &back), ERR_OK);
	assert_memory_equal(&back, &a, offsetof(struct account, id) + ACCOUNT_BYTES);
	assert_int_equal(back.kind, ACCOUNT_STAFF);
	assert_true(back.administrator && back.totp_on && !back.observer && !back.disabled);
	assert_memory_equal(back.who, a.who, sizeof a.who);
	assert_memory_equal(back.guardian, a.guardian, sizeof a.guardian);
	assert_true(back.created_ms == now && back.seen_ms == now + 1 && back.totp_step == 1);
	assert_string_equal(back.login, "petrov");
	assert_string_equal(back.name, "Петров Пётр");
	assert_string_equal(back.password, "$argon2id$");
	assert_memory_equal(back.totp_secret, a.totp_secret, sizeof a.totp_secret);
	assert_memory_equal(back.recovery, a.recovery, sizeof a.recovery);
	assert_int_equal(account_get(&b.txn, v, (const uint8_t[ACCOUNT_BYTES]){9}, &back), ERR_NOT_FOUND);

	assert_true(local_get(&b.txn, LOCAL_ACCOUNT, bytes_of(a.id, sizeof a.id), &row));
	assert_null(memmem(row.p, row.n, "petrov", 6));
	assert_null(memmem(row.p, row.n, "argon2", 6));
	/* moved to another's place it opens nothing */
	uint8_t copy[2048];
	assert_true(row.n < sizeof copy);
	memcpy(copy, row.p, row.n);
	local_put(&b.txn, LOCAL_ACCOUNT, bytes_of((const uint8_t[ACCOUNT_BYTES]){9}, ACCOUNT_BYTES), bytes_of(copy, row.n));
	assert_int_equal(account_get(&b.txn, v, (const uint8_t[ACCOUNT_BYTES]){9}, &back), ERR_CORRUPT);
	struct vault other = *v;
	other.master[0] ^= 1;
	assert_int_equal(account_get(&b.txn, &other, a.id, &back), ERR_CORRUPT);
	batch_abort(&b);
}

static void logins_and_the_last_administrator(void **state)
{
	(void)state;
	struct batch b;
	fixture_batch(&f, &b, now);
	const struct vault *v = &b.school->vault;
	struct account one = someone(1, "one"), two = someone(2, "two"), three = someone(3, "three");
	one.administrator = two.administrator = two.disabled = true;
	assert_int_equal(put(&b, &one), ERR_OK);
	assert_int_equal(put(&b, &two), ERR_OK);
	assert_int_equal(put(&b, &three), ERR_OK);
	assert_int_equal(account_login_free(&b.txn, v, "four", NULL), ERR_OK);
	assert_int_equal(account_login_free(&b.txn, v, "two", NULL), ERR_LOGIN_TAKEN);
	assert_int_equal(account_login_free(&b.txn, v, "two", two.id), ERR_OK);
	assert_int_equal(account_login_free(&b.txn, v, "two", one.id), ERR_LOGIN_TAKEN);
	assert_int_equal(account_not_last(&b.txn, v, one.id), ERR_LAST_ADMINISTRATOR); /* the other is disabled */
	assert_int_equal(account_not_last(&b.txn, v, three.id), ERR_OK);
	two.disabled = false;
	assert_int_equal(put(&b, &two), ERR_OK);
	assert_int_equal(account_not_last(&b.txn, v, one.id), ERR_OK);
	batch_abort(&b);
}

static void second_factors_are_spent(void **state)
{
	(void)state;
	const struct vault *v = &f.school.vault;
	struct account a = someone(1, "one");
	char code[TOTP_DIGITS + 1], paper[PAPER_TEXT_BYTES];
	a.totp_step = 0;
	paper_hash(v, 77, a.recovery[4]);
	paper_text(77, paper);
	assert_true(totp_code(a.totp_secret, totp_step(now), code));
	assert_int_equal(account_factor(&a, v, now, true, NULL, NULL), ERR_SECOND_FACTOR);
	assert_int_equal(account_factor(&a, v, now, true, "", ""), ERR_SECOND_FACTOR);
	assert_int_equal(account_factor(&a, v, now, false, code, NULL), ERR_WRONG_CODE); /* the clock lost its battery */
	assert_int_equal(account_factor(&a, v, now, true, code, NULL), ERR_OK);
	assert_int_equal(account_factor(&a, v, now, true, code, NULL), ERR_WRONG_CODE);
	assert_int_equal(account_factor(&a, v, now, false, NULL, "0000-0000-0000-0"), ERR_WRONG_CODE); /* spent rows are zeros */
	assert_int_equal(account_factor(&a, v, now, false, NULL, paper), ERR_OK);
	assert_int_equal(account_factor(&a, v, now, false, NULL, paper), ERR_WRONG_CODE);
}

static void who_is_erased_has_no_account(void **state)
{
	(void)state;
	struct batch b;
	uint8_t subject[SUBJECT_BYTES], gone[4][ACCOUNT_BYTES];
	struct account one = someone(1, "one"), two = someone(2, "two"), back;
	fixture_batch(&f, &b, now);
	fixture_student(&f, &b, 1, subject);
	memcpy(one.who, subject, sizeof subject);
	assert_int_equal(put(&b, &one), ERR_OK);
	assert_int_equal(put(&b, &two), ERR_OK);
	fixture_must(batch_commit(&b), "commit");
	fixture_batch(&f, &b, now);
	assert_int_equal(account_sweep_erased(&b.txn, &b.school->vault, gone, 4), 0);
	fixture_must(erasure_of_subject(&b, subject), "erase");
	fixture_must(batch_commit(&b), "commit");
	fixture_batch(&f, &b, now);
	assert_int_equal(account_sweep_erased(&b.txn, &b.school->vault, gone, 4), 1);
	assert_memory_equal(gone[0], one.id, ACCOUNT_BYTES);
	assert_int_equal(account_get(&b.txn, &b.school->vault, one.id, &back), ERR_NOT_FOUND);
	assert_int_equal(account_get(&b.txn, &b.school->vault, two.id, &back), ERR_OK);
	batch_abort(&b);
}

static void kinds_by_name(void **state)
{
	(void)state;
	enum account_kind k;
	for (int i = 0; i < ACCOUNT_KINDS; i++) {
		assert_true(account_kind(account_kind_name((enum account_kind)i), &k));
		assert_int_equal(k, i);
	}
	assert_false(account_kind("parent", &k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(logins_and_the_last_administrator, setup, teardown),
		cmocka_unit_test_setup_teardown(second_factors_are_spent, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_erased_has_no_account, setup, teardown),
		cmocka_unit_test(kinds_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
