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

/* One incarnation's cut, and how many rows stand behind it. */
struct cut {
	uint8_t at[CUT_BYTES];
	size_t rows;
};

/* Whether more is missing below that seq than an honest school's erased and unshared records explain. */
static bool is_far(uint64_t seq, size_t rows)
{
	return seq > CUT_MISSING_MAX && (seq - CUT_MISSING_MAX) / CUT_SPARSE > rows;
}

/* Of the incarnation that the cursor stands in; leaves it at the first row behind. */
static bool cut_of(struct cursor *c, bool *on, enum seen seen, struct cut *out)
{
	uint8_t incarnation[AUTHOR_INCARNATION];
	size_t rows = 0;
	memcpy(incarnation, c->key.p, sizeof incarnation);
	memcpy(out->at, incarnation + SCHOOL_BYTES, INCARNATION_BYTES);
	out->rows = 0;
	for (; *on && bytes_start(c->key, bytes_of(incarnation, sizeof incarnation)); *on = cursor_next(c)) {
		uint64_t seq = get_u64(c->key.p + AUTHOR_INCARNATION);
		if (seen == SEEN_ALL && is_far(seq, rows++))
			continue;
		put_u64(out->at + INCARNATION_BYTES, seq);
		out->rows++;
	}
	return out->rows > 0;
}

static size_t least(const struct cut *cuts, size_t n)
{
	size_t at = 0;
	for (size_t i = 1; i < n; i++)
		if (cuts[i].rows < cuts[at].rows)
			at = i;
	return at;
}

enum err seen_cuts(struct txn *t, const uint8_t *author, enum seen seen, size_t max, struct buf *out)
{
	struct bytes prefix = bytes_of(author, SCHOOL_BYTES);
	struct cut cuts[CUTS_MAX], one;
	size_t n = 0;
	struct cursor c;
	cursor_open(&c, t, T_SEEN);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix);) {
		if (!cut_of(&c, &on, seen, &one))
			continue;
		if (n < max && n < CUTS_MAX) {
			cuts[n++] = one;
			continue;
		}
		size_t at = least(cuts, n);
		if (cuts[at].rows < one.rows)
			cuts[at] = one;
	}
	cursor_close(&c);
	for (size_t i = 0; i < n; i++)
		buf_put(out, cuts[i].at, CUT_BYTES);
	return t->err ? t->err : out->err;
}

enum err seen_cut(struct txn *t, const uint8_t *author, const uint8_t *incarnation, struct buf *out)
{
	uint8_t prefix[AUTHOR_INCARNATION];
	struct cursor c;
	struct cut one;
	memcpy(prefix, author, SCHOOL_BYTES);
	memcpy(prefix + SCHOOL_BYTES, incarnation, INCARNATION_BYTES);
	cursor_open(&c, t, T_SEEN);
	bool on = cursor_seek(&c, bytes_of(prefix, sizeof prefix));
	if (on && bytes_start(c.key, bytes_of(prefix, sizeof prefix)) && cut_of(&c, &on, SEEN_ALL, &one))
		buf_put(out, one.at, CUT_BYTES);
	cursor_close(&c);
	return t->err ? t->err : out->err;
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
