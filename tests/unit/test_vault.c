/* Subject keys under the node's master key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/lib/forge.h"

static const uint64_t now = 1790000000000;
static struct fixture f;
static uint8_t subject[SUBJECT_BYTES] = {7}, neighbour[SUBJECT_BYTES] = {7, 1};

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

static enum err add(struct txn *t, const uint8_t *whose, uint8_t n, bool own)
{
	uint8_t key[KEY_BYTES] = {n, 1}, nonce[24] = {n, 2};
	return vault_add(&f.school.vault, t, whose, key, own, nonce);
}

static void keys_come_back_oldest_first(void **state)
{
	(void)state;
	struct txn t;
	struct subject_keys k;
	fixture_must(txn_begin(&t, f.keys, true), "write");
	assert_int_equal(vault_load(&f.school.vault, &t, subject, &k), ERR_OK);
	assert_int_equal(k.count, 0);
	assert_null(subject_keys_newest_own(&k));
	static const bool own[] = {true, false, true, false};
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(add(&t, subject, i, own[i]), ERR_OK);
	assert_int_equal(add(&t, neighbour, 9, true), ERR_OK);
	assert_int_equal(add(&t, subject, 1, true), ERR_OK); /* held already: nothing changes */
	assert_int_equal(vault_load(&f.school.vault, &t, subject, &k), ERR_OK);
	assert_int_equal(k.count, 4);
	for (uint8_t i = 0; i < 4; i++) {
		uint8_t key[KEY_BYTES] = {i, 1}, id[HASH_BYTES];
		record_key_id(id, key);
		assert_memory_equal(k.keys[i].key, key, KEY_BYTES);
		assert_memory_equal(k.keys[i].id, id, HASH_BYTES);
		assert_int_equal(k.keys[i].own, own[i]);
		assert_ptr_equal(subject_keys_find(&k, id), &k.keys[i]);
	}
	/* what came with a transfer is not written with */
	assert_ptr_equal(subject_keys_newest_own(&k), &k.keys[2]);
	subject_keys_wipe(&k);
	for (size_t i = 0; i < sizeof k; i++)
		assert_int_equal(((const uint8_t *)&k)[i], 0);
	txn_abort(&t);
}

static void subjects_are_walked_in_order(void **state)
{
	(void)state;
	struct txn t;
	uint8_t at[SUBJECT_BYTES];
	fixture_must(txn_begin(&t, f.keys, true), "write");
	assert_false(vault_next(&t, NULL, at));
	assert_int_equal(add(&t, neighbour, 1, true), ERR_OK);
	assert_int_equal(add(&t, subject, 1, true), ERR_OK);
	assert_int_equal(add(&t, subject, 2, true), ERR_OK);
	assert_true(vault_next(&t, NULL, at));
	assert_memory_equal(at, subject, SUBJECT_BYTES);
	assert_true(vault_next(&t, at, at));
	assert_memory_equal(at, neighbour, SUBJECT_BYTES);
	assert_false(vault_next(&t, at, at));
	txn_abort(&t);
}

static void full_is_said(void **state)
{
	(void)state;
	struct txn t;
	struct subject_keys k;
	fixture_must(txn_begin(&t, f.keys, true), "write");
	for (uint8_t i = 0; i < SUBJECT_KEYS_MAX; i++)
		assert_int_equal(add(&t, subject, i, i % 2), ERR_OK);
	assert_int_equal(add(&t, subject, SUBJECT_KEYS_MAX, true), ERR_QUOTA);
	assert_int_equal(add(&t, subject, 0, true), ERR_OK); /* held */
	assert_int_equal(vault_load(&f.school.vault, &t, subject, &k), ERR_OK);
	assert_int_equal(k.count, SUBJECT_KEYS_MAX);
	subject_keys_wipe(&k);
	txn_abort(&t);
}

static void x2_a_wrong_master_key_opens_nothing(void **state)
{
	(void)state;
	struct txn t;
	struct subject_keys k;
	struct vault thief = f.school.vault;
	uint8_t secret[16] = {1, 2, 3}, nonce[24] = {4}, out[16] = {0};
	struct buf sealed;
	thief.master[0] ^= 1;
	fixture_must(txn_begin(&t, f.keys, true), "write");
	assert_int_equal(add(&t, subject, 1, true), ERR_OK);
	assert_int_equal(vault_load(&thief, &t, subject, &k), ERR_CORRUPT);
	assert_int_equal(k.count, 0);
	txn_abort(&t);

	buf_init(&sealed, 100);
	vault_seal(&f.school.vault, bytes_of(secret, sizeof secret), nonce, &sealed);
	assert_int_equal(sealed.n, sizeof secret + SEALED_EXTRA);
	assert_int_equal(vault_unseal(&f.school.vault, buf_bytes(&sealed), out, sizeof out), ERR_OK);
	assert_memory_equal(out, secret, sizeof secret);
	assert_int_equal(vault_unseal(&thief, buf_bytes(&sealed), out, sizeof out), ERR_CORRUPT);
	assert_int_equal(vault_unseal(&f.school.vault, buf_bytes(&sealed), out, sizeof out - 1), ERR_CORRUPT);
	for (size_t i = 0; i < sealed.n; i++) {
		sealed.p[i] ^= 1;
		assert_int_equal(vault_unseal(&f.school.vault, buf_bytes(&sealed), out, sizeof out), ERR_CORRUPT);
		sealed.p[i] ^= 1;
	}
	buf_release(&sealed);
}

/* A row moved to another subject, or damaged, is noticed or of no use. */
static void damaged_rows_are_refused(void **state)
{
	(void)state;
	struct txn t;
	struct subject_keys k;
	struct bytes v;
	uint8_t row_key[SUBJECT_BYTES + 4] = {0}, row[256];
	fixture_must(txn_begin(&t, f.keys, true), "write");
	assert_int_equal(add(&t, subject, 1, true), ERR_OK);
	memcpy(row_key, subject, SUBJECT_BYTES);
	assert_true(txn_get(&t, T_KEY, bytes_of(row_key, sizeof row_key), &v));
	size_t n = v.n;
	memcpy(row, v.p, n);
	row[n - 1] ^= 1;
	txn_put(&t, T_KEY, bytes_of(row_key, sizeof row_key), bytes_of(row, n));
	assert_int_equal(vault_load(&f.school.vault, &t, subject, &k), ERR_CORRUPT);
	txn_put(&t, T_KEY, bytes_of(row_key, sizeof row_key), bytes_of(row, n - 1));
	assert_int_equal(vault_load(&f.school.vault, &t, subject, &k), ERR_CORRUPT);
	txn_abort(&t);
}

static void x2_bodies_open_under_the_key_they_name(void **state)
{
	(void)state;
	struct pool pool = {0};
	struct forger school;
	struct subject_keys k = {0};
	struct record r;
	struct buf plain;
	uint8_t keys[3][KEY_BYTES] = {{1}, {2}, {3}};
	buf_init(&plain, RECORD_BYTES_MAX);
	forger_create(&school, 5, &pool);
	for (size_t i = 0; i < 2; i++) {
		memcpy(k.keys[k.count].key, keys[i], KEY_BYTES);
		record_key_id(k.keys[k.count++].id, keys[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		forge_entry(&school, subject, 2026, NULL, "essay", keys[i], &pool);
		const struct forged *x = pool.at[pool.count - 1];
		fixture_must(record_read(bytes_of(x->raw, x->n), &r), "record");
		buf_reset(&plain);
		assert_int_equal(subject_keys_open(&k, &r, &plain), i < 2 ? ERR_OK : ERR_NO_KEY);
		assert_true((plain.n > 0) == (i < 2));
	}
	buf_release(&plain);
	pool_release(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_back_oldest_first),
		cmocka_unit_test(subjects_are_walked_in_order),
		cmocka_unit_test(full_is_said),
		cmocka_unit_test(x2_a_wrong_master_key_opens_nothing),
		cmocka_unit_test(damaged_rows_are_refused),
		cmocka_unit_test(x2_bodies_open_under_the_key_they_name),
	};
	return cmocka_run_group_tests_name("vault", tests, setup, teardown);
}
