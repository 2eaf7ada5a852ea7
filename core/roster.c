#include "core/roster.h"

#include <stdlib.h>

#include "proto/require.h"

/* No subject that is a hash is all zeros. */
const uint8_t network_subject[SUBJECT_BYTES] = {0};

struct certificate {
	int member, issuer;
	uint64_t time;
	uint8_t id[ID_BYTES];
	uint32_t powers, depth;
	uint64_t after_ms, before_ms;
	struct bytes name, region, district;
};

struct revocation {
	int member, issuer;
};

/* What one reading of the records gathers before it is judged. */
struct gathered {
	struct certificate *certificates;
	size_t certificate_count;
	struct revocation *revocations;
	size_t revocation_count;
	struct record *identities; /* school and key event records */
	size_t identity_count;
	uint8_t (*ids)[SCHOOL_BYTES];
	size_t id_count;
};

void roster_school_id(uint8_t out[SCHOOL_BYTES], struct bytes body)
{
	hash_of(out, SCHOOL_BYTES, DOMAIN_SCHOOL, body);
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, SCHOOL_BYTES);
}

int roster_find(const struct roster *r, const uint8_t *id)
{
	const struct member *m = r->count ? bsearch(id, r->members, r->count, sizeof *r->members, compare_ids)
					  : NULL;
	return m ? (int)(m - r->members) : NO_SCHOOL;
}

int roster_find_short(const struct roster *r, const uint8_t *id)
{
	int found = NO_SCHOOL;
	for (size_t i = 0; i < r->count; i++) {
		if (memcmp(r->members[i].id, id, SHORT_ID_BYTES) != 0)
			continue;
		if (found != NO_SCHOOL)
			return NO_SCHOOL;
		found = (int)i;
	}
	return found;
}

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

/* First reading: which schools are there at all, and their identity records. */
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
			return t->err ? t->err : ERR_CORRUPT;
		bool ok = note_id(g, rec.author);
		if (ok && rec.type == RECORD_MEMBERSHIP) {
			union body b;
			e = body_decode(rec.type, rec.body, &b);
			struct certificate *k = e ? NULL : grow(&g->certificates, &g->certificate_count, sizeof *k);
			ok = k && note_id(g, b.membership.member);
			if (ok) {
				k->time = rec.time;
				memcpy(k->id, rec.id, ID_BYTES);
				k->powers = (uint32_t)(b.membership.powers & POWER_ALL);
				k->depth = b.membership.depth < MEMBERSHIP_DEPTH_MAX ? (uint32_t)b.membership.depth
										     : MEMBERSHIP_DEPTH_MAX;
				k->after_ms = b.membership.after;
				k->before_ms = b.membership.before;
				k->name = b.membership.name;
				k->region = b.membership.region;
				k->district = b.membership.district;
				/* indices are known once all ids are: keep where the two ids lie */
				k->issuer = (int)(g->id_count - 2);
				k->member = (int)(g->id_count - 1);
			}
		} else if (ok && rec.type == RECORD_REVOCATION) {
			union body b;
			e = body_decode(rec.type, rec.body, &b);
			struct revocation *k = e ? NULL : grow(&g->revocations, &g->revocation_count, sizeof *k);
			ok = k && note_id(g, b.revocation.member);
			if (ok) {
				k->issuer = (int)(g->id_count - 2);
				k->member = (int)(g->id_count - 1);
			}
		} else if (ok && (rec.type == RECORD_SCHOOL || rec.type == RECORD_KEYEVENT)) {
			struct record *k = grow(&g->identities, &g->identity_count, sizeof *k);
			ok = k != NULL;
			if (k)
				*k = rec;
		}
		if (!ok && !e)
			e = ERR_NO_MEMORY;
	}
	cursor_close(&c);
	return e ? e : t->err;
}

static enum err make_members(struct roster *r, struct gathered *g)
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
		m->parents[0] = m->parents[1] = NO_SCHOOL;
	}
	free(sorted);
	for (size_t i = 0; i < g->certificate_count; i++) {
		struct certificate *k = &g->certificates[i];
		k->issuer = roster_find(r, g->ids[k->issuer]);
		k->member = roster_find(r, g->ids[k->member]);
	}
	for (size_t i = 0; i < g->revocation_count; i++) {
		struct revocation *k = &g->revocations[i];
		k->issuer = roster_find(r, g->ids[k->issuer]);
		k->member = roster_find(r, g->ids[k->member]);
	}
	return ERR_OK;
}

/* Generation 0 is the inception; each next key must be the one committed to. */
static enum err read_keys(struct roster *r, const struct gathered *g)
{
	for (uint32_t generation = 0; generation < KEY_EVENTS_MAX; generation++) {
		bool any = false;
		for (size_t i = 0; i < g->identity_count; i++) {
			const struct record *rec = &g->identities[i];
			int at = roster_find(r, rec->author);
			struct member *m = &r->members[at];
			if (rec->generation != generation || m->key_count != generation)
				continue;
			union body b;
			enum err e = body_decode(rec->type, rec->body, &b);
			if (e)
				return e;
			struct school_key *keys = realloc(m->keys, (generation + 1) * sizeof *keys);
			if (!keys)
				return ERR_NO_MEMORY;
			m->keys = keys;
			struct school_key *k = &keys[generation];
			bool school = rec->type == RECORD_SCHOOL;
			memcpy(k->sign, school ? b.school.sign : b.keyevent.sign, 32);
			memcpy(k->kx, school ? b.school.kx : b.keyevent.kx, 32);
			memcpy(k->next, school ? b.school.next : b.keyevent.next, 32);
			uint8_t commitment[HASH_BYTES];
			hash_of(commitment, sizeof commitment, DOMAIN_NEXT, bytes_of(k->sign, 32));
			if (generation == 0 ? school : !school && memcmp(commitment, keys[generation - 1].next, 32) == 0) {
				m->key_count++;
				any = true;
			}
		}
		if (!any)
			break;
	}
	return ERR_OK;
}

static void mark_chained(struct roster *r, const struct gathered *g)
{
	r->members[roster_find(r, r->root)].chained = true;
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < g->certificate_count; i++) {
			const struct certificate *k = &g->certificates[i];
			struct member *m = &r->members[k->member];
			if (!m->chained && r->members[k->issuer].chained)
				m->chained = more = true;
		}
	}
}

static bool earlier(const struct certificate *a, const struct certificate *b)
{
	return a->time != b->time ? a->time < b->time : memcmp(a->id, b->id, ID_BYTES) < 0;
}

static void copy_text(char *out, size_t size, struct bytes text)
{
	size_t n = text.n < size - 1 ? text.n : size - 1;
	memcpy(out, text.p, n);
	out[n] = 0;
}

static bool counts(const struct roster *r, const struct certificate *k)
{
	const struct member *issuer = &r->members[k->issuer];
	return issuer->member && issuer->powers & POWER_ADMIT && k->depth < issuer->depth;
}

/* Level by level from the root, so that the order of records makes no difference. */
static void place_members(struct roster *r, const struct gathered *g)
{
	struct member *root = &r->members[roster_find(r, r->root)];
	root->member = true;
	root->powers = POWER_ALL;
	root->depth = MEMBERSHIP_DEPTH_MAX;
	root->before_ms = UINT64_MAX;
	for (uint32_t height = 0; height <= MEMBERSHIP_DEPTH_MAX; height++) {
		for (size_t m = 0; m < r->count; m++) {
			struct member *child = &r->members[m];
			const struct certificate *first = NULL, *last = NULL;
			if (child->member)
				continue;
			for (size_t i = 0; i < g->certificate_count; i++) {
				const struct certificate *k = &g->certificates[i];
				if (k->member == (int)m && counts(r, k) &&
				    r->members[k->issuer].height == height && (!first || earlier(k, first)))
					first = k;
			}
			if (!first)
				continue;
			for (size_t i = 0; i < g->certificate_count; i++) {
				const struct certificate *k = &g->certificates[i];
				if (k->member == (int)m && k->issuer == first->issuer && counts(r, k) &&
				    (!last || earlier(last, k)))
					last = k;
			}
			child->parents[0] = first->issuer;
			child->powers = last->powers & r->members[first->issuer].powers;
			child->depth = last->depth;
			child->after_ms = last->after_ms;
			child->before_ms = last->before_ms;
			child->height = height + 1;
			copy_text(child->name, sizeof child->name, last->name);
			copy_text(child->region, sizeof child->region, last->region);
			copy_text(child->district, sizeof child->district, last->district);
		}
		for (size_t m = 0; m < r->count; m++)
			if (r->members[m].height == height + 1)
				r->members[m].member = true;
	}
	/* the founder speaks for itself: a certificate to itself carries its name */
	for (size_t i = 0; i < g->certificate_count; i++) {
		const struct certificate *k = &g->certificates[i];
		if (&r->members[k->member] != root || k->issuer != k->member)
			continue;
		copy_text(root->name, sizeof root->name, k->name);
		copy_text(root->region, sizeof root->region, k->region);
		copy_text(root->district, sizeof root->district, k->district);
	}
}

static size_t climb(const struct roster *r, int from, int path[])
{
	size_t n = 0;
	for (int i = from; i != NO_SCHOOL && n <= MEMBERSHIP_DEPTH_MAX; i = r->members[i].parents[0])
		path[n++] = i;
	return n;
}

/* Whether a is b or stands above it on the route. */
static bool stands_above(const struct roster *r, int a, int b)
{
	int path[MEMBERSHIP_DEPTH_MAX + 1];
	for (size_t n = climb(r, b, path); n > 0; n--)
		if (path[n - 1] == a)
			return true;
	return false;
}

static void place_second_parents(struct roster *r, const struct gathered *g)
{
	for (size_t i = 0; i < g->certificate_count; i++) {
		const struct certificate *k = &g->certificates[i];
		struct member *m = &r->members[k->member];
		if (!m->member || m->height == 0 || k->issuer == m->parents[0] || !counts(r, k) || stands_above(r, k->member, k->issuer))
			continue;
		if (m->parents[1] == NO_SCHOOL || k->issuer < m->parents[1])
			m->parents[1] = k->issuer;
	}
}

/* Only a school above may revoke; the orphans move up to the nearest school that stands. */
static void apply_revocations(struct roster *r, const struct gathered *g)
{
	for (size_t i = 0; i < g->revocation_count; i++) {
		const struct revocation *k = &g->revocations[i];
		for (int up = r->members[k->member].parents[0]; up != NO_SCHOOL; up = r->members[up].parents[0])
			if (up == k->issuer)
				r->members[k->member].revoked = true;
	}
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
		e = make_members(r, &g);
	if (!e)
		e = read_keys(r, &g);
	if (!e) {
		mark_chained(r, &g);
		place_members(r, &g);
		place_second_parents(r, &g);
		apply_revocations(r, &g);
	}
	free(g.certificates);
	free(g.revocations);
	free(g.identities);
	free(g.ids);
	if (e)
		roster_release(r);
	return e;
}

void roster_release(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->members[i].keys);
	free(r->members);
	r->members = NULL;
	r->count = 0;
}

enum err roster_standing(const struct roster *r, int i, uint64_t now_ms)
{
	if (i == NO_SCHOOL || !r->members[i].member)
		return ERR_NOT_MEMBER;
	if (r->members[i].revoked)
		return ERR_REVOKED;
	if (now_ms < r->members[i].after_ms || now_ms >= r->members[i].before_ms)
		return ERR_EXPIRED;
	return ERR_OK;
}

const struct school_key *roster_key(const struct roster *r, const struct record *rec)
{
	int i = roster_find(r, rec->author);
	if (i == NO_SCHOOL || !r->members[i].chained || rec->generation >= r->members[i].key_count)
		return NULL;
	return &r->members[i].keys[rec->generation];
}

size_t roster_route(const struct roster *r, int a, int b, int path[])
{
	int up[MEMBERSHIP_DEPTH_MAX + 1], down[MEMBERSHIP_DEPTH_MAX + 1];
	size_t ups = climb(r, a, up), downs = climb(r, b, down);
	for (size_t i = 0; i < ups; i++)
		for (size_t j = 0; j < downs; j++) {
			if (up[i] != down[j])
				continue;
			size_t n = 0;
			for (size_t k = 0; k <= i; k++)
				path[n++] = up[k];
			for (size_t k = j; k-- > 0;)
				path[n++] = down[k];
			return n;
		}
	return 0;
}

int roster_ancestor(const struct roster *r, int a, int b)
{
	int up[MEMBERSHIP_DEPTH_MAX + 1], down[MEMBERSHIP_DEPTH_MAX + 1];
	size_t ups = climb(r, a, up), downs = climb(r, b, down);
	for (size_t i = 0; i < ups; i++)
		for (size_t j = 0; j < downs; j++)
			if (up[i] == down[j])
				return up[i];
	return NO_SCHOOL;
}

bool roster_same_tree(const struct roster *a, const struct roster *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct member *x = &a->members[i], *y = &b->members[i];
		if (memcmp(x->id, y->id, SCHOOL_BYTES) != 0 || x->revoked != y->revoked ||
		    memcmp(x->parents, y->parents, sizeof x->parents) != 0)
			return false;
	}
	return true;
}
