#include "core/link.h"

#include <stdlib.h>

#include "core/people.h"

static bool was_custodian(const struct custody *c, int school)
{
	bool was = school != NO_SCHOOL && school == c->origin;
	for (size_t i = 0; i < c->step_count; i++)
		was |= c->steps[i].state == STEP_ACCEPTED && c->steps[i].to == school;
	return was;
}

static bool names(const struct chain_record *k, const uint8_t *other)
{
	return k->record.type == RECORD_LINK && memcmp(k->body.link_.other, other, SUBJECT_BYTES) == 0;
}

/* Whether some school that kept the subject says so in the end. */
static bool says_linked(const struct roster *r, const struct walked *w, const uint8_t *other)
{
	for (size_t i = 0; i < w->count; i++) {
		size_t times = 0;
		if (!names(&w->chain[i], other) || !was_custodian(&w->custody, roster_find(r, w->chain[i].record.author)))
			continue;
		for (size_t k = 0; k < w->count; k++)
			times += names(&w->chain[k], other) && roster_proven(r, &w->chain[k].record) &&
				 memcmp(w->chain[k].record.author, w->chain[i].record.author, SCHOOL_BYTES) == 0;
		if (times % 2)
			return true;
	}
	return false;
}

static bool both_say(struct txn *t, const struct roster *r, const struct walked *w, const uint8_t *subject, const uint8_t *other)
{
	struct walked *back;
	if (!says_linked(r, w, other) || custody_load(&back, t, r, other))
		return false;
	bool linked = says_linked(r, back, subject);
	free(back);
	return linked;
}

size_t link_list(struct txn *t, const struct roster *r, const uint8_t subject[SUBJECT_BYTES], uint8_t out[LINKS_MAX][SUBJECT_BYTES])
{
	struct walked *w;
	size_t n = 0;
	if (custody_load(&w, t, r, subject))
		return 0;
	for (size_t i = 0; i < w->count && n < LINKS_MAX; i++) {
		const uint8_t *other = w->chain[i].body.link_.other;
		bool known = w->chain[i].record.type != RECORD_LINK;
		for (size_t k = 0; k < n; k++)
			known |= memcmp(out[k], other, SUBJECT_BYTES) == 0;
		if (!known && both_say(t, r, w, subject, other))
			memcpy(out[n++], other, SUBJECT_BYTES);
	}
	free(w);
	return n;
}

/* Each costs a record of the chain: room must stay for transfers. */
static size_t said(const struct batch *b, const struct walked *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->count; i++)
		n += w->chain[i].record.type == RECORD_LINK && memcmp(w->chain[i].record.author, b->school->id, SCHOOL_BYTES) == 0;
	return n;
}

static enum err say(struct batch *b, const uint8_t *subject, const uint8_t *other, bool linked)
{
	const struct roster *r;
	struct walked *w;
	struct body_link_ body;
	enum err e = batch_roster(b, &r);
	if (!e)
		e = custody_load(&w, &b->txn, r, subject);
	if (e)
		return e;
	struct writing wr = {.type = RECORD_LINK, .subject = subject, .ref_count = 1, .refs = {w->custody.head}};
	memcpy(body.other, other, SUBJECT_BYTES);
	if (says_linked(r, w, other) != linked)
		e = said(b, w) < LINKS_BY_AUTHOR_MAX ? batch_write_clear(b, &wr, &body, NULL) : ERR_QUOTA;
	free(w);
	return e;
}

enum err link_set(struct batch *b, const uint8_t one[SUBJECT_BYTES], const uint8_t other[SUBJECT_BYTES], bool linked)
{
	const struct roster *r;
	uint8_t there[LINKS_MAX][SUBJECT_BYTES];
	bool is = false;
	if (memcmp(one, other, SUBJECT_BYTES) == 0)
		return ERR_SELF;
	enum err e = subject_writable(b, one);
	if (!e)
		e = subject_writable(b, other);
	if (!e)
		e = batch_roster(b, &r);
	if (e)
		return e;
	size_t n = link_list(&b->txn, r, one, there);
	for (size_t i = 0; i < n; i++)
		is |= memcmp(there[i], other, SUBJECT_BYTES) == 0;
	if (is == linked)
		return ERR_WRONG_STATE;
	e = say(b, one, other, linked);
	return e ? e : say(b, other, one, linked);
}
