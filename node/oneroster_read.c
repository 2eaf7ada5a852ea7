/* The tables of a OneRoster archive, row by row, but for enrolments. */
#include <stdio.h>

#include "node/grow.h"
#include "node/oneroster_intake.h"

#define ROLES_1_2                                                                                                                 \
	"aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator|student|"               \
	"systemAdministrator|teacher"

static enum err read_org(struct intake *r, struct roster_table *t)
{
	if (FIND(r, by_org, orgs, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	enum err e = roster_word(t, ORG_TYPE, "department|school|district|local|state|national");
	uint32_t *id = e ? NULL : grow_one(&r->orgs, &r->org_count, &r->org_cap, sizeof *id);
	if (!id)
		return e ? e : ERR_NO_MEMORY;
	*id = intake_keep(r, roster_cell(t, COLUMN_ID));
	if (strcmp(roster_cell(t, ORG_TYPE), "school") == 0 && !t->deleted && !lookup_add(&r->other_ids, lookup_hash(0, "school"), 0))
		return ERR_NO_MEMORY;
	return intake_add_id(r, t, &r->by_org, (uint32_t)r->org_count - 1);
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
	*s = (struct session){.id = intake_keep(r, roster_cell(t, COLUMN_ID)), .year = (uint32_t)atoi(year), .end = intake_keep(r, end)};
	return intake_add_id(r, t, &r->by_session, (uint32_t)r->session_count - 1);
}

static enum err read_course(struct intake *r, struct roster_table *t)
{
	if (FIND(r, by_course, courses, roster_cell(t, COLUMN_ID)) != NONE)
		return roster_fault(t, COLUMN_ID, "stands there twice");
	const char *year = roster_cell(t, COURSE_YEAR);
	if (*year && r->m.mode[ROSTER_SESSIONS] == ROSTER_BULK && FIND(r, by_session, sessions, year) == NONE)
		return roster_fault(t, COURSE_YEAR, "no such session in academicSessions.csv");
	enum err e = intake_check_orgs(r, t, COURSE_ORG);
	struct course *c = e ? NULL : grow_one(&r->courses, &r->course_count, &r->course_cap, sizeof *c);
	if (!c)
		return e ? e : ERR_NO_MEMORY;
	const char *code = import_word(r->p, IMPORT_COURSE, roster_cell(t, COURSE_TITLE));
	if (!code && *roster_cell(t, COURSE_CODE))
		code = import_word(r->p, IMPORT_COURSE, roster_cell(t, COURSE_CODE));
	*c = (struct course){.id = intake_keep(r, roster_cell(t, COLUMN_ID)), .code = intake_keep(r, code ? code : "")};
	return intake_add_id(r, t, &r->by_course, (uint32_t)r->course_count - 1);
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
		if (strcmp(intake_text(r, s->end), c->end) > 0)
			snprintf(c->end, sizeof c->end, "%s", intake_text(r, s->end));
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
		e = intake_check_orgs(r, t, CLASS_SCHOOL);
	uint32_t at = FIND(r, by_course, courses, course);
	if (!e && *course && r->m.mode[ROSTER_COURSES] == ROSTER_BULK && at == NONE)
		e = roster_fault(t, CLASS_COURSE, "no such course in courses.csv");
	if (!e && r->m.mode[ROSTER_SESSIONS] == ROSTER_BULK && !intake_knows(r, &r->by_session, r->sessions, sizeof *r->sessions, terms))
		e = roster_fault(t, CLASS_TERMS, "no such session in academicSessions.csv");
	struct class *c = e ? NULL : grow_one(&r->classes, &r->class_count, &r->class_cap, sizeof *c);
	if (!c)
		return e ? e : ERR_NO_MEMORY;
	*c = (struct class){.id = intake_keep(r, roster_cell(t, COLUMN_ID)), .title = intake_keep(r, roster_cell(t, CLASS_TITLE)), .row = NONE,
			    .course = at == NONE ? 0 : r->courses[at].code, .line = (uint32_t)t->csv.line, .deleted = t->deleted,
			    .homeroom = strcmp(roster_cell(t, CLASS_TYPE), "homeroom") == 0, .ours = intake_ours(r, roster_cell(t, CLASS_SCHOOL)),
			    .bare = strcmp(roster_cell(t, CLASS_OUR_TYPE), "name") == 0, .pilot = strcmp(pilot, "true") == 0,
			    .has_pilot = t->at[CLASS_PILOT] >= 0, .listed = true,
			    .extra = strcmp(roster_cell(t, CLASS_OUR_TYPE), "extracurricular") == 0};
	take_terms(r, c, terms);
	return intake_add_id(r, t, &r->by_class, (uint32_t)r->class_count - 1);
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
		e = roster_word(t, USER_ROLE, INTAKE_ROLES);
	if (!e)
		e = intake_check_orgs(r, t, USER_ORGS);
	struct user *u = e ? NULL : grow_one(&r->users, &r->user_count, &r->user_cap, sizeof *u);
	if (!u)
		return e ? e : ERR_NO_MEMORY;
	*u = (struct user){.id = intake_keep(r, roster_cell(t, COLUMN_ID)), .family = intake_keep(r, roster_cell(t, USER_FAMILY)),
			   .given = intake_keep(r, roster_cell(t, USER_GIVEN)), .middle = intake_keep(r, roster_cell(t, USER_MIDDLE)),
			   .agents = intake_keep(r, roster_cell(t, USER_AGENTS)), .position = intake_keep(r, roster_cell(t, USER_POSITION)),
			   .relation = intake_keep(r, roster_cell(t, USER_RELATION)), .line = (uint32_t)t->csv.line, .student = NONE, .staff = NONE,
			   .guardian = NONE, .deleted = t->deleted};
	if (first && *role) {
		u->ours = intake_ours(r, roster_cell(t, USER_ORGS));
		u->kinds = kind_of(role);
		u->has_role = true;
		u->guardian_word = strcmp(role, "guardian") == 0;
	}
	return intake_add_id(r, t, &r->by_user, (uint32_t)r->user_count - 1);
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
		e = intake_check_orgs(r, t, ROLE_ORG);
	if (!e && at == NONE && !t->deleted && r->m.mode[ROSTER_USERS] == ROSTER_BULK)
		e = roster_fault(t, ROLE_USER, "no such user in users.csv");
	if (e || at == NONE)
		return e;
	struct user *u = &r->users[at];
	u->has_role = true;
	if (t->deleted || !intake_ours(r, roster_cell(t, ROLE_ORG)))
		return ERR_OK;
	uint8_t kind = kind_of(role);
	bool again = u->kinds & (KIND_STUDENT | KIND_STAFF), guardian = kind == KIND_GUARDIAN;
	u->ours = true;
	u->kinds |= kind;
	u->guardian_word |= strcmp(role, "guardian") == 0;
	if (guardian)
		return ERR_OK;
	if (*begin && (!u->joined || strcmp(begin, intake_text(r, u->joined)) < 0))
		u->joined = intake_keep(r, begin);
	/* who has a role without an end stays */
	if (!again ? *end : u->has_end && *end && strcmp(end, intake_text(r, u->left)) > 0)
		u->left = intake_keep(r, end);
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
		r->users[at].birth = intake_keep(r, birth);
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

enum err intake_read(struct intake *r, const char *school)
{
	enum err e = intake_table(r, ROSTER_ORGS, read_org);
	if (!e)
		e = choose_school(r, school);
	if (!e)
		e = intake_table(r, ROSTER_SESSIONS, read_session);
	if (!e)
		e = intake_table(r, ROSTER_COURSES, read_course);
	if (!e)
		e = intake_table(r, ROSTER_CLASSES, read_class);
	if (!e)
		e = intake_table(r, ROSTER_USERS, read_user);
	if (!e && r->m.version == ONEROSTER_1_2)
		e = intake_table(r, ROSTER_ROLES, read_role);
	return e ? e : intake_table(r, ROSTER_DEMOGRAPHICS, read_demographics);
}
