#include "core/erased.h"

#include <stdlib.h>

#include "core/leaf.h"

/* A private record that is held. */
struct held {
	uint8_t id[ID_BYTES], target[ID_BYTES]; /* target: what an entry replaces, or a verdict is about; zeros: nothing */
	uint8_t author[SCHOOL_BYTES];
	enum record_type type;
	const uint8_t *by; /* the erase that covers it */
};

struct held_list {
	struct held *at;
	size_t count, cap;
};

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct held *)a)->id, ((const struct held *)b)->id, ID_BYTES);
}

static struct held *find(const struct held_list *l, const uint8_t *id)
{
	struct held key;
	memcpy(key.id, id, ID_BYTES);
	return l->count ? bsearch(&key, l->at, l->count, sizeof *l->at, by_id) : NULL;
}

static enum err add_held(struct held_list *l, const struct record *r)
{
	if (l->count == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct held *p = realloc(l->at, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		l->at = p;
		l->cap = cap;
	}
	struct held *h = &l->at[l->count++];
	*h = (struct held){.type = r->type};
	memcpy(h->id, r->id, ID_BYTES);
	memcpy(h->author, r->author, SCHOOL_BYTES);
	if (r->ref_count)
		memcpy(h->target, r->refs[0], ID_BYTES);
	return ERR_OK;
}

static enum err load(struct held_list *l, struct txn *t, const uint8_t *subject)
{
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = ERR_OK;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		if (leaf_class(&leaf) != CLASS_PRIVATE)
			continue;
		if (!leaf_record(t, &leaf, &raw) || record_read(raw, &r))
			e = t->err ? t->err : ERR_CORRUPT;
		else
			e = add_held(l, &r);
	}
	cursor_close(&c);
	if (l->count)
		qsort(l->at, l->count, sizeof *l->at, by_id);
	return e ? e : t->err;
}

/* What an entry replaced: by the same author, as everywhere. */
static struct held *replaced(const struct held_list *l, const struct held *h)
{
	struct held *older = h->type == RECORD_ENTRY ? find(l, h->target) : NULL;
	return older && older->type == RECORD_ENTRY && memcmp(older->author, h->author, SCHOOL_BYTES) == 0 ? older : NULL;
}

static void cover(struct held_list *l, const struct custody *c)
{
	for (size_t i = 0; i < c->erase_count; i++)
		for (struct held *h = find(l, c->erases[i]->body.erase.record); h && !h->by; h = replaced(l, h))
			h->by = c->erases[i]->record.id;
	for (size_t i = 0; i < l->count; i++) {
		struct held *h = &l->at[i], *target = h->type == RECORD_VERDICT && !h->by ? find(l, h->target) : NULL;
		if (target && target->type == RECORD_ENTRY)
			h->by = target->by;
	}
}

static void put(struct erased *out, const uint8_t *id, const uint8_t *by)
{
	memcpy(out->at[out->count].id, id, ID_BYTES);
	memcpy(out->at[out->count++].by, by, ID_BYTES);
}

enum err erased_gather(struct erased *out, struct txn *t, const uint8_t subject[SUBJECT_BYTES], const struct custody *c)
{
	struct held_list l = {0};
	*out = (struct erased){0};
	if (c->erase_count == 0)
		return ERR_OK;
	enum err e = load(&l, t, subject);
	if (!e) {
		cover(&l, c);
		out->at = malloc((l.count + c->erase_count) * sizeof *out->at);
		e = out->at ? ERR_OK : ERR_NO_MEMORY;
	}
	for (size_t i = 0; i < l.count && !e; i++)
		if (l.at[i].by)
			put(out, l.at[i].id, l.at[i].by);
	for (size_t i = 0; i < c->erase_count && !e; i++)
		if (!find(&l, c->erases[i]->body.erase.record)) /* it may still come */
			put(out, c->erases[i]->body.erase.record, c->erases[i]->record.id);
	free(l.at);
	return e;
}

void erased_release(struct erased *e)
{
	free(e->at);
	*e = (struct erased){0};
}
