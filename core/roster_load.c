/* Reads the network records and judges them: who is a member, whose child, with which keys. */
#include <stdlib.h>

#include "core/roster.h"
#include "core/succession.h"

/* What of a record its provenness hangs on. */
struct mark {
	int author;
	uint32_t generation;
	uint8_t incarnation[INCARNATION_BYTES];
	uint64_t seq;
};

struct certificate {
	int member;
	struct mark by;
	uint64_t time;
	uint8_t id[ID_BYTES];
	uint32_t powers, depth;
	uint64_t after_ms, before_ms;
	struct bytes name, region, district;
};

struct revocation {
	int member;
	struct mark by;
	uint8_t id[ID_BYTES];
	struct bytes cuts;
	bool judged; /* it counted, once */
};

/* A school's own word that it belongs under another. */
struct joining {
	struct mark by;
	uint8_t id[ID_BYTES];
	int issuer;
};

/* What one reading of the records gathers before it is judged. */
struct gathered {
	struct certificate *certificates;
	size_t certificate_count;
	struct revocation *revocations;
	size_t revocation_count;
	struct joining *joinings;
	size_t joining_count;
	struct record *identities; /* school and key event records */
	size_t identity_count;
	uint8_t (*ids)[SCHOOL_BYTES];
	size_t id_count;
};

/* Grows an array by one zeroed element; NULL when memory ran out. */
static void *grow(void *array, size_t *count, size_t size)
{
	char *p;
	memcpy(&p, array, sizeof p);
	if ((*count & (*count - 1)) == 0) {
		p = realloc(p, (*count ? *count * 2 : 1) * size);
		if (!p)
			return NULL;
		memcpy(array, &p, sizeof p);
	}
	p += (*count)++ * size;
	return memset(p, 0, size);
}

static bool note_id(struct gathered *g, const uint8_t *id)
{
	uint8_t(*slot)[SCHOOL_BYTES] = grow(&g->ids, &g->id_count, sizeof *g->ids);
	if (slot)
		memcpy(*slot, id, SCHOOL_BYTES);
	return slot != NULL;
}

static struct mark mark_of(const struct record *rec, size_t at)
{
	struct mark m = {.author = (int)at, .generation = rec->generation, .seq = rec->seq};
	memcpy(m.incarnation, rec->incarnation, sizeof m.incarnation);
	return m;
}

/* Authors and members are noted by where their ids lie in g->ids; index_all makes indices of them. */
static enum err gather_certificate(struct gathered *g, const struct record *rec)
{
	union body b;
	enum err e = body_decode(rec->type, rec->body, &b);
	if (e)
		return e;
	struct certificate *k = grow(&g->certificates, &g->certificate_count, sizeof *k);
	if (!k || !note_id(g, b.membership.member))
		return ERR_NO_MEMORY;
	*k = (struct certificate){.member = (int)(g->id_count - 1), .by = mark_of(rec, g->id_count - 2), .time = rec->time,
				  .powers = (uint32_t)(b.membership.powers & POWER_ALL),
				  .depth = b.membership.depth < MEMBERSHIP_DEPTH_MAX ? (uint32_t)b.membership.depth
										     : MEMBERSHIP_DEPTH_MAX,
				  .after_ms = b.membership.after, .before_ms = b.membership.before,
				  .name = b.membership.name, .region = b.membership.region,
				  .district = b.membership.district};
	memcpy(k->id, rec->id, ID_BYTES);
	return ERR_OK;
}

static enum err gather_revocation(struct gathered *g, const struct record *rec)
{
	union body b;
	enum err e = body_decode(rec->type, rec->body, &b);
	if (e)
		return e;
	struct revocation *k = grow(&g->revocations, &g->revocation_count, sizeof *k);
	if (!k || !note_id(g, b.revocation.member))
		return ERR_NO_MEMORY;
	*k = (struct revocation){.member = (int)(g->id_count - 1), .by = mark_of(rec, g->id_count - 2), .cuts = b.revocation.cuts};
	memcpy(k->id, rec->id, ID_BYTES);
	return ERR_OK;
}

static enum err gather_joining(struct gathered *g, const struct record *rec)
{
	union body b;
	enum err e = body_decode(rec->type, rec->body, &b);
	if (e)
		return e;
	struct joining *k = grow(&g->joinings, &g->joining_count, sizeof *k);
	if (!k || !note_id(g, b.joining.issuer))
		return ERR_NO_MEMORY;
	*k = (struct joining){.issuer = (int)(g->id_count - 1), .by = mark_of(rec, g->id_count - 2)};
	memcpy(k->id, rec->id, ID_BYTES);
	return ERR_OK;
}

static enum err gather_one(struct gathered *g, const struct record *rec)
{
	if (!note_id(g, rec->author))
		return ERR_NO_MEMORY;
	if (rec->type == RECORD_MEMBERSHIP)
		return gather_certificate(g, rec);
	if (rec->type == RECORD_REVOCATION)
		return gather_revocation(g, rec);
	if (rec->type == RECORD_JOINING)
		return gather_joining(g, rec);
	if (rec->type != RECORD_SCHOOL && rec->type != RECORD_KEYEVENT)
		return ERR_OK;
	struct record *k = grow(&g->identities, &g->identity_count, sizeof *k);
	if (!k)
		return ERR_NO_MEMORY;
	*k = *rec;
	return ERR_OK;
}

/* First reading: which schools are there at all, and what is said of them. */
static enum err gather(struct gathered *g, struct txn *t, const uint8_t *root)
{
	enum err e = note_id(g, root) ? ERR_OK : ERR_NO_MEMORY;
	struct cursor c;
	struct bytes prefix = bytes_of(network_subject, SUBJECT_BYTES);
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct bytes raw;
		struct record rec;
		if (!txn_get(t, T_REC, bytes_of(c.value.p, 8), &raw) || record_read(raw, &rec))
			e = t->err ? t->err : ERR_CORRUPT;
		else
			e = gather_one(g, &rec);
	}
	cursor_close(&c);
	return e ? e : t->err;
}

static bool earlier(const struct certificate *a, const struct certificate *b)
{
	return a->time != b->time ? a->time < b->time : memcmp(a->id, b->id, ID_BYTES) < 0;
}

static int by_member_and_time(const void *a, const void *b)
{
	const struct certificate *x = a, *y = b;
	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	return earlier(x, y) ? -1 : 1;
}

static int by_member_and_id(const void *a, const void *b)
{
	const struct revocation *x = a, *y = b;
	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	return memcmp(x->id, y->id, ID_BYTES);
}

static int by_id(const void *a, const void *b)
{
	const struct joining *x = a, *y = b;
	return memcmp(x->id, y->id, ID_BYTES);
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, SCHOOL_BYTES);
}

static int index_of(const struct roster *r, const struct gathered *g, int at)
{
	return roster_find(r, g->ids[at]);
}

/* Makes the members, and indices of all that was noted by place; sorts by member. */
static enum err index_all(struct roster *r, struct gathered *g)
{
	uint8_t(*sorted)[SCHOOL_BYTES] = malloc(g->id_count * SCHOOL_BYTES);
	r->members = calloc(g->id_count, sizeof *r->members);
	if (!r->members || !sorted) {
		free(sorted);
		return ERR_NO_MEMORY;
	}
	memcpy(sorted, g->ids, g->id_count * SCHOOL_BYTES);
	qsort(sorted, g->id_count, SCHOOL_BYTES, compare_ids);
	for (size_t i = 0; i < g->id_count; i++) {
		if (i && memcmp(sorted[i - 1], sorted[i], SCHOOL_BYTES) == 0)
			continue;
		struct member *m = &r->members[r->count++];
		memcpy(m->id, sorted[i], SCHOOL_BYTES);
		m->parents[0] = m->parents[1] = m->issuer = NO_SCHOOL;
	}
	free(sorted);
	for (size_t i = 0; i < g->certificate_count; i++) {
		struct certificate *k = &g->certificates[i];
		k->by.author = index_of(r, g, k->by.author);
		k->member = index_of(r, g, k->member);
	}
	for (size_t i = 0; i < g->revocation_count; i++) {
		struct revocation *k = &g->revocations[i];
		k->by.author = index_of(r, g, k->by.author);
		k->member = index_of(r, g, k->member);
	}
	for (size_t i = 0; i < g->joining_count; i++) {
		struct joining *k = &g->joinings[i];
		k->by.author = index_of(r, g, k->by.author);
		k->issuer = index_of(r, g, k->issuer);
	}
	if (g->certificate_count)
		qsort(g->certificates, g->certificate_count, sizeof *g->certificates, by_member_and_time);
	if (g->revocation_count)
		qsort(g->revocations, g->revocation_count, sizeof *g->revocations, by_member_and_id);
	if (g->joining_count)
		qsort(g->joinings, g->joining_count, sizeof *g->joinings, by_id);
	return ERR_OK;
}

static enum err add_cuts(struct cuts *c, struct bytes more)
{
	size_t n = more.n - more.n % CUT_BYTES;
	if (n == 0)
		return ERR_OK;
	uint8_t *at = realloc(c->at, c->n + n);
	if (!at)
		return ERR_NO_MEMORY;
	memcpy(at + c->n, more.p, n);
	c->at = at;
	c->n += n;
	return ERR_OK;
}

static int compare_cuts(const void *a, const void *b)
{
	return memcmp(a, b, CUT_BYTES);
}

/* Sorts, and keeps of each incarnation the furthest. */
static void seal_cuts(struct cuts *c)
{
	size_t kept = 0;
	if (c->n)
		qsort(c->at, c->n / CUT_BYTES, CUT_BYTES, compare_cuts);
	for (size_t i = 0; i < c->n; i += CUT_BYTES) {
		if (kept && memcmp(c->at + kept - CUT_BYTES, c->at + i, INCARNATION_BYTES) == 0)
			kept -= CUT_BYTES;
		memmove(c->at + kept, c->at + i, CUT_BYTES);
		kept += CUT_BYTES;
	}
	c->n = kept;
}

/* The next key of the log: an inception, or an event that reveals what was committed to. */
static enum err add_key(struct member *m, const struct record *rec)
{
	union body b;
	enum err e = body_decode(rec->type, rec->body, &b);
	if (e)
		return e;
	bool school = rec->type == RECORD_SCHOOL;
	struct school_key k = {0};
	memcpy(k.sign, school ? b.school.sign : b.keyevent.sign, 32);
	memcpy(k.kx, school ? b.school.kx : b.keyevent.kx, 32);
	memcpy(k.next, school ? b.school.next : b.keyevent.next, 32);
	if (m->key_count == 0 ? !school : school || !succession_follows(m->keys[m->key_count - 1].next, k.sign, k.next))
		return ERR_OK;
	struct school_key *keys = realloc(m->keys, (m->key_count + 1) * sizeof *keys);
	if (!keys)
		return ERR_NO_MEMORY;
	m->keys = keys;
	if (!school)
		e = add_cuts(&k.before, b.keyevent.cuts);
	if (!e)
		m->keys[m->key_count++] = k;
	return e;
}

/* One more event of the latest key: who has that key must not narrow how far the one before it counts. */
static enum err unite_cuts(struct member *m, const struct record *rec)
{
	union body b;
	struct school_key *k = &m->keys[m->key_count - 1];
	if (rec->type != RECORD_KEYEVENT)
		return ERR_OK;
	enum err e = body_decode(rec->type, rec->body, &b);
	if (e || memcmp(k->sign, b.keyevent.sign, 32) != 0 || memcmp(k->next, b.keyevent.next, 32) != 0)
		return e;
	return add_cuts(&k->before, b.keyevent.cuts);
}

static int by_author_and_generation(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int c = memcmp(x->author, y->author, SCHOOL_BYTES);
	if (c)
		return c;
	if (x->generation != y->generation)
		return x->generation < y->generation ? -1 : 1;
	return memcmp(x->id, y->id, ID_BYTES);
}

/* Events of one generation have the same key: the network key of the one with the smallest id holds, and the cuts of all. */
static enum err read_keys(struct roster *r, struct gathered *g)
{
	enum err e = ERR_OK;
	if (g->identity_count)
		qsort(g->identities, g->identity_count, sizeof *g->identities, by_author_and_generation);
	for (size_t i = 0; i < g->identity_count && !e; i++) {
		struct member *m = &r->members[roster_find(r, g->identities[i].author)];
		if (g->identities[i].generation == m->key_count && m->key_count < KEY_EVENTS_MAX)
			e = add_key(m, &g->identities[i]);
		else if (m->key_count && g->identities[i].generation == m->key_count - 1)
			e = unite_cuts(m, &g->identities[i]);
	}
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < r->members[i].key_count; k++)
			seal_cuts(&r->members[i].keys[k].before);
	return e;
}

static void mark_chained(struct roster *r, const struct gathered *g)
{
	r->members[roster_find(r, r->root)].chained = true;
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < g->certificate_count; i++) {
			const struct certificate *k = &g->certificates[i];
			struct member *m = &r->members[k->member];
			if (!m->chained && r->members[k->by.author].chained)
				m->chained = more = true;
		}
	}
}

static void copy_text(char *out, size_t size, struct bytes text)
{
	size_t n = text.n < size - 1 ? text.n : size - 1;
	memcpy(out, text.p, n);
	out[n] = 0;
}

static bool proven(const struct roster *r, const struct mark *m)
{
	return roster_covers(r, m->author, m->generation, m->incarnation, m->seq);
}

/* Before any school is judged revoked: what it says of its place counts as far as its keys do. */
static void read_joinings(struct roster *r, const struct gathered *g)
{
	for (size_t i = 0; i < g->joining_count; i++) {
		const struct joining *k = &g->joinings[i];
		struct member *m = &r->members[k->by.author];
		if (m->joined_count < JOININGS_MAX && proven(r, &k->by) && !roster_joined(r, k->by.author, k->issuer))
			m->joined[m->joined_count++] = k->issuer;
	}
	for (size_t i = 0; i < r->count; i++)
		r->members[i].open = r->members[i].joined_count == 0;
}

static bool entitled(const struct roster *r, const struct certificate *k)
{
	const struct member *issuer = &r->members[k->by.author];
	return issuer->member && issuer->powers & POWER_ADMIT && k->depth < issuer->depth;
}

static bool counts(const struct roster *r, const struct certificate *k)
{
	return entitled(r, k) && roster_takes(r, k->member, k->by.author) && proven(r, &k->by);
}

/* The member's certificates stand at [from, to). */
static void place(struct roster *r, struct member *m, const struct certificate *from, const struct certificate *to,
		  const struct certificate *first)
{
	const struct certificate *last = first;
	for (const struct certificate *k = from; k < to; k++)
		if (k->by.author == first->by.author && counts(r, k))
			last = k;
	const struct member *issuer = &r->members[first->by.author];
	m->parents[0] = m->issuer = first->by.author;
	m->powers = last->powers & issuer->powers;
	m->depth = last->depth;
	m->after_ms = last->after_ms;
	m->before_ms = last->before_ms;
	m->height = issuer->height + 1;
	copy_text(m->name, sizeof m->name, last->name);
	copy_text(m->region, sizeof m->region, last->region);
	copy_text(m->district, sizeof m->district, last->district);
}

/* The member that the revocation ends, if it counts: only a school above may revoke. */
static struct member *judged(const struct roster *r, const struct revocation *k, uint32_t height)
{
	struct member *m = &r->members[k->member];
	if (!m->member || m->height != height || !proven(r, &k->by))
		return NULL;
	for (int up = m->issuer; up != NO_SCHOOL; up = r->members[up].issuer)
		if (up == k->by.author)
			return m;
	return NULL;
}

/* Those above are placed already, and judged. The issuer's word is the last: it holds what the school wrote. */
static enum err judge_revocations(struct roster *r, const struct gathered *g, uint32_t height)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < g->revocation_count; i++) {
		struct member *m = judged(r, &g->revocations[i], height);
		if (!m)
			continue;
		m->revoked = true;
		m->issuer_revoked |= g->revocations[i].by.author == m->issuer;
	}
	for (size_t i = 0; i < g->revocation_count && !e; i++) {
		struct revocation *k = &g->revocations[i];
		struct member *m = k->judged ? NULL : judged(r, k, height);
		if (!m)
			continue;
		k->judged = true;
		if (!m->issuer_revoked || k->by.author == m->issuer)
			e = add_cuts(&m->last, k->cuts);
	}
	for (size_t i = 0; i < r->count; i++)
		if (r->members[i].revoked && r->members[i].height == height)
			seal_cuts(&r->members[i].last);
	return e;
}

static void place_below(struct roster *r, const struct gathered *g, uint32_t height)
{
	const struct certificate *end = g->certificates + g->certificate_count;
	for (const struct certificate *from = g->certificates, *to; from < end; from = to) {
		struct member *m = &r->members[from->member];
		const struct certificate *first = NULL;
		for (to = from; to < end && to->member == from->member; to++)
			if (!first && !m->member && counts(r, to) && r->members[to->by.author].height == height)
				first = to;
		if (first)
			place(r, m, from, to, first);
	}
	for (size_t m = 0; m < r->count; m++)
		if (r->members[m].height == height + 1)
			r->members[m].member = true;
}

static void mark_held(struct roster *r, const struct gathered *g)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < g->certificate_count; i++) {
			const struct certificate *k = &g->certificates[i];
			const struct member *issuer = &r->members[k->by.author];
			struct member *m = &r->members[k->member];
			if (!m->held && roster_joined(r, k->member, k->by.author) && (issuer->member ? entitled(r, k) : issuer->held))
				m->held = more = true;
		}
	}
}

/* Those without a place whom nobody that they name holds, but somebody else would: to be judged as if they named nobody. */
static bool open_up(struct roster *r, const struct gathered *g)
{
	bool more = false;
	mark_held(r, g);
	for (size_t i = 0; i < g->certificate_count; i++) {
		const struct certificate *k = &g->certificates[i];
		struct member *m = &r->members[k->member];
		if (!m->member && !m->held && !m->open && entitled(r, k) && proven(r, &k->by))
			m->open = more = true;
	}
	return more;
}

/*
 * Whom a school that it names holds, though its certificate counts no more: it stands below that one to be judged.
 * Else it could escape a revocation by naming a friend whose word was cut.
 */
static void place_held(struct roster *r, const struct gathered *g, uint32_t height)
{
	for (size_t i = 0; i < g->certificate_count; i++) {
		const struct certificate *k = &g->certificates[i];
		struct member *m = &r->members[k->member];
		const struct member *issuer = &r->members[k->by.author];
		if (m->member || !m->held || issuer->height != height || !entitled(r, k) || !roster_joined(r, k->member, k->by.author))
			continue;
		place(r, m, k, k + 1, k);
		m->open = true;
	}
	for (size_t m = 0; m < r->count; m++)
		if (r->members[m].held && r->members[m].height == height + 1)
			r->members[m].member = true;
}

/* Whom no school that it names has placed stands there to be revoked; who is not, and all below, has no place. */
static void withdraw(struct roster *r)
{
	for (uint32_t height = 1; height <= MEMBERSHIP_DEPTH_MAX + 1; height++)
		for (size_t i = 0; i < r->count; i++) {
			struct member *m = &r->members[i];
			if (!m->member || m->revoked || m->height != height)
				continue;
			if ((m->open && m->joined_count) || !r->members[m->parents[0]].member) {
				m->member = m->open = false;
				m->parents[0] = NO_SCHOOL;
			}
		}
}

/* Level by level from the root, so that the order of records makes no difference. */
static enum err place_members(struct roster *r, const struct gathered *g)
{
	struct member *root = &r->members[roster_find(r, r->root)];
	const struct certificate *all = g->certificates, *end = all + g->certificate_count;
	enum err e = ERR_OK;
	root->member = true;
	root->powers = POWER_ALL;
	root->depth = MEMBERSHIP_DEPTH_MAX;
	root->before_ms = UINT64_MAX;
	do {
		for (uint32_t height = 0; height <= MEMBERSHIP_DEPTH_MAX && !e; height++) {
			place_below(r, g, height);
			e = judge_revocations(r, g, height + 1);
		}
	} while (!e && open_up(r, g));
	for (uint32_t height = 0; height <= MEMBERSHIP_DEPTH_MAX && !e; height++) {
		place_held(r, g, height);
		e = judge_revocations(r, g, height + 1);
	}
	withdraw(r);
	/* the founder speaks for itself: a certificate to itself carries its name */
	for (const struct certificate *k = all; k < end; k++) {
		if (&r->members[k->member] != root || k->by.author != k->member || !proven(r, &k->by))
			continue;
		copy_text(root->name, sizeof root->name, k->name);
		copy_text(root->region, sizeof root->region, k->region);
		copy_text(root->district, sizeof root->district, k->district);
	}
	return e;
}

/* Whether a is b or stands above it on the route. */
static bool stands_above(const struct roster *r, int a, int b)
{
	for (int up = b; up != NO_SCHOOL; up = r->members[up].parents[0])
		if (up == a)
			return true;
	return false;
}

static void place_second_parents(struct roster *r, const struct gathered *g)
{
	for (size_t i = 0; i < g->certificate_count; i++) {
		const struct certificate *k = &g->certificates[i];
		struct member *m = &r->members[k->member];
		int issuer = k->by.author;
		if (!m->member || m->height == 0 || issuer == m->parents[0] || !counts(r, k) || stands_above(r, k->member, issuer))
			continue;
		if (m->parents[1] == NO_SCHOOL || issuer < m->parents[1])
			m->parents[1] = issuer;
	}
}

/* The children of a revoked school move up to the nearest school that stands. */
static void adopt(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++)
		for (int p = 0; p < PARENTS_MAX; p++) {
			int up = r->members[i].parents[p];
			while (up != NO_SCHOOL && r->members[up].revoked)
				up = r->members[up].parents[0];
			r->members[i].parents[p] = up == (int)i ? NO_SCHOOL : up;
		}
}

enum err roster_load(struct roster *r, struct txn *t, const uint8_t root[SCHOOL_BYTES])
{
	struct gathered g = {0};
	*r = (struct roster){0};
	memcpy(r->root, root, SCHOOL_BYTES);
	enum err e = gather(&g, t, root);
	if (!e)
		e = index_all(r, &g);
	if (!e)
		e = read_keys(r, &g);
	if (!e) {
		mark_chained(r, &g);
		read_joinings(r, &g);
		e = place_members(r, &g);
	}
	if (!e) {
		place_second_parents(r, &g);
		adopt(r);
	}
	free(g.certificates);
	free(g.revocations);
	free(g.joinings);
	free(g.identities);
	free(g.ids);
	if (e)
		roster_release(r);
	return e;
}
