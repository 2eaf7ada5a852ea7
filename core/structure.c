#include "core/structure.h"

#include <stdlib.h>

#include "core/card.h"

static int by_subject(const void *key, const void *group)
{
	return memcmp(key, group, SUBJECT_BYTES);
}
_Static_assert(offsetof(struct group, subject) == 0, "by_subject reads it there");

const struct group *structure_find(const struct structure *s, const uint8_t *subject)
{
	return s->count ? bsearch(subject, s->groups, s->count, sizeof *s->groups, by_subject) : NULL;
}

const struct group *structure_class(const struct structure *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->groups[i].type == GROUP_CLASS && !s->groups[i].closed && strcmp(s->groups[i].name, name) == 0)
			return &s->groups[i];
	return NULL;
}

int class_compare(const char *a, const char *b)
{
	int x = atoi(a), y = atoi(b);
	return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

static int by_name(const void *a, const void *b, void *arg)
{
	const struct structure *s = arg;
	const struct group *x = &s->groups[*(const size_t *)a], *y = &s->groups[*(const size_t *)b];
	int c = (int)x->type - (int)y->type;
	if (!c)
		c = class_compare(x->name, y->name);
	return c ? c : memcmp(x->subject, y->subject, SUBJECT_BYTES);
}

static enum err sort(struct structure *s)
{
	if (!s->count)
		return ERR_OK;
	qsort(s->groups, s->count, sizeof *s->groups, by_subject);
	size_t *order = realloc(s->order, s->count * sizeof *order);
	if (!order)
		return ERR_NO_MEMORY;
	s->order = order;
	for (size_t i = 0; i < s->count; i++)
		order[i] = i;
	qsort_r(order, s->count, sizeof *order, by_name, s);
	return ERR_OK;
}

/* NOT_FOUND: no group of ours. */
static enum err read_group(struct group *out, struct school *school, struct txn *t, struct txn *keys, const uint8_t *subject)
{
	struct custody_row custody;
	struct buf card;
	uint8_t author[SCHOOL_BYTES];
	buf_init(&card, RECORD_BYTES_MAX);
	enum err e = card_read(school, t, keys, subject, &card, author);
	if (!e)
		e = group_parse(buf_bytes(&card), out);
	buf_wipe(&card);
	if (e)
		return e == ERR_NO_MEMORY || e == ERR_STORE ? e : ERR_NOT_FOUND;
	if (!view_custody(t, subject, &custody) || memcmp(custody.custodian, school->id, SCHOOL_BYTES) != 0) {
		group_release(out);
		return ERR_NOT_FOUND;
	}
	memcpy(out->subject, subject, SUBJECT_BYTES);
	return ERR_OK;
}

static enum err put(struct structure *s, struct school *school, struct txn *t, struct txn *keys, const uint8_t *subject)
{
	size_t at = 0;
	struct group fresh;
	enum err e = read_group(&fresh, school, t, keys, subject);
	while (at < s->count && memcmp(s->groups[at].subject, subject, SUBJECT_BYTES) != 0)
		at++;
	if (e == ERR_NOT_FOUND && at < s->count) { /* erased, or not ours any more */
		group_release(&s->groups[at]);
		s->groups[at] = s->groups[--s->count];
	}
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (at < s->count) {
		group_release(&s->groups[at]);
		s->groups[at] = fresh;
		return ERR_OK;
	}
	if (s->count == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 32;
		struct group *p = realloc(s->groups, cap * sizeof *p);
		if (!p) {
			group_release(&fresh);
			return ERR_NO_MEMORY;
		}
		s->groups = p;
		s->cap = cap;
	}
	s->groups[s->count++] = fresh;
	return ERR_OK;
}

enum err structure_load(struct structure *s, struct school *school)
{
	struct txn t, keys;
	uint8_t subject[SUBJECT_BYTES];
	enum err e = txn_begin(&t, school->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, school->vault.store, false);
	if (!e) {
		for (bool on = vault_next(&keys, NULL, subject); on && !e; on = vault_next(&keys, subject, subject))
			e = put(s, school, &t, &keys, subject);
		txn_abort(&keys);
	}
	txn_abort(&t);
	return e ? e : sort(s);
}

enum err structure_refresh(struct structure *s, struct school *school, const struct changes *c)
{
	struct txn t, keys;
	enum err e = txn_begin(&t, school->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, school->vault.store, false);
	if (!e) {
		for (size_t i = 0; i < c->count && !e; i++)
			e = put(s, school, &t, &keys, c->subjects[i]);
		txn_abort(&keys);
	}
	txn_abort(&t);
	enum err sorted = sort(s);
	return e ? e : sorted;
}

void structure_release(struct structure *s)
{
	for (size_t i = 0; i < s->count; i++)
		group_release(&s->groups[i]);
	free(s->groups);
	free(s->order);
	*s = (struct structure){0};
}

uint32_t structure_relations(const struct structure *s, const uint8_t *student, const struct person *p, bool former,
			     const uint8_t *who, const char *day)
{
	uint32_t held = 0;
	if (former || !date_holds("", p->left, day))
		return 0;
	if (memcmp(student, who, SUBJECT_BYTES) == 0)
		held |= REL_SELF;
	const struct guardian *g = person_guardian(p, who);
	if (g && person_guardian_stands(p, g, day))
		held |= REL_PARENT;
	for (size_t i = 0; i < s->count; i++)
		if (group_has(&s->groups[i], student, p))
			held |= group_relations(&s->groups[i], who, day);
	return held;
}

static bool group_taught(const struct group *g, const uint8_t *who, const char *course, const char *day)
{
	for (size_t i = 0; i < g->staff_count; i++) {
		const struct assignment *a = &g->staff[i];
		const char *of = *a->course ? a->course : g->course;
		if (a->relation == REL_TEACHER && memcmp(a->staff, who, SUBJECT_BYTES) == 0 && date_holds(a->since, a->until, day) &&
		    (!*of || strcmp(of, course) == 0))
			return true;
	}
	return false;
}

bool structure_teaches(const struct structure *s, const uint8_t *student, const struct person *p, const uint8_t *who,
		       const char *course, const char *day)
{
	for (size_t i = 0; i < s->count; i++)
		if (group_has(&s->groups[i], student, p) && group_taught(&s->groups[i], who, course, day))
			return true;
	return false;
}
