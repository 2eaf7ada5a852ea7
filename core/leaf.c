#include "core/leaf.h"

#include "proto/require.h"

struct leaf leaf_parse(struct bytes key, struct bytes value)
{
	require(key.n == LEAF_KEY_BYTES && value.n == LEAF_VALUE_BYTES);
	return (struct leaf){.subject = key.p,
			     .period = get_u16(key.p + SUBJECT_BYTES),
			     .id = key.p + SUBJECT_BYTES + 2,
			     .lseq = get_u64(value.p),
			     .state = (enum leaf_state)value.p[8],
			     .type = (enum record_type)value.p[9],
			     .proof = (enum leaf_proof)value.p[10],
			     .author = value.p + 11};
}

enum record_class leaf_class(const struct leaf *l)
{
	const struct shape *s = record_shape(l->type);
	require(s);
	return s->cls;
}

const struct selection select_all = {.mode = MODE_ALL};

bool leaf_selected(const struct leaf *l, const struct selection *s)
{
	switch (s->mode) {
	case MODE_NONE:
		return false;
	case MODE_CHAIN:
		return leaf_class(l) == CLASS_CHAIN;
	case MODE_FORMER:
		return leaf_class(l) == CLASS_CHAIN || memcmp(l->author, s->custodian, AUTHOR_BYTES) != 0;
	case MODE_ALL:
		return true;
	}
	return false;
}

bool leaf_counts(const struct leaf *l, const struct selection *s)
{
	return l->type != RECORD_ATTEST && leaf_selected(l, s);
}

static void leaf_key(uint8_t out[LEAF_KEY_BYTES], const uint8_t *subject, uint16_t period, const uint8_t *id)
{
	memcpy(out, subject, SUBJECT_BYTES);
	put_u16(out + SUBJECT_BYTES, period);
	memcpy(out + SUBJECT_BYTES + 2, id, ID_BYTES);
}

void leaf_put(struct txn *t, const struct record *r, uint64_t lseq, enum leaf_proof proof)
{
	uint8_t key[LEAF_KEY_BYTES], value[LEAF_VALUE_BYTES];
	leaf_key(key, r->subject, r->period, r->id);
	put_u64(value, lseq);
	value[8] = r->has_body ? LEAF_FULL : LEAF_ERASED;
	value[9] = (uint8_t)r->type;
	value[10] = (uint8_t)proof;
	memcpy(value + 11, r->author, AUTHOR_BYTES);
	txn_put(t, T_LEAF, bytes_of(key, sizeof key), bytes_of(value, sizeof value));
}

void leaf_drop(struct txn *t, const struct record *r)
{
	uint8_t key[LEAF_KEY_BYTES];
	leaf_key(key, r->subject, r->period, r->id);
	txn_del(t, T_LEAF, bytes_of(key, sizeof key));
}

bool leaf_record(struct txn *t, const struct leaf *l, struct bytes *raw)
{
	uint8_t key[8];
	put_u64(key, l->lseq);
	return txn_get(t, T_REC, bytes_of(key, sizeof key), raw);
}

bool leaf_find(struct txn *t, const uint8_t *subject, uint16_t period, const uint8_t *id, struct leaf *out)
{
	uint8_t key[LEAF_KEY_BYTES];
	struct bytes value;
	leaf_key(key, subject, period, id);
	if (!txn_get(t, T_LEAF, bytes_of(key, sizeof key), &value))
		return false;
	if (out) {
		*out = leaf_parse(bytes_of(key, sizeof key), value);
		out->subject = subject;
		out->id = id;
	}
	return true;
}

/* Walks the subject once and closes parts and leaves as their keys end. */
struct walk {
	void (*visit)(void *arg, const struct leaf_digest *d);
	void *arg;
	struct hash part;
	struct leaf_digest parts[256];
	size_t part_count;
	uint32_t leaf_count;
	uint16_t period;
	struct hash whole;
};

static void start_leaf(struct walk *w, uint16_t period)
{
	w->period = period;
	w->part_count = 0;
	w->leaf_count = 0;
	hash_start(&w->whole, DOMAIN_LEAF, DIGEST_BYTES, (struct bytes){0});
}

static void end_part(struct walk *w)
{
	if (w->part_count)
		hash_end(&w->part, w->parts[w->part_count - 1].digest.hash);
}

static void end_leaf(struct walk *w)
{
	end_part(w);
	if (w->leaf_count == 0)
		return;
	if (w->leaf_count > LEAF_SPLIT_IDS) {
		for (size_t i = 0; i < w->part_count; i++)
			w->visit(w->arg, &w->parts[i]);
		return;
	}
	struct leaf_digest d = {.period = w->period, .part = PART_WHOLE, .digest.count = w->leaf_count};
	hash_end(&w->whole, d.digest.hash);
	w->visit(w->arg, &d);
}

static void add_id(struct walk *w, const struct leaf *l)
{
	uint8_t first = l->id[0], state = (uint8_t)l->state;
	if (!w->part_count || w->parts[w->part_count - 1].part != first) {
		end_part(w);
		w->parts[w->part_count++] = (struct leaf_digest){.period = w->period, .part = first};
		hash_start(&w->part, DOMAIN_LEAF, DIGEST_BYTES, (struct bytes){0});
	}
	w->parts[w->part_count - 1].digest.count++;
	w->leaf_count++;
	hash_add(&w->part, l->id, ID_BYTES);
	hash_add(&w->part, &state, 1);
	hash_add(&w->whole, l->id, ID_BYTES);
	hash_add(&w->whole, &state, 1);
}

void leaf_digests(struct txn *t, const uint8_t *subject, const struct selection *which,
		  void (*visit)(void *arg, const struct leaf_digest *d), void *arg)
{
	struct walk w = {.visit = visit, .arg = arg};
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	bool any = false;
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (!leaf_counts(&l, which))
			continue;
		if (!any || l.period != w.period) {
			if (any)
				end_leaf(&w);
			start_leaf(&w, l.period);
			any = true;
		}
		add_id(&w, &l);
	}
	if (any)
		end_leaf(&w);
	cursor_close(&c);
}

struct summing {
	struct hash hash;
	uint32_t count;
};

static void add_leaf(void *arg, const struct leaf_digest *d)
{
	struct summing *s = arg;
	uint8_t head[8];
	put_u16(head, d->period);
	put_u16(head + 2, d->part);
	put_u32(head + 4, d->digest.count);
	hash_add(&s->hash, head, sizeof head);
	hash_add(&s->hash, d->digest.hash, DIGEST_BYTES);
	s->count += d->digest.count;
}

static struct digest sum(struct txn *t, const uint8_t *subject, const struct selection *which)
{
	struct summing s = {0};
	struct digest d = {0};
	hash_start(&s.hash, DOMAIN_DIGEST, DIGEST_BYTES, (struct bytes){0});
	leaf_digests(t, subject, which, add_leaf, &s);
	if (s.count)
		hash_end(&s.hash, d.hash);
	d.count = s.count;
	return d;
}

struct subject_digest digest_compute(struct txn *t, const uint8_t *subject, const uint8_t *custodian)
{
	struct selection chain = {.mode = MODE_CHAIN}, former = {.mode = MODE_FORMER};
	memcpy(former.custodian, custodian, AUTHOR_BYTES);
	return (struct subject_digest){.all = sum(t, subject, &select_all),
				       .former = sum(t, subject, &former),
				       .chain = sum(t, subject, &chain)};
}

const struct digest *digest_of(const struct subject_digest *d, enum mode mode)
{
	return mode == MODE_ALL ? &d->all : mode == MODE_FORMER ? &d->former : &d->chain;
}

enum { ONE_BYTES = 4 + DIGEST_BYTES, DIGEST_VALUE_BYTES = 3 * ONE_BYTES };

static struct digest get_one(const uint8_t *p)
{
	struct digest d = {.count = get_u32(p)};
	memcpy(d.hash, p + 4, DIGEST_BYTES);
	return d;
}

static void put_one(uint8_t *p, const struct digest *d)
{
	put_u32(p, d->count);
	memcpy(p + 4, d->hash, DIGEST_BYTES);
}

struct subject_digest digest_get(struct txn *t, const uint8_t *subject)
{
	struct bytes v;
	if (!txn_get(t, T_DIGEST, bytes_of(subject, SUBJECT_BYTES), &v))
		return (struct subject_digest){0};
	require(v.n == DIGEST_VALUE_BYTES);
	return (struct subject_digest){get_one(v.p), get_one(v.p + ONE_BYTES), get_one(v.p + 2 * ONE_BYTES)};
}

void digest_update(struct txn *t, const uint8_t *subject, const uint8_t *custodian)
{
	struct subject_digest d = digest_compute(t, subject, custodian);
	uint8_t v[DIGEST_VALUE_BYTES];
	put_one(v, &d.all);
	put_one(v + ONE_BYTES, &d.former);
	put_one(v + 2 * ONE_BYTES, &d.chain);
	txn_put(t, T_DIGEST, bytes_of(subject, SUBJECT_BYTES), bytes_of(v, sizeof v));
}
