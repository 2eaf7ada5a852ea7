#include "core/custody.h"

#include <stdlib.h>

#include "core/leaf.h"
#include "proto/require.h"

void custody_subject(uint8_t out[SUBJECT_BYTES], const uint8_t *author, const uint8_t salt[16])
{
	struct hash h;
	hash_start(&h, DOMAIN_SUBJECT, SUBJECT_BYTES, (struct bytes){0});
	hash_add(&h, author, SCHOOL_BYTES);
	hash_add(&h, salt, 16);
	hash_end(&h, out);
}

bool custody_subject_made_by(const uint8_t subject[SUBJECT_BYTES], const uint8_t *author, const uint8_t salt[16])
{
	uint8_t made[SUBJECT_BYTES];
	custody_subject(made, author, salt);
	return memcmp(made, subject, SUBJECT_BYTES) == 0;
}

enum err chain_load(struct txn *t, const uint8_t subject[SUBJECT_BYTES],
		    struct chain_record out[CHAIN_RECORDS_MAX], size_t *count)
{
	struct cursor c;
	uint8_t first[SUBJECT_BYTES + 2] = {0}; /* chain records have no period */
	struct bytes prefix = bytes_of(first, sizeof first);
	memcpy(first, subject, SUBJECT_BYTES);
	*count = 0;
	cursor_open(&c, t, T_LEAF);
	enum err e = ERR_OK;
	for (bool on = cursor_seek(&c, prefix); on && !e && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		struct leaf leaf = leaf_parse(c.key, c.value);
		struct bytes raw;
		if (leaf_class(&leaf) != CLASS_CHAIN)
			continue;
		if (*count == CHAIN_RECORDS_MAX)
			e = ERR_QUOTA;
		else if (!leaf_record(t, &leaf, &raw) || record_read(raw, &out[*count].record) ||
			 body_decode(out[*count].record.type, out[*count].record.body, &out[*count].body))
			e = ERR_CORRUPT;
		else
			++*count;
	}
	cursor_close(&c);
	return e ? e : t->err;
}

enum err custody_load(struct walked **out, struct txn *t, const struct roster *r, const uint8_t subject[SUBJECT_BYTES])
{
	struct walked *w = malloc(sizeof *w);
	*out = NULL;
	if (!w)
		return ERR_NO_MEMORY;
	enum err e = chain_load(t, subject, w->chain, &w->count);
	if (e) {
		free(w);
		return e;
	}
	custody_walk(r, subject, w->chain, w->count, &w->custody);
	*out = w;
	return ERR_OK;
}

/* A chain record of that type that names id as its first ref, within its author's cuts. */
static bool says(const struct roster *r, const struct chain_record *k, enum record_type type, const uint8_t *id)
{
	return k->record.type == type && k->record.ref_count > 0 && memcmp(k->record.refs[0], id, ID_BYTES) == 0 &&
	       roster_proven(r, &k->record);
}

static bool before(const struct chain_record *a, const struct chain_record *b)
{
	return memcmp(a->record.id, b->record.id, ID_BYTES) < 0;
}

/* What became of one release; the record of each kind with the smallest id speaks. */
static struct custody_step judge(const struct roster *r, const struct chain_record *release,
				 const struct chain_record *records, size_t count)
{
	struct custody_step s = {.from = roster_find(r, release->record.author),
				 .to = roster_find(r, release->body.release.to),
				 .release = release};
	if (s.to != NO_SCHOOL && r->members[s.to].key_count == 0)
		s.to = NO_SCHOOL; /* it can say nothing before its keys are known */
	int ancestor = roster_ancestor(r, s.from, s.to);
	for (size_t i = 0; i < count; i++) {
		const struct chain_record *k = &records[i];
		int author = roster_find(r, k->record.author);
		if (says(r, k, RECORD_ACCEPT, release->record.id) && author == s.to &&
		    memcmp(k->body.accept.manifest, release->body.release.manifest, HASH_BYTES) == 0) {
			if (!s.accept || before(k, s.accept))
				s.accept = k;
			s.state = STEP_ACCEPTED;
		} else if (author == s.to && s.state != STEP_ACCEPTED && says(r, k, RECORD_DECLINE, release->record.id)) {
			s.state = STEP_DECLINED;
		} else if (author == ancestor && s.state == STEP_OPEN && says(r, k, RECORD_VOID, release->record.id)) {
			s.state = STEP_VOID;
		}
	}
	return s;
}

/* The accept that the common ancestor chose among those of releases from `head`. */
static const struct custody_step *resolved(const struct roster *r, const struct custody *c, size_t from,
					   const struct chain_record *records, size_t count)
{
	const struct custody_step *chosen = NULL;
	const struct chain_record *word = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct chain_record *k = &records[i];
		if (!says(r, k, RECORD_RESOLVE, c->head) || (word && !before(k, word)))
			continue;
		for (size_t s = from; s < c->step_count; s++) {
			const struct custody_step *step = &c->steps[s];
			if (!step->accept || roster_find(r, k->record.author) != roster_ancestor(r, step->from, step->to) ||
			    memcmp(k->body.resolve.accept, step->accept->record.id, ID_BYTES) != 0)
				continue;
			chosen = step;
			word = k;
		}
	}
	return chosen;
}

static bool names_none(const uint8_t id[ID_BYTES])
{
	return sodium_is_zero(id, ID_BYTES);
}

/* An erase by the present custodian in the present tenure. */
static bool erases_now(const struct roster *r, const struct custody *c, const struct chain_record *k)
{
	return roster_find(r, k->record.author) == c->custodian && says(r, k, RECORD_ERASE, c->head);
}

static void note_erase(struct custody *c, const struct chain_record *k)
{
	for (size_t i = 0; i < c->erase_count; i++)
		if (c->erases[i] == k)
			return;
	c->erases[c->erase_count++] = k;
}

/* The erases of the tenure from the named one backwards. */
static void note_named(const struct roster *r, struct custody *c, const uint8_t *last, const struct chain_record *records, size_t count)
{
	for (size_t steps = 0; !names_none(last) && steps < count; steps++) {
		const struct chain_record *at = NULL;
		for (size_t i = 0; i < count && !at; i++)
			if (memcmp(records[i].record.id, last, ID_BYTES) == 0 && erases_now(r, c, &records[i]))
				at = &records[i];
		if (!at)
			return;
		if (!names_none(at->body.erase.record))
			note_erase(c, at);
		last = at->body.erase.after;
	}
}

/* The tenure that goes on: all its erases, or those that its open releases name. steps from `from` are its own. */
static void note_present(const struct roster *r, struct custody *c, size_t from, const struct chain_record *records, size_t count)
{
	if (c->open) {
		for (size_t s = from; s < c->step_count; s++)
			if (c->steps[s].state == STEP_OPEN)
				note_named(r, c, c->steps[s].release->body.release.erased, records, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct chain_record *k = &records[i];
		if (!erases_now(r, c, k))
			continue;
		if (!names_none(k->body.erase.record))
			note_erase(c, k);
		else if (!c->whole || before(k, c->whole))
			c->whole = k;
	}
	if (c->whole)
		c->state = CUSTODY_ERASED;
}

/* All releases that the present custodian made from c->head; returns how it goes on. */
static const struct custody_step *next_step(const struct roster *r, struct custody *c,
					    const struct chain_record *records, size_t count)
{
	size_t from = c->step_count, accepted = 0;
	const struct custody_step *chosen = NULL;
	c->open = NULL;
	for (size_t i = 0; i < count && c->step_count < CUSTODY_STEPS_MAX; i++) {
		const struct chain_record *k = &records[i];
		if (roster_find(r, k->record.author) != c->custodian || !says(r, k, RECORD_RELEASE, c->head))
			continue;
		struct custody_step *s = &c->steps[c->step_count++];
		*s = judge(r, k, records, count);
		if (s->to == NO_SCHOOL)
			c->step_count--;
		else if (s->state == STEP_OPEN && (!c->open || before(k, c->open->release)))
			c->open = s;
		else if (s->state == STEP_ACCEPTED) {
			accepted++;
			chosen = s;
		}
	}
	if (accepted > 1) {
		chosen = resolved(r, c, from, records, count);
		if (!chosen) {
			c->state = CUSTODY_DISPUTED;
			memcpy(c->dispute, c->head, ID_BYTES);
			c->custodian = NO_SCHOOL;
			c->open = NULL;
			return NULL;
		}
	}
	if (!chosen && c->open)
		c->state = CUSTODY_RELEASED;
	if (chosen)
		note_named(r, c, chosen->release->body.release.erased, records, count);
	else
		note_present(r, c, from, records, count);
	return chosen;
}

void custody_walk(const struct roster *r, const uint8_t subject[SUBJECT_BYTES],
		  const struct chain_record *records, size_t count, struct custody *out)
{
	*out = (struct custody){.custodian = NO_SCHOOL, .origin = NO_SCHOOL};
	const struct chain_record *enrolment = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct chain_record *k = &records[i];
		if (k->record.type == RECORD_ENROLMENT && roster_proven(r, &k->record) &&
		    custody_subject_made_by(subject, k->record.author, k->body.enrolment.salt) &&
		    (!enrolment || before(k, enrolment)))
			enrolment = k;
	}
	if (!enrolment)
		return;
	out->state = CUSTODY_HELD;
	out->origin = out->custodian = roster_find(r, enrolment->record.author);
	memcpy(out->head, enrolment->record.id, ID_BYTES);
	const struct custody_step *step;
	while (out->custodian != NO_SCHOOL && (step = next_step(r, out, records, count))) {
		out->steps[step - out->steps].taken = true;
		out->custodian = step->to;
		memcpy(out->head, step->accept->record.id, ID_BYTES);
	}
}

bool custody_keeps(const struct roster *r, const struct custody *c, const struct chain_record *k, const uint8_t subject[SUBJECT_BYTES])
{
	if (k == c->whole || k->record.type == RECORD_RESOLVE)
		return true;
	if (k->record.type == RECORD_RECEIPT)
		return c->whole && memcmp(k->body.receipt.erase, c->whole->record.id, ID_BYTES) == 0;
	if (k->record.type == RECORD_ENROLMENT)
		return custody_subject_made_by(subject, k->record.author, k->body.enrolment.salt);
	for (size_t i = 0; i < c->step_count; i++) {
		const struct chain_record *release = c->steps[i].release;
		if (k == release || says(r, k, RECORD_ACCEPT, release->record.id) || says(r, k, RECORD_DECLINE, release->record.id) ||
		    says(r, k, RECORD_VOID, release->record.id))
			return true;
	}
	return false;
}

struct sharing {
	const struct roster *roster;
	int me;
	struct share *out;
	size_t count;
};

static void share_with(struct sharing *s, int peer, enum right right)
{
	size_t i = 0;
	while (i < s->count && s->out[i].peer < peer)
		i++;
	if (i < s->count && s->out[i].peer == peer) {
		if (right > s->out[i].right)
			s->out[i].right = right;
		return;
	}
	if (s->count == SHARES_MAX)
		return;
	memmove(&s->out[i + 1], &s->out[i], (s->count - i) * sizeof *s->out);
	s->out[i] = (struct share){peer, right};
	s->count++;
}

/* An edge of the cascade, with the right of each end. */
static void edge(struct sharing *s, int a, enum right right_a, int b, enum right right_b)
{
	if (a == s->me)
		share_with(s, b, right_b);
	if (b == s->me)
		share_with(s, a, right_a);
}

static void route(struct sharing *s, int from, int to, enum right ends, enum right between)
{
	int path[ROUTE_HOPS_MAX + 1];
	size_t n = from == NO_SCHOOL || to == NO_SCHOOL ? 0 : roster_route(s->roster, from, to, path);
	for (size_t i = 0; i + 1 < n; i++)
		edge(s, path[i], i == 0 ? ends : between, path[i + 1], i + 2 == n ? ends : between);
}

static void escrow(struct sharing *s, int school, enum right own, enum right parent)
{
	for (int p = 0; p < PARENTS_MAX; p++) {
		int up = s->roster->members[school].parents[p];
		if (up != NO_SCHOOL)
			edge(s, school, own, up, parent);
	}
}

size_t custody_shares(const struct roster *r, const struct custody *c, const struct chain_record *records,
		      size_t count, int me, struct share out[SHARES_MAX])
{
	struct sharing s = {.roster = r, .me = me, .out = out};
	if (me == NO_SCHOOL)
		return 0;
	if (c->custodian != NO_SCHOOL)
		escrow(&s, c->custodian, RIGHT_READ, RIGHT_FORWARD);
	if (c->origin != NO_SCHOOL)
		escrow(&s, c->origin, RIGHT_FORMER, RIGHT_FORMER);
	for (size_t i = 0; i < c->step_count; i++) {
		const struct custody_step *step = &c->steps[i];
		if (step->state == STEP_OPEN)
			route(&s, step->from, step->to, RIGHT_READ, RIGHT_FORWARD);
		else if (step->state == STEP_ACCEPTED)
			route(&s, step->from, step->to, RIGHT_FORMER, RIGHT_FORMER);
		else
			route(&s, step->from, step->to, RIGHT_CHAIN, RIGHT_CHAIN);
		if (step->state == STEP_ACCEPTED)
			escrow(&s, step->to, RIGHT_FORMER, RIGHT_FORMER);
		if (c->state == CUSTODY_DISPUTED && step->state == STEP_ACCEPTED)
			escrow(&s, step->to, RIGHT_READ, RIGHT_FORWARD);
	}
	for (size_t i = 0; i < count; i++)
		if (records[i].record.type == RECORD_CLAIM)
			route(&s, roster_find(r, records[i].record.author),
			      roster_find_short(r, records[i].body.claim.to), RIGHT_CHAIN, RIGHT_CHAIN);
	return s.count;
}
