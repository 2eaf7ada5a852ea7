#include "node/import.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"
#include "node/grow.h"
#include "node/letters.h"
#include "proto/text.h"

/* --- the plan's lists ------------------------------------------------------------------------- */

static uint64_t key(int kind, const char *text)
{
	const char tag[2] = {(char)('a' + kind), 0};
	return lookup_hash(lookup_hash(0, tag), text);
}

static uint64_t name_key(int kind, const char *family, const char *given, const char *patronymic)
{
	return lookup_hash(lookup_hash(key(kind, family), given), patronymic);
}

/* By code, and by our own id in its place. */
static bool index_guardians(struct import_plan *p, const struct person *child, uint32_t at)
{
	char id[2 * SUBJECT_BYTES + 1];
	bool ok = true;
	for (size_t i = 0; i < child->guardian_count && ok; i++) {
		const struct guardian *g = &child->guardians[i];
		hex_encode(g->id, SUBJECT_BYTES, id);
		ok = lookup_add(&p->held_guardians, key(0, id), at) &&
		     (!*g->external || lookup_add(&p->held_guardians, key(0, g->external), at));
	}
	return ok;
}

static bool index_people(struct import_plan *p)
{
	const struct people_index *people = p->base.people;
	bool ok = true;
	for (size_t i = people->count; i-- > 0 && ok;) {
		const struct indexed_person *one = &people->at[i];
		if (one->former)
			continue;
		const struct person *h = &one->person;
		ok = lookup_add(&p->held_names, name_key((int)h->kind, h->family, h->given, h->patronymic), (uint32_t)i) &&
		     (!*h->external || lookup_add(&p->held_externals, key((int)h->kind, h->external), (uint32_t)i)) &&
		     index_guardians(p, h, (uint32_t)i);
	}
	return ok;
}

static bool index_groups(struct import_plan *p)
{
	const struct structure *s = p->base.structure;
	bool ok = true;
	for (size_t i = s->count; i-- > 0 && ok;) {
		const struct group *g = &s->groups[i];
		ok = (g->closed || lookup_add(&p->group_names, key((int)g->type, g->name), (uint32_t)i)) &&
		     (!*g->external || lookup_add(&p->group_externals, key(0, g->external), (uint32_t)i));
	}
	return ok;
}

static const char *const list_names[IMPORT_LISTS] = {"school_subject", "relation"};

/* Codes and titles, folded; values are places in the list. */
static bool index_words(struct import_plan *p, enum import_list list)
{
	static const char *const LANGUAGES[] = {"ru", "en"};
	const json_t *items = catalogue_items(p->base.catalogue, list_names[list]), *item;
	bool ok = true;
	size_t i;
	json_array_foreach((json_t *)(uintptr_t)items, i, item)
	{
		const char *code = json_string_value(json_object_get(item, "code"));
		for (size_t k = 0; k < 3 && ok && code; k++) {
			const char *word = k < 2 ? catalogue_word(p->base.catalogue, list_names[list], code, LANGUAGES[k]) : code;
			char *folded = word ? letters_fold(word) : NULL;
			ok = !folded || lookup_add(&p->words[list], lookup_hash(0, folded), (uint32_t)i);
			free(folded);
		}
	}
	return ok;
}

const char *import_word(const struct import_plan *p, enum import_list list, const char *text)
{
	char *folded = letters_fold(text);
	uint32_t found = folded ? lookup_first(&p->words[list], lookup_hash(0, folded)) : 0;
	free(folded);
	if (!found)
		return NULL;
	const json_t *items = catalogue_items(p->base.catalogue, list_names[list]);
	return json_string_value(json_object_get(json_array_get(items, lookup_value(&p->words[list], found)), "code"));
}

enum err import_begin(struct import_plan *p, const char *kind, const struct import_base *base)
{
	*p = (struct import_plan){.kind = kind, .base = *base, .report = json_array()};
	date_of(base->now_ms, p->today);
	buf_init(&p->text, IMPORT_TEXT_BYTES_MAX);
	buf_put_byte(&p->text, 0);
	p->claimed = calloc(base->people->count + 1, sizeof *p->claimed);
	p->group_claimed = calloc(base->structure->count + 1, sizeof *p->group_claimed);
	bool ok = !p->text.err && p->report && p->claimed && p->group_claimed && index_people(p) && index_groups(p) &&
		  index_words(p, IMPORT_COURSE) && index_words(p, IMPORT_RELATION);
	return ok ? ERR_OK : ERR_NO_MEMORY;
}

void import_release(struct import_plan *p)
{
	buf_wipe(&p->text);
	struct lookup *const lookups[] = {&p->held_names, &p->held_externals, &p->held_guardians, &p->row_names, &p->row_externals,
					  &p->group_names, &p->group_externals, &p->words[IMPORT_COURSE], &p->words[IMPORT_RELATION]};
	for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++)
		lookup_release(lookups[i]);
	void *const lists[] = {p->rows, p->said, p->guardians, p->links, p->assignments, p->members, p->claimed, p->group_claimed};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		free(lists[i]);
	json_decref(p->report);
	*p = (struct import_plan){0};
}

struct import_row *import_add(struct import_plan *p, enum import_what what, const char *file, size_t line)
{
	struct import_row *r = grow_one(&p->rows, &p->count, &p->cap, sizeof *r);
	if (r)
		*r = (struct import_row){.what = what, .file = file, .line = (uint32_t)line};
	else
		p->text.err = ERR_NO_MEMORY;
	return r;
}

uint32_t import_text(struct import_plan *p, const char *text)
{
	size_t at = p->text.n;
	if (!*text)
		return 0;
	buf_put(&p->text, text, strlen(text) + 1);
	return p->text.err ? 0 : (uint32_t)at;
}

static const char *text_at(const struct import_plan *p, uint32_t at)
{
	return (const char *)p->text.p + at;
}

uint32_t import_row_of(struct import_plan *p, long held, const char *file, size_t line)
{
	if (p->claimed[held])
		return p->claimed[held] - 1;
	const struct indexed_person *one = &p->base.people->at[held];
	struct import_row *r = import_add(p, one->person.kind == PERSON_STUDENT ? IMPORT_STUDENT : IMPORT_STAFF, file, line);
	if (!r)
		return IMPORT_NO_ROW;
	r->held = (uint32_t)held + 1;
	r->outcome = IMPORT_CHANGED;
	r->problems = one->custody.state == CUSTODY_HELD ? 0 : PROBLEM_MOVING;
	memcpy(r->subject, one->subject, SUBJECT_BYTES);
	p->claimed[held] = (uint32_t)p->count;
	return (uint32_t)p->count - 1;
}

uint32_t import_row_of_group(struct import_plan *p, long held, const char *file, size_t line)
{
	if (p->group_claimed[held])
		return p->group_claimed[held] - 1;
	struct import_row *r = import_add(p, IMPORT_CLASS, file, line);
	if (!r)
		return IMPORT_NO_ROW;
	r->held = (uint32_t)held + 1;
	r->outcome = IMPORT_CHANGED;
	memcpy(r->subject, p->base.structure->groups[held].subject, SUBJECT_BYTES);
	p->group_claimed[held] = (uint32_t)p->count;
	return (uint32_t)p->count - 1;
}

void import_say(struct import_plan *p, uint32_t row, enum import_field field, const char *text)
{
	uint32_t at = import_text(p, text);
	struct import_said *s = grow_one(&p->said, &p->said_count, &p->said_cap, sizeof *s);
	if (!s) {
		p->text.err = ERR_NO_MEMORY;
		return;
	}
	*s = (struct import_said){.text = at, .next = p->rows[row].said, .field = (uint8_t)field};
	p->rows[row].said = (uint32_t)p->said_count;
}

const char *import_said(const struct import_plan *p, const struct import_row *r, enum import_field field)
{
	for (uint32_t i = r->said; i; i = p->said[i - 1].next)
		if (p->said[i - 1].field == field)
			return text_at(p, p->said[i - 1].text);
	return NULL;
}

/* Who comes and who goes, of one card: no list is walked without end. */
enum { LIST_MAX = 2 * GROUP_STAFF_MAX };

bool import_link(struct import_plan *p, uint32_t row, uint32_t guardian, bool gone)
{
	size_t count = 0;
	for (uint32_t i = p->rows[row].links; i; i = p->links[i - 1].next, count++)
		if (p->links[i - 1].guardian == guardian)
			return true;
	if (count == LIST_MAX) {
		p->rows[row].problems |= PROBLEM_GUARDIANS;
		return true;
	}
	struct import_link *l = grow_one(&p->links, &p->link_count, &p->link_cap, sizeof *l);
	if (!l)
		return false;
	*l = (struct import_link){.guardian = guardian, .gone = gone, .next = p->rows[row].links};
	p->rows[row].links = (uint32_t)p->link_count;
	return true;
}

bool import_assign(struct import_plan *p, uint32_t row, const struct import_assignment *a)
{
	size_t count = 0;
	for (uint32_t i = p->rows[row].assignments; i; i = p->assignments[i - 1].next, count++) {
		const struct import_assignment *b = &p->assignments[i - 1];
		if (b->relation == a->relation && b->any_course == a->any_course && b->gone == a->gone &&
		    memcmp(import_subject(p, &b->staff), import_subject(p, &a->staff), SUBJECT_BYTES) == 0 &&
		    strcmp(text_at(p, b->course), text_at(p, a->course)) == 0 && strcmp(text_at(p, b->since), text_at(p, a->since)) == 0 &&
		    strcmp(text_at(p, b->until), text_at(p, a->until)) == 0)
			return true; /* said twice */
	}
	if (count == LIST_MAX) {
		p->rows[row].problems |= PROBLEM_STAFF_MANY;
		return true;
	}
	struct import_assignment *one = grow_one(&p->assignments, &p->assignment_count, &p->assignment_cap, sizeof *one);
	if (!one)
		return false;
	*one = *a;
	one->next = p->rows[row].assignments;
	p->rows[row].assignments = (uint32_t)p->assignment_count;
	return true;
}

bool import_member(struct import_plan *p, uint32_t row, const struct import_ref *who, bool gone)
{
	struct import_member *m = grow_one(&p->members, &p->member_count, &p->member_cap, sizeof *m);
	if (!m)
		return false;
	*m = (struct import_member){.who = *who, .gone = gone, .next = p->rows[row].members};
	p->rows[row].members = (uint32_t)p->member_count;
	return true;
}

struct import_guardian *import_guardian(struct import_plan *p, uint32_t *index)
{
	struct import_guardian *g = grow_one(&p->guardians, &p->guardian_count, &p->guardian_cap, sizeof *g);
	*index = (uint32_t)p->guardian_count - 1;
	return g;
}

struct import_ref import_ref_row(uint32_t row)
{
	return (struct import_ref){.row = row};
}

struct import_ref import_ref_held(const uint8_t *subject)
{
	struct import_ref r = {.row = IMPORT_NO_ROW};
	memcpy(r.subject, subject, SUBJECT_BYTES);
	return r;
}

const uint8_t *import_subject(const struct import_plan *p, const struct import_ref *ref)
{
	return ref->row == IMPORT_NO_ROW ? ref->subject : p->rows[ref->row].subject;
}

/* --- whom a row means ------------------------------------------------------------------------- */

const struct person *import_held_person(const struct import_plan *p, const struct import_row *r)
{
	return r->held && r->what != IMPORT_CLASS ? &p->base.people->at[r->held - 1].person : NULL;
}

const struct group *import_held_group(const struct import_plan *p, const struct import_row *r)
{
	return r->held && r->what == IMPORT_CLASS ? &p->base.structure->groups[r->held - 1] : NULL;
}

long import_find_person(const struct import_plan *p, enum person_kind kind, const char *external)
{
	const struct people_index *people = p->base.people;
	uint8_t id[SUBJECT_BYTES];
	for (uint32_t i = lookup_first(&p->held_externals, key((int)kind, external)); i; i = lookup_next(&p->held_externals, i)) {
		uint32_t at = lookup_value(&p->held_externals, i);
		if (people->at[at].person.kind == kind && strcmp(people->at[at].person.external, external) == 0)
			return (long)at;
	}
	const struct indexed_person *one = hex_decode(external, id, sizeof id) ? people_index_find(people, id) : NULL;
	return one && !one->former && one->person.kind == kind ? one - people->at : -1;
}

const struct guardian *import_find_guardian(const struct import_plan *p, const char *external)
{
	uint8_t own[SUBJECT_BYTES];
	bool hex = hex_decode(external, own, sizeof own);
	for (uint32_t i = *external ? lookup_first(&p->held_guardians, key(0, external)) : 0; i; i = lookup_next(&p->held_guardians, i)) {
		const struct person *child = &p->base.people->at[lookup_value(&p->held_guardians, i)].person;
		for (size_t k = 0; k < child->guardian_count; k++) {
			const struct guardian *g = &child->guardians[k];
			if (strcmp(g->external, external) == 0 || (hex && memcmp(g->id, own, sizeof own) == 0))
				return g;
		}
	}
	return NULL;
}

long import_find_group(const struct import_plan *p, const char *external)
{
	const struct structure *s = p->base.structure;
	uint8_t id[SUBJECT_BYTES];
	long closed = -1;
	for (uint32_t i = lookup_first(&p->group_externals, key(0, external)); i; i = lookup_next(&p->group_externals, i)) {
		uint32_t at = lookup_value(&p->group_externals, i);
		if (strcmp(s->groups[at].external, external) != 0)
			continue;
		if (!s->groups[at].closed)
			return (long)at;
		closed = (long)at;
	}
	const struct group *one = closed < 0 && hex_decode(external, id, sizeof id) ? structure_find(s, id) : NULL;
	return one ? one - s->groups : closed;
}

static const char *said_or(const struct import_plan *p, const struct import_row *r, enum import_field field)
{
	const char *s = import_said(p, r, field);
	return s ? s : "";
}

struct names {
	const char *family, *given, *patronymic, *birth, *external;
};

static struct names names_of(const struct import_plan *p, const struct import_row *r)
{
	return (struct names){said_or(p, r, FIELD_FAMILY), said_or(p, r, FIELD_GIVEN), said_or(p, r, FIELD_PATRONYMIC),
			      said_or(p, r, FIELD_BIRTH), said_or(p, r, FIELD_EXTERNAL)};
}

/* Two codes that differ are two people, whatever they are called. */
static bool same_person(const struct names *a, const struct names *b)
{
	return strcmp(a->family, b->family) == 0 && strcmp(a->given, b->given) == 0 && strcmp(a->patronymic, b->patronymic) == 0 &&
	       (!*a->birth || !*b->birth || strcmp(a->birth, b->birth) == 0) &&
	       (!*a->external || !*b->external || strcmp(a->external, b->external) == 0);
}

static bool stands_before(const struct import_plan *p, const struct import_row *r, const struct names *n, uint64_t hash)
{
	uint64_t coded = key((int)r->what, n->external);
	for (uint32_t i = *n->external ? lookup_first(&p->row_externals, coded) : 0; i; i = lookup_next(&p->row_externals, i)) {
		const struct import_row *other = &p->rows[lookup_value(&p->row_externals, i)];
		if (other->what == r->what && strcmp(said_or(p, other, FIELD_EXTERNAL), n->external) == 0)
			return true;
	}
	/* two with codes were compared by those; their names lie apart */
	for (int with_code = 0; with_code <= !*n->external; with_code++)
		for (uint32_t i = lookup_first(&p->row_names, hash + (uint64_t)with_code); i; i = lookup_next(&p->row_names, i)) {
			const struct import_row *other = &p->rows[lookup_value(&p->row_names, i)];
			struct names theirs = names_of(p, other);
			if (other->what == r->what && same_person(n, &theirs))
				return true;
		}
	return false;
}

static long find_by_name(const struct import_plan *p, struct import_row *r, const struct names *n, uint64_t hash)
{
	long found = -1;
	for (uint32_t i = lookup_first(&p->held_names, hash); i; i = lookup_next(&p->held_names, i)) {
		uint32_t at = lookup_value(&p->held_names, i);
		const struct person *h = &p->base.people->at[at].person;
		struct names held = {h->family, h->given, h->patronymic, h->birth, h->external};
		if (h->kind != (r->what == IMPORT_STUDENT ? PERSON_STUDENT : PERSON_STAFF) || !same_person(n, &held))
			continue;
		if (found >= 0) {
			bool twin = *h->birth && strcmp(h->birth, p->base.people->at[found].person.birth) == 0;
			r->problems |= twin && *n->birth ? PROBLEM_HELD_TWICE : PROBLEM_SEVERAL;
		}
		found = (long)at;
	}
	return found;
}

static void match_person(struct import_plan *p, uint32_t row)
{
	struct import_row *r = &p->rows[row];
	enum person_kind kind = r->what == IMPORT_STUDENT ? PERSON_STUDENT : PERSON_STAFF;
	struct names n = names_of(p, r);
	uint64_t hash = name_key((int)kind, n.family, n.given, n.patronymic);
	if (stands_before(p, r, &n, hash))
		r->problems |= PROBLEM_ROW_TWICE;
	if (!lookup_add(&p->row_names, hash + !!*n.external, row) || (*n.external && !lookup_add(&p->row_externals, key((int)r->what, n.external), row)))
		p->text.err = ERR_NO_MEMORY;
	if (r->problems & PROBLEM_ROW_TWICE)
		return;
	long at = *n.external ? import_find_person(p, kind, n.external) : -1;
	if (at < 0)
		at = find_by_name(p, r, &n, hash);
	if (at < 0)
		return;
	const struct indexed_person *held = &p->base.people->at[at];
	if (r->problems & (PROBLEM_SEVERAL | PROBLEM_HELD_TWICE))
		return;
	if (held->custody.state != CUSTODY_HELD)
		r->problems |= PROBLEM_MOVING;
	if (p->claimed[at])
		r->problems |= PROBLEM_ROW_TWICE;
	else
		p->claimed[at] = row + 1;
	r->held = (uint32_t)at + 1;
	memcpy(r->subject, held->subject, SUBJECT_BYTES);
}

static long find_group_by_name(const struct import_plan *p, struct import_row *r, const char *external)
{
	const char *name = said_or(p, r, FIELD_NAME), *course = said_or(p, r, FIELD_COURSE);
	enum group_type type = group_type_of(said_or(p, r, FIELD_TYPE));
	long found = -1;
	for (uint32_t i = lookup_first(&p->group_names, key((int)type, name)); i; i = lookup_next(&p->group_names, i)) {
		uint32_t at = lookup_value(&p->group_names, i);
		const struct group *g = &p->base.structure->groups[at];
		if (g->type != type || strcmp(g->name, name) != 0 || (*external && *g->external) ||
		    (*course && *g->course && strcmp(course, g->course) != 0))
			continue;
		if (found >= 0)
			r->problems |= PROBLEM_GROUP_SEVERAL;
		found = (long)at;
	}
	return found;
}

static void match_group(struct import_plan *p, uint32_t row)
{
	struct import_row *r = &p->rows[row];
	const char *external = said_or(p, r, FIELD_EXTERNAL);
	long at = *external ? import_find_group(p, external) : -1;
	if (at < 0)
		at = find_group_by_name(p, r, external);
	if (at < 0 || r->problems & PROBLEM_GROUP_SEVERAL)
		return;
	if (p->group_claimed[at]) {
		r->problems |= PROBLEM_CLASS_TWICE;
		return;
	}
	p->group_claimed[at] = row + 1;
	r->held = (uint32_t)at + 1;
	memcpy(r->subject, p->base.structure->groups[at].subject, SUBJECT_BYTES);
}

void import_match(struct import_plan *p, uint32_t row)
{
	struct import_row *r = &p->rows[row];
	/* a stand-in, so that others can name it before it is there */
	memset(r->subject, 0, SUBJECT_BYTES);
	put_u32(r->subject + SUBJECT_BYTES - 4, row + 1);
	if (p->text.err)
		return;
	if (r->what == IMPORT_CLASS)
		match_group(p, row);
	else if (!(r->problems & (PROBLEM_NO_FAMILY | PROBLEM_NO_GIVEN | PROBLEM_BIRTH | PROBLEM_BIRTH_TO_COME)))
		match_person(p, row);
	r->outcome = r->held ? IMPORT_CHANGED : IMPORT_NEW;
}
