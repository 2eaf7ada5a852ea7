#include "tests/lib/forge.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/succession.h"
#include "proto/mp.h"
#include "proto/require.h"

void pool_add(struct pool *p, struct bytes raw)
{
	struct record r;
	struct forged *k = malloc(sizeof *k + raw.n);
	require(k);
	fixture_must(record_read(raw, &r), "pool");
	memcpy(k->id, r.id, ID_BYTES);
	memcpy(k->raw, raw.p, raw.n);
	k->n = raw.n;
	if (p->count == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		p->at = realloc(p->at, p->cap * sizeof *p->at);
		require(p->at);
	}
	p->at[p->count++] = k;
}

void pool_release(struct pool *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->at[i]);
	free(p->at);
	*p = (struct pool){0};
}

struct record pool_record(const struct forged *k)
{
	struct record r;
	fixture_must(record_read(bytes_of(k->raw, k->n), &r), "record");
	return r;
}

void pool_take(struct pool *p, struct fixture *f, const uint8_t *subject)
{
	struct txn t;
	struct cursor c;
	fixture_must(txn_begin(&t, f->store, false), "read");
	cursor_open(&c, &t, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
		struct record r;
		fixture_must(record_read(c.value, &r), "record");
		if (!subject || memcmp(r.subject, subject, SUBJECT_BYTES) == 0)
			pool_add(p, c.value);
	}
	cursor_close(&c);
	txn_abort(&t);
}

enum err pool_give(const struct pool *p, struct fixture *f, uint64_t now_ms)
{
	struct batch b;
	enum err first;
	bool moved;
	fixture_batch(f, &b, now_ms);
	do {
		first = ERR_OK;
		moved = false;
		for (size_t i = 0; i < p->count; i++) {
			enum err e = batch_admit(&b, bytes_of(p->at[i]->raw, p->at[i]->n), PROOF_SIGNATURE);
			moved |= e == ERR_OK;
			if (e != ERR_DUPLICATE && !first)
				first = e;
		}
	} while (moved && first == ERR_UNKNOWN_AUTHOR);
	fixture_must(batch_commit(&b), "commit");
	return first;
}

void pool_carry(struct fixture *from, struct fixture *to, const uint8_t *subject, uint64_t now_ms)
{
	struct pool p = {0};
	pool_take(&p, from, subject);
	fixture_must(pool_give(&p, to, now_ms), "carry");
	pool_release(&p);
}

static void make(struct forger *f, const struct writing *w, struct bytes body, const uint8_t *key, struct pool *p)
{
	static uint64_t nonces;
	uint8_t nonce[NONCE_BYTES] = {0};
	struct buf out;
	put_u64(nonce, nonces++);
	struct draft d = {.type = w->type, .author = f->id, .generation = f->generation, .incarnation = f->incarnation,
			  .seq = f->seq++, .subject = w->subject, .time = f->time++, .period = w->period,
			  .ref_count = w->ref_count};
	memcpy(d.refs, w->refs, sizeof d.refs);
	buf_init(&out, RECORD_BYTES_MAX);
	fixture_must(record_make(&d, body, key, nonce, f->sign_secret, &out), "make");
	pool_add(p, buf_bytes(&out));
	buf_release(&out);
}

const uint8_t *forge(struct forger *f, const struct writing *w, const void *body, struct pool *p)
{
	struct buf map;
	buf_init(&map, RECORD_BYTES_MAX);
	body_encode(w->type, body, &map);
	make(f, w, buf_bytes(&map), NULL, p);
	buf_release(&map);
	return p->at[p->count - 1]->id;
}

const uint8_t *forge_sealed(struct forger *f, const struct writing *w, struct bytes map, const uint8_t key[KEY_BYTES],
			    struct pool *p)
{
	make(f, w, map, key, p);
	return p->at[p->count - 1]->id;
}

void forger_create(struct forger *f, unsigned n, struct pool *p)
{
	struct identity identity = {0};
	struct buf body;
	uint8_t public[32];
	*f = (struct forger){.seq = 1, .time = (uint64_t)1700000000000 << 16};
	put_u32(f->incarnation, n);
	memset(identity.sign_seed, 0x51, 32);
	memset(f->recovery_secret, 0x52, 32);
	memset(identity.kx_secret, 0x53, 32);
	put_u32(identity.sign_seed, n);
	put_u32(f->recovery_secret, n);
	put_u32(identity.kx_secret, n);
	succession_from(identity.next, f->recovery_secret, 1);
	crypto_sign_ed25519_seed_keypair(public, f->sign_secret, identity.sign_seed);
	buf_init(&body, RECORD_BYTES_MAX);
	school_inception(&identity, &body);
	roster_school_id(f->id, buf_bytes(&body));
	struct writing w = {.type = RECORD_SCHOOL, .subject = network_subject};
	make(f, &w, buf_bytes(&body), NULL, p);
	buf_release(&body);
}

void forger_of(struct forger *f, const struct fixture *x)
{
	*f = (struct forger){.generation = x->school.generation, .seq = (uint64_t)1 << 40,
			     .time = (uint64_t)1700000000000 << 16};
	memcpy(f->id, x->school.id, SCHOOL_BYTES);
	memcpy(f->incarnation, x->school.incarnation, INCARNATION_BYTES);
	memcpy(f->sign_secret, x->school.sign_secret, SIGN_SECRET_BYTES);
	memcpy(f->recovery_secret, x->recovery_secret, 32);
}

const uint8_t *forge_certificate(struct forger *issuer, const uint8_t *member, uint32_t powers, uint32_t depth,
				 uint64_t after_ms, uint64_t before_ms, struct pool *p)
{
	struct body_membership body = {.after = after_ms, .before = before_ms, .depth = depth, .powers = powers,
				       .name = bytes_text("Школа"), .region = bytes_text("Удмуртская Республика"),
				       .district = bytes_text("Приволжский")};
	struct writing w = {.type = RECORD_MEMBERSHIP, .subject = network_subject};
	memcpy(body.member, member, SCHOOL_BYTES);
	return forge(issuer, &w, &body, p);
}

const uint8_t *forge_rotation(struct forger *f, struct pool *p)
{
	uint8_t seed[32], cut[CUT_BYTES];
	struct body_keyevent body = {.kx = {9}, .cuts = bytes_of(cut, f->seq ? sizeof cut : 0)};
	struct writing w = {.type = RECORD_KEYEVENT, .subject = network_subject};
	memcpy(cut, f->incarnation, INCARNATION_BYTES);
	put_u64(cut + INCARNATION_BYTES, f->seq - 1);
	f->generation++;
	succession_seed(seed, f->recovery_secret, f->generation);
	crypto_sign_ed25519_seed_keypair(body.sign, f->sign_secret, seed);
	succession_from(body.next, f->recovery_secret, f->generation + 1);
	return forge(f, &w, &body, p);
}

const uint8_t *forge_entry(struct forger *f, const uint8_t *subject, uint16_t period, const uint8_t *replaces,
			   const char *kind, const uint8_t key[KEY_BYTES], struct pool *p)
{
	struct buf map;
	buf_init(&map, 1024);
	mp_put_map(&map, 1);
	mp_put_key(&map, "kind");
	mp_put_text(&map, bytes_text(kind));
	struct writing w = {.type = RECORD_ENTRY, .subject = subject, .period = period, .ref_count = replaces != NULL,
			    .refs = {replaces}};
	const uint8_t *id = forge_sealed(f, &w, buf_bytes(&map), key, p);
	buf_release(&map);
	return id;
}

const uint8_t *forge_verdict(struct forger *f, const uint8_t *subject, uint16_t period, const uint8_t *entry,
			     const uint8_t *supersedes, const char *verdict, const uint8_t key[KEY_BYTES], struct pool *p)
{
	struct buf map;
	buf_init(&map, 1024);
	mp_put_map(&map, 1);
	mp_put_key(&map, "verdict");
	mp_put_text(&map, bytes_text(verdict));
	struct writing w = {.type = RECORD_VERDICT, .subject = subject, .period = period,
			    .ref_count = (uint8_t)(1 + (supersedes != NULL)), .refs = {entry, supersedes}};
	const uint8_t *id = forge_sealed(f, &w, buf_bytes(&map), key, p);
	buf_release(&map);
	return id;
}

uint64_t forge_random(uint64_t *state, uint64_t below)
{
	uint64_t x = *state;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (x * 0x2545f4914f6cdd1d >> 16) % below;
}

bool forge_next_order(size_t *order, size_t n)
{
	size_t i = n ? n - 1 : 0, j = i;
	while (i > 0 && order[i - 1] >= order[i])
		i--;
	if (i == 0)
		return false;
	while (order[j] <= order[i - 1])
		j--;
	size_t x = order[i - 1];
	order[i - 1] = order[j];
	order[j] = x;
	for (j = n - 1; i < j; i++, j--) {
		x = order[i];
		order[i] = order[j];
		order[j] = x;
	}
	return true;
}
