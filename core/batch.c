#include "core/batch.h"

#include <stdlib.h>

#include "core/blob_rows.h"
#include "core/custody.h"
#include "core/erasure.h"
#include "core/membership.h"
#include "core/scope.h"
#include "core/seen.h"
#include "core/succession.h"
#include "core/transfer.h"
#include "core/view.h"
#include "proto/require.h"

enum err batch_begin(struct batch *b, struct school *s, uint64_t now_ms, const uint8_t seed[32])
{
	*b = (struct batch){.school = s, .now_ms = now_ms, .next_lseq = s->next_lseq, .next_seq = s->next_seq,
			    .last_time = s->last_time};
	memcpy(b->seed.key, seed, sizeof b->seed.key);
	memcpy(b->root, s->root, sizeof b->root);
	return txn_begin(&b->txn, s->store, true);
}

enum err batch_keys(struct batch *b, struct txn **out)
{
	if (!b->keys_open) {
		enum err e = txn_begin(&b->keys, b->school->vault.store, true);
		if (e)
			return e;
		b->keys_open = true;
	}
	*out = &b->keys;
	return ERR_OK;
}

enum err batch_load_keys(struct batch *b, const uint8_t *subject, struct subject_keys *out)
{
	struct txn *keys;
	enum err e = batch_keys(b, &keys);
	return e ? e : vault_load(&b->school->vault, keys, subject, out);
}

enum err batch_add_key(struct batch *b, const uint8_t *subject, const uint8_t key[KEY_BYTES], bool own)
{
	struct txn *keys;
	uint8_t nonce[24];
	enum err e = batch_keys(b, &keys);
	if (e)
		return e;
	seed_take(&b->seed, nonce, sizeof nonce);
	e = vault_add(&b->school->vault, keys, subject, key, own, nonce);
	if (!e)
		batch_touch(b, subject);
	return e;
}

void batch_touch(struct batch *b, const uint8_t *subject)
{
	txn_put(&b->txn, T_DIRTY, bytes_of(subject, SUBJECT_BYTES), (struct bytes){0});
}

enum err batch_roster(struct batch *b, const struct roster **out)
{
	if (b->roster_stale) {
		roster_release(&b->roster);
		enum err e = roster_load(&b->roster, &b->txn, b->root);
		if (e)
			return e;
		b->roster_stale = false;
		b->roster_own = true;
	}
	*out = b->roster_own ? &b->roster : &b->school->roster;
	return ERR_OK;
}

/*
 * The public key that must have signed. Identity records bring their own: an
 * inception is the author's id, a key event must reveal the committed key.
 */
static enum err signer_in(const struct roster *roster, const struct record *r, uint8_t out[32])
{
	union body body;
	enum err e;
	int author = roster_find(roster, r->author);
	if (author == NO_SCHOOL || !roster->members[author].chained)
		return ERR_UNKNOWN_AUTHOR;
	const struct member *m = &roster->members[author];
	if (r->type == RECORD_SCHOOL) {
		uint8_t id[SCHOOL_BYTES];
		roster_school_id(id, r->body);
		if (r->generation != 0 || memcmp(id, r->author, sizeof id) != 0)
			return ERR_BAD_FORM;
		e = body_decode(r->type, r->body, &body);
		memcpy(out, body.school.sign, 32);
		return e;
	}
	if (r->type == RECORD_KEYEVENT) {
		e = body_decode(r->type, r->body, &body);
		if (e)
			return e;
		if (r->generation == 0)
			return ERR_BAD_FORM;
		if (r->generation > m->key_count)
			return ERR_UNKNOWN_AUTHOR;
		if (!succession_follows(m->keys[r->generation - 1].next, body.keyevent.sign, body.keyevent.next))
			return ERR_BAD_SIGNATURE;
		memcpy(out, body.keyevent.sign, 32);
		return ERR_OK;
	}
	const struct school_key *key = roster_key(roster, r);
	if (!key)
		return ERR_UNKNOWN_AUTHOR;
	memcpy(out, key->sign, 32);
	return ERR_OK;
}

/* The roster is read anew only for an author that the one at hand does not know: keys that are known stay. */
static enum err signer(struct batch *b, const struct record *r, uint8_t out[32])
{
	const struct roster *roster = b->roster_own ? &b->roster : &b->school->roster;
	enum err e = signer_in(roster, r, out);
	if (e != ERR_UNKNOWN_AUTHOR || !b->roster_stale)
		return e;
	e = batch_roster(b, &roster);
	return e ? e : signer_in(roster, r, out);
}

/* The subject that a type must have, where the type says so. */
static enum err check_subject(const struct record *r)
{
	bool network = memcmp(r->subject, network_subject, SUBJECT_BYTES) == 0;
	if (network != (r->cls == CLASS_NETWORK))
		return ERR_BAD_FORM;
	if (r->cls == CLASS_CHAIN && r->period != 0)
		return ERR_BAD_FORM;
	return r->has_body || r->cls == CLASS_PRIVATE ? ERR_OK : ERR_INCOMPLETE;
}

void batch_drop(struct batch *b, const struct record *r, uint64_t lseq)
{
	uint8_t at[8];
	put_u64(at, lseq);
	leaf_drop(&b->txn, r);
	seen_drop(&b->txn, r);
	txn_del(&b->txn, T_REC, bytes_of(at, sizeof at));
	batch_touch(b, r->subject);
}

static enum err store_record(struct batch *b, const struct record *r, enum leaf_proof proof)
{
	uint8_t lseq[8];
	put_u64(lseq, b->next_lseq);
	txn_append(&b->txn, T_REC, bytes_of(lseq, sizeof lseq), r->raw);
	leaf_put(&b->txn, r, b->next_lseq, proof);
	if (seen_put(&b->txn, r)) {
		b->forks++;
		memcpy(b->forked, r->author, SCHOOL_BYTES);
	}
	batch_touch(b, r->subject);
	if (b->txn.err)
		return b->txn.err;
	b->next_lseq++;
	if (r->cls == CLASS_NETWORK)
		b->roster_stale = b->roster_changed = true;
	return ERR_OK;
}

/* Whether the author has a part in the subject's custody, or stands above one that has. */
static enum err has_part(struct batch *b, const struct record *r, bool *has)
{
	const struct roster *roster;
	struct walked *w;
	*has = false;
	enum err e = batch_roster(b, &roster);
	if (!e)
		e = custody_load(&w, &b->txn, roster, r->subject);
	if (e)
		return e;
	int author = roster_find(roster, r->author);
	for (size_t i = 0; i <= w->custody.step_count && author != NO_SCHOOL; i++) {
		int school = i < w->custody.step_count ? w->custody.steps[i].to : w->custody.origin;
		for (int up = school; up != NO_SCHOOL && !*has; up = roster->members[up].parents[0])
			*has = up == author;
	}
	free(w);
	return ERR_OK;
}

/*
 * Chain records on a subject are few, and one author's fewer; more than honest schools write are refused.
 * The last ones are for those who have a part in it: strangers must not keep them from speaking.
 */
static enum err check_chain(struct batch *b, const struct record *r)
{
	struct txn *t = &b->txn;
	struct cursor c;
	uint8_t prefix[SUBJECT_BYTES + 2] = {0};
	size_t n = 0, all = 0;
	memcpy(prefix, r->subject, SUBJECT_BYTES);
	cursor_open(&c, t, T_LEAF);
	bool on = cursor_seek(&c, bytes_of(prefix, sizeof prefix));
	for (; on && bytes_start(c.key, bytes_of(prefix, sizeof prefix)); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		all += leaf_class(&l) == CLASS_CHAIN;
		n += leaf_class(&l) == CLASS_CHAIN && memcmp(l.author, r->author, AUTHOR_BYTES) == 0;
	}
	cursor_close(&c);
	if (n >= CHAIN_RECORDS_BY_AUTHOR_MAX || all >= CHAIN_RECORDS_MAX)
		return ERR_QUOTA;
	if (all < CHAIN_RECORDS_MAX - CHAIN_RECORDS_BY_AUTHOR_MAX)
		return ERR_OK;
	bool has;
	enum err e = has_part(b, r, &has);
	return e ? e : has ? ERR_OK : ERR_QUOTA;
}

/* What is held of the record already: a body may still come to one that somebody lost. */
static enum err check_held(struct batch *b, const struct record *r, uint64_t *bare)
{
	struct leaf leaf;
	*bare = 0;
	if (r->cls != CLASS_CHAIN && r->cls != CLASS_NETWORK && erasure_denies(&b->txn, r->subject, NULL))
		return ERR_ERASED;
	if (!leaf_find(&b->txn, r->subject, r->period, r->id, &leaf))
		return ERR_OK;
	if (leaf.state == LEAF_FULL || !r->has_body || erasure_denies(&b->txn, r->subject, r->id))
		return ERR_DUPLICATE;
	*bare = leaf.lseq;
	return ERR_OK;
}

/* An erased body that somebody still had: its header is all that is taken. */
static enum err store_bare(struct batch *b, const struct record *r, enum leaf_proof proof)
{
	struct buf out;
	struct record bare;
	buf_init(&out, RECORD_BYTES_MAX);
	record_strip(r, &out);
	enum err e = out.err ? out.err : record_read(buf_bytes(&out), &bare);
	if (!e)
		e = store_record(b, &bare, proof);
	buf_release(&out);
	return e;
}

enum err batch_admit(struct batch *b, struct bytes raw, enum leaf_proof proof)
{
	struct record r;
	uint8_t key[32];
	uint64_t bare = 0;
	enum err e = record_read(raw, &r);
	if (!e)
		e = check_subject(&r);
	if (!e)
		e = check_held(b, &r, &bare);
	if (!e && r.cls == CLASS_CHAIN)
		e = check_chain(b, &r);
	if (!e)
		e = b->txn.err;
	if (!e)
		e = signer(b, &r, key);
	if (!e && proof == PROOF_SIGNATURE)
		e = record_verify(&r, key);
	if (!e && bare)
		batch_drop(b, &r, bare);
	if (e)
		return e;
	return r.has_body && erasure_denies(&b->txn, r.subject, r.id) ? store_bare(b, &r, proof) : store_record(b, &r, proof);
}

enum err batch_counts(struct batch *b, const struct roster **r)
{
	enum err e = batch_roster(b, r);
	int me = e ? NO_SCHOOL : roster_find(*r, b->school->id);
	if (me == NO_SCHOOL)
		return e;
	const struct member *m = &(*r)->members[me];
	return m->revoked ? ERR_REVOKED : m->key_count > b->school->generation + 1u ? ERR_KEYS_CHANGED : ERR_OK;
}

enum err batch_write(struct batch *b, const struct writing *w, struct bytes body, uint8_t id_out[ID_BYTES])
{
	struct school *s = b->school;
	struct subject_keys keys = {0};
	uint8_t nonce[NONCE_BYTES];
	const struct subject_key *key = NULL;
	struct buf out;
	enum err e = ERR_OK;
	if (record_shape(w->type)->cls == CLASS_PRIVATE) {
		e = batch_load_keys(b, w->subject, &keys);
		if (!e && !(key = subject_keys_newest_own(&keys)))
			e = ERR_NO_KEY;
		if (e)
			return e;
		seed_take(&b->seed, nonce, sizeof nonce);
	}
	/* never going back, even when the clock does */
	uint64_t time = b->now_ms << 16 > b->last_time ? b->now_ms << 16 : b->last_time + 1;
	struct draft d = {.type = w->type, .author = s->id, .generation = s->generation, .incarnation = s->incarnation,
			  .seq = b->next_seq, .subject = w->subject, .time = time, .period = w->period,
			  .ref_count = w->ref_count};
	memcpy(d.refs, w->refs, sizeof d.refs);
	buf_init(&out, RECORD_BYTES_MAX);
	e = record_make(&d, body, key ? key->key : NULL, nonce, s->sign_secret, &out);
	subject_keys_wipe(&keys);
	if (!e) {
		struct record r;
		e = record_read(buf_bytes(&out), &r);
		if (!e)
			e = store_record(b, &r, PROOF_SIGNATURE);
		if (!e && id_out)
			memcpy(id_out, r.id, ID_BYTES);
	}
	if (!e) {
		b->next_seq++;
		b->last_time = time;
	}
	buf_release(&out);
	return e;
}

enum err batch_write_clear(struct batch *b, const struct writing *w, const void *body, uint8_t id_out[ID_BYTES])
{
	struct buf map;
	buf_init(&map, RECORD_BYTES_MAX);
	body_encode(w->type, body, &map);
	enum err e = map.err ? map.err : batch_write(b, w, buf_bytes(&map), id_out);
	buf_release(&map);
	return e;
}

enum err batch_write_wrap(struct batch *b, const uint8_t *subject, const uint8_t key[KEY_BYTES], const uint8_t to[32],
			  enum wrap_use use)
{
	struct body_keywrap body = {.use = use};
	uint8_t seed[32], public[32], secret[32], nonce[24];
	seed_take(&b->seed, seed, sizeof seed);
	crypto_box_seed_keypair(public, secret, seed);
	/* libsodium's sealed box, with the ephemeral key of our choosing */
	crypto_generichash_state h;
	crypto_generichash_init(&h, NULL, 0, sizeof nonce);
	crypto_generichash_update(&h, public, sizeof public);
	crypto_generichash_update(&h, to, 32);
	crypto_generichash_final(&h, nonce, sizeof nonce);
	memcpy(body.seal, public, sizeof public);
	int bad = crypto_box_easy(body.seal + 32, key, KEY_BYTES, nonce, to, secret);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(seed, sizeof seed);
	if (bad)
		return ERR_BAD_FORM;
	record_key_id(body.key, key);
	memcpy(body.to, to, 32);
	struct writing w = {.type = RECORD_KEYWRAP, .subject = subject};
	return batch_write_clear(b, &w, &body, NULL);
}

static const uint8_t nobody[SCHOOL_BYTES];

/* The rows that follow from a subject's records. */
static enum err derive(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const struct roster *roster, const struct walked *w)
{
	struct subject_keys keys = {0};
	enum err e = batch_load_keys(b, subject, &keys);
	if (!e) {
		int custodian = w->custody.custodian;
		scope_apply(&b->txn, roster, b->school->id, subject, w, &b->scope_changed);
		digest_update(&b->txn, subject, custodian == NO_SCHOOL ? nobody : roster->members[custodian].id);
		e = view_rebuild(&b->txn, roster, &w->custody, subject, &keys);
		if (!e)
			e = blob_rows_rebuild(&b->txn, roster, subject);
	}
	subject_keys_wipe(&keys);
	return e ? e : b->txn.err;
}

/*
 * Obeys erases, takes the transfer's next step, or, where neither changed anything, derives the rows.
 * What changed a record made the subject dirty again.
 */
static enum err settle_subject(struct batch *b, const uint8_t subject[SUBJECT_BYTES])
{
	const struct roster *roster;
	struct walked *w = NULL;
	bool again = false;
	uint64_t lseq = b->next_lseq;
	if (memcmp(subject, network_subject, SUBJECT_BYTES) == 0) {
		digest_update(&b->txn, subject, nobody);
		return b->txn.err;
	}
	enum err e = batch_roster(b, &roster);
	if (!e)
		e = custody_load(&w, &b->txn, roster, subject);
	if (!e)
		e = erasure_obey(b, subject, w, &again);
	if (!e && !again)
		e = transfer_advance(b, subject, w);
	if (!e && (again || b->next_lseq != lseq))
		batch_touch(b, subject);
	else if (!e)
		e = derive(b, subject, roster, w);
	free(w);
	return e ? e : b->txn.err;
}

static bool take_dirty(struct batch *b, uint8_t subject[SUBJECT_BYTES])
{
	struct cursor c;
	cursor_open(&c, &b->txn, T_DIRTY);
	bool on = cursor_seek(&c, (struct bytes){0});
	if (on)
		memcpy(subject, c.key.p, SUBJECT_BYTES);
	cursor_close(&c);
	return on && txn_del(&b->txn, T_DIRTY, bytes_of(subject, SUBJECT_BYTES));
}

/* All subjects, one at a time, so that the transaction may write in between. */
static bool next_subject(struct txn *t, uint8_t subject[SUBJECT_BYTES], bool first)
{
	struct cursor c;
	uint8_t key[LEAF_KEY_BYTES + 1]; /* after this subject's last leaf */
	memcpy(key, subject, SUBJECT_BYTES);
	memset(key + SUBJECT_BYTES, 0xff, sizeof key - SUBJECT_BYTES);
	cursor_open(&c, t, T_LEAF);
	bool on = cursor_seek(&c, first ? (struct bytes){0} : bytes_of(key, sizeof key));
	if (on)
		memcpy(subject, c.key.p, SUBJECT_BYTES);
	cursor_close(&c);
	return on;
}

/* What a school signed too late counts no longer: the subjects it did so for are looked at again. */
static void recut(struct batch *b, const struct roster *now)
{
	const struct roster *before = &b->school->roster;
	for (size_t i = 0; i < now->count; i++) {
		int was = roster_find(before, now->members[i].id);
		uint8_t at[SEEN_KEY_BYTES] = {0}, subject[SUBJECT_BYTES];
		if (was != NO_SCHOOL && member_same_cuts(&before->members[was], &now->members[i]))
			continue;
		while (seen_beyond(&b->txn, now, (int)i, at, subject))
			batch_touch(b, subject);
		memset(at, 0, sizeof at); /* and what counts again, where cuts were widened */
		while (was != NO_SCHOOL && seen_beyond(&b->txn, before, was, at, subject))
			batch_touch(b, subject);
	}
}

/* A new school or a revocation may move every route: every subject is looked at again. */
static enum err reroute(struct batch *b)
{
	const struct roster *roster;
	uint8_t subject[SUBJECT_BYTES];
	enum err e = batch_roster(b, &roster);
	b->roster_changed = false;
	if (e)
		return e;
	if (roster_same_tree(&b->school->roster, roster))
		recut(b, roster);
	else
		for (bool on = next_subject(&b->txn, subject, true); on; on = next_subject(&b->txn, subject, false))
			batch_touch(b, subject);
	return b->txn.err;
}

static enum err settle(struct batch *b)
{
	uint8_t subject[SUBJECT_BYTES];
	enum err e = ERR_OK;
	if (b->roster_changed) {
		e = membership_second(b);
		if (!e)
			e = reroute(b);
	}
	/* an automatic step writes records, which make subjects dirty again */
	while (!e && take_dirty(b, subject))
		e = settle_subject(b, subject);
	return e ? e : b->txn.err;
}

enum err batch_view(struct batch *b, const uint8_t *subject)
{
	const struct roster *roster;
	struct walked *w;
	if (!txn_get(&b->txn, T_DIRTY, bytes_of(subject, SUBJECT_BYTES), NULL))
		return b->txn.err;
	enum err e = batch_roster(b, &roster);
	if (!e)
		e = custody_load(&w, &b->txn, roster, subject);
	if (e)
		return e;
	e = derive(b, subject, roster, w);
	free(w);
	return e;
}

static void put_meta(struct batch *b)
{
	uint8_t v[16];
	put_u64(v, b->next_seq);
	put_u64(v + 8, b->last_time);
	meta_put(&b->txn, META_SEQ, bytes_of(v, sizeof v));
}

enum err batch_commit(struct batch *b)
{
	struct school *s = b->school;
	const struct roster *roster;
	enum err e = settle(b);
	if (!e)
		e = batch_roster(b, &roster);
	if (e) {
		batch_abort(b);
		return e;
	}
	put_meta(b);
	if (b->keys_open) {
		b->keys_open = false;
		e = txn_commit(&b->keys);
		if (e) {
			batch_abort(b);
			return e;
		}
	}
	e = txn_commit(&b->txn);
	if (e) {
		roster_release(&b->roster);
		return e;
	}
	if (b->roster_own) {
		roster_release(&s->roster);
		s->roster = b->roster;
	}
	memcpy(s->root, b->root, sizeof s->root);
	s->next_lseq = b->next_lseq;
	s->next_seq = b->next_seq;
	s->last_time = b->last_time;
	sodium_memzero(&b->seed, sizeof b->seed);
	return ERR_OK;
}

void batch_abort(struct batch *b)
{
	txn_abort(&b->txn);
	if (b->keys_open)
		txn_abort(&b->keys);
	b->keys_open = false;
	roster_release(&b->roster);
	sodium_memzero(&b->seed, sizeof b->seed);
}

static enum err rederive(struct batch *b, const uint8_t subject[SUBJECT_BYTES])
{
	const struct roster *roster;
	struct walked *w;
	if (memcmp(subject, network_subject, SUBJECT_BYTES) == 0) {
		digest_update(&b->txn, subject, nobody);
		return b->txn.err;
	}
	enum err e = batch_roster(b, &roster);
	if (!e)
		e = custody_load(&w, &b->txn, roster, subject);
	if (e)
		return e;
	e = erasure_mark(&b->txn, subject, &w->custody);
	if (!e)
		e = derive(b, subject, roster, w);
	free(w);
	return e;
}

enum err batch_reindex(struct batch *b)
{
	uint8_t subject[SUBJECT_BYTES] = {0};
	txn_del_prefix(&b->txn, T_DIGEST, (struct bytes){0});
	txn_del_prefix(&b->txn, T_SCOPE, (struct bytes){0});
	txn_del_prefix(&b->txn, T_VIEW, (struct bytes){0});
	txn_del_prefix(&b->txn, T_DENY, (struct bytes){0});
	enum err e = b->txn.err;
	for (bool on = next_subject(&b->txn, subject, true); on && !e; on = next_subject(&b->txn, subject, false))
		e = rederive(b, subject);
	return e ? e : b->txn.err;
}
