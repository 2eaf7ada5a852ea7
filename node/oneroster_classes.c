/* Classes and enrolments of a OneRoster archive as rows of classes and the class of each student. */
#include <stdio.h>

#include "node/grow.h"
#include "node/json.h"
#include "node/oneroster_intake.h"
#include "proto/text.h"

/* --- classes and groups ----------------------------------------------------------------------- */

static enum err class_gone(struct intake *r, long held, uint32_t line)
{
	struct import_plan *p = r->p;
	if (p->group_claimed[held] || p->base.structure->groups[held].closed)
		return ERR_OK;
	uint32_t row = import_row_of_group(p, held, line ? "classes.csv" : NULL, line);
	if (row == IMPORT_NO_ROW)
		return ERR_NO_MEMORY;
	p->rows[row].outcome = IMPORT_GONE;
	import_say(p, row, FIELD_CLOSED, "1");
	return p->text.err;
}

static enum err make_class(struct intake *r, struct class *c)
{
	struct import_plan *p = r->p;
	char title[256], text[256];
	if (c->deleted) {
		long held = import_find_group(p, intake_text(r, c->id));
		return held >= 0 ? class_gone(r, held, c->line) : ERR_OK;
	}
	struct import_row *one = import_add(p, IMPORT_CLASS, "classes.csv", c->line);
	if (!one)
		return ERR_NO_MEMORY;
	c->row = (uint32_t)p->count - 1;
	enum group_type type = c->homeroom ? GROUP_CLASS : c->extra ? GROUP_EXTRACURRICULAR : GROUP_SUBJECT;
	snprintf(text, sizeof text, "%s", intake_text(r, c->title));
	size_t fit = text_fit(text, GROUP_NAME_MAX - 1);
	snprintf(title, sizeof title, "%.*s", (int)fit, text);
	one->problems = c->homeroom && strlen(text) >= sizeof ((struct person *)0)->class_name ? PROBLEM_CLASS_LONG
			: strlen(text) > fit						       ? PROBLEM_CUT
											       : 0;
	import_say(p, c->row, FIELD_NAME, title);
	import_say(p, c->row, FIELD_TYPE, group_type_name(type));
	snprintf(text, sizeof text, "%s", intake_text(r, c->course));
	if (!c->homeroom && *text)
		import_say(p, c->row, FIELD_COURSE, text);
	if (c->year) {
		snprintf(text, sizeof text, "%u", (unsigned)c->year - 1); /* named by the year in which it begins */
		import_say(p, c->row, FIELD_YEAR, text);
	}
	if (c->has_pilot)
		import_say(p, c->row, FIELD_PILOT, c->pilot ? "1" : "");
	import_say(p, c->row, FIELD_CLOSED, "");
	snprintf(text, sizeof text, "%s", intake_text(r, c->id));
	intake_say(r, c->row, FIELD_EXTERNAL, text, EXTERNAL_TEXT_MAX);
	import_match(p, c->row);
	return p->text.err;
}

static enum err make_classes(struct intake *r)
{
	enum err e = ERR_OK;
	for (size_t i = 0; i < r->class_count && !e; i++)
		if (r->classes[i].ours && !r->classes[i].bare)
			e = make_class(r, &r->classes[i]);
	return e;
}

/* A class that a delta names and that is held only; NONE: not held either. */
static uint32_t held_class(struct intake *r, const char *id)
{
	long held = r->m.mode[ROSTER_CLASSES] == ROSTER_BULK ? -1 : import_find_group(r->p, id);
	if (held < 0)
		return NONE;
	const struct group *g = &r->p->base.structure->groups[held];
	struct class *c = grow_one(&r->classes, &r->class_count, &r->class_cap, sizeof *c);
	if (!c)
		return NONE;
	uint32_t at = (uint32_t)r->class_count - 1;
	*c = (struct class){.id = intake_keep(r, id), .title = intake_keep(r, g->name), .course = intake_keep(r, g->course), .homeroom = g->type == GROUP_CLASS,
			    .ours = true, .row = NONE};
	return lookup_add(&r->by_class, lookup_hash(0, id), at) ? at : NONE;
}

/* --- enrolments ------------------------------------------------------------------------------- */

struct enrolment {
	uint32_t class, row; /* of the person */
	char begin[DATE_BYTES], end[DATE_BYTES];
	bool deleted;
};

static enum err class_row(struct intake *r, struct class *c, uint32_t *row, struct roster_table *t)
{
	if (c->row == NONE && !c->bare && !c->listed) {
		long held = import_find_group(r->p, intake_text(r, c->id));
		c->row = held < 0 ? NONE : import_row_of_group(r->p, held, t->name, t->csv.line);
	}
	*row = c->row;
	return r->p->text.err;
}

static enum err enrol_student(struct intake *r, struct roster_table *t, const struct enrolment *n)
{
	struct class *c = &r->classes[n->class];
	bool over = *n->end && strcmp(n->end, r->p->today) <= 0;
	if (c->homeroom) {
		struct home *h = grow_one(&r->homes, &r->home_count, &r->home_cap, sizeof *h);
		if (!h)
			return ERR_NO_MEMORY;
		*h = (struct home){.row = n->row, .title = c->title, .begin = intake_keep(r, n->begin), .end = intake_keep(r, n->end),
				   .order = (uint32_t)r->home_count, .deleted = n->deleted,
				   .ends = *n->end && (!*c->end || strcmp(n->end, c->end) < 0)};
		return r->p->text.err;
	}
	uint32_t row;
	enum err e = class_row(r, c, &row, t);
	struct import_ref who = import_ref_row(n->row);
	if (!e && row != NONE && !import_member(r->p, row, &who, n->deleted || over))
		e = ERR_NO_MEMORY;
	return e;
}

static enum err enrol_staff(struct intake *r, struct roster_table *t, const struct enrolment *n)
{
	struct class *c = &r->classes[n->class];
	const char *ours = roster_cell(t, ENROLLMENT_RELATION), *course = roster_cell(t, ENROLLMENT_COURSE);
	bool primary = strcasecmp(roster_cell(t, ENROLLMENT_PRIMARY), "true") == 0;
	enum relation relation = *ours						    ? access_relation(ours)
				 : strcmp(roster_cell(t, ENROLLMENT_ROLE), "aide") == 0 ? REL_TUTOR
				 : primary && c->homeroom				    ? REL_CLASS_TEACHER
											    : REL_TEACHER;
	uint32_t row;
	enum err e = class_row(r, c, &row, t);
	if (e || row == NONE)
		return e;
	bool said = t->at[ENROLLMENT_COURSE] >= 0; /* our own word on it */
	if (*course && !catalogue_word(r->p->base.catalogue, "school_subject", course, "ru"))
		return roster_fault(t, ENROLLMENT_COURSE, "no such subject");
	struct import_assignment a = {.staff = import_ref_row(n->row), .relation = relation, .since = intake_keep(r, n->begin), .until = intake_keep(r, n->end),
				      .course = said ? intake_keep(r, course) : relation == REL_TEACHER ? c->course : 0, .gone = n->deleted};
	if (r->p->text.err || !import_assign(r->p, row, &a))
		return ERR_NO_MEMORY;
	return ERR_OK;
}

/* The row of who is enrolled; NONE with OK: somebody who is of no concern here. */
static enum err enrolled_row(struct intake *r, struct roster_table *t, bool student, uint32_t *row)
{
	const char *id = roster_cell(t, ENROLLMENT_USER);
	uint32_t at = FIND(r, by_user, users, id);
	*row = NONE;
	if (at != NONE) {
		*row = student ? r->users[at].student : r->users[at].staff;
		return ERR_OK;
	}
	if (r->m.mode[ROSTER_USERS] == ROSTER_BULK)
		return roster_fault(t, ENROLLMENT_USER, "no such user in users.csv");
	long held = import_find_person(r->p, student ? PERSON_STUDENT : PERSON_STAFF, id);
	if (held < 0)
		return roster_fault(t, ENROLLMENT_USER, "nobody of that sourcedId is known");
	*row = import_row_of(r->p, held, t->name, t->csv.line);
	return *row == IMPORT_NO_ROW ? ERR_NO_MEMORY : ERR_OK;
}

static enum err read_enrolment(struct intake *r, struct roster_table *t)
{
	struct enrolment n = {.deleted = t->deleted};
	const char *role = roster_cell(t, ENROLLMENT_ROLE);
	uint64_t hash = lookup_hash(0, roster_cell(t, COLUMN_ID));
	if (lookup_first(&r->enrolled, hash))
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = lookup_add(&r->enrolled, hash, 0) ? ERR_OK : ERR_NO_MEMORY;
	if (!e)
		e = roster_word(t, ENROLLMENT_ROLE, INTAKE_ROLES);
	if (!e)
		e = roster_word(t, ENROLLMENT_PRIMARY, "true|false|TRUE|FALSE|True|False");
	if (!e)
		e = roster_word(t, ENROLLMENT_RELATION, "teacher|class_teacher|tutor");
	if (!e)
		e = roster_date(t, ENROLLMENT_BEGIN, n.begin);
	if (!e)
		e = roster_date(t, ENROLLMENT_END, n.end);
	if (!e)
		e = intake_check_orgs(r, t, ENROLLMENT_SCHOOL);
	if (e || !*roster_cell(t, ENROLLMENT_CLASS)) /* deleted by its id alone: which it was is not known */
		return e;
	n.class = FIND(r, by_class, classes, roster_cell(t, ENROLLMENT_CLASS));
	if (n.class == NONE)
		n.class = held_class(r, roster_cell(t, ENROLLMENT_CLASS));
	if (n.class == NONE)
		return r->p->text.err ? r->p->text.err : roster_fault(t, ENROLLMENT_CLASS, "no such class in classes.csv");
	bool student = strcmp(role, "student") == 0, staff = strcmp(role, "teacher") == 0 || strcmp(role, "aide") == 0;
	r->any_home |= r->classes[n.class].homeroom;
	e = enrolled_row(r, t, student, &n.row);
	if (e || n.row == NONE || !r->classes[n.class].ours || r->classes[n.class].deleted)
		return e;
	return student ? enrol_student(r, t, &n) : staff ? enrol_staff(r, t, &n) : ERR_OK;
}

/* --- the student's class ---------------------------------------------------------------------- */

static int by_row(const void *a, const void *b)
{
	const struct home *x = a, *y = b;
	return x->row != y->row ? (x->row > y->row) - (x->row < y->row) : (x->order > y->order) - (x->order < y->order);
}

/* 3: holds today, 2: will, 1: is over, 0: is none. */
static int standing(const struct intake *r, const struct home *h)
{
	const char *begin = intake_text(r, h->begin), *end = intake_text(r, h->end);
	return h->deleted ? 0 : date_holds(begin, end, r->p->today) ? 3 : *begin && strcmp(begin, r->p->today) > 0 ? 2 : 1;
}

static bool better(const struct intake *r, const struct home *a, const struct home *b)
{
	int x = standing(r, a), y = standing(r, b);
	if (x != y)
		return x > y;
	int c = strcmp(intake_text(r, a->begin), intake_text(r, b->begin));
	return x == 2 ? c < 0 : c > 0;
}

static void settle_home(struct intake *r, const struct home *from, size_t n)
{
	struct import_plan *p = r->p;
	const struct home *best = from, *first = from;
	uint32_t row = from->row;
	char text[256];
	for (size_t i = 1; i < n; i++) {
		best = better(r, &from[i], best) ? &from[i] : best;
		first = !from[i].deleted && strcmp(intake_text(r, from[i].begin), intake_text(r, first->begin)) < 0 ? &from[i] : first;
	}
	snprintf(text, sizeof text, "%s", intake_text(r, best->title));
	if (!standing(r, best)) { /* taken out of a class, and put into none */
		const struct person *held = import_held_person(p, &p->rows[row]);
		if (held && strcmp(held->class_name, text) == 0)
			import_say(p, row, FIELD_CLASS, "");
		return;
	}
	if (strlen(text) >= sizeof ((struct person *)0)->class_name)
		p->rows[row].problems |= PROBLEM_CLASS_LONG;
	else
		import_say(p, row, FIELD_CLASS, text);
	if (*intake_text(r, first->begin) && !import_said(p, &p->rows[row], FIELD_JOINED)) {
		snprintf(text, sizeof text, "%s", intake_text(r, first->begin));
		import_say(p, row, FIELD_JOINED, text);
		p->rows[row].joined_soft = true;
	}
	if (best->ends && !import_said(p, &p->rows[row], FIELD_LEFT)) {
		snprintf(text, sizeof text, "%s", intake_text(r, best->end));
		import_say(p, row, FIELD_LEFT, text);
	}
}

static enum err settle_homes(struct intake *r)
{
	if (r->home_count)
		qsort(r->homes, r->home_count, sizeof *r->homes, by_row);
	for (size_t i = 0, n; i < r->home_count; i += n) {
		for (n = 1; i + n < r->home_count && r->homes[i + n].row == r->homes[i].row;)
			n++;
		settle_home(r, &r->homes[i], n);
	}
	bool whole = r->m.mode[ROSTER_ENROLLMENTS] == ROSTER_BULK && r->m.mode[ROSTER_USERS] == ROSTER_BULK && r->any_home;
	for (size_t i = 0; i < r->user_count && whole; i++)
		if (r->users[i].student != NONE && !import_said(r->p, &r->p->rows[r->users[i].student], FIELD_CLASS))
			import_say(r->p, r->users[i].student, FIELD_CLASS, "");
	return r->p->text.err;
}

/* --- what a bulk file names no more ----------------------------------------------------------- */

/* Whether they are here: who has left stays in old lists. */
static bool here(const struct intake *r, const uint8_t *subject)
{
	const struct indexed_person *one = people_index_find(r->p->base.people, subject);
	return one && !one->former && date_holds("", one->person.left, r->p->today);
}

static enum err drop_members(struct intake *r, const struct class *c, const struct group *g)
{
	struct import_plan *p = r->p;
	struct lookup named = {0};
	char id[2 * SUBJECT_BYTES + 1];
	bool ok = true;
	for (uint32_t i = p->rows[c->row].members; i && ok; i = p->members[i - 1].next) {
		hex_encode(import_subject(p, &p->members[i - 1].who), SUBJECT_BYTES, id);
		ok = lookup_add(&named, lookup_hash(0, id), 0);
	}
	for (size_t i = 0; i < g->member_count && ok; i++) {
		struct import_ref who = import_ref_held(g->members[i]);
		hex_encode(g->members[i], SUBJECT_BYTES, id);
		if (!lookup_first(&named, lookup_hash(0, id)) && here(r, g->members[i]))
			ok = import_member(p, c->row, &who, true);
	}
	lookup_release(&named);
	return ok ? ERR_OK : ERR_NO_MEMORY;
}

static bool named_still(const struct intake *r, const struct class *c, const struct assignment *h)
{
	const struct import_plan *p = r->p;
	for (uint32_t i = p->rows[c->row].assignments; i; i = p->assignments[i - 1].next) {
		const struct import_assignment *a = &p->assignments[i - 1];
		if (a->relation == h->relation && memcmp(import_subject(p, &a->staff), h->staff, SUBJECT_BYTES) == 0 &&
		    strcmp(intake_text(r, a->course), h->course) == 0)
			return true;
	}
	return false;
}

static enum err drop_staff(struct intake *r, const struct class *c, const struct group *g)
{
	for (size_t i = 0; i < g->staff_count; i++) {
		const struct assignment *h = &g->staff[i];
		if (!sodium_is_zero(h->substitutes, SUBJECT_BYTES) || !date_holds(h->since, h->until, r->p->today) || !here(r, h->staff) ||
		    named_still(r, c, h))
			continue;
		struct import_assignment a = {.staff = import_ref_held(h->staff), .relation = h->relation, .course = intake_keep(r, h->course), .gone = true};
		if (r->p->text.err || !import_assign(r->p, c->row, &a))
			return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

static enum err drop_missing(struct intake *r)
{
	struct import_plan *p = r->p;
	enum err e = ERR_OK;
	bool told[2] = {false, false}; /* a file with no staff at all says nothing of staff */
	for (size_t i = 0; i < r->user_count; i++) {
		told[PERSON_STUDENT] |= r->users[i].student != NONE;
		told[PERSON_STAFF] |= r->users[i].staff != NONE;
	}
	for (size_t i = 0; i < p->base.people->count && !e && r->m.mode[ROSTER_USERS] == ROSTER_BULK; i++) {
		const struct indexed_person *one = &p->base.people->at[i];
		if (*one->person.external && !one->former && told[one->person.kind])
			e = intake_person_gone(r, (long)i, 0);
	}
	for (size_t i = 0; i < r->class_count && !e && r->m.mode[ROSTER_ENROLLMENTS] == ROSTER_BULK; i++) {
		const struct class *c = &r->classes[i];
		const struct group *g = c->row == NONE ? NULL : import_held_group(p, &p->rows[c->row]);
		if (g)
			e = drop_members(r, c, g);
		if (!e && g)
			e = drop_staff(r, c, g);
	}
	for (size_t i = 0; i < p->base.structure->count && !e && r->m.mode[ROSTER_CLASSES] == ROSTER_BULK; i++)
		if (*p->base.structure->groups[i].external)
			e = class_gone(r, (long)i, 0);
	return e;
}

enum err intake_classes(struct intake *r)
{
	enum err e = make_classes(r);
	if (!e)
		e = intake_table(r, ROSTER_ENROLLMENTS, read_enrolment);
	if (!e)
		e = settle_homes(r);
	return e ? e : drop_missing(r);
}
