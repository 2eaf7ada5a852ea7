#include "core/rotation.h"

#include "core/greet.h"
#include "core/seen.h"

static void public_of(const uint8_t seed[32], uint8_t out[32])
{
	uint8_t secret[SIGN_SECRET_BYTES];
	crypto_sign_ed25519_seed_keypair(out, secret, seed);
	sodium_memzero(secret, sizeof secret);
}

static void put_on(struct school *s, const struct identity *next)
{
	uint8_t public[32];
	s->generation = next->generation;
	crypto_sign_ed25519_seed_keypair(public, s->sign_secret, next->sign_seed);
	memcpy(s->kx_secrets[0], next->kx_secret, KEY_BYTES);
	memcpy(s->kx_secrets[1], next->kx_old, sizeof next->kx_old);
	s->kx_count = 1 + next->kx_old_count;
}

static enum err log_fits(struct batch *b)
{
	struct buf log;
	buf_init(&log, GREET_KEYS_BYTES_MAX);
	enum err e = greet_own_keys(&b->txn, b->school->id, &log);
	buf_release(&log);
	return e == ERR_TOO_LARGE ? ERR_QUOTA : e;
}

static bool has_cut(const struct buf *cuts, const uint8_t *incarnation)
{
	for (size_t i = 0; i < cuts->n; i += CUT_BYTES)
		if (memcmp(cuts->p + i, incarnation, INCARNATION_BYTES) == 0)
			return true;
	return false;
}

/*
 * Of all incarnations that we know to be ours, then of some others: a restore may have forgotten one, and
 * with our key anybody can make some up.
 */
static enum err own_cuts(struct batch *b, struct buf *out)
{
	struct bytes past = {0};
	struct buf others;
	uint8_t seq[8];
	enum err e = ERR_OK;
	if (b->next_seq) {
		put_u64(seq, b->next_seq - 1);
		buf_put(out, b->school->incarnation, INCARNATION_BYTES);
		buf_put(out, seq, sizeof seq);
	}
	meta_get(&b->txn, META_PAST, &past);
	for (size_t i = 0; i + INCARNATION_BYTES <= past.n && !e; i += INCARNATION_BYTES)
		e = seen_cut(&b->txn, b->school->id, past.p + i, out);
	buf_init(&others, CUTS_BYTES_MAX);
	if (!e)
		e = seen_cuts(&b->txn, b->school->id, SEEN_ALL, STRANGE_INCARNATIONS_MAX, &others);
	for (size_t i = 0; i < others.n && !e; i += CUT_BYTES)
		if (!has_cut(out, others.p + i))
			buf_put(out, others.p + i, CUT_BYTES);
	buf_release(&others);
	return e ? e : out->err;
}

enum err rotation_write(struct batch *b, const struct identity *next)
{
	struct body_keyevent body;
	struct buf cuts;
	struct writing w = {.type = RECORD_KEYEVENT, .subject = network_subject};
	if (b->school->roster.count > 1 && meta_get(&b->txn, META_RESTORED, NULL))
		return ERR_INCOMPLETE;
	buf_init(&cuts, CUTS_BYTES_MAX);
	enum err e = own_cuts(b, &cuts);
	if (!e) {
		body.cuts = buf_bytes(&cuts);
		public_of(next->sign_seed, body.sign);
		memcpy(body.next, next->next, sizeof body.next);
		crypto_scalarmult_base(body.kx, next->kx_secret);
		put_on(b->school, next);
		e = batch_write_clear(b, &w, &body, NULL);
	}
	buf_release(&cuts);
	return e ? e : log_fits(b);
}
