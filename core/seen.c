#include "core/seen.h"

enum { AUTHOR_INCARNATION = SCHOOL_BYTES + INCARNATION_BYTES, WITH_SEQ = AUTHOR_INCARNATION + 8 };

static void seen_key(uint8_t out[SEEN_KEY_BYTES], const struct record *r)
{
	memcpy(out, r->author, SCHOOL_BYTES);
	memcpy(out + SCHOOL_BYTES, r->incarnation, INCARNATION_BYTES);
	put_u64(out + AUTHOR_INCARNATION, r->seq);
	memcpy(out + WITH_SEQ, r->id, 8);
}

bool seen_put(struct txn *t, const struct record *r)
{
	uint8_t key[SEEN_KEY_BYTES];
	struct cursor c;
	seen_key(key, r);
	cursor_open(&c, t, T_SEEN);
	bool forked = cursor_seek(&c, bytes_of(key, WITH_SEQ)) && bytes_start(c.key, bytes_of(key, WITH_SEQ));
	cursor_close(&c);
	txn_put(t, T_SEEN, bytes_of(key, sizeof key), bytes_of(r->subject, SUBJECT_BYTES));
	return forked;
}

void seen_drop(struct txn *t, const struct record *r)
{
	uint8_t key[SEEN_KEY_BYTES];
	seen_key(key, r);
	txn_del(t, T_SEEN, bytes_of(key, sizeof key));
}

/* The last row of the incarnation that begins at `from`, and the first row behind it. */
static bool last_of(struct cursor *c, const uint8_t from[AUTHOR_INCARNATION], uint8_t cut[CUT_BYTES])
{
	uint8_t behind[SEEN_KEY_BYTES];
	memcpy(behind, from, AUTHOR_INCARNATION);
	memset(behind + AUTHOR_INCARNATION, 0xff, sizeof behind - AUTHOR_INCARNATION);
	if (!cursor_before(c, bytes_of(behind, sizeof behind)))
		return false;
	memcpy(cut, c->key.p + SCHOOL_BYTES, CUT_BYTES);
	return true;
}

enum err seen_cuts(struct txn *t, const uint8_t *author, struct buf *out)
{
	struct bytes prefix = bytes_of(author, SCHOOL_BYTES);
	struct cursor c;
	enum err e = ERR_OK;
	cursor_open(&c, t, T_SEEN);
	bool on = cursor_seek(&c, prefix);
	for (size_t n = 0; on && !e && bytes_start(c.key, prefix); on = cursor_next(&c), n += CUT_BYTES) {
		uint8_t cut[CUT_BYTES], incarnation[AUTHOR_INCARNATION];
		memcpy(incarnation, c.key.p, sizeof incarnation);
		if (n == CUTS_BYTES_MAX)
			e = ERR_TOO_LARGE;
		else if (last_of(&c, incarnation, cut))
			buf_put(out, cut, sizeof cut);
	}
	cursor_close(&c);
	return e ? e : t->err ? t->err : out->err;
}

bool seen_beyond(struct txn *t, const struct roster *r, int author, uint8_t at[SEEN_KEY_BYTES], uint8_t subject[SUBJECT_BYTES])
{
	const struct member *m = &r->members[author];
	struct bytes prefix = bytes_of(m->id, SCHOOL_BYTES);
	struct cursor c;
	bool found = false;
	bool first = memcmp(at, m->id, SCHOOL_BYTES) != 0;
	cursor_open(&c, t, T_SEEN);
	bool on = cursor_seek(&c, first ? prefix : bytes_of(at, SEEN_KEY_BYTES));
	if (on && !first && bytes_equal(c.key, bytes_of(at, SEEN_KEY_BYTES)))
		on = cursor_next(&c);
	for (; on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		uint64_t seq = get_u64(c.key.p + AUTHOR_INCARNATION);
		/* the row does not say the generation: what any of its keys might have signed too late */
		for (uint32_t g = 0; g < m->key_count && !found; g++)
			found = !roster_covers(r, author, g, c.key.p + SCHOOL_BYTES, seq);
		if (found) {
			memcpy(at, c.key.p, SEEN_KEY_BYTES);
			memcpy(subject, c.value.p, SUBJECT_BYTES);
		}
	}
	cursor_close(&c);
	return found;
}
