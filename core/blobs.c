/* Which files are named, which are here, and so which are missing. */
#include "core/blobs_parts.h"

#include <stdlib.h>

struct held {
	uint8_t id[ID_BYTES];
	uint64_t size;
};

struct blobs {
	struct blob_name *names; /* sorted by (subject, id) */
	size_t name_count, name_cap;
	struct held *held; /* sorted by id */
	size_t held_count, held_cap;
	uint8_t (*gone)[ID_BYTES]; /* held, and named no more */
	size_t gone_count, gone_cap;
	uint64_t missing, bytes;
	/* what is here and under way of the subject and author asked for last; names change it */
	uint8_t used_by[SUBJECT_BYTES], used_author[AUTHOR_BYTES];
	uint64_t used;
	bool used_known;
};

struct blobs *blobs_new(void)
{
	return calloc(1, sizeof(struct blobs));
}

void blobs_free(struct blobs *b)
{
	if (!b)
		return;
	free(b->names);
	free(b->held);
	free(b->gone);
	free(b);
}

static bool grow(void **at, size_t *cap, size_t count, size_t size)
{
	if (count < *cap)
		return true;
	size_t bigger = *cap ? 2 * *cap : 64;
	void *p = realloc(*at, bigger * size);
	if (!p)
		return false;
	*at = p;
	*cap = bigger;
	return true;
}

/* Where the id is among those held, or would be. */
static size_t held_place(const struct blobs *b, const uint8_t *id, bool *found)
{
	size_t low = 0, high = b->held_count;
	*found = false;
	while (low < high && !*found) {
		size_t mid = (low + high) / 2;
		int order = memcmp(b->held[mid].id, id, ID_BYTES);
		*found = order == 0;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return high;
}

static size_t name_place(const struct blobs *b, const uint8_t *subject, const uint8_t *id, bool *found)
{
	size_t low = 0, high = b->name_count;
	*found = false;
	while (low < high && !*found) {
		size_t mid = (low + high) / 2;
		int order = memcmp(b->names[mid].subject, subject, SUBJECT_BYTES);
		if (order == 0)
			order = memcmp(b->names[mid].id, id, ID_BYTES);
		*found = order == 0;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return high;
}

bool blobs_held(const struct blobs *b, const uint8_t id[ID_BYTES])
{
	bool found;
	held_place(b, id, &found);
	return found;
}

bool blobs_held_as(const struct blobs *b, const uint8_t id[ID_BYTES], uint64_t size)
{
	bool found;
	size_t i = held_place(b, id, &found);
	return found && b->held[i].size == size;
}

/* After the id came or went. */
static void mark_names(struct blobs *b, const uint8_t *id)
{
	b->used_known = false;
	for (size_t i = 0; i < b->name_count; i++) {
		struct blob_name *n = &b->names[i];
		if (memcmp(n->id, id, ID_BYTES) != 0)
			continue;
		b->missing -= !n->held;
		n->held = blobs_held_as(b, id, n->size);
		b->missing += !n->held;
	}
}

enum err blobs_hold(struct blobs *b, const uint8_t id[ID_BYTES], uint64_t size)
{
	bool found;
	size_t i = held_place(b, id, &found);
	if (found) { /* written anew: what was there had another length */
		b->bytes += size - b->held[i].size;
		b->held[i].size = size;
		mark_names(b, id);
		return ERR_OK;
	}
	if (!grow((void **)&b->held, &b->held_cap, b->held_count, sizeof *b->held))
		return ERR_NO_MEMORY;
	memmove(&b->held[i + 1], &b->held[i], (b->held_count++ - i) * sizeof *b->held);
	memcpy(b->held[i].id, id, ID_BYTES);
	b->held[i].size = size;
	b->bytes += size;
	mark_names(b, id);
	return ERR_OK;
}

void blobs_lose(struct blobs *b, const uint8_t id[ID_BYTES])
{
	bool found;
	size_t i = held_place(b, id, &found);
	if (!found)
		return;
	b->bytes -= b->held[i].size;
	memmove(&b->held[i], &b->held[i + 1], (--b->held_count - i) * sizeof *b->held);
	mark_names(b, id);
}

bool blobs_named(const struct blobs *b, const uint8_t id[ID_BYTES])
{
	for (size_t i = 0; i < b->name_count; i++)
		if (memcmp(b->names[i].id, id, ID_BYTES) == 0)
			return true;
	return false;
}

/* --- room ------------------------------------------------------------------------------------- */

/* What that author's files of the subject take: one school cannot use up another's room. */
static uint64_t sum_used(struct blobs *b, const struct blob_name *of)
{
	static const uint8_t zeros[ID_BYTES];
	bool found;
	uint64_t sum = 0;
	if (b->used_known && memcmp(b->used_by, of->subject, SUBJECT_BYTES) == 0 && memcmp(b->used_author, of->author, AUTHOR_BYTES) == 0)
		return b->used;
	for (size_t i = name_place(b, of->subject, zeros, &found);
	     i < b->name_count && memcmp(b->names[i].subject, of->subject, SUBJECT_BYTES) == 0; i++)
		if (memcmp(b->names[i].author, of->author, AUTHOR_BYTES) == 0 && (b->names[i].held || b->names[i].taken))
			sum += b->names[i].size;
	b->used = sum;
	b->used_known = true;
	memcpy(b->used_by, of->subject, SUBJECT_BYTES);
	memcpy(b->used_author, of->author, AUTHOR_BYTES);
	return sum;
}

static bool fits(uint64_t size, uint64_t used)
{
	return used <= EVIDENCE_SUBJECT_BYTES_MAX && size <= EVIDENCE_SUBJECT_BYTES_MAX - used;
}

bool blobs_fits(struct blobs *b, const struct blob_name *n)
{
	return fits(n->size, sum_used(b, n) - (n->taken ? n->size : 0));
}

void blobs_take(struct blobs *b, struct blob_name *n, bool taken)
{
	n->taken = taken;
	b->used_known = false;
}

struct blobs_count blobs_count(struct blobs *b)
{
	struct blobs_count c = {b->held_count, b->missing, b->bytes, 0};
	for (size_t i = 0; i < b->name_count && b->missing; i++) {
		const struct blob_name *n = &b->names[i];
		c.over += !n->held && !n->taken && !fits(n->size, sum_used(b, n));
	}
	return c;
}

/* --- names ------------------------------------------------------------------------------------ */

/* A file that cannot be put on the list is found by the next sweep. */
static void drop_name(struct blobs *b, size_t i)
{
	struct blob_name n = b->names[i];
	b->used_known = false;
	b->missing -= !n.held;
	memmove(&b->names[i], &b->names[i + 1], (--b->name_count - i) * sizeof *b->names);
	if (n.held && !blobs_named(b, n.id) && grow((void **)&b->gone, &b->gone_cap, b->gone_count, sizeof *b->gone))
		memcpy(b->gone[b->gone_count++], n.id, ID_BYTES);
}

bool blobs_gone(struct blobs *b, uint8_t id[ID_BYTES])
{
	while (b->gone_count) {
		memcpy(id, b->gone[--b->gone_count], ID_BYTES);
		if (blobs_held(b, id) && !blobs_named(b, id)) /* else it came back, or went already */
			return true;
	}
	return false;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, ID_BYTES);
}

enum err blobs_sweep(struct blobs *b)
{
	uint8_t(*named)[ID_BYTES] = malloc((b->name_count + 1) * sizeof *named);
	enum err e = named ? ERR_OK : ERR_NO_MEMORY;
	for (size_t i = 0; i < b->name_count && !e; i++)
		memcpy(named[i], b->names[i].id, ID_BYTES);
	if (!e)
		qsort(named, b->name_count, sizeof *named, by_id);
	b->gone_count = 0;
	for (size_t i = 0; i < b->held_count && !e; i++) {
		if (bsearch(b->held[i].id, named, b->name_count, sizeof *named, by_id))
			continue;
		if (grow((void **)&b->gone, &b->gone_cap, b->gone_count, sizeof *b->gone))
			memcpy(b->gone[b->gone_count++], b->held[i].id, ID_BYTES);
		else
			e = ERR_NO_MEMORY;
	}
	free(named);
	return e;
}

static enum err add_name(struct blobs *b, size_t i, const struct blob_row *row)
{
	if (!grow((void **)&b->names, &b->name_cap, b->name_count, sizeof *b->names))
		return ERR_NO_MEMORY;
	memmove(&b->names[i + 1], &b->names[i], (b->name_count++ - i) * sizeof *b->names);
	struct blob_name *n = &b->names[i];
	*n = (struct blob_name){.size = row->size, .held = blobs_held_as(b, row->id, row->size)};
	memcpy(n->subject, row->subject, SUBJECT_BYTES);
	memcpy(n->id, row->id, ID_BYTES);
	memcpy(n->author, row->author, AUTHOR_BYTES);
	b->missing += !n->held;
	b->used_known = false;
	return ERR_OK;
}

enum err blobs_refresh(struct blobs *b, struct txn *t, const uint8_t *subject, bool *fresh)
{
	static const uint8_t zeros[ID_BYTES];
	struct blob_row row = {.size = 0};
	bool found;
	size_t i = name_place(b, subject, zeros, &found), count = 0;
	enum err e = ERR_OK;
	memcpy(row.subject, subject, SUBJECT_BYTES);
	/* both in order of id: what stands only here goes, what stands only there comes */
	while (!e && count < BLOB_ROWS_MAX && blob_rows_next(t, &row, true)) {
		while (i < b->name_count && memcmp(b->names[i].subject, subject, SUBJECT_BYTES) == 0 &&
		       memcmp(b->names[i].id, row.id, ID_BYTES) < 0)
			drop_name(b, i);
		/* the same file by another author has been seen just before */
		if (count && memcmp(b->names[i - 1].id, row.id, ID_BYTES) == 0)
			continue;
		bool there = i < b->name_count && memcmp(b->names[i].subject, subject, SUBJECT_BYTES) == 0 &&
			     memcmp(b->names[i].id, row.id, ID_BYTES) == 0;
		if (!there) {
			e = add_name(b, i, &row);
			*fresh |= !e && !b->names[i].held;
		}
		i++;
		count++;
	}
	while (!e && i < b->name_count && memcmp(b->names[i].subject, subject, SUBJECT_BYTES) == 0)
		drop_name(b, i);
	return e ? e : t->err;
}

enum err blobs_refresh_all(struct blobs *b, struct txn *t, bool *fresh)
{
	struct blob_row row = {.size = 0};
	uint8_t subject[SUBJECT_BYTES];
	enum err e = ERR_OK;
	/* those that we know, some of which may have no rows any more; then those that have */
	for (size_t i = b->name_count; i && !e; i = i < b->name_count ? i : b->name_count) {
		memcpy(subject, b->names[i - 1].subject, SUBJECT_BYTES);
		while (i && memcmp(b->names[i - 1].subject, subject, SUBJECT_BYTES) == 0)
			i--;
		e = blobs_refresh(b, t, subject, fresh);
	}
	while (!e && blob_rows_next(t, &row, false)) {
		memcpy(subject, row.subject, SUBJECT_BYTES);
		e = blobs_refresh(b, t, subject, fresh);
		memset(row.id, 0xff, ID_BYTES); /* on to the next subject */
		memset(row.author, 0xff, AUTHOR_BYTES);
	}
	return e;
}

struct blob_name *blobs_find_name(struct blobs *b, const uint8_t *subject, const uint8_t *id)
{
	bool found;
	size_t i = name_place(b, subject, id, &found);
	return found ? &b->names[i] : NULL;
}

struct blob_name *blobs_next_missing(struct blobs *b, const uint8_t *subject, const uint8_t *id)
{
	bool found;
	size_t i = name_place(b, subject, id, &found);
	if (!b->missing)
		return NULL;
	for (i += found; i < b->name_count; i++)
		if (!b->names[i].held && !b->names[i].taken)
			return &b->names[i];
	return NULL;
}
