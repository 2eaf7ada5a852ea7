#include "core/vault.h"

#include "proto/require.h"

enum { ROW_KEY_BYTES = SUBJECT_BYTES + 4, ROW_BYTES = 1 + HASH_BYTES + SEALED_EXTRA + KEY_BYTES };

void vault_seal(const struct vault *v, struct bytes secret, const uint8_t nonce[24], struct buf *out)
{
	buf_put(out, nonce, 24);
	uint8_t *at = buf_extend(out, secret.n + 16);
	if (at)
		crypto_secretbox_easy(at, secret.p, secret.n, nonce, v->master);
}

enum err vault_unseal(const struct vault *v, struct bytes sealed, uint8_t *out, size_t n)
{
	if (sealed.n != n + SEALED_EXTRA)
		return ERR_CORRUPT;
	return crypto_secretbox_open_easy(out, sealed.p + 24, sealed.n - 24, sealed.p, v->master) ? ERR_CORRUPT : ERR_OK;
}

enum err vault_load(const struct vault *v, struct txn *t, const uint8_t *subject, struct subject_keys *out)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = ERR_OK;
	out->count = 0;
	cursor_open(&c, t, T_KEY);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		if (c.key.n != ROW_KEY_BYTES || c.value.n != ROW_BYTES || out->count == SUBJECT_KEYS_MAX) {
			e = ERR_CORRUPT;
			break;
		}
		struct subject_key *k = &out->keys[out->count++];
		k->number = get_u32(c.key.p + SUBJECT_BYTES);
		k->own = c.value.p[0];
		memcpy(k->id, c.value.p + 1, HASH_BYTES);
		struct bytes sealed = bytes_of(c.value.p + 1 + HASH_BYTES, SEALED_EXTRA + KEY_BYTES);
		e = vault_unseal(v, sealed, k->key, KEY_BYTES);
	}
	cursor_close(&c);
	if (!e)
		e = t->err;
	if (e)
		subject_keys_wipe(out);
	return e;
}

enum err vault_add(const struct vault *v, struct txn *t, const uint8_t *subject, const uint8_t key[KEY_BYTES],
		   bool own, const uint8_t nonce[24])
{
	struct subject_keys held;
	enum err e = vault_load(v, t, subject, &held);
	if (e)
		return e;
	uint8_t id[HASH_BYTES];
	record_key_id(id, key);
	uint32_t number = held.count ? held.keys[held.count - 1].number + 1 : 0;
	bool known = subject_keys_find(&held, id) != NULL, full = held.count == SUBJECT_KEYS_MAX;
	subject_keys_wipe(&held);
	if (known)
		return ERR_OK;
	if (full)
		return ERR_QUOTA;
	uint8_t row_key[ROW_KEY_BYTES], flag = own;
	memcpy(row_key, subject, SUBJECT_BYTES);
	put_u32(row_key + SUBJECT_BYTES, number);
	struct buf row;
	buf_init(&row, ROW_BYTES);
	buf_put(&row, &flag, 1);
	buf_put(&row, id, sizeof id);
	vault_seal(v, bytes_of(key, KEY_BYTES), nonce, &row);
	e = row.err;
	if (!e)
		txn_put(t, T_KEY, bytes_of(row_key, sizeof row_key), buf_bytes(&row));
	buf_release(&row);
	return e ? e : t->err;
}

bool vault_next(struct txn *t, const uint8_t *after, uint8_t out[SUBJECT_BYTES])
{
	uint8_t from[ROW_KEY_BYTES];
	struct cursor c;
	if (after) {
		memcpy(from, after, SUBJECT_BYTES);
		memset(from + SUBJECT_BYTES, 0xff, 4);
	}
	cursor_open(&c, t, T_KEY);
	bool on = cursor_seek(&c, bytes_of(from, after ? sizeof from : 0));
	if (on)
		memcpy(out, c.key.p, SUBJECT_BYTES);
	cursor_close(&c);
	return on;
}

const struct subject_key *subject_keys_find(const struct subject_keys *k, const uint8_t *id)
{
	for (size_t i = 0; i < k->count; i++)
		if (memcmp(k->keys[i].id, id, HASH_BYTES) == 0)
			return &k->keys[i];
	return NULL;
}

const struct subject_key *subject_keys_newest_own(const struct subject_keys *k)
{
	for (size_t i = k->count; i-- > 0;)
		if (k->keys[i].own)
			return &k->keys[i];
	return NULL;
}

void subject_keys_wipe(struct subject_keys *k)
{
	sodium_memzero(k, sizeof *k);
}

enum err subject_keys_open(const struct subject_keys *k, const struct record *r, struct buf *out)
{
	require(r->key_id);
	const struct subject_key *key = subject_keys_find(k, r->key_id);
	return key ? record_open(r, key->key, out) : ERR_NO_KEY;
}
