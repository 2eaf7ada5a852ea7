#include "core/school.h"

#include "core/batch.h"
#include "core/erasure.h"
#include "core/succession.h"
#include "proto/require.h"

bool meta_get(struct txn *t, const char *name, struct bytes *value)
{
	return txn_get(t, T_META, bytes_text(name), value);
}

void meta_put(struct txn *t, const char *name, struct bytes value)
{
	txn_put(t, T_META, bytes_text(name), value);
}

void school_inception(const struct identity *identity, struct buf *out)
{
	struct body_school body;
	uint8_t secret[SIGN_SECRET_BYTES];
	memcpy(body.next, identity->next, sizeof body.next);
	crypto_sign_ed25519_seed_keypair(body.sign, secret, identity->sign_seed);
	crypto_scalarmult_base(body.kx, identity->kx_secret);
	memcpy(body.recovery, identity->recovery, 32);
	sodium_memzero(secret, sizeof secret);
	body_encode(RECORD_SCHOOL, &body, out);
}

enum err identity_at(const struct identity *now, uint32_t generation, const uint8_t recovery_secret[32], struct identity *out)
{
	uint8_t committed[HASH_BYTES];
	if (generation >= KEY_EVENTS_MAX)
		return ERR_QUOTA;
	succession_from(committed, recovery_secret, now->generation + 1);
	if (memcmp(committed, now->next, sizeof committed) != 0)
		return ERR_FORBIDDEN;
	*out = *now;
	out->generation = generation;
	succession_seed(out->sign_seed, recovery_secret, generation);
	succession_from(out->next, recovery_secret, generation + 1);
	return ERR_OK;
}

enum err identity_next(const struct identity *now, const uint8_t recovery_secret[32], const uint8_t seed[32],
		       struct identity *out)
{
	struct seed fresh = {.used = 0};
	enum err e = identity_at(now, now->generation + 1, recovery_secret, out);
	if (e)
		return e;
	memcpy(fresh.key, seed, sizeof fresh.key);
	seed_take(&fresh, out->kx_secret, sizeof out->kx_secret);
	memcpy(out->kx_old[0], now->kx_secret, KEY_BYTES);
	memcpy(out->kx_old[1], now->kx_old, (KX_OLD_MAX - 1) * KEY_BYTES);
	out->kx_old_count = now->kx_old_count < KX_OLD_MAX ? now->kx_old_count + 1 : KX_OLD_MAX;
	sodium_memzero(&fresh, sizeof fresh);
	return ERR_OK;
}

static enum err read_meta(struct school *s)
{
	struct txn t;
	struct bytes v;
	struct cursor c;
	enum err e = txn_begin(&t, s->store, false);
	if (e)
		return e;
	e = ERR_CORRUPT;
	if (meta_get(&t, META_ID, &v) && v.n == SCHOOL_BYTES) {
		memcpy(s->id, v.p, v.n);
		if (meta_get(&t, META_ROOT, &v) && v.n == SCHOOL_BYTES) {
			memcpy(s->root, v.p, v.n);
			if (meta_get(&t, META_INCARNATION, &v) && v.n == INCARNATION_BYTES) {
				memcpy(s->incarnation, v.p, v.n);
				e = ERR_OK;
			}
		}
	}
	if (meta_get(&t, META_SEQ, &v) && v.n == 16) {
		s->next_seq = get_u64(v.p);
		s->last_time = get_u64(v.p + 8);
	}
	s->next_lseq = 1;
	cursor_open(&c, &t, T_REC);
	if (cursor_last(&c))
		s->next_lseq = get_u64(c.key.p) + 1;
	cursor_close(&c);
	if (!e)
		e = roster_load(&s->roster, &t, s->root);
	txn_abort(&t);
	return e;
}

enum err school_open(struct school *s, struct store *store, struct store *keys, const uint8_t master[KEY_BYTES],
		     const struct identity *identity)
{
	uint8_t public[32];
	*s = (struct school){.store = store, .vault.store = keys, .generation = identity->generation};
	memcpy(s->vault.master, master, KEY_BYTES);
	memcpy(s->recovery, identity->recovery, sizeof s->recovery);
	memcpy(s->kx_secrets[0], identity->kx_secret, KEY_BYTES);
	memcpy(s->kx_secrets[1], identity->kx_old, sizeof identity->kx_old);
	s->kx_count = 1 + (identity->kx_old_count < KX_OLD_MAX ? identity->kx_old_count : KX_OLD_MAX);
	crypto_sign_ed25519_seed_keypair(public, s->sign_secret, identity->sign_seed);
	enum err e = read_meta(s);
	if (e)
		school_close(s);
	return e;
}

bool school_has_key(const struct school *s)
{
	int me = roster_find(&s->roster, s->id);
	const struct member *m = me == NO_SCHOOL ? NULL : &s->roster.members[me];
	/* a log that lacks our generation is an older one: there is nothing to compare */
	return m && m->key_count &&
	       (s->generation >= m->key_count || memcmp(m->keys[s->generation].sign, s->sign_secret + 32, 32) == 0);
}

void school_close(struct school *s)
{
	roster_release(&s->roster);
	sodium_memzero(s, sizeof *s);
}

static enum err write_founding(struct school *s, struct bytes inception, const struct school_card *card, uint64_t now_ms,
			       const uint8_t seed[32])
{
	struct batch b;
	enum err e = batch_begin(&b, s, now_ms, seed);
	if (e)
		return e;
	struct writing w = {.type = RECORD_SCHOOL, .subject = network_subject};
	e = batch_write(&b, &w, inception, NULL);
	if (!e) {
		struct body_membership m = {.after = 0, .before = UINT64_MAX >> 1, .depth = MEMBERSHIP_DEPTH_MAX,
					    .district = bytes_text(card->district), .name = bytes_text(card->name),
					    .powers = POWER_ALL, .region = bytes_text(card->region)};
		memcpy(m.member, s->id, SCHOOL_BYTES);
		w.type = RECORD_MEMBERSHIP;
		e = batch_write_clear(&b, &w, &m, NULL);
	}
	if (e) {
		batch_abort(&b);
		return e;
	}
	return batch_commit(&b);
}

enum err school_create(struct store *store, struct store *keys, const uint8_t master[KEY_BYTES],
		       const struct identity *identity, const struct school_card *founder, uint64_t now_ms,
		       const uint8_t seed[32])
{
	struct buf inception;
	struct txn t;
	struct school s;
	uint8_t id[SCHOOL_BYTES], start[16] = {0};
	struct seed own = {.used = 1ull << 32}; /* apart from what the founding batch takes */
	uint8_t incarnation[INCARNATION_BYTES];
	memcpy(own.key, seed, sizeof own.key);
	seed_take(&own, incarnation, sizeof incarnation);
	buf_init(&inception, RECORD_BYTES_MAX);
	school_inception(identity, &inception);
	enum err e = inception.err;
	if (!e)
		e = txn_begin(&t, store, true);
	if (!e) {
		roster_school_id(id, buf_bytes(&inception));
		meta_put(&t, META_ID, bytes_of(id, sizeof id));
		meta_put(&t, META_ROOT, bytes_of(id, sizeof id));
		meta_put(&t, META_INCARNATION, bytes_of(incarnation, sizeof incarnation));
		meta_put(&t, META_SEQ, bytes_of(start, sizeof start));
		e = txn_commit(&t);
	}
	if (!e)
		e = school_open(&s, store, keys, master, identity);
	if (!e) {
		e = write_founding(&s, buf_bytes(&inception), founder, now_ms, seed);
		school_close(&s);
	}
	buf_release(&inception);
	return e;
}

/* Appends to the list of our earlier incarnations. */
static void note_past(struct txn *t, const uint8_t *incarnation)
{
	struct bytes there = {0};
	struct buf list;
	meta_get(t, META_PAST, &there);
	buf_init(&list, there.n + INCARNATION_BYTES);
	buf_put(&list, there.p, there.n);
	buf_put(&list, incarnation, INCARNATION_BYTES);
	t->err = t->err ? t->err : list.err;
	meta_put(t, META_PAST, buf_bytes(&list));
	buf_release(&list);
}

enum err school_reincarnate(struct school *s, const uint8_t seed[32])
{
	struct txn t;
	uint8_t start[16] = {0}, flag = 1;
	struct seed own;
	memcpy(own.key, seed, sizeof own.key);
	own.used = 0;
	put_u64(start + 8, s->last_time);
	enum err e = txn_begin(&t, s->store, true);
	if (e)
		return e;
	note_past(&t, s->incarnation);
	seed_take(&own, s->incarnation, sizeof s->incarnation);
	meta_put(&t, META_INCARNATION, bytes_of(s->incarnation, sizeof s->incarnation));
	meta_put(&t, META_SEQ, bytes_of(start, sizeof start));
	meta_put(&t, META_RESTORED, bytes_of(&flag, 1));
	erasure_orders_forget(&t);
	s->next_seq = 0;
	return txn_commit(&t);
}
