#include "core/paper.h"

#include "core/local.h"
#include "proto/text.h"

enum { CHARS = 12, HEAD = HASH_BYTES + 8 + 1, BODY = 1 + 1 + SUBJECT_BYTES + NAME_BYTES_MAX + 1, ROW = HEAD + SEALED_EXTRA + BODY,
       ADMINISTRATOR = 1, OBSERVER = 2 };

static const uint64_t REMEMBERED_MS = 30 * 24 * 3600 * (uint64_t)1000;

uint64_t paper_make(struct seed *s)
{
	uint8_t random[8];
	seed_take(s, random, sizeof random);
	uint64_t code = get_u64(random) >> 4;
	sodium_memzero(random, sizeof random);
	return code;
}

/* A polynomial over GF(32), modulo x^5 + x^2 + 1, at its generator: each place weighs differently. */
static unsigned check_next(unsigned check, unsigned value)
{
	check <<= 1;
	return (check & 32 ? check ^ 0x25 : check) ^ value;
}

void paper_text(uint64_t code, char out[PAPER_TEXT_BYTES])
{
	unsigned check = 0;
	size_t at = 0;
	for (int i = 0; i < CHARS; i++) {
		unsigned value = (unsigned)(code >> (5 * (CHARS - 1 - i)) & 31);
		check = check_next(check, value);
		out[at++] = text_symbol(value);
		if (i % 4 == 3)
			out[at++] = '-';
	}
	out[at++] = text_symbol(check_next(check, 0));
	out[at] = '\0';
}

enum err paper_parse(const char *typed, uint64_t *out)
{
	unsigned check = 0;
	uint64_t code = 0;
	int n = 0, value = 0;
	while (*typed) {
		value = text_next(&typed);
		if (value == -1)
			continue;
		if (value < 0 || n > CHARS)
			return ERR_BAD_FORM;
		if (n++ == CHARS)
			break;
		check = check_next(check, (unsigned)value);
		code = code << 5 | (unsigned)value;
	}
	while (*typed)
		if (text_next(&typed) != -1)
			return ERR_BAD_FORM;
	if (n != CHARS + 1)
		return ERR_BAD_FORM;
	*out = code;
	return check_next(check, 0) == (unsigned)value ? ERR_OK : ERR_BAD_CHECK;
}

void paper_hash(const struct vault *v, uint64_t code, uint8_t out[HASH_BYTES])
{
	uint8_t secret[8];
	put_u64(secret, code);
	hash_keyed(out, HASH_BYTES, DOMAIN_PAPER, bytes_of(v->master, sizeof v->master), bytes_of(secret, sizeof secret));
	sodium_memzero(secret, sizeof secret);
}

/* The row's key tells nobody whose it is. */
static void row_key(const struct vault *v, const struct paper *p, uint8_t out[HASH_BYTES])
{
	uint8_t whose[1 + SUBJECT_BYTES + HASH_BYTES] = {(uint8_t)p->kind};
	memcpy(whose + 1, p->person, SUBJECT_BYTES);
	if (p->kind == ACCOUNT_NOBODY) /* two of them are two */
		memcpy(whose + 1 + SUBJECT_BYTES, p->hash, HASH_BYTES);
	hash_keyed(out, HASH_BYTES, DOMAIN_PAPER, bytes_of(v->master, sizeof v->master), bytes_of(whose, sizeof whose));
}

enum err paper_put(struct txn *t, const struct vault *v, struct seed *s, const struct paper *p)
{
	uint8_t key[HASH_BYTES], head[HEAD], body[BODY] = {0}, nonce[24];
	struct buf row;
	row_key(v, p, key);
	memcpy(head, p->hash, HASH_BYTES);
	put_u64(head + HASH_BYTES, p->expires_ms);
	head[HASH_BYTES + 8] = p->used;
	body[0] = (uint8_t)p->kind;
	body[1] = (uint8_t)((p->administrator ? ADMINISTRATOR : 0) | (p->observer ? OBSERVER : 0));
	memcpy(body + 2, p->person, SUBJECT_BYTES);
	memcpy(body + 2 + SUBJECT_BYTES, p->name, strnlen(p->name, NAME_BYTES_MAX));
	seed_take(s, nonce, sizeof nonce);
	buf_init(&row, ROW);
	buf_put(&row, head, sizeof head);
	vault_seal(v, bytes_of(body, sizeof body), nonce, &row);
	if (!row.err)
		local_put(t, LOCAL_PAPER, bytes_of(key, sizeof key), buf_bytes(&row));
	enum err e = row.err ? row.err : t->err;
	buf_release(&row);
	sodium_memzero(body, sizeof body);
	return e;
}

static enum err parse(const struct vault *v, struct bytes row, struct paper *out)
{
	uint8_t body[BODY];
	enum err e = vault_unseal(v, bytes_of(row.p + HEAD, row.n - HEAD), body, sizeof body);
	if (e)
		return e;
	*out = (struct paper){.kind = body[0] < ACCOUNT_KINDS ? (enum account_kind)body[0] : ACCOUNT_NOBODY,
			      .administrator = body[1] & ADMINISTRATOR, .observer = body[1] & OBSERVER,
			      .used = row.p[HASH_BYTES + 8], .expires_ms = get_u64(row.p + HASH_BYTES)};
	memcpy(out->hash, row.p, HASH_BYTES);
	memcpy(out->person, body + 2, SUBJECT_BYTES);
	memcpy(out->name, body + 2 + SUBJECT_BYTES, NAME_BYTES_MAX);
	sodium_memzero(body, sizeof body);
	return ERR_OK;
}

enum err paper_find(struct txn *t, const struct vault *v, uint64_t now_ms, const uint8_t hash[HASH_BYTES], struct paper *out)
{
	uint8_t key[HASH_BYTES];
	struct bytes row;
	for (bool on = local_next(t, LOCAL_PAPER, NULL, 0, key, sizeof key, &row); on;
	     on = local_next(t, LOCAL_PAPER, key, sizeof key, key, sizeof key, &row)) {
		if (row.n != ROW || sodium_memcmp(row.p, hash, HASH_BYTES) != 0)
			continue;
		enum err e = parse(v, row, out);
		if (e)
			return e;
		return out->used ? ERR_CODE_USED : now_ms >= out->expires_ms ? ERR_CODE_EXPIRED : ERR_OK;
	}
	return t->err ? t->err : ERR_BAD_CODE;
}

void paper_sweep(struct txn *t, uint64_t now_ms)
{
	uint8_t key[HASH_BYTES];
	struct bytes row;
	for (bool on = local_next(t, LOCAL_PAPER, NULL, 0, key, sizeof key, &row); on;
	     on = local_next(t, LOCAL_PAPER, key, sizeof key, key, sizeof key, &row))
		if (row.n != ROW || now_ms >= get_u64(row.p + HASH_BYTES) + REMEMBERED_MS)
			local_del(t, LOCAL_PAPER, bytes_of(key, sizeof key));
}
