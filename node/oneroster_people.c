/* Users of a OneRoster archive as rows of people, and who is whose guardian. */
#include <stdio.h>

#include "node/grow.h"
#include "node/json.h"
#include "node/oneroster_intake.h"

/* --- people ----------------------------------------------------------------------------------- */

void intake_say(struct intake *r, uint32_t row, enum import_field field, const char *text, size_t size)
{
	if (strlen(text) >= size)
		r->p->rows[row].problems |= PROBLEM_TOO_LONG;
	else
		import_say(r->p, row, field, text);
}

static uint32_t person_row(struct intake *r, const struct user *u, enum import_what what)
{
	struct import_plan *p = r->p;
	struct import_row *one = import_add(p, what, "users.csv", u->line);
	if (!one)
		return IMPORT_NO_ROW;
	uint32_t row = (uint32_t)p->count - 1;
	one->present = true;
	one->problems = u->kinds ? 0 : PROBLEM_NO_ROLE;
	const char *birth = intake_text(r, u->birth);
	/* the plan's text may move while it is added to */
	char text[256];
	const struct {
		uint32_t at;
		enum import_field field;
		size_t size;
		bool empty; /* an empty text is said too */
	} FIELDS[] = {{u->family, FIELD_FAMILY, PERSON_TEXT_MAX, true},	 {u->given, FIELD_GIVEN, PERSON_TEXT_MAX, true},
		      {u->middle, FIELD_PATRONYMIC, PERSON_TEXT_MAX, false}, {u->birth, FIELD_BIRTH, DATE_BYTES, false},
		      {u->joined, FIELD_JOINED, DATE_BYTES, false},	 {u->left, FIELD_LEFT, DATE_BYTES, false},
		      {u->position, FIELD_POSITION, PERSON_TEXT_MAX, false}, {u->id, FIELD_EXTERNAL, EXTERNAL_TEXT_MAX, false}};
	if (*birth && !date_begun(birth, p->base.now_ms))
		one->problems |= PROBLEM_BIRTH_TO_COME;
	for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
		if ((!FIELDS[i].at && !FIELDS[i].empty) || (FIELDS[i].field == FIELD_POSITION && what != IMPORT_STAFF))
			continue;
		snprintf(text, sizeof text, "%s", intake_text(r, FIELDS[i].at));
		intake_say(r, row, FIELDS[i].field, text, FIELDS[i].size);
	}
	import_match(p, row);
	return row;
}

enum err intake_person_gone(struct intake *r, long held, uint32_t line)
{
	struct import_plan *p = r->p;
	const struct indexed_person *one = &p->base.people->at[held];
	if (p->claimed[held] || (*one->person.left && strcmp(one->person.left, p->today) <= 0) || one->custody.state != CUSTODY_HELD)
		return ERR_OK;
	uint32_t row = import_row_of(p, held, line ? "users.csv" : NULL, line);
	if (row == IMPORT_NO_ROW)
		return ERR_NO_MEMORY;
	p->rows[row].outcome = IMPORT_GONE;
	import_say(p, row, FIELD_LEFT, p->today);
	return p->text.err;
}

static enum err guardian_gone(struct intake *r, const struct user *u)
{
	struct import_plan *p = r->p;
	const struct guardian *g = import_find_guardian(p, intake_text(r, u->id));
	uint32_t index = NONE;
	for (size_t i = 0; g && i < p->base.people->count; i++) {
		const struct indexed_person *child = &p->base.people->at[i];
		const struct guardian *held = child->former ? NULL : person_guardian(&child->person, g->id);
		if (!held || *held->until)
			continue;
		struct import_guardian *one = index == NONE ? import_guardian(p, &index) : &p->guardians[index];
		uint32_t row = one ? import_row_of(p, (long)i, "users.csv", u->line) : IMPORT_NO_ROW;
		if (row == IMPORT_NO_ROW)
			return ERR_NO_MEMORY;
		memcpy(one->id, g->id, SUBJECT_BYTES);
		if (!import_link(p, row, index, true))
			return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

static enum err user_gone(struct intake *r, const struct user *u)
{
	const char *id = intake_text(r, u->id);
	for (int kind = PERSON_STUDENT; kind <= PERSON_STAFF; kind++) {
		long held = import_find_person(r->p, (enum person_kind)kind, id);
		enum err e = held >= 0 ? intake_person_gone(r, held, u->line) : ERR_OK;
		if (e)
			return e;
	}
	return guardian_gone(r, u);
}

static enum err make_people(struct intake *r)
{
	struct import_plan *p = r->p;
	for (size_t i = 0; i < r->user_count; i++) {
		struct user *u = &r->users[i];
		const char *id = intake_text(r, u->id);
		if (u->deleted) {
			enum err e = user_gone(r, u);
			if (e)
				return e;
			continue;
		}
		if (!u->has_role && r->m.mode[ROSTER_USERS] == ROSTER_DELTA) { /* what they are held as */
			u->kinds = (uint8_t)((import_find_person(p, PERSON_STUDENT, id) >= 0 ? KIND_STUDENT : 0) |
					     (import_find_person(p, PERSON_STAFF, id) >= 0 ? KIND_STAFF : 0) |
					     (import_find_guardian(p, id) ? KIND_GUARDIAN : 0));
			u->has_role = u->kinds;
		}
		if (u->has_role && !u->ours && !(r->m.mode[ROSTER_USERS] == ROSTER_DELTA && u->kinds))
			continue;
		if (u->kinds & KIND_STUDENT)
			u->student = person_row(r, u, IMPORT_STUDENT);
		if (u->kinds & KIND_STAFF || !u->kinds)
			u->staff = person_row(r, u, IMPORT_STAFF);
		if (p->text.err)
			return p->text.err;
	}
	return ERR_OK;
}

/* --- guardians -------------------------------------------------------------------------------- */

/* The plan's guardian of that id; NONE with OK: they are none. */
static enum err guardian_of(struct intake *r, const char *id, uint32_t *out)
{
	struct import_plan *p = r->p;
	uint32_t at = FIND(r, by_user, users, id);
	struct user *u = at == NONE ? NULL : &r->users[at];
	const struct guardian *held = import_find_guardian(p, id);
	*out = NONE;
	if (u && (!(u->kinds & KIND_GUARDIAN) || u->deleted))
		return ERR_OK;
	if (u && u->guardian != NONE) {
		*out = u->guardian;
		return ERR_OK;
	}
	if (!u && !held)
		return ERR_OK;
	struct import_guardian g = {0};
	if (held)
		memcpy(g.id, held->id, SUBJECT_BYTES);
	if (u) {
		const char *relation = intake_text(r, u->relation);
		const char *code = *relation ? import_word(p, IMPORT_RELATION, relation) : u->guardian_word && !held ? "guardian" : NULL;
		char fit[PERSON_TEXT_MAX];
		const uint32_t from[] = {u->family, u->given, u->middle};
		uint32_t *const to[] = {&g.family, &g.given, &g.patronymic};
		for (int i = 0; i < 3; i++) {
			const char *text = intake_text(r, from[i]);
			snprintf(fit, sizeof fit, "%.*s", (int)text_fit(text, sizeof fit - 1), text);
			*to[i] = intake_keep(r, fit);
		}
		g.relation = intake_keep(r, code ? code : "");
		g.external = strlen(id) < EXTERNAL_TEXT_MAX ? u->id : 0;
	} else { /* a delta that names somebody held */
		g.family = intake_keep(r, held->family);
		g.given = intake_keep(r, held->given);
		g.patronymic = intake_keep(r, held->patronymic);
		g.relation = intake_keep(r, held->relation);
		g.external = intake_keep(r, held->external);
	}
	struct import_guardian *one = import_guardian(p, out);
	if (!one)
		return ERR_NO_MEMORY;
	*one = g;
	if (u)
		u->guardian = *out;
	return p->text.err;
}

/* Both may say it; the first decides the order. */
static enum err add_pair(struct intake *r, uint32_t row, uint32_t guardian)
{
	char key[32];
	snprintf(key, sizeof key, "%u-%u", (unsigned)row, (unsigned)guardian);
	if (lookup_first(&r->paired, lookup_hash(0, key)))
		return ERR_OK;
	if (!lookup_add(&r->paired, lookup_hash(0, key), 0))
		return ERR_NO_MEMORY;
	struct pair *one = grow_one(&r->pairs, &r->pair_count, &r->pair_cap, sizeof *one);
	if (!one)
		return ERR_NO_MEMORY;
	*one = (struct pair){row, guardian};
	return ERR_OK;
}

/* One agent of a user: a child's guardian, or a guardian's child. */
static enum err pair_up(struct intake *r, const struct user *u, const char *id)
{
	uint32_t at = FIND(r, by_user, users, id), guardian = NONE, row = NONE;
	enum err e = ERR_OK;
	if (at == NONE && r->m.mode[ROSTER_USERS] == ROSTER_BULK) {
		snprintf(r->why, 200, "users.csv line %u: agentSourcedIds: no such user in users.csv", (unsigned)u->line);
		return ERR_BAD_FORM;
	}
	if (u->student != NONE) {
		e = guardian_of(r, id, &guardian);
		row = u->student;
	}
	if (!e && guardian == NONE && u->kinds & KIND_GUARDIAN) {
		long held = at == NONE ? import_find_person(r->p, PERSON_STUDENT, id) : -1;
		row = at != NONE ? r->users[at].student : held >= 0 ? import_row_of(r->p, held, "users.csv", u->line) : NONE;
		if (row != NONE)
			e = guardian_of(r, intake_text(r, u->id), &guardian);
	}
	return e || guardian == NONE || row == NONE ? e : add_pair(r, row, guardian);
}

enum err intake_drop_guardians(struct intake *r, uint32_t row)
{
	struct import_plan *p = r->p;
	const struct person *held = import_held_person(p, &p->rows[row]);
	for (size_t i = 0; held && i < held->guardian_count; i++) {
		const struct guardian *g = &held->guardians[i];
		bool named = !*g->external || *g->until;
		for (uint32_t k = p->rows[row].links; k && !named; k = p->links[k - 1].next)
			named = memcmp(p->guardians[p->links[k - 1].guardian].id, g->id, SUBJECT_BYTES) == 0;
		uint32_t index;
		if (named)
			continue;
		struct import_guardian *one = import_guardian(p, &index);
		if (!one)
			return ERR_NO_MEMORY;
		memcpy(one->id, g->id, SUBJECT_BYTES);
		if (!import_link(p, row, index, true))
			return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

static enum err make_guardians(struct intake *r)
{
	bool said = false;
	enum err e = ERR_OK;
	for (size_t i = 0; i < r->user_count && !e; i++) {
		const struct user *u = &r->users[i];
		char one[256];
		if (u->deleted || !u->agents)
			continue;
		said = true;
		for (size_t at = u->agents; !e && *intake_text(r, (uint32_t)at);) { /* the text may move */
			const char *s = intake_text(r, (uint32_t)at);
			size_t lead = strspn(s, " ,"), n = strcspn(s + lead, ",");
			snprintf(one, sizeof one, "%.*s", (int)n, s + lead);
			at += lead + n;
			if (n)
				e = pair_up(r, u, one);
		}
	}
	/* each is put before what is there */
	for (size_t i = r->pair_count; i-- > 0 && !e;)
		if (!import_link(r->p, r->pairs[i].row, r->pairs[i].guardian, false))
			e = ERR_NO_MEMORY;
	for (size_t i = 0; i < r->user_count && !e && said && r->m.mode[ROSTER_USERS] == ROSTER_BULK; i++)
		if (r->users[i].student != NONE)
			e = intake_drop_guardians(r, r->users[i].student);
	return e;
}

enum err intake_people(struct intake *r)
{
	enum err e = make_people(r);
	return e ? e : make_guardians(r);
}
