#include "core/undo.h"

#include <stdlib.h>

#include "core/card.h"
#include "core/erasure.h"
#include "core/leaf.h"
#include "core/local.h"
#include "proto/mp.h"

/* A row: time, what, then the steps as they are. */
enum { HEAD_BYTES = 8 + UNDO_WHAT_MAX, STEP_BYTES = SUBJECT_BYTES + 2 * ID_BYTES };

void undo_note(struct undo *u, const uint8_t *subject, const uint8_t *before, const uint8_t *after)
{
	if (u->count == u->cap) {
		size_t cap = u->cap ? 2 * u->cap : 128;
		struct undo_step *p = realloc(u->steps, cap * sizeof *p);
		if (!p) {
			u->err = ERR_NO_MEMORY;
			return;
		}
		u->steps = p;
		u->cap = cap;
	}
	struct undo_step *s = &u->steps[u->count++];
	*s = (struct undo_step){0};
	memcpy(s->subject, subject, SUBJECT_BYTES);
	if (before)
		memcpy(s->before, before, ID_BYTES);
	memcpy(s->after, after, ID_BYTES);
}

void undo_release(struct undo *u)
{
	free(u->steps);
	*u = (struct undo){0};
}

enum err undo_save(struct batch *b, const struct undo *u, const char *what, uint8_t id[UNDO_ID_BYTES])
{
	struct buf row;
	uint8_t head[HEAD_BYTES] = {0};
	if (u->err)
		return u->err;
	seed_take(&b->seed, id, UNDO_ID_BYTES);
	put_u64(head, b->now_ms);
	memcpy(head + 8, what, strlen(what) < UNDO_WHAT_MAX ? strlen(what) : UNDO_WHAT_MAX - 1);
	buf_init(&row, HEAD_BYTES + u->count * STEP_BYTES);
	buf_put(&row, head, sizeof head);
	for (size_t i = 0; i < u->count; i++) {
		buf_put(&row, u->steps[i].subject, SUBJECT_BYTES);
		buf_put(&row, u->steps[i].before, ID_BYTES);
		buf_put(&row, u->steps[i].after, ID_BYTES);
	}
	if (!row.err)
		local_put(&b->txn, LOCAL_UNDO, bytes_of(id, UNDO_ID_BYTES), buf_bytes(&row));
	enum err e = row.err ? row.err : b->txn.err;
	buf_release(&row);
	return e;
}

/* The card as it was, in the hand of whoever takes back. */
static enum err write_again(struct batch *b, const uint8_t *subject, const uint8_t *id, const struct actor *by)
{
	struct subject_keys keys;
	struct leaf leaf;
	struct bytes raw;
	struct record r;
	struct buf old, card;
	if (!leaf_find(&b->txn, subject, 0, id, &leaf) || !leaf_record(&b->txn, &leaf, &raw) || record_read(raw, &r))
		return b->txn.err ? b->txn.err : ERR_NOT_FOUND;
	enum err e = batch_load_keys(b, subject, &keys);
	if (e)
		return e;
	buf_init(&old, RECORD_BYTES_MAX);
	buf_init(&card, RECORD_BYTES_MAX);
	e = subject_keys_open(&keys, &r, &old);
	subject_keys_wipe(&keys);
	if (!e) {
		struct mp_reader v;
		uint8_t to[SUBJECT_BYTES];
		memcpy(to, subject, sizeof to);
		mp_read(&v, buf_bytes(&old));
		uint32_t n = mp_get_map(&v);
		mp_put_map(&card, n);
		for (uint32_t i = 0; i < n; i++) {
			struct bytes key = mp_get_text(&v, NAME_BYTES_MAX), value = mp_get_any(&v);
			if (bytes_equal(key, bytes_text("by"))) {
				card_put_by(&card, by);
				continue;
			}
			mp_put_text(&card, key);
			buf_put(&card, value.p, value.n);
		}
		e = v.err ? v.err : card.err ? card.err : card_change(b, buf_bytes(&card), to);
	}
	buf_wipe(&old);
	buf_wipe(&card);
	return e;
}

/* Whether nothing was written of the subject beside its opening. */
static bool bare(struct batch *b, const uint8_t *subject)
{
	struct custody_row c;
	return view_custody(&b->txn, subject, &c) && c.unconfirmed + c.confirmed + c.returned + c.other == 0;
}

static enum err take_back(struct batch *b, const uint8_t *step, const struct actor *by, struct undo_report *out)
{
	const uint8_t *subject = step, *before = step + SUBJECT_BYTES, *after = before + ID_BYTES;
	uint8_t now[ID_BYTES];
	bool opened = sodium_is_zero(before, ID_BYTES);
	enum err e = batch_view(b, subject);
	if (e)
		return e;
	bool ours = view_person(&b->txn, subject, now) && memcmp(now, after, ID_BYTES) == 0 && (!opened || bare(b, subject));
	e = !ours ? ERR_READ_ONLY : opened ? erasure_of_subject(b, subject) : write_again(b, subject, before, by);
	bool kept = e == ERR_READ_ONLY || e == ERR_DISPUTED || e == ERR_ERASED || e == ERR_NOT_FOUND;
	out->kept += kept;
	out->undone += !e;
	return kept ? ERR_OK : e;
}

enum err undo_apply(struct batch *b, const uint8_t id[UNDO_ID_BYTES], const struct actor *by, struct undo_report *out)
{
	struct bytes row;
	*out = (struct undo_report){0};
	if (!local_get(&b->txn, LOCAL_UNDO, bytes_of(id, UNDO_ID_BYTES), &row) || row.n < HEAD_BYTES)
		return b->txn.err ? b->txn.err : ERR_NOT_FOUND;
	/* the map's bytes do not outlive the first put */
	size_t n = row.n - HEAD_BYTES;
	uint8_t *steps = malloc(n ? n : 1);
	enum err e = steps ? ERR_OK : ERR_NO_MEMORY;
	if (steps)
		memcpy(steps, row.p + HEAD_BYTES, n);
	for (size_t at = n / STEP_BYTES; at > 0 && !e; at--) /* the last first */
		e = take_back(b, steps + (at - 1) * STEP_BYTES, by, out);
	free(steps);
	if (!e)
		local_del(&b->txn, LOCAL_UNDO, bytes_of(id, UNDO_ID_BYTES));
	return e ? e : b->txn.err;
}

bool undo_next(struct txn *t, const uint8_t *after, struct undo_row *out)
{
	struct bytes v;
	uint8_t id[UNDO_ID_BYTES];
	if (!local_next(t, LOCAL_UNDO, after, after ? UNDO_ID_BYTES : 0, id, sizeof id, &v) || v.n < HEAD_BYTES)
		return false;
	*out = (struct undo_row){.time_ms = get_u64(v.p), .count = (v.n - HEAD_BYTES) / STEP_BYTES};
	memcpy(out->id, id, sizeof id);
	memcpy(out->what, v.p + 8, UNDO_WHAT_MAX - 1);
	return true;
}

void undo_sweep(struct txn *t, uint64_t now_ms)
{
	struct undo_row row;
	uint8_t id[UNDO_ID_BYTES];
	for (bool on = undo_next(t, NULL, &row); on; on = undo_next(t, id, &row)) {
		memcpy(id, row.id, sizeof id);
		if (now_ms > row.time_ms + (uint64_t)UNDO_KEEP_S * 1000)
			local_del(t, LOCAL_UNDO, bytes_of(id, sizeof id));
	}
}
