/* A plan's end: what each row comes to, told row by row, and the digest that applying must repeat. */
#include <stdio.h>
#include <stdlib.h>

#include "node/import.h"
#include "proto/hash.h"
#include "proto/text.h"

static const char *const outcome_names[IMPORT_OUTCOMES] = {"new", "same", "changed", "conflict", "error", "gone"};
static const char *const what_names[] = {"student", "staff", "class"};

static const struct {
	uint32_t bit;
	enum import_outcome outcome;
	const char *text;
} problems[] = {
#define PROBLEM(NAME, bit, outcome, text) {PROBLEM_##NAME, IMPORT_##outcome, text},
#include "node/import.def"
#undef PROBLEM
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

/* The worst of a row's problems; SAME where there is none that counts. */
static enum import_outcome worst(uint32_t bits)
{
	enum import_outcome out = IMPORT_SAME;
	for (size_t i = 0; i < PROBLEMS; i++)
		if (bits & problems[i].bit && problems[i].outcome > out)
			out = problems[i].outcome;
	return out;
}

struct telling {
	struct hash *hash;
	json_t *changes; /* NULL: not shown */
};

static void tell(void *arg, const char *field, const char *now, const char *becomes)
{
	struct telling *t = arg;
	hash_add(t->hash, field, strlen(field) + 1);
	hash_add(t->hash, now, strlen(now) + 1);
	hash_add(t->hash, becomes, strlen(becomes) + 1);
	if (t->changes)
		json_array_append_new(t->changes, json_pack("{s:s, s:s, s:s}", "field", field, "now", now, "becomes", becomes));
}

/* True: there is a difference. */
static bool differ(struct import_plan *p, struct import_row *r, struct telling *t, enum err *e)
{
	bool any = false;
	if (r->what != IMPORT_CLASS) {
		const struct person *held = import_held_person(p, r);
		struct person becomes = *held;
		r->problems |= import_merge_person(p, r, &becomes);
		any = import_differ_person(held, &becomes, t ? tell : NULL, t);
		sodium_memzero(&becomes, sizeof becomes);
		return any;
	}
	const struct group *held = import_held_group(p, r);
	struct group becomes;
	*e = group_copy(&becomes, held);
	if (!*e)
		*e = import_merge_group(p, r, &becomes, &r->problems);
	if (!*e)
		any = import_differ_group(p, held, &becomes, t ? tell : NULL, t);
	group_release(&becomes);
	return any;
}

/* What a new card would be wrong in. */
static void try_new(struct import_plan *p, struct import_row *r, enum err *e)
{
	if (r->what != IMPORT_CLASS) {
		struct person fresh = {0};
		r->problems |= import_merge_person(p, r, &fresh);
		sodium_memzero(&fresh, sizeof fresh);
		return;
	}
	struct group fresh = {0};
	*e = import_merge_group(p, r, &fresh, &r->problems);
	group_release(&fresh);
}

/* An open class's name stands for its students: two may not have one. */
static enum err check_classes(struct import_plan *p)
{
	struct lookup names = {0};
	const struct structure *s = p->base.structure;
	bool ok = true;
	for (size_t i = 0; i < s->count && ok; i++)
		if (s->groups[i].type == GROUP_CLASS && !s->groups[i].closed && !p->group_claimed[i])
			ok = lookup_add(&names, lookup_hash(0, s->groups[i].name), IMPORT_NO_ROW);
	for (size_t i = 0; i < p->count && ok; i++) {
		struct import_row *r = &p->rows[i];
		const char *type = r->what == IMPORT_CLASS ? import_said(p, r, FIELD_TYPE) : NULL;
		const char *name = import_said(p, r, FIELD_NAME), *closed = import_said(p, r, FIELD_CLOSED);
		const struct group *held = import_held_group(p, r);
		if (r->what != IMPORT_CLASS || (type ? group_type_of(type) : held ? held->type : GROUP_SUBJECT) != GROUP_CLASS ||
		    (closed ? *closed : held && held->closed))
			continue;
		name = name ? name : held ? held->name : "";
		if (lookup_first(&names, lookup_hash(0, name)))
			r->problems |= PROBLEM_CLASS_TWICE;
		else
			ok = lookup_add(&names, lookup_hash(0, name), (uint32_t)i);
	}
	lookup_release(&names);
	return ok ? ERR_OK : ERR_NO_MEMORY;
}

static json_t *show(const struct import_plan *p, const struct import_row *r, json_t *changes)
{
	char name[3 * PERSON_TEXT_MAX];
	json_t *list = json_array();
	const struct person *held = import_held_person(p, r);
	const struct group *group = import_held_group(p, r);
	for (size_t i = 0; i < PROBLEMS; i++)
		if (r->problems & problems[i].bit)
			json_array_append_new(list, json_string(problems[i].text));
	const char *family = import_said(p, r, FIELD_FAMILY), *given = import_said(p, r, FIELD_GIVEN), *title = import_said(p, r, FIELD_NAME);
	if (r->what == IMPORT_CLASS)
		snprintf(name, sizeof name, "%s", title ? title : group ? group->name : "");
	else
		snprintf(name, sizeof name, "%s %s", family ? family : held ? held->family : "", given ? given : held ? held->given : "");
	json_t *out = json_pack("{s:I, s:s, s:s, s:s, s:o, s:o}", "line", (json_int_t)r->line, "what", what_names[r->what], "outcome",
				outcome_names[r->outcome], "name", name, "problems", list, "changes", changes);
	if (r->file)
		json_object_set_new(out, "file", json_string(r->file));
	return out;
}

static enum err decide(struct import_plan *p, struct import_row *r)
{
	enum err e = ERR_OK;
	enum import_outcome bad = worst(r->problems);
	if (bad == IMPORT_SAME && r->held && r->outcome != IMPORT_GONE)
		r->outcome = differ(p, r, NULL, &e) ? IMPORT_CHANGED : IMPORT_SAME;
	else if (bad == IMPORT_SAME && !r->held)
		try_new(p, r, &e);
	bad = worst(r->problems);
	if (bad != IMPORT_SAME)
		r->outcome = bad;
	p->counts[r->outcome]++;
	return e;
}

enum err import_finish(struct import_plan *p, struct bytes file)
{
	struct hash h;
	uint8_t out[DIGEST_BYTES];
	enum err e = p->text.err ? p->text.err : check_classes(p);
	for (int groups = 0; groups < 2; groups++) /* whom a group names must be decided before it */
		for (size_t i = 0; i < p->count && !e; i++)
			if ((p->rows[i].what == IMPORT_CLASS) == groups)
				e = decide(p, &p->rows[i]);
	bool whole = p->count <= IMPORT_REPORT_ROWS_MAX;
	/* of the file and of what it would do: people may change between the two calls */
	hash_start(&h, "estafeta import", sizeof out, (struct bytes){0});
	hash_add(&h, p->kind, strlen(p->kind));
	hash_add(&h, file.p, file.n);
	for (size_t i = 0; i < p->count && !e; i++) {
		struct import_row *r = &p->rows[i];
		bool shown = (whole || r->outcome != IMPORT_SAME) && json_array_size(p->report) < IMPORT_REPORT_ROWS_MAX;
		struct telling t = {.hash = &h, .changes = shown ? json_array() : NULL};
		uint8_t outcome = (uint8_t)r->outcome;
		hash_add(&h, &outcome, 1);
		hash_add(&h, r->subject, SUBJECT_BYTES);
		if (r->outcome == IMPORT_CHANGED || r->outcome == IMPORT_GONE)
			differ(p, r, &t, &e);
		if (shown)
			json_array_append_new(p->report, show(p, r, t.changes));
		p->truncated |= !shown;
	}
	hash_end(&h, out);
	hex_encode(out, sizeof out, p->digest);
	return e;
}
