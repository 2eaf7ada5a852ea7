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

/* What a release promises of a list. */
struct manifest_shape {
	const uint8_t *author, *hash;
	uint64_t count, parts;
};

static uint64_t parts_of(uint64_t count)
{
	return count / MANIFEST_PART_IDS + (count % MANIFEST_PART_IDS != 0);
}

static enum err write_part(struct batch *b, const uint8_t *subject, const struct ids *s, struct bytes hashes, size_t part)
{
	size_t from = part * MANIFEST_PART_IDS;
	size_t n = s->count - from < MANIFEST_PART_IDS ? s->count - from : MANIFEST_PART_IDS;
	struct buf body;
	buf_init(&body, RECORD_BYTES_MAX);
	mp_put_map(&body, 3);
	mp_put_key(&body, "hashes");
	mp_put_bin(&body, hashes);
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
	struct buf hashes;
	buf_init(&hashes, RECORD_BYTES_MAX);
	enum err e = held_ids(&b->txn, subject, &s);
	size_t parts = parts_of(s.count);
	for (size_t i = 0; i < parts; i++) {
		size_t from = i * MANIFEST_PART_IDS, n = s.count - from < MANIFEST_PART_IDS ? s.count - from : MANIFEST_PART_IDS;
		uint8_t one[HASH_BYTES];
		hash_of(one, sizeof one, DOMAIN_MANIFEST_PART, bytes_of(s.at + from, n * ID_BYTES));
		buf_put(&hashes, one, sizeof one);
	}
	if (!e)
		e = hashes.err;
	hash_of(hash, HASH_BYTES, DOMAIN_MANIFEST, buf_bytes(&hashes));
	for (size_t i = 0; i < parts && !e; i++)
		e = write_part(b, subject, &s, buf_bytes(&hashes), i);
	*count = s.count;
	buf_release(&hashes);
	free(s.at);
	return e;
}

/* What a record says, if it is that part of the manifest with that hash and opens. A forged one fails by itself. */
static bool read_part(struct bytes raw, const struct subject_keys *keys, const struct manifest_shape *m, uint64_t part, struct buf *plain,
		      struct bytes *ids)
{
	struct record rec;
	struct mp_reader v;
	uint8_t hash[HASH_BYTES];
	uint64_t rest = m->count - part * MANIFEST_PART_IDS, n = rest < MANIFEST_PART_IDS ? rest : MANIFEST_PART_IDS;
	buf_reset(plain);
	if (record_read(raw, &rec) || memcmp(rec.author, m->author, SCHOOL_BYTES) != 0 || subject_keys_open(keys, &rec, plain) ||
	    mp_find_uint(buf_bytes(plain), "part", UINT64_MAX) != part || !mp_find(buf_bytes(plain), "hashes", &v))
		return false;
	struct bytes hashes = mp_get_bin(&v, RECORD_BYTES_MAX);
	hash_of(hash, sizeof hash, DOMAIN_MANIFEST, hashes);
	if (v.err || hashes.n != m->parts * HASH_BYTES || memcmp(hash, m->hash, sizeof hash) != 0 || !mp_find(buf_bytes(plain), "ids", &v))
		return false;
	*ids = mp_get_bin(&v, RECORD_BYTES_MAX);
	hash_of(hash, sizeof hash, DOMAIN_MANIFEST_PART, *ids);
	return !v.err && ids->n == n * ID_BYTES && memcmp(hash, hashes.p + part * HASH_BYTES, sizeof hash) == 0;
}

/* The list in the order of its parts. */
static enum err assemble(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const uint8_t *author,
			 const uint8_t hash[HASH_BYTES], uint64_t count, struct ids *out)
{
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	struct manifest_shape m = {author, hash, count, parts_of(count)};
	struct buf plain;
	enum err e = ERR_OK;
	buf_init(&plain, RECORD_BYTES_MAX);
	for (uint64_t part = 0; part < m.parts && !e; part++) {
		struct cursor c;
		size_t before = out->count;
		cursor_open(&c, t, T_LEAF);
		bool on = cursor_seek(&c, prefix);
		for (; on && !e && out->count == before && bytes_start(c.key, prefix); on = cursor_next(&c)) {
			struct leaf leaf = leaf_parse(c.key, c.value);
			struct bytes raw, ids;
			if (leaf.type == RECORD_MANIFEST && leaf_record(t, &leaf, &raw) && read_part(raw, keys, &m, part, &plain, &ids))
				e = add(out, ids.p, ids.n / ID_BYTES);
		}
		cursor_close(&c);
		if (out->count == before && !e)
			e = ERR_INCOMPLETE;
	}
	buf_wipe(&plain);
	return e;
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
