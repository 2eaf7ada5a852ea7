#include "core/blob_rows.h"

#include "core/erasure.h"
#include "proto/blob.h"

enum { ROW_KEY_BYTES = SUBJECT_BYTES + 1 + ID_BYTES + AUTHOR_BYTES };

static void row_key(uint8_t out[ROW_KEY_BYTES], const struct blob_row *row)
{
	memcpy(out, row->subject, SUBJECT_BYTES);
	out[SUBJECT_BYTES] = 'B';
	memcpy(out + SUBJECT_BYTES + 1, row->id, ID_BYTES);
	memcpy(out + SUBJECT_BYTES + 1 + ID_BYTES, row->author, AUTHOR_BYTES);
}

static bool parse(struct bytes key, struct bytes value, struct blob_row *out)
{
	if (key.n != ROW_KEY_BYTES || key.p[SUBJECT_BYTES] != 'B' || value.n != 8)
		return false;
	memcpy(out->subject, key.p, SUBJECT_BYTES);
	memcpy(out->id, key.p + SUBJECT_BYTES + 1, ID_BYTES);
	memcpy(out->author, key.p + SUBJECT_BYTES + 1 + ID_BYTES, AUTHOR_BYTES);
	out->size = get_u64(value.p);
	return true;
}

/* What the leaf's record names, if it does. */
static bool names(struct txn *t, const struct roster *r, const struct leaf *l, struct blob_row *row)
{
	struct bytes raw;
	struct record rec;
	union body body;
	struct blob_shape shape;
	if (!leaf_record(t, l, &raw) || record_read(raw, &rec) || rec.ref_count != 1 || !roster_proven(r, &rec) ||
	    erasure_denies(t, rec.subject, rec.refs[0]) || body_decode(rec.type, rec.body, &body) ||
	    !blob_shape(body.blob.size, &shape))
		return false;
	memcpy(row->subject, rec.subject, SUBJECT_BYTES);
	memcpy(row->id, body.blob.id, ID_BYTES);
	memcpy(row->author, rec.author, AUTHOR_BYTES);
	row->size = body.blob.size;
	return true;
}

/* Of two sizes said by one author the smaller: the same in any order. */
static void put(struct txn *t, const struct blob_row *row)
{
	uint8_t key[ROW_KEY_BYTES], value[8];
	struct bytes was;
	row_key(key, row);
	if (txn_get(t, T_VIEW, bytes_of(key, sizeof key), &was) && was.n == 8 && get_u64(was.p) <= row->size)
		return;
	put_u64(value, row->size);
	txn_put(t, T_VIEW, bytes_of(key, sizeof key), bytes_of(value, sizeof value));
}

enum err blob_rows_rebuild(struct txn *t, const struct roster *r, const uint8_t *subject)
{
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	struct blob_row row;
	struct cursor c;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (l.type == RECORD_BLOB && names(t, r, &l, &row))
			put(t, &row);
	}
	cursor_close(&c);
	return t->err;
}

/* The first row at or behind the key, whatever stands between the subjects' rows. */
static bool row_from(struct txn *t, const uint8_t *key, size_t n, const uint8_t *only, struct blob_row *out)
{
	struct cursor c;
	uint8_t next[SUBJECT_BYTES + 1];
	bool found = false;
	cursor_open(&c, t, T_VIEW);
	for (bool on = cursor_seek(&c, bytes_of(key, n)); on && !found;) {
		if (only && memcmp(c.key.p, only, SUBJECT_BYTES) != 0)
			break;
		found = parse(c.key, c.value, out);
		if (found)
			break;
		memcpy(next, c.key.p, SUBJECT_BYTES);
		/* 'B' is the smallest of a subject's kinds: what is not it lies behind them */
		next[SUBJECT_BYTES] = 0xff;
		on = !only && cursor_seek(&c, bytes_of(next, sizeof next));
	}
	cursor_close(&c);
	return found;
}

bool blob_rows_next(struct txn *t, struct blob_row *at, bool only)
{
	uint8_t key[ROW_KEY_BYTES + 1] = {0}, subject[SUBJECT_BYTES];
	bool first = sodium_is_zero(at->id, ID_BYTES);
	memcpy(subject, at->subject, SUBJECT_BYTES);
	row_key(key, at);
	return row_from(t, key, first ? SUBJECT_BYTES : sizeof key, only ? subject : NULL, at);
}

bool blob_rows_find(struct txn *t, const uint8_t *subject, const uint8_t *id, const struct selection *which, uint64_t *size)
{
	struct cursor c;
	uint8_t key[ROW_KEY_BYTES];
	struct blob_row row = {.size = 0};
	bool found = false;
	memcpy(row.subject, subject, SUBJECT_BYTES);
	memcpy(row.id, id, ID_BYTES);
	row_key(key, &row);
	struct bytes prefix = bytes_of(key, ROW_KEY_BYTES - AUTHOR_BYTES);
	cursor_open(&c, t, T_VIEW);
	for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c))
		found = parse(c.key, c.value, &row) &&
			(which->mode == MODE_ALL ||
			 (which->mode == MODE_FORMER && memcmp(row.author, which->custodian, AUTHOR_BYTES) != 0));
	cursor_close(&c);
	if (found && size)
		*size = row.size;
	return found;
}

uint64_t blob_rows_bytes(struct txn *t, const uint8_t *subject, const uint8_t school[SCHOOL_BYTES])
{
	struct blob_row at = {.size = 0}, last = {.size = 0};
	uint64_t sum = 0;
	memcpy(at.subject, subject, SUBJECT_BYTES);
	while (blob_rows_next(t, &at, true)) {
		if (memcmp(at.author, school, AUTHOR_BYTES) != 0)
			continue;
		if (memcmp(at.id, last.id, ID_BYTES) != 0)
			sum += at.size;
		last = at;
	}
	return sum;
}

enum err blob_rows_name(struct batch *b, const uint8_t *subject, const uint8_t entry[ID_BYTES], const uint8_t id[ID_BYTES],
			uint64_t size)
{
	struct body_blob body = {.size = size};
	struct writing w = {.type = RECORD_BLOB, .subject = subject, .ref_count = 1, .refs = {entry}};
	memcpy(body.id, id, ID_BYTES);
	return batch_write_clear(b, &w, &body, NULL);
}
