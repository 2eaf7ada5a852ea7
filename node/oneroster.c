/* What a OneRoster archive means, as rows of a plan. */
#include "node/oneroster.h"

#include <stdio.h>

#include "core/date.h"
#include "node/grow.h"
#include "node/import_csv.h"
#include "node/json.h"
#include "node/oneroster_table.h"
#include "proto/text.h"

#define ROLES "administrator|aide|guardian|parent|proctor|relative|student|teacher"
#define ROLES_1_2                                                                                                                 \
	"aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator|student|"               \
	"systemAdministrator|teacher"

enum { KIND_STUDENT = 1, KIND_STAFF = 2, KIND_GUARDIAN = 4 };
enum { NONE = UINT32_MAX };

/* Texts are places in the plan's text. */
struct user {
	uint32_t id, family, given, middle, agents, position, relation, birth, joined, left;
	uint32_t line, student, staff, guardian; /* rows, and the plan's guardian; NONE: not made */
	uint8_t kinds;
	bool ours, has_role, deleted, has_end, guardian_word;
};

struct class {
	uint32_t id, title, course, year, line, row; /* course: the code of a school subject */
	char end[DATE_BYTES];			     /* of its last term, the day behind it; empty: not known */
	bool homeroom, ours, deleted, bare, pilot, has_pilot, extra;
	bool listed; /* it is in the file, not only held */
};

struct session {
	uint32_t id, year, end;
};

struct course {
	uint32_t id, code;
};

/* A student's enrolment in a homeroom. */
struct home {
	uint32_t row, title, begin, end, order;
	bool deleted, ends; /* ends: before the class does */
};

struct pair {
	uint32_t row, guardian;
};

struct intake {
	struct import_plan *p;
	struct archive archive;
	struct roster_manifest m;
	char *why;
	const char *school; /* ours of several; NULL: all is */
	struct user *users;
	struct class *classes;
	struct session *sessions;
	struct course *courses;
	struct home *homes;
	struct pair *pairs;
	uint32_t *orgs;
	size_t user_count, class_count, session_count, course_count, home_count, pair_count, org_count;
	size_t user_cap, class_cap, session_cap, course_cap, home_cap, pair_cap, org_cap;
	struct lookup by_org, by_session, by_course, by_class, by_user;
	struct lookup paired, enrolled, other_ids; /* sourcedIds of rows that nothing refers to */
	bool any_home;
};

static const char *text_at(const struct intake *r, uint32_t at)
{
	return (const char *)r->p->text.p + at;
}

static uint32_t keep(struct intake *r, const char *text)
{
	return import_text(r->p, text);
}

/* --- identifiers and references --------------------------------------------------------------- */

/* Every list of ours begins with its id. */
static uint32_t find(const struct intake *r, const struct lookup *l, const void *list, size_t size, const char *id)
{
	for (uint32_t i = lookup_first(l, lookup_hash(0, id)); i; i = lookup_next(l, i)) {
		uint32_t at = lookup_value(l, i), held;
		memcpy(&held, (const uint8_t *)list + at * size, sizeof held);
		if (strcmp(text_at(r, held), id) == 0)
			return at;
	}
	return NONE;
}
#define FIND(r, l, list, id) find(r, &(r)->l, (r)->list, sizeof *(r)->list, id)

/* The first id of a list that is not there. */
static bool all_known(const struct intake *r, const struct lookup *l, const void *list, size_t size, const char *ids)
{
	char one[256];
	for (const char *s = ids; *s;) {
		while (*s == ' ' || *s == ',')
			s++;
		size_t n = strcspn(s, ",");
		if (n && (n >= sizeof one || (memcpy(one, s, n), one[n] = 0, find(r, l, list, size, one) == NONE)))
			return false;
		s += n;
	}
	return true;
}

static bool names(const char *ids, const char *id)
{
	size_t n = strlen(id);
	for (const char *s = ids; *s;) {
		while (*s == ' ' || *s == ',')
			s++;
		size_t k = strcspn(s, ",");
		if (k == n && memcmp(s, id, n) == 0)
			return true;
		s += k;
	}
	return false;
}

static bool is_ours(const struct intake *r, const char *orgs)
{
	return !r->school || names(orgs, r->school);
}

static enum err check_orgs(struct intake *r, struct roster_table *t, int column)
{
	bool fine = r->m.mode[ROSTER_ORGS] != ROSTER_BULK || all_known(r, &r->by_org, r->orgs, sizeof *r->orgs, roster_cell(t, column));
	return fine ? ERR_OK : roster_fault(t, column, "no such organisation in orgs.csv");
}

static enum err add_id(struct intake *r, struct roster_table *t, struct lookup *l, uint32_t at)
{
	const char *id = roster_cell(t, COLUMN_ID);
	if (!lookup_add(l, lookup_hash(0, id), at))
		return ERR_NO_MEMORY;
	return r->p->text.err;
}

/* --- tables in -------------------------------------------------------------------------------- */

/* Each reads one row. */
typedef enum err read_row(struct intake *r, struct roster_table *t);

static enum err read_table(struct intake *r, enum roster_file file, read_row *row)
{
	struct roster_table t;
	bool more = true;
	enum err e = roster_open(&t, file, &r->m, &r->archive, r->why);
	while (!e && more) {
		e = roster_next(&t, &more);
		if (!e && more)
			e = row(r, &t);
	}
	roster_close(&t);
	return e;
}

static enum err read_org(struct intake *r, struct roster_table *t)
{
	if (FIND(r, by_org, orgs, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = roster_word(t, ORG_TYPE, "department|school|district|local|state|national");
	uint32_t *id = e ? NULL : grow_one(&r->orgs, &r->org_count, &r->org_cap, sizeof *id);
	if (!id)
		return e ? e : ERR_NO_MEMORY;
	*id = keep(r, roster_cell(t, COLUMN_ID));
	if (strcmp(roster_cell(t, ORG_TYPE), "school") == 0 && !t->deleted && !lookup_add(&r->other_ids, lookup_hash(0, "school"), 0))
		return ERR_NO_MEMORY;
	return add_id(r, t, &r->by_org, (uint32_t)r->org_count - 1);
}

/* Of several schools the request says which is ours. */
static enum err choose_school(struct intake *r, const char *school)
{
	size_t schools = 0;
	for (uint32_t i = lookup_first(&r->other_ids, lookup_hash(0, "school")); i; i = lookup_next(&r->other_ids, i))
		schools++;
	lookup_release(&r->other_ids);
	if (school && r->m.mode[ROSTER_ORGS] == ROSTER_BULK && FIND(r, by_org, orgs, school) == NONE) {
		snprintf(r->why, 200, "orgs.csv: there is no school of that sourcedId");
		return ERR_BAD_FORM;
	}
	if (!school && schools > 1) {
		snprintf(r->why, 200, "orgs.csv: %zu schools in the file: say which is ours, school=sourcedId", schools);
		return ERR_BAD_FORM;
	}
	r->school = school;
	return ERR_OK;
}

static enum err read_session(struct intake *r, struct roster_table *t)
{
	char start[DATE_BYTES], end[DATE_BYTES];
	const char *year = roster_cell(t, SESSION_YEAR);
	if (FIND(r, by_session, sessions, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = roster_word(t, SESSION_TYPE, "gradingPeriod|semester|schoolYear|term");
	if (!e)
		e = roster_date(t, SESSION_START, start);
	if (!e)
		e = roster_date(t, SESSION_END, end);
	if (!e && !t->deleted && (strlen(year) != 4 || strspn(year, "0123456789") != 4 || atoi(year) < 1901 || atoi(year) > 2200))
		e = roster_fault(t, SESSION_YEAR, "no year");
	struct session *s = e ? NULL : grow_one(&r->sessions, &r->session_count, &r->session_cap, sizeof *s);
	if (!s)
		return e ? e : ERR_NO_MEMORY;
	*s = (struct session){.id = keep(r, roster_cell(t, COLUMN_ID)), .year = (uint32_t)atoi(year), .end = keep(r, end)};
	return add_id(r, t, &r->by_session, (uint32_t)r->session_count - 1);
}

static enum err read_course(struct intake *r, struct roster_table *t)
{
	if (FIND(r, by_course, courses, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	const char *year = roster_cell(t, COURSE_YEAR);
	if (*year && r->m.mode[ROSTER_SESSIONS] == ROSTER_BULK && FIND(r, by_session, sessions, year) == NONE)
		return roster_fault(t, COURSE_YEAR, "no such session in academicSessions.csv");
	enum err e = check_orgs(r, t, COURSE_ORG);
	struct course *c = e ? NULL : grow_one(&r->courses, &r->course_count, &r->course_cap, sizeof *c);
	if (!c)
		return e ? e : ERR_NO_MEMORY;
	const char *code = import_word(r->p, IMPORT_COURSE, roster_cell(t, COURSE_TITLE));
	if (!code && *roster_cell(t, COURSE_CODE))
		code = import_word(r->p, IMPORT_COURSE, roster_cell(t, COURSE_CODE));
	*c = (struct course){.id = keep(r, roster_cell(t, COLUMN_ID)), .code = keep(r, code ? code : "")};
	return add_id(r, t, &r->by_course, (uint32_t)r->course_count - 1);
}

/* The next id of a list; NULL behind the last. */
static const char *next_id(const char **ids, char one[256])
{
	*ids += strspn(*ids, " ,");
	size_t n = strcspn(*ids, ",");
	snprintf(one, 256, "%.*s", (int)n, *ids);
	*ids += n;
	return n ? one : NULL;
}

/* The latest end and the year of a class's terms. */
static void take_terms(struct intake *r, struct class *c, const char *ids)
{
	char one[256];
	while (next_id(&ids, one)) {
		uint32_t at = FIND(r, by_session, sessions, one);
		if (at == NONE)
			continue;
		const struct session *s = &r->sessions[at];
		if (s->year > c->year)
			c->year = s->year;
		if (strcmp(text_at(r, s->end), c->end) > 0)
			snprintf(c->end, sizeof c->end, "%s", text_at(r, s->end));
	}
}

static enum err read_class(struct intake *r, struct roster_table *t)
{
	const char *course = roster_cell(t, CLASS_COURSE), *terms = roster_cell(t, CLASS_TERMS), *pilot = roster_cell(t, CLASS_PILOT);
	if (FIND(r, by_class, classes, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = roster_word(t, CLASS_TYPE, "homeroom|scheduled");
	if (!e && *pilot)
		e = roster_word(t, CLASS_PILOT, "true|false");
	if (!e)
		e = roster_word(t, CLASS_OUR_TYPE, "name|class|subject|extracurricular");
	if (!e)
		e = check_orgs(r, t, CLASS_SCHOOL);
	uint32_t at = FIND(r, by_course, courses, course);
	if (!e && *course && r->m.mode[ROSTER_COURSES] == ROSTER_BULK && at == NONE)
		e = roster_fault(t, CLASS_COURSE, "no such course in courses.csv");
	if (!e && r->m.mode[ROSTER_SESSIONS] == ROSTER_BULK && !all_known(r, &r->by_session, r->sessions, sizeof *r->sessions, terms))
		e = roster_fault(t, CLASS_TERMS, "no such session in academicSessions.csv");
	struct class *c = e ? NULL : grow_one(&r->classes, &r->class_count, &r->class_cap, sizeof *c);
	if (!c)
		return e ? e : ERR_NO_MEMORY;
	*c = (struct class){.id = keep(r, roster_cell(t, COLUMN_ID)), .title = keep(r, roster_cell(t, CLASS_TITLE)), .row = NONE,
			    .course = at == NONE ? 0 : r->courses[at].code, .line = (uint32_t)t->csv.line, .deleted = t->deleted,
			    .homeroom = strcmp(roster_cell(t, CLASS_TYPE), "homeroom") == 0, .ours = is_ours(r, roster_cell(t, CLASS_SCHOOL)),
			    .bare = strcmp(roster_cell(t, CLASS_OUR_TYPE), "name") == 0, .pilot = strcmp(pilot, "true") == 0,
			    .has_pilot = t->at[CLASS_PILOT] >= 0, .listed = true,
			    .extra = strcmp(roster_cell(t, CLASS_OUR_TYPE), "extracurricular") == 0};
	take_terms(r, c, terms);
	return add_id(r, t, &r->by_class, (uint32_t)r->class_count - 1);
}

static uint8_t kind_of(const char *role)
{
	if (strcmp(role, "student") == 0)
		return KIND_STUDENT;
	return strcmp(role, "guardian") == 0 || strcmp(role, "parent") == 0 || strcmp(role, "relative") == 0 ? KIND_GUARDIAN : KIND_STAFF;
}

static enum err read_user(struct intake *r, struct roster_table *t)
{
	const char *role = roster_cell(t, USER_ROLE);
	bool first = t->version == ONEROSTER_1_1;
	if (FIND(r, by_user, users, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = roster_word(t, USER_ENABLED, "true|false|TRUE|FALSE|True|False|1|0");
	if (!e && first)
		e = roster_word(t, USER_ROLE, ROLES);
	if (!e)
		e = check_orgs(r, t, USER_ORGS);
	struct user *u = e ? NULL : grow_one(&r->users, &r->user_count, &r->user_cap, sizeof *u);
	if (!u)
		return e ? e : ERR_NO_MEMORY;
	*u = (struct user){.id = keep(r, roster_cell(t, COLUMN_ID)), .family = keep(r, roster_cell(t, USER_FAMILY)),
			   .given = keep(r, roster_cell(t, USER_GIVEN)), .middle = keep(r, roster_cell(t, USER_MIDDLE)),
			   .agents = keep(r, roster_cell(t, USER_AGENTS)), .position = keep(r, roster_cell(t, USER_POSITION)),
			   .relation = keep(r, roster_cell(t, USER_RELATION)), .line = (uint32_t)t->csv.line, .student = NONE, .staff = NONE,
			   .guardian = NONE, .deleted = t->deleted};
	if (first && *role) {
		u->ours = is_ours(r, roster_cell(t, USER_ORGS));
		u->kinds = kind_of(role);
		u->has_role = true;
		u->guardian_word = strcmp(role, "guardian") == 0;
	}
	return add_id(r, t, &r->by_user, (uint32_t)r->user_count - 1);
}

static enum err read_role(struct intake *r, struct roster_table *t)
{
	char begin[DATE_BYTES], end[DATE_BYTES];
	const char *role = roster_cell(t, ROLE_ROLE);
	uint32_t at = FIND(r, by_user, users, roster_cell(t, ROLE_USER));
	uint64_t hash = lookup_hash(0, roster_cell(t, COLUMN_ID));
	if (lookup_first(&r->other_ids, hash))
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = lookup_add(&r->other_ids, hash, 0) ? ERR_OK : ERR_NO_MEMORY;
	if (!e)
		e = roster_word(t, ROLE_TYPE, "primary|secondary");
	if (!e)
		e = roster_word(t, ROLE_ROLE, ROLES_1_2);
	if (!e)
		e = roster_date(t, ROLE_BEGIN, begin);
	if (!e)
		e = roster_date(t, ROLE_END, end);
	if (!e)
		e = check_orgs(r, t, ROLE_ORG);
	if (!e && at == NONE && !t->deleted && r->m.mode[ROSTER_USERS] == ROSTER_BULK)
		e = roster_fault(t, ROLE_USER, "no such user in users.csv");
	if (e || at == NONE)
		return e;
	struct user *u = &r->users[at];
	u->has_role = true;
	if (t->deleted || !is_ours(r, roster_cell(t, ROLE_ORG)))
		return ERR_OK;
	uint8_t kind = kind_of(role);
	bool again = u->kinds & (KIND_STUDENT | KIND_STAFF), guardian = kind == KIND_GUARDIAN;
	u->ours = true;
	u->kinds |= kind;
	u->guardian_word |= strcmp(role, "guardian") == 0;
	if (guardian)
		return ERR_OK;
	if (*begin && (!u->joined || strcmp(begin, text_at(r, u->joined)) < 0))
		u->joined = keep(r, begin);
	/* who has a role without an end stays */
	if (!again ? *end : u->has_end && *end && strcmp(end, text_at(r, u->left)) > 0)
		u->left = keep(r, end);
	u->has_end = again ? u->has_end && *end : *end;
	if (!u->has_end)
		u->left = 0;
	return r->p->text.err;
}

static enum err read_demographics(struct intake *r, struct roster_table *t)
{
	char birth[DATE_BYTES];
	uint32_t at = FIND(r, by_user, users, roster_cell(t, COLUMN_ID));
	uint64_t hash = lookup_hash(lookup_hash(0, "demographics"), roster_cell(t, COLUMN_ID));
	if (lookup_first(&r->other_ids, hash))
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = lookup_add(&r->other_ids, hash, 0) ? ERR_OK : ERR_NO_MEMORY;
	if (!e)
		e = roster_date(t, DEMOGRAPHICS_BIRTH, birth);
	if (!e)
		e = roster_word(t, DEMOGRAPHICS_SEX, "male|female|unspecified|other");
	if (!e && at == NONE && !t->deleted && r->m.mode[ROSTER_USERS] == ROSTER_BULK)
		e = roster_fault(t, COLUMN_ID, "no such user in users.csv");
	if (!e && at != NONE && !t->deleted)
		r->users[at].birth = keep(r, birth);
	if (!e && at == NONE && !t->deleted && *birth) { /* a delta about somebody held */
		long held = import_find_person(r->p, PERSON_STUDENT, roster_cell(t, COLUMN_ID));
		if (held < 0)
			held = import_find_person(r->p, PERSON_STAFF, roster_cell(t, COLUMN_ID));
		if (held < 0)
			return roster_fault(t, COLUMN_ID, "nobody of that sourcedId is known");
		uint32_t row = import_row_of(r->p, held, t->name, t->csv.line);
		if (row == IMPORT_NO_ROW)
			return ERR_NO_MEMORY;
		import_say(r->p, row, FIELD_BIRTH, birth);
	}
	return e ? e : r->p->text.err;
}

/* --- people ----------------------------------------------------------------------------------- */

/* Says it where it fits. */
static void say(struct intake *r, uint32_t row, enum import_field field, const char *text, size_t size)
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
	const char *birth = text_at(r, u->birth);
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
		snprintf(text, sizeof text, "%s", text_at(r, FIELDS[i].at));
		say(r, row, FIELDS[i].field, text, FIELDS[i].size);
	}
	import_match(p, row);
	return row;
}

/* Nobody is erased by a file: who is deleted there has left here. */
static enum err person_gone(struct intake *r, long held, uint32_t line)
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
	const struct guardian *g = import_find_guardian(p, text_at(r, u->id));
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
	const char *id = text_at(r, u->id);
	for (int kind = PERSON_STUDENT; kind <= PERSON_STAFF; kind++) {
		long held = import_find_person(r->p, (enum person_kind)kind, id);
		enum err e = held >= 0 ? person_gone(r, held, u->line) : ERR_OK;
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
		const char *id = text_at(r, u->id);
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
		const char *relation = text_at(r, u->relation);
		const char *code = *relation ? import_word(p, IMPORT_RELATION, relation) : u->guardian_word && !held ? "guardian" : NULL;
		char fit[PERSON_TEXT_MAX];
		const uint32_t from[] = {u->family, u->given, u->middle};
		uint32_t *const to[] = {&g.family, &g.given, &g.patronymic};
		for (int i = 0; i < 3; i++) {
			const char *text = text_at(r, from[i]);
			snprintf(fit, sizeof fit, "%.*s", (int)text_fit(text, sizeof fit - 1), text);
			*to[i] = keep(r, fit);
		}
		g.relation = keep(r, code ? code : "");
		g.external = strlen(id) < EXTERNAL_TEXT_MAX ? u->id : 0;
	} else { /* a delta that names somebody held */
		g.family = keep(r, held->family);
		g.given = keep(r, held->given);
		g.patronymic = keep(r, held->patronymic);
		g.relation = keep(r, held->relation);
		g.external = keep(r, held->external);
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
			e = guardian_of(r, text_at(r, u->id), &guardian);
	}
	return e || guardian == NONE || row == NONE ? e : add_pair(r, row, guardian);
}

/* Guardians whom an earlier file brought and this one does not name any more. */
static enum err drop_guardians(struct intake *r, uint32_t row)
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
		for (size_t at = u->agents; !e && *text_at(r, (uint32_t)at);) { /* the text may move */
			const char *s = text_at(r, (uint32_t)at);
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
			e = drop_guardians(r, r->users[i].student);
	return e;
}

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
		long held = import_find_group(p, text_at(r, c->id));
		return held >= 0 ? class_gone(r, held, c->line) : ERR_OK;
	}
	struct import_row *one = import_add(p, IMPORT_CLASS, "classes.csv", c->line);
	if (!one)
		return ERR_NO_MEMORY;
	c->row = (uint32_t)p->count - 1;
	enum group_type type = c->homeroom ? GROUP_CLASS : c->extra ? GROUP_EXTRACURRICULAR : GROUP_SUBJECT;
	snprintf(text, sizeof text, "%s", text_at(r, c->title));
	size_t fit = text_fit(text, GROUP_NAME_MAX - 1);
	snprintf(title, sizeof title, "%.*s", (int)fit, text);
	one->problems = c->homeroom && strlen(text) >= sizeof ((struct person *)0)->class_name ? PROBLEM_CLASS_LONG
			: strlen(text) > fit						       ? PROBLEM_CUT
											       : 0;
	import_say(p, c->row, FIELD_NAME, title);
	import_say(p, c->row, FIELD_TYPE, group_type_name(type));
	snprintf(text, sizeof text, "%s", text_at(r, c->course));
	if (!c->homeroom && *text)
		import_say(p, c->row, FIELD_COURSE, text);
	if (c->year) {
		snprintf(text, sizeof text, "%u", (unsigned)c->year - 1); /* named by the year in which it begins */
		import_say(p, c->row, FIELD_YEAR, text);
	}
	if (c->has_pilot)
		import_say(p, c->row, FIELD_PILOT, c->pilot ? "1" : "");
	import_say(p, c->row, FIELD_CLOSED, "");
	snprintf(text, sizeof text, "%s", text_at(r, c->id));
	say(r, c->row, FIELD_EXTERNAL, text, EXTERNAL_TEXT_MAX);
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
	*c = (struct class){.id = keep(r, id), .title = keep(r, g->name), .course = keep(r, g->course), .homeroom = g->type == GROUP_CLASS,
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
		long held = import_find_group(r->p, text_at(r, c->id));
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
		*h = (struct home){.row = n->row, .title = c->title, .begin = keep(r, n->begin), .end = keep(r, n->end),
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
	struct import_assignment a = {.staff = import_ref_row(n->row), .relation = relation, .since = keep(r, n->begin), .until = keep(r, n->end),
				      .course = said ? keep(r, course) : relation == REL_TEACHER ? c->course : 0, .gone = n->deleted};
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
		e = roster_word(t, ENROLLMENT_ROLE, ROLES);
	if (!e)
		e = roster_word(t, ENROLLMENT_PRIMARY, "true|false|TRUE|FALSE|True|False");
	if (!e)
		e = roster_word(t, ENROLLMENT_RELATION, "teacher|class_teacher|tutor");
	if (!e)
		e = roster_date(t, ENROLLMENT_BEGIN, n.begin);
	if (!e)
		e = roster_date(t, ENROLLMENT_END, n.end);
	if (!e)
		e = check_orgs(r, t, ENROLLMENT_SCHOOL);
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
	const char *begin = text_at(r, h->begin), *end = text_at(r, h->end);
	return h->deleted ? 0 : date_holds(begin, end, r->p->today) ? 3 : *begin && strcmp(begin, r->p->today) > 0 ? 2 : 1;
}

static bool better(const struct intake *r, const struct home *a, const struct home *b)
{
	int x = standing(r, a), y = standing(r, b);
	if (x != y)
		return x > y;
	int c = strcmp(text_at(r, a->begin), text_at(r, b->begin));
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
		first = !from[i].deleted && strcmp(text_at(r, from[i].begin), text_at(r, first->begin)) < 0 ? &from[i] : first;
	}
	snprintf(text, sizeof text, "%s", text_at(r, best->title));
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
	if (*text_at(r, first->begin) && !import_said(p, &p->rows[row], FIELD_JOINED)) {
		snprintf(text, sizeof text, "%s", text_at(r, first->begin));
		import_say(p, row, FIELD_JOINED, text);
		p->rows[row].joined_soft = true;
	}
	if (best->ends && !import_said(p, &p->rows[row], FIELD_LEFT)) {
		snprintf(text, sizeof text, "%s", text_at(r, best->end));
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
		    strcmp(text_at(r, a->course), h->course) == 0)
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
		struct import_assignment a = {.staff = import_ref_held(h->staff), .relation = h->relation, .course = keep(r, h->course), .gone = true};
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
			e = person_gone(r, (long)i, 0);
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

/* --- all of it -------------------------------------------------------------------------------- */

static enum err read_all(struct intake *r, const char *school)
{
	enum err e = read_table(r, ROSTER_ORGS, read_org);
	if (!e)
		e = choose_school(r, school);
	if (!e)
		e = read_table(r, ROSTER_SESSIONS, read_session);
	if (!e)
		e = read_table(r, ROSTER_COURSES, read_course);
	if (!e)
		e = read_table(r, ROSTER_CLASSES, read_class);
	if (!e)
		e = read_table(r, ROSTER_USERS, read_user);
	if (!e && r->m.version == ONEROSTER_1_2)
		e = read_table(r, ROSTER_ROLES, read_role);
	if (!e)
		e = read_table(r, ROSTER_DEMOGRAPHICS, read_demographics);
	if (!e)
		e = make_people(r);
	if (!e)
		e = make_guardians(r);
	if (!e)
		e = make_classes(r);
	if (!e)
		e = read_table(r, ROSTER_ENROLLMENTS, read_enrolment);
	if (!e)
		e = settle_homes(r);
	return e ? e : drop_missing(r);
}

static void release(struct intake *r)
{
	struct lookup *const lookups[] = {&r->by_org, &r->by_session, &r->by_course, &r->by_class, &r->by_user, &r->paired, &r->enrolled,
					  &r->other_ids};
	for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++)
		lookup_release(lookups[i]);
	void *const lists[] = {r->users, r->classes, r->sessions, r->courses, r->homes, r->pairs, r->orgs};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		free(lists[i]);
	archive_release(&r->archive);
}

enum err oneroster_plan(struct import_plan *p, struct bytes zip, const char *school, const struct import_base *base, char why[200])
{
	struct intake r = {.p = p, .why = why};
	why[0] = 0;
	enum err e = import_begin(p, "oneroster", base);
	if (!e)
		e = archive_read(&r.archive, zip, why);
	if (!e)
		e = roster_manifest(&r.m, &r.archive, why);
	if (!e)
		e = read_all(&r, school && *school ? school : NULL);
	if (!e && p->text.err)
		e = p->text.err;
	release(&r);
	return e ? e : import_finish(p, zip);
}
