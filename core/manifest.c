#include "core/manifest.h"

#include <stdlib.h>

#include "core/erasure.h"
#include "proto/mp.h"

struct ids {
	uint8_t (*at)[ID_BYTES];
	size_t count, cap;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, ID_BYTES);
}

static enum err add(struct ids *s, const uint8_t *id, size_t n)
{
	while (s->count + n > s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		void *p = realloc(s->at, cap * ID_BYTES);
		if (!p)
			return ERR_NO_MEMORY;
		s->at = p;
		s->cap = cap;
	}
	memcpy(s->at + s->count, id, n * ID_BYTES);
	s->count += n;
	return ERR_OK;
}

/* Every counting id of the subject but the manifests', sorted. */
static enum err held_ids(struct txn *t, const uint8_t *subject, struct ids *out)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = ERR_OK;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		if (leaf_counts(&leaf, &select_all) && leaf.type != RECORD_MANIFEST)
			e = add(out, leaf.id, 1);
	}
	cursor_close(&c);
	if (out->count)
		qsort(out->at, out->count, ID_BYTES, compare);
	return e ? e : t->err;
}

static void hash_ids(const struct ids *s, uint8_t out[HASH_BYTES])
{
	hash_of(out, HASH_BYTES, DOMAIN_MANIFEST, bytes_of(s->at, s->count * ID_BYTES));
}

static enum err write_part(struct batch *b, const uint8_t *subject, const struct ids *s, const uint8_t hash[HASH_BYTES],
			   size_t part)
{
	size_t from = part * MANIFEST_PART_IDS;
	size_t n = s->count - from < MANIFEST_PART_IDS ? s->count - from : MANIFEST_PART_IDS;
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	mp_put_map(&body, 3);
	mp_put_key(&body, "hash");
	mp_put_bin(&body, bytes_of(hash, HASH_BYTES));
	mp_put_key(&body, "ids");
	mp_put_bin(&body, bytes_of(s->at + from, n * ID_BYTES));
	mp_put_key(&body, "part");
	mp_put_uint(&body, part);
	struct writing w = {.type = RECORD_MANIFEST, .subject = subject};
	enum err e = body.err ? body.err : batch_write(b, &w, buf_bytes(&body), NULL);
	buf_release(&body);
	return e;
}

enum err manifest_write(struct batch *b, const uint8_t *subject, uint8_t hash[HASH_BYTES], uint64_t *count)
{
	struct ids s = {0};
	enum err e = held_ids(&b->txn, subject, &s);
	size_t parts = (s.count + MANIFEST_PART_IDS - 1) / MANIFEST_PART_IDS;
	hash_ids(&s, hash);
	for (size_t i = 0; i < parts && !e; i++)
		e = write_part(b, subject, &s, hash, i);
	*count = s.count;
	free(s.at);
	return e;
}

/* That part of the manifest with that hash, if this record is it and opens. */
static bool read_part(struct txn *t, const struct leaf *leaf, const struct subject_keys *keys, const uint8_t *author,
		      const uint8_t hash[HASH_BYTES], uint64_t part, struct buf *plain, struct bytes *ids)
{
	struct bytes raw;
	struct record rec;
	struct mp_reader v;
	if (leaf->type != RECORD_MANIFEST || !leaf_record(t, leaf, &raw) || record_read(raw, &rec) ||
	    memcmp(rec.author, author, SCHOOL_BYTES) != 0)
		return false;
	buf_reset(plain);
	if (subject_keys_open(keys, &rec, plain) || mp_find_uint(buf_bytes(plain), "part", UINT64_MAX) != part ||
	    !mp_find(buf_bytes(plain), "hash", &v) ||
	    !bytes_equal(mp_get_bin(&v, HASH_BYTES), bytes_of(hash, HASH_BYTES)) ||
	    !mp_find(buf_bytes(plain), "ids", &v))
		return false;
	*ids = mp_get_bin(&v, RECORD_BYTES_MAX);
	return !v.err && ids->n % ID_BYTES == 0;
}

/* The list in the order of its parts; it is only believed when it has the promised hash. */
static enum err assemble(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const uint8_t *author,
			 const uint8_t hash[HASH_BYTES], uint64_t count, struct ids *out)
{
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	uint64_t parts = (count + MANIFEST_PART_IDS - 1) / MANIFEST_PART_IDS;
	uint8_t got[HASH_BYTES];
	struct buf plain;
	enum err e = ERR_OK;
	buf_init(&plain, RECORD_BYTES_MAX);
	for (uint64_t part = 0; part < parts && !e; part++) {
		struct cursor c;
		size_t before = out->count;
		cursor_open(&c, t, T_LEAF);
		bool on = cursor_seek(&c, prefix);
		for (; on && !e && out->count == before && bytes_start(c.key, prefix); on = cursor_next(&c)) {
			struct leaf leaf = leaf_parse(c.key, c.value);
			struct bytes ids;
			if (read_part(t, &leaf, keys, author, hash, part, &plain, &ids))
				e = add(out, ids.p, ids.n / ID_BYTES);
		}
		cursor_close(&c);
		if (out->count == before && !e)
			e = ERR_INCOMPLETE;
	}
	buf_wipe(&plain);
	if (e)
		return e;
	hash_ids(out, got);
	return out->count == count && memcmp(got, hash, sizeof got) == 0 ? ERR_OK : ERR_INCOMPLETE;
}

/* Whether every private body of the subject that the list names opens. */
static enum err bodies_open(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const struct ids *list)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	struct buf plain;
	enum err e = ERR_OK;
	buf_init(&plain, RECORD_BYTES_MAX);
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record rec;
		if (leaf_class(&leaf) != CLASS_PRIVATE || !bsearch(leaf.id, list->at, list->count, ID_BYTES, compare) ||
		    (leaf.state == LEAF_ERASED && erasure_denies(t, subject, leaf.id)))
			continue;
		if (!leaf_record(t, &leaf, &raw) || record_read(raw, &rec)) {
			e = ERR_CORRUPT;
			break;
		}
		buf_reset(&plain);
		e = subject_keys_open(keys, &rec, &plain);
	}
	cursor_close(&c);
	buf_wipe(&plain);
	return e == ERR_NO_KEY || e == ERR_BAD_SEAL || e == ERR_ERASED ? ERR_INCOMPLETE : e;
}

enum err manifest_progress(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const uint8_t *author,
			   const uint8_t hash[HASH_BYTES], uint64_t count, bool open_bodies, struct manifest_progress *p)
{
	struct ids list = {0}, held = {0};
	*p = (struct manifest_progress){0};
	enum err e = held_ids(t, subject, &held);
	if (!e && held.count < count) {
		/* not worth opening yet; and no work for a number out of thin air */
		*p = (struct manifest_progress){held.count, count};
		e = ERR_INCOMPLETE;
	}
	if (!e)
		e = assemble(t, subject, keys, author, hash, count, &list);
	if (!e) {
		p->total = list.count;
		for (size_t i = 0; i < list.count; i++)
			p->have += bsearch(list.at[i], held.at, held.count, ID_BYTES, compare) != NULL;
		if (p->have < p->total)
			e = ERR_INCOMPLETE;
	}
	if (!e && open_bodies)
		e = bodies_open(t, subject, keys, &list);
	free(list.at);
	free(held.at);
	return e;
}

enum err manifest_ids(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const uint8_t *author,
		      const uint8_t hash[HASH_BYTES], uint64_t count, uint8_t (**ids)[ID_BYTES], size_t *n)
{
	struct ids list = {0};
	enum err e = assemble(t, subject, keys, author, hash, count, &list);
	if (e) {
		free(list.at);
		list = (struct ids){0};
	}
	*ids = list.at;
	*n = list.count;
	return e;
}

enum err manifest_check(struct batch *b, const uint8_t *subject, const uint8_t *author, const uint8_t hash[HASH_BYTES],
			uint64_t count, struct manifest_progress *p)
{
	struct subject_keys keys;
	enum err e = batch_load_keys(b, subject, &keys);
	if (!e)
		e = manifest_progress(&b->txn, subject, &keys, author, hash, count, true, p);
	subject_keys_wipe(&keys);
	return e;
}
