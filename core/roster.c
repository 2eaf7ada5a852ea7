#include "core/roster.h"

#include <stdlib.h>

/* No subject that is a hash is all zeros. */
const uint8_t network_subject[SUBJECT_BYTES] = {0};

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

static size_t climb(const struct roster *r, int from, int path[])
{
	size_t n = 0;
	for (int i = from; i != NO_SCHOOL && n <= MEMBERSHIP_DEPTH_MAX; i = r->members[i].parents[0])
		path[n++] = i;
	return n;
}

void roster_release(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct member *m = &r->members[i];
		for (size_t g = 0; g < m->key_count; g++)
			free(m->keys[g].before.at);
		free(m->keys);
		free(m->last.at);
	}
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

static int by_incarnation(const void *incarnation, const void *cut)
{
	return memcmp(incarnation, cut, INCARNATION_BYTES);
}

static bool cuts_cover(const struct cuts *c, const uint8_t *incarnation, uint64_t seq)
{
	const uint8_t *at = c->n ? bsearch(incarnation, c->at, c->n / CUT_BYTES, CUT_BYTES, by_incarnation) : NULL;
	return at && seq <= get_u64(at + INCARNATION_BYTES);
}

bool roster_covers(const struct roster *r, int author, uint32_t generation, const uint8_t *incarnation, uint64_t seq)
{
	const struct member *m = &r->members[author];
	if (m->revoked && !cuts_cover(&m->last, incarnation, seq))
		return false;
	return generation + 1 >= m->key_count || cuts_cover(&m->keys[generation + 1].before, incarnation, seq);
}

bool roster_proven(const struct roster *r, const struct record *rec)
{
	int author = roster_find(r, rec->author);
	return author != NO_SCHOOL && roster_covers(r, author, rec->generation, rec->incarnation, rec->seq);
}

bool roster_joined(const struct roster *r, int member, int issuer)
{
	const struct member *m = &r->members[member];
	for (size_t i = 0; i < m->joined_count; i++)
		if (m->joined[i] == issuer)
			return true;
	return false;
}

bool roster_takes(const struct roster *r, int member, int issuer)
{
	return r->members[member].open || roster_joined(r, member, issuer);
}

static bool same_cuts(const struct cuts *a, const struct cuts *b)
{
	return bytes_equal(bytes_of(a->at, a->n), bytes_of(b->at, b->n));
}

bool member_same_cuts(const struct member *a, const struct member *b)
{
	if (a->key_count != b->key_count || a->revoked != b->revoked || !same_cuts(&a->last, &b->last))
		return false;
	for (size_t g = 0; g < a->key_count; g++)
		if (!same_cuts(&a->keys[g].before, &b->keys[g].before))
			return false;
	return true;
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

static const uint8_t *parent_id(const struct roster *r, const struct member *m, int p)
{
	static const uint8_t none[SCHOOL_BYTES];
	return m->parents[p] == NO_SCHOOL ? none : r->members[m->parents[p]].id;
}

/* The next of those whose keys are known: the others can say nothing, and have no part in anything. */
static const struct member *next_keyed(const struct roster *r, size_t *i)
{
	while (*i < r->count && r->members[*i].key_count == 0)
		++*i;
	return *i < r->count ? &r->members[(*i)++] : NULL;
}

bool roster_same_tree(const struct roster *a, const struct roster *b)
{
	const struct member *x, *y;
	size_t i = 0, k = 0;
	do {
		x = next_keyed(a, &i);
		y = next_keyed(b, &k);
		if (!x || !y)
			return x == y;
		for (int p = 0; p < PARENTS_MAX; p++)
			if (memcmp(parent_id(a, x, p), parent_id(b, y, p), SCHOOL_BYTES) != 0)
				return false;
	} while (memcmp(x->id, y->id, SCHOOL_BYTES) == 0 && x->revoked == y->revoked);
	return false;
}
