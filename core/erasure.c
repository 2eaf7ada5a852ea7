#include "core/erasure.h"

#include <stdlib.h>

#include "core/erased.h"
#include "core/leaf.h"
#include "core/local.h"
#include "core/people.h"

enum { DENY_KEY_BYTES = SUBJECT_BYTES + ID_BYTES, ORDER_ROW_BYTES = 3 * 8 + ID_BYTES };

/* --- by the custodian ------------------------------------------------------------------------- */

/* The last erase of our tenure, the one that no other of ours comes after; zeros: none. */
static void last_erase(const struct walked *w, const uint8_t *me, uint8_t out[ID_BYTES], size_t *count)
{
	memset(out, 0, ID_BYTES);
	*count = 0;
	for (size_t i = 0; i < w->count; i++) {
		const struct record *k = &w->chain[i].record;
		bool followed = false;
		if (k->type != RECORD_ERASE || memcmp(k->author, me, SCHOOL_BYTES) != 0)
			continue;
		++*count;
		if (k->ref_count == 0 || memcmp(k->refs[0], w->custody.head, ID_BYTES) != 0)
			continue;
		for (size_t n = 0; n < w->count; n++)
			followed |= w->chain[n].record.type == RECORD_ERASE &&
				    memcmp(w->chain[n].body.erase.after, k->id, ID_BYTES) == 0;
		if (!followed)
			memcpy(out, k->id, ID_BYTES);
	}
}

void erasure_last(const struct walked *w, const uint8_t *me, uint8_t out[ID_BYTES])
{
	size_t ignored;
	last_erase(w, me, out, &ignored);
}

bool erasure_named_held(const struct walked *w, const struct chain_record *release)
{
	const uint8_t *last = release->body.release.erased;
	for (size_t steps = 0; !sodium_is_zero(last, ID_BYTES); steps++) {
		const struct chain_record *at = NULL;
		for (size_t i = 0; i < w->count && !at; i++)
			if (w->chain[i].record.type == RECORD_ERASE && memcmp(w->chain[i].record.id, last, ID_BYTES) == 0)
				at = &w->chain[i];
		if (!at || steps == w->count)
			return false;
		last = at->body.erase.after;
	}
	return true;
}

/* record: NULL for the whole subject. */
static enum err write_erase(struct batch *b, const uint8_t *subject, const struct walked *w, const uint8_t *record)
{
	size_t count;
	struct body_erase body = {.record = {0}};
	struct writing wr = {.type = RECORD_ERASE, .subject = subject, .ref_count = 1, .refs = {w->custody.head}};
	last_erase(w, b->school->id, body.after, &count);
	if (record && count >= ERASES_BY_AUTHOR_MAX)
		return ERR_QUOTA;
	if (record)
		memcpy(body.record, record, sizeof body.record);
	return batch_write_clear(b, &wr, &body, NULL);
}

static enum err writable(struct batch *b, const uint8_t *subject, struct walked **w)
{
	const struct roster *r;
	*w = NULL;
	enum err e = subject_writable(b, subject);
	if (!e && meta_get(&b->txn, META_RESTORED, NULL))
		e = ERR_INCOMPLETE; /* as for every custody record after a restore */
	if (!e)
		e = batch_roster(b, &r);
	return e ? e : custody_load(w, &b->txn, r, subject);
}

/* The leaf of a private record by its id alone. */
static bool find_private(struct txn *t, const uint8_t *subject, const uint8_t *id, struct leaf *out)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	bool found = false;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		*out = leaf_parse(c.key, c.value);
		found = memcmp(out->id, id, ID_BYTES) == 0 && leaf_class(out) == CLASS_PRIVATE;
	}
	cursor_close(&c);
	return found;
}

enum err erasure_of_record(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const uint8_t id[ID_BYTES])
{
	struct leaf leaf;
	struct walked *w;
	enum err e = writable(b, subject, &w);
	if (!e && (!find_private(&b->txn, subject, id, &leaf) || leaf.type != RECORD_ENTRY))
		e = ERR_NOT_FOUND;
	else if (!e && erasure_denies(&b->txn, subject, id))
		e = ERR_ERASED;
	if (!e)
		e = write_erase(b, subject, w, id);
	free(w);
	return e;
}

enum err erasure_of_subject(struct batch *b, const uint8_t subject[SUBJECT_BYTES])
{
	struct walked *w;
	enum err e = writable(b, subject, &w);
	if (!e)
		e = write_erase(b, subject, w, NULL);
	free(w);
	return e;
}

/* --- orders ----------------------------------------------------------------------------------- */

static void put_order(struct txn *t, const struct erasure_order *o)
{
	uint8_t row[ORDER_ROW_BYTES];
	put_u64(row, o->ordered_ms);
	put_u64(row + 8, o->due_ms);
	put_u64(row + 16, o->done_ms);
	memcpy(row + 24, o->head, ID_BYTES);
	local_put(t, LOCAL_ERASURE, bytes_of(o->subject, SUBJECT_BYTES), bytes_of(row, sizeof row));
}

static bool parse_order(const uint8_t *subject, struct bytes row, struct erasure_order *out)
{
	if (row.n != ORDER_ROW_BYTES)
		return false;
	*out = (struct erasure_order){.ordered_ms = get_u64(row.p), .due_ms = get_u64(row.p + 8), .done_ms = get_u64(row.p + 16)};
	memcpy(out->subject, subject, SUBJECT_BYTES);
	memcpy(out->head, row.p + 24, ID_BYTES);
	return true;
}

bool erasure_order_get(struct txn *t, const uint8_t subject[SUBJECT_BYTES], struct erasure_order *out)
{
	struct bytes row;
	return local_get(t, LOCAL_ERASURE, bytes_of(subject, SUBJECT_BYTES), &row) && parse_order(subject, row, out);
}

bool erasure_order_next(struct txn *t, const uint8_t *after, struct erasure_order *out)
{
	uint8_t key[SUBJECT_BYTES];
	struct bytes row;
	return local_next(t, LOCAL_ERASURE, after, after ? SUBJECT_BYTES : 0, key, sizeof key, &row) && parse_order(key, row, out);
}

enum err erasure_order(struct batch *b, const uint8_t subject[SUBJECT_BYTES], uint64_t delay_ms)
{
	struct erasure_order o = {.ordered_ms = b->now_ms, .due_ms = b->now_ms + delay_ms}, there;
	struct walked *w;
	enum err e = writable(b, subject, &w);
	if (!e && erasure_order_get(&b->txn, subject, &there))
		e = ERR_WRONG_STATE;
	if (!e) {
		memcpy(o.subject, subject, SUBJECT_BYTES);
		memcpy(o.head, w->custody.head, ID_BYTES);
		put_order(&b->txn, &o);
		e = b->txn.err;
	}
	free(w);
	return e;
}

enum err erasure_cancel(struct batch *b, const uint8_t subject[SUBJECT_BYTES])
{
	struct erasure_order o;
	if (!erasure_order_get(&b->txn, subject, &o) || o.done_ms)
		return ERR_WRONG_STATE;
	local_del(&b->txn, LOCAL_ERASURE, bytes_of(subject, SUBJECT_BYTES));
	return b->txn.err;
}

void erasure_orders_forget(struct txn *t)
{
	struct erasure_order o;
	for (bool on = erasure_order_next(t, NULL, &o); on; on = erasure_order_next(t, o.subject, &o))
		if (!o.done_ms)
			local_del(t, LOCAL_ERASURE, bytes_of(o.subject, SUBJECT_BYTES));
}

/* As it was ordered, or not at all: the student may have left and come back. */
static enum err carry_out(struct batch *b, struct erasure_order *o)
{
	struct walked *w;
	enum err e = writable(b, o->subject, &w);
	if (!e && memcmp(w->custody.head, o->head, ID_BYTES) != 0) {
		local_del(&b->txn, LOCAL_ERASURE, bytes_of(o->subject, SUBJECT_BYTES));
	} else if (!e) {
		e = write_erase(b, o->subject, w, NULL);
		if (!e) {
			o->done_ms = b->now_ms;
			put_order(&b->txn, o);
		}
	}
	free(w);
	return e ? e : b->txn.err;
}

enum err erasure_due(struct batch *b)
{
	struct erasure_order o;
	enum err e = ERR_OK;
	for (bool on = erasure_order_next(&b->txn, NULL, &o); on && !e; on = erasure_order_next(&b->txn, o.subject, &o)) {
		if (o.done_ms || o.due_ms > b->now_ms)
			continue;
		e = carry_out(b, &o);
		if (!b->txn.err && e != ERR_NO_MEMORY)
			e = ERR_OK;
	}
	return e ? e : b->txn.err;
}

/* --- by every holder -------------------------------------------------------------------------- */

static struct bytes deny_key(uint8_t out[DENY_KEY_BYTES], const uint8_t *subject, const uint8_t *id)
{
	memcpy(out, subject, SUBJECT_BYTES);
	if (id)
		memcpy(out + SUBJECT_BYTES, id, ID_BYTES);
	else
		memset(out + SUBJECT_BYTES, 0, ID_BYTES);
	return bytes_of(out, DENY_KEY_BYTES);
}

bool erasure_denies(struct txn *t, const uint8_t subject[SUBJECT_BYTES], const uint8_t *id)
{
	uint8_t key[DENY_KEY_BYTES];
	return txn_get(t, T_DENY, deny_key(key, subject, id), NULL);
}

static void mark(struct txn *t, const uint8_t *subject, const struct custody *c, const struct erased *single)
{
	uint8_t key[DENY_KEY_BYTES];
	txn_del_prefix(t, T_DENY, bytes_of(subject, SUBJECT_BYTES));
	for (size_t i = 0; i < single->count; i++)
		txn_put(t, T_DENY, deny_key(key, subject, single->at[i].id), bytes_of(single->at[i].by, ID_BYTES));
	if (c->whole)
		txn_put(t, T_DENY, deny_key(key, subject, NULL), bytes_of(c->whole->record.id, ID_BYTES));
}

enum err erasure_mark(struct txn *t, const uint8_t subject[SUBJECT_BYTES], const struct custody *c)
{
	struct erased single;
	enum err e = erased_gather(&single, t, subject, c);
	if (!e)
		mark(t, subject, c, &single);
	erased_release(&single);
	return e ? e : t->err;
}

static void note_compaction(struct batch *b)
{
	uint8_t flag = 1;
	meta_put(&b->txn, META_COMPACT, bytes_of(&flag, 1));
}

/* Takes the body out of one record that is held whole. */
static enum err drop_body(struct batch *b, const uint8_t *subject, const uint8_t *id, bool *again)
{
	struct leaf leaf;
	struct bytes raw;
	struct record r, stripped;
	struct buf out;
	uint8_t lseq[8];
	if (!find_private(&b->txn, subject, id, &leaf) || leaf.state == LEAF_ERASED)
		return b->txn.err;
	if (!leaf_record(&b->txn, &leaf, &raw) || record_read(raw, &r))
		return b->txn.err ? b->txn.err : ERR_CORRUPT;
	uint64_t at = leaf.lseq;
	enum leaf_proof proof = leaf.proof;
	buf_init(&out, RECORD_BYTES_MAX);
	record_strip(&r, &out);
	enum err e = out.err ? out.err : record_read(buf_bytes(&out), &stripped);
	if (!e) {
		put_u64(lseq, at);
		txn_put(&b->txn, T_REC, bytes_of(lseq, sizeof lseq), buf_bytes(&out));
		leaf_put(&b->txn, &stripped, at, proof);
		note_compaction(b);
		*again = true;
		e = b->txn.err;
	}
	buf_release(&out);
	return e;
}

/* One record of an erased subject that is not to stay; false when there is none any more. keep: of the chain. */
static bool next_to_drop(struct batch *b, const uint8_t *subject, const struct walked *w, const bool keep[], struct buf *raw, uint64_t *lseq)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES), at;
	bool found = false;
	cursor_open(&c, &b->txn, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		bool stays = false;
		for (size_t i = 0; i < w->count && leaf_class(&leaf) == CLASS_CHAIN && !stays; i++)
			stays = keep[i] && memcmp(w->chain[i].record.id, leaf.id, ID_BYTES) == 0;
		if (stays || !leaf_record(&b->txn, &leaf, &at))
			continue;
		buf_reset(raw); /* the map's bytes do not outlive the deletion */
		buf_put(raw, at.p, at.n);
		*lseq = leaf.lseq;
		found = true;
	}
	cursor_close(&c);
	return found;
}

static enum err forget_keys(struct batch *b, const uint8_t *subject)
{
	struct txn *keys;
	enum err e = batch_keys(b, &keys);
	if (e)
		return e;
	txn_del_prefix(keys, T_KEY, bytes_of(subject, SUBJECT_BYTES));
	return keys->err;
}

/* Our word that it was done here; once. */
static enum err write_receipt(struct batch *b, const uint8_t *subject, const struct walked *w)
{
	struct body_receipt body;
	struct writing wr = {.type = RECORD_RECEIPT, .subject = subject, .ref_count = 1, .refs = {w->custody.whole->record.id}};
	memcpy(body.erase, w->custody.whole->record.id, ID_BYTES);
	for (size_t i = 0; i < w->count; i++)
		if (w->chain[i].record.type == RECORD_RECEIPT && memcmp(w->chain[i].record.author, b->school->id, SCHOOL_BYTES) == 0 &&
		    memcmp(w->chain[i].body.receipt.erase, body.erase, ID_BYTES) == 0)
			return ERR_OK;
	return batch_write_clear(b, &wr, &body, NULL);
}

static enum err drop_subject(struct batch *b, const uint8_t *subject, const struct walked *w, bool *again)
{
	struct buf raw;
	struct record r;
	uint64_t lseq;
	const struct roster *roster;
	enum err e = batch_roster(b, &roster);
	bool had = false; /* a body, not only word of what others hold */
	bool keep[CHAIN_RECORDS_MAX];
	/* decided before the first deletion: the chain borrows from the map */
	for (size_t i = 0; i < w->count && !e; i++)
		keep[i] = custody_keeps(roster, &w->custody, &w->chain[i], subject);
	buf_init(&raw, RECORD_BYTES_MAX);
	while (!e && next_to_drop(b, subject, w, keep, &raw, &lseq)) {
		e = record_read(buf_bytes(&raw), &r);
		if (e)
			break;
		had |= r.cls == CLASS_PRIVATE;
		batch_drop(b, &r, lseq);
		*again = true;
		e = b->txn.err;
	}
	if (!e && *again) {
		note_compaction(b);
		e = forget_keys(b, subject);
	}
	if (!e && had)
		e = write_receipt(b, subject, w);
	buf_wipe(&raw);
	return e;
}

enum err erasure_obey(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const struct walked *w, bool *again)
{
	struct erased single;
	*again = false;
	if (w->custody.whole) {
		enum err gone = drop_subject(b, subject, w, again);
		return gone ? gone : erasure_mark(&b->txn, subject, &w->custody);
	}
	enum err e = erased_gather(&single, &b->txn, subject, &w->custody);
	for (size_t i = 0; i < single.count && !e; i++)
		e = drop_body(b, subject, single.at[i].id, again);
	if (!e)
		mark(&b->txn, subject, &w->custody, &single);
	erased_release(&single);
	return e ? e : b->txn.err;
}
