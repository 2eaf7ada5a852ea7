#include "core/attest.h"

#include <stdlib.h>

#include "core/leaf.h"

/* One record of a leaf, as an attestation sees it. */
struct line {
	uint64_t seq;
	const uint8_t *id;
	const uint8_t *signature;
};

/* What to vouch for, or what was vouched for: one author's incarnation in one leaf. */
struct group {
	uint16_t period;
	uint8_t author[SCHOOL_BYTES];
	uint8_t incarnation[INCARNATION_BYTES];
	uint64_t cut;
	struct line *lines;
	size_t count, cap;
};

static int by_seq(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return memcmp(x->id, y->id, ID_BYTES);
}

static bool belongs(const struct group *g, const struct record *r)
{
	return r->type != RECORD_ATTEST && r->period == g->period && r->seq <= g->cut &&
	       memcmp(r->author, g->author, SCHOOL_BYTES) == 0 &&
	       memcmp(r->incarnation, g->incarnation, INCARNATION_BYTES) == 0;
}

static enum err group_add(struct group *g, const struct record *r)
{
	if (g->count == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 64;
		struct line *p = realloc(g->lines, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		g->lines = p;
		g->cap = cap;
	}
	g->lines[g->count++] = (struct line){r->seq, r->id, r->signature};
	return ERR_OK;
}

static void group_digest(struct group *g, uint8_t out[HASH_BYTES])
{
	struct hash h;
	if (g->count)
		qsort(g->lines, g->count, sizeof *g->lines, by_seq);
	hash_start(&h, DOMAIN_ATTEST, HASH_BYTES, (struct bytes){0});
	for (size_t i = 0; i < g->count; i++) {
		hash_add(&h, g->lines[i].id, ID_BYTES);
		hash_add(&h, g->lines[i].signature, SIGNATURE_BYTES);
	}
	hash_end(&h, out);
}

static enum err attested_add(struct attested *a, const struct group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (a->count == a->cap) {
			size_t cap = a->cap ? 2 * a->cap : 256;
			void *p = realloc(a->lines, cap * VOUCHED_BYTES);
			if (!p)
				return ERR_NO_MEMORY;
			a->lines = p;
			a->cap = cap;
		}
		uint8_t *line = a->lines[a->count++];
		memcpy(line, g->lines[i].id, ID_BYTES);
		memcpy(line + ID_BYTES, g->lines[i].signature, SIGNATURE_BYTES);
	}
	return ERR_OK;
}

static int by_line(const void *a, const void *b)
{
	return memcmp(a, b, VOUCHED_BYTES);
}

/* One attestation of the submission against the leaf records beside it. */
static enum err check(struct attested *a, struct batch *b, const struct record *attest, const struct record *records,
		      size_t count)
{
	const struct roster *r;
	union body body;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	const struct school_key *key = roster_key(r, attest);
	if (!key || record_verify(attest, key->sign) || body_decode(attest->type, attest->body, &body))
		return ERR_OK; /* it is refused when its own turn comes */
	struct group g = {.period = attest->period, .cut = body.attest.seq};
	memcpy(g.author, attest->author, SCHOOL_BYTES);
	memcpy(g.incarnation, body.attest.incarnation, INCARNATION_BYTES);
	for (size_t i = 0; i < count && !e; i++)
		if (belongs(&g, &records[i]) && memcmp(records[i].subject, attest->subject, SUBJECT_BYTES) == 0)
			e = group_add(&g, &records[i]);
	if (!e && g.count == body.attest.count) {
		uint8_t digest[HASH_BYTES];
		group_digest(&g, digest);
		if (memcmp(digest, body.attest.digest, sizeof digest) == 0)
			e = attested_add(a, &g);
	}
	free(g.lines);
	return e;
}

enum err attested_collect(struct attested *a, struct batch *b, const struct submission *s)
{
	enum err e = ERR_OK;
	size_t n = 0, attests = 0;
	*a = (struct attested){0};
	struct record *records = malloc((s->count ? s->count : 1) * sizeof *records);
	if (!records)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < s->count; i++) {
		struct bytes raw = bytes_of(s->bytes.p + s->records[i].at, s->records[i].n);
		if (!s->records[i].in_leaf || record_read(raw, &records[n]) || !records[n].has_body)
			continue;
		attests += records[n].type == RECORD_ATTEST;
		n++;
	}
	for (size_t i = 0; i < n && attests && !e; i++)
		if (records[i].type == RECORD_ATTEST)
			e = check(a, b, &records[i], records, n);
	free(records);
	if (a->count)
		qsort(a->lines, a->count, VOUCHED_BYTES, by_line);
	if (e)
		attested_release(a);
	return e;
}

bool attested_has(const struct attested *a, const struct record *r)
{
	uint8_t line[VOUCHED_BYTES];
	memcpy(line, r->id, ID_BYTES);
	memcpy(line + ID_BYTES, r->signature, SIGNATURE_BYTES);
	return a->count && bsearch(line, a->lines, a->count, VOUCHED_BYTES, by_line);
}

void attested_release(struct attested *a)
{
	free(a->lines);
	*a = (struct attested){0};
}

/* Our records of one period, copied out: (seq, id, signature). */
struct own_line {
	uint8_t id[ID_BYTES];
	uint8_t signature[SIGNATURE_BYTES];
	uint64_t seq;
};

struct own_leaf {
	uint16_t period;
	uint8_t incarnation[INCARNATION_BYTES];
	struct own_line *lines;
	size_t count, cap;
	uint64_t last;	   /* the highest seq among them */
	uint64_t vouched;  /* how many the best attestation covers */
	size_t bytes;
};

static int by_own_seq(const void *a, const void *b)
{
	const struct own_line *x = a, *y = b;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static enum err own_add(struct own_leaf *o, const struct record *r)
{
	if (o->count == o->cap) {
		size_t cap = o->cap ? 2 * o->cap : 64;
		struct own_line *p = realloc(o->lines, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		o->lines = p;
		o->cap = cap;
	}
	struct own_line *l = &o->lines[o->count++];
	memcpy(l->id, r->id, ID_BYTES);
	memcpy(l->signature, r->signature, SIGNATURE_BYTES);
	l->seq = r->seq;
	o->bytes += r->raw.n;
	if (r->seq > o->last)
		o->last = r->seq;
	return ERR_OK;
}

/* The current incarnation's records of the subject in one period, from `period` on; false if there is none. */
static bool next_own_leaf(struct txn *t, const uint8_t *subject, const uint8_t *me, const uint8_t *incarnation,
			  uint16_t period, struct own_leaf *out, enum err *e)
{
	uint8_t from[SUBJECT_BYTES + 2];
	struct cursor c;
	*out = (struct own_leaf){0};
	memcpy(out->incarnation, incarnation, INCARNATION_BYTES);
	memcpy(from, subject, SUBJECT_BYTES);
	put_u16(from + SUBJECT_BYTES, period);
	bool any = false;
	cursor_open(&c, t, T_LEAF);
	bool on = cursor_seek(&c, bytes_of(from, sizeof from));
	for (; on && !*e && bytes_start(c.key, bytes_of(subject, SUBJECT_BYTES)); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		struct record r;
		union body body;
		if (any && leaf.period != out->period)
			break;
		if (!leaf_record(t, &leaf, &raw) || record_read(raw, &r)) {
			*e = ERR_CORRUPT;
			break;
		}
		any = true;
		out->period = leaf.period;
		if (memcmp(r.author, me, SCHOOL_BYTES) != 0 || memcmp(r.incarnation, incarnation, INCARNATION_BYTES) != 0)
			continue;
		if (r.type != RECORD_ATTEST)
			*e = own_add(out, &r);
		else if (!body_decode(r.type, r.body, &body) && body.attest.count > out->vouched)
			out->vouched = body.attest.count;
	}
	cursor_close(&c);
	return any;
}

static bool wants(const struct own_leaf *o)
{
	return o->count >= ATTEST_RECORDS_MIN && o->vouched < o->count && o->bytes <= ATTEST_LEAF_BYTES_MAX;
}

static enum err write_one(struct batch *b, const uint8_t *subject, struct own_leaf *o)
{
	struct body_attest body = {.count = o->count, .seq = o->last};
	struct hash h;
	qsort(o->lines, o->count, sizeof *o->lines, by_own_seq);
	hash_start(&h, DOMAIN_ATTEST, HASH_BYTES, (struct bytes){0});
	for (size_t i = 0; i < o->count; i++) {
		hash_add(&h, o->lines[i].id, ID_BYTES);
		hash_add(&h, o->lines[i].signature, SIGNATURE_BYTES);
	}
	hash_end(&h, body.digest);
	memcpy(body.incarnation, o->incarnation, INCARNATION_BYTES);
	struct writing w = {.type = RECORD_ATTEST, .subject = subject, .period = o->period};
	return batch_write_clear(b, &w, &body, NULL);
}

enum err attest_write(struct batch *b, const uint8_t *subject)
{
	struct own_leaf o;
	enum err e = ERR_OK;
	uint32_t period = 0;
	while (period <= UINT16_MAX && !e &&
	       next_own_leaf(&b->txn, subject, b->school->id, b->school->incarnation, (uint16_t)period, &o, &e)) {
		if (!e && wants(&o))
			e = write_one(b, subject, &o);
		period = (uint32_t)o.period + 1;
		free(o.lines);
	}
	return e;
}
