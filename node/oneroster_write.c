/* People, classes and groups as a OneRoster archive. */
#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"
#include "node/archive.h"
#include "node/csv.h"
#include "node/import_csv.h"
#include "node/lookup.h"
#include "node/oneroster.h"
#include "proto/text.h"

enum { ID_BYTES_MAX = 2 * EXTERNAL_TEXT_MAX + 2 };

enum out_file { OUT_SESSIONS, OUT_CLASSES, OUT_COURSES, OUT_DEMOGRAPHICS, OUT_ENROLLMENTS, OUT_ORGS, OUT_USERS, OUT_ROLES, OUT_FILES };

static const struct {
	const char *name, *columns[ONEROSTER_VERSIONS];
} tables[OUT_FILES] = {
#define HEAD "sourcedId,status,dateLastModified,"
#define BOTH(text) {HEAD text, HEAD text}
	[OUT_SESSIONS] = {"academicSessions", BOTH("title,type,startDate,endDate,parentSourcedId,schoolYear")},
	[OUT_CLASSES] = {"classes", BOTH("title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,"
					 "subjectCodes,periods,metadata.type,metadata.pilot")},
	[OUT_COURSES] = {"courses", BOTH("schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes")},
	[OUT_DEMOGRAPHICS] = {"demographics",
			      BOTH("birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,"
				   "white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,"
				   "cityOfBirth,publicSchoolResidenceStatus")},
	[OUT_ENROLLMENTS] = {"enrollments", BOTH("classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate,metadata.relation,"
						 "metadata.course")},
	[OUT_ORGS] = {"orgs", BOTH("name,type,identifier,parentSourcedId")},
	[OUT_USERS] = {"users",
		       {HEAD "enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
			     "agentSourcedIds,grades,password,metadata.position,metadata.relation",
			HEAD "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
			     "password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,"
			     "primaryOrgSourcedId,pronouns,metadata.position,metadata.relation"}},
	[OUT_ROLES] = {"roles", {"", HEAD "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId"}},
#undef BOTH
#undef HEAD
};

/* A guardian, once for all children of theirs. */
struct parent {
	const struct guardian *g;
	char id[EXTERNAL_TEXT_MAX];
	bool staff; /* stands among the staff under that id already */
};

struct output {
	const struct import_base *base;
	enum oneroster_version version;
	const char *school;
	char today[DATE_BYTES];
	struct buf text[OUT_FILES];
	struct csv_writer w[OUT_FILES];
	size_t rows[OUT_FILES];
	struct parent *parents;
	size_t parent_count, parent_cap;
	struct lookup by_parent, classes; /* class names that a card stands for, or a row already */
	struct lookup ids;		  /* of people; one id is one user */
	enum err err;
};

/* --- rows ------------------------------------------------------------------------------------- */

static void put(struct output *o, enum out_file f, const char *text)
{
	csv_put(&o->w[f], text);
}

static void begin(struct output *o, enum out_file f, const char *id)
{
	put(o, f, id);
	put(o, f, "");
	put(o, f, "");
	o->rows[f]++;
}

static void end(struct output *o, enum out_file f)
{
	csv_end_row(&o->w[f]);
}

static void blanks(struct output *o, enum out_file f, int n)
{
	while (n-- > 0)
		put(o, f, "");
}

/* --- identifiers ------------------------------------------------------------------------------ */

/* The other system's code where OneRoster allows it, else our own id. */
static void make_id(const char *external, const uint8_t *subject, char out[EXTERNAL_TEXT_MAX])
{
	static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/@";
	if (*external && strspn(external, ALLOWED) == strlen(external))
		snprintf(out, EXTERNAL_TEXT_MAX, "%s", external);
	else
		hex_encode(subject, SUBJECT_BYTES, out);
}

static bool taken(const struct output *o, const char *id)
{
	return lookup_first(&o->ids, lookup_hash(0, id)) != 0;
}

/* A code that stands for two people is none. */
static void person_id(struct output *o, const struct indexed_person *p, char out[EXTERNAL_TEXT_MAX])
{
	make_id(p->person.external, p->subject, out);
	uint32_t first = lookup_first(&o->ids, lookup_hash(0, out));
	if (first && lookup_value(&o->ids, first) != (uint32_t)(p - o->base->people->at))
		hex_encode(p->subject, SUBJECT_BYTES, out);
}

static bool present(const struct output *o, const struct indexed_person *p)
{
	return !p->former && date_holds("", p->person.left, o->today);
}

static void note_ids(struct output *o)
{
	const struct people_index *people = o->base->people;
	char id[EXTERNAL_TEXT_MAX];
	for (size_t i = people->count; i-- > 0;) /* the first of one id is the last added, and keeps it */
		if (present(o, &people->at[i])) {
			make_id(people->at[i].person.external, people->at[i].subject, id);
			if (!lookup_add(&o->ids, lookup_hash(0, id), (uint32_t)i))
				o->err = ERR_NO_MEMORY;
		}
}

/* --- guardians -------------------------------------------------------------------------------- */

static uint64_t parent_key(const uint8_t *id)
{
	char hex[2 * SUBJECT_BYTES + 1];
	hex_encode(id, SUBJECT_BYTES, hex);
	return lookup_hash(0, hex);
}

static struct parent *parent_of(struct output *o, const struct guardian *g)
{
	for (uint32_t i = lookup_first(&o->by_parent, parent_key(g->id)); i; i = lookup_next(&o->by_parent, i))
		return &o->parents[lookup_value(&o->by_parent, i)];
	return NULL;
}

static const struct indexed_person *staff_of(const struct output *o, const char *id)
{
	uint32_t i = lookup_first(&o->ids, lookup_hash(0, id));
	const struct indexed_person *p = i ? &o->base->people->at[lookup_value(&o->ids, i)] : NULL;
	return p && p->person.kind == PERSON_STAFF ? p : NULL;
}

static void note_parents(struct output *o, const struct person *child)
{
	for (size_t i = 0; i < child->guardian_count; i++) {
		const struct guardian *g = &child->guardians[i];
		if (!date_holds("", g->until, o->today) || parent_of(o, g))
			continue;
		struct parent one = {.g = g};
		make_id(g->external, g->id, one.id);
		/* who works here too is one user with two roles, where there can be two */
		const struct indexed_person *colleague = staff_of(o, one.id);
		one.staff = colleague && o->version == ONEROSTER_1_2 && strcmp(colleague->person.family, g->family) == 0 &&
			    strcmp(colleague->person.given, g->given) == 0 && strcmp(colleague->person.patronymic, g->patronymic) == 0;
		if (!one.staff && taken(o, one.id))
			hex_encode(g->id, SUBJECT_BYTES, one.id);
		if (o->parent_count == o->parent_cap) {
			size_t cap = o->parent_cap ? 2 * o->parent_cap : 256;
			struct parent *p = realloc(o->parents, cap * sizeof *p);
			if (!p) {
				o->err = ERR_NO_MEMORY;
				return;
			}
			o->parents = p;
			o->parent_cap = cap;
		}
		o->parents[o->parent_count++] = one;
		if (!lookup_add(&o->by_parent, parent_key(g->id), (uint32_t)o->parent_count - 1) ||
		    (!one.staff && !lookup_add(&o->ids, lookup_hash(0, one.id), UINT32_MAX)))
			o->err = ERR_NO_MEMORY;
	}
}

/* --- users ------------------------------------------------------------------------------------ */

struct out_user {
	const char *id, *role, *given, *family, *patronymic, *agents, *grades, *position, *relation;
};

static void put_user(struct output *o, const struct out_user *u)
{
	begin(o, OUT_USERS, u->id);
	put(o, OUT_USERS, "true");
	if (o->version == ONEROSTER_1_1) {
		put(o, OUT_USERS, o->school);
		put(o, OUT_USERS, u->role);
	}
	put(o, OUT_USERS, u->id); /* a username must be there, and accounts are nobody's business */
	put(o, OUT_USERS, "");
	put(o, OUT_USERS, u->given);
	put(o, OUT_USERS, u->family);
	put(o, OUT_USERS, u->patronymic);
	blanks(o, OUT_USERS, 4);
	put(o, OUT_USERS, u->agents);
	put(o, OUT_USERS, u->grades);
	put(o, OUT_USERS, "");
	if (o->version == ONEROSTER_1_2) {
		blanks(o, OUT_USERS, 5);
		put(o, OUT_USERS, o->school);
		put(o, OUT_USERS, "");
	}
	put(o, OUT_USERS, u->position);
	put(o, OUT_USERS, u->relation);
	end(o, OUT_USERS);
}

static void put_role(struct output *o, const char *id, const char *type, const char *role, const char *since, const char *until)
{
	char own[ID_BYTES_MAX + 24];
	if (o->version == ONEROSTER_1_1)
		return;
	snprintf(own, sizeof own, "%s-%s", id, role);
	begin(o, OUT_ROLES, own);
	put(o, OUT_ROLES, id);
	put(o, OUT_ROLES, type);
	put(o, OUT_ROLES, role);
	put(o, OUT_ROLES, since);
	put(o, OUT_ROLES, until);
	put(o, OUT_ROLES, o->school);
	put(o, OUT_ROLES, "");
	end(o, OUT_ROLES);
}

/* "5" of "5А"; empty where a name does not begin with a grade. */
static void grade_of(const char *name, char out[4])
{
	size_t n = strspn(name, "0123456789");
	snprintf(out, 4, "%.*s", n < 3 ? (int)n : 0, name);
}

static void put_demographics(struct output *o, const char *id, const char *birth)
{
	if (!*birth)
		return;
	begin(o, OUT_DEMOGRAPHICS, id);
	put(o, OUT_DEMOGRAPHICS, birth);
	blanks(o, OUT_DEMOGRAPHICS, 12);
	end(o, OUT_DEMOGRAPHICS);
}

static void put_student(struct output *o, const struct indexed_person *p)
{
	const struct person *s = &p->person;
	char id[EXTERNAL_TEXT_MAX], agents[GUARDIANS_MAX * (EXTERNAL_TEXT_MAX + 1)] = "", grade[4];
	size_t n = 0;
	person_id(o, p, id);
	for (size_t i = 0; i < s->guardian_count; i++) {
		const struct parent *g = date_holds("", s->guardians[i].until, o->today) ? parent_of(o, &s->guardians[i]) : NULL;
		if (g)
			n += (size_t)snprintf(agents + n, sizeof agents - n, "%s%s", n ? "," : "", g->id);
	}
	grade_of(s->class_name, grade);
	put_user(o, &(struct out_user){id, "student", s->given, s->family, s->patronymic, agents, grade, "", ""});
	put_role(o, id, "primary", "student", s->joined, s->left);
	put_demographics(o, id, s->birth);
}

static void put_colleague(struct output *o, const struct indexed_person *p)
{
	char id[EXTERNAL_TEXT_MAX];
	person_id(o, p, id);
	put_user(o, &(struct out_user){id, "teacher", p->person.given, p->person.family, p->person.patronymic, "", "", p->person.position, ""});
	put_role(o, id, "primary", "teacher", p->person.joined, p->person.left);
	put_demographics(o, id, p->person.birth);
}

static void put_parent(struct output *o, const struct parent *p)
{
	const char *role = strcmp(p->g->relation, "guardian") == 0 ? "guardian" : "parent";
	if (!p->staff)
		put_user(o, &(struct out_user){p->id, role, p->g->given, p->g->family, p->g->patronymic, "", "", "", p->g->relation});
	put_role(o, p->id, p->staff ? "secondary" : "primary", role, "", "");
}

static void put_people(struct output *o)
{
	const struct people_index *people = o->base->people;
	for (size_t i = 0; i < people->count; i++)
		if (present(o, &people->at[people->order[i]]))
			note_parents(o, &people->at[people->order[i]].person);
	for (size_t i = 0; i < people->count && !o->err; i++) {
		const struct indexed_person *p = &people->at[people->order[i]];
		if (!present(o, p))
			continue;
		if (p->person.kind == PERSON_STUDENT)
			put_student(o, p);
		else
			put_colleague(o, p);
	}
	for (size_t i = 0; i < o->parent_count; i++)
		put_parent(o, &o->parents[i]);
}

/* --- classes ---------------------------------------------------------------------------------- */

static bool first_time(struct output *o, const char *what)
{
	if (lookup_first(&o->classes, lookup_hash(0, what)))
		return false;
	if (!lookup_add(&o->classes, lookup_hash(0, what), 0))
		o->err = ERR_NO_MEMORY;
	return true;
}

static void put_session(struct output *o, unsigned year, char id[24])
{
	char title[24], start[DATE_BYTES], stop[DATE_BYTES], ends[8];
	year = year < 1900 || year > 2200 ? (unsigned)date_school_year(o->today) : year;
	snprintf(id, 24, "year-%u", year);
	if (!first_time(o, id))
		return;
	snprintf(title, sizeof title, "%u/%u", year, year + 1);
	snprintf(start, sizeof start, "%04u-09-01", year % 10000);
	snprintf(stop, sizeof stop, "%04u-09-01", (year + 1) % 10000);
	snprintf(ends, sizeof ends, "%u", (year + 1) % 10000);
	begin(o, OUT_SESSIONS, id);
	put(o, OUT_SESSIONS, title);
	put(o, OUT_SESSIONS, "schoolYear");
	put(o, OUT_SESSIONS, start);
	put(o, OUT_SESSIONS, stop);
	put(o, OUT_SESSIONS, "");
	put(o, OUT_SESSIONS, ends);
	end(o, OUT_SESSIONS);
}

static void put_course(struct output *o, const char *code, char id[CODE_TEXT_MAX + 8])
{
	const char *title = *code ? catalogue_word(o->base->catalogue, "school_subject", code, "ru") : NULL;
	snprintf(id, CODE_TEXT_MAX + 8, "course-%s", *code ? code : "-");
	if (!first_time(o, id))
		return;
	begin(o, OUT_COURSES, id);
	put(o, OUT_COURSES, "");
	put(o, OUT_COURSES, title ? title : *code ? code : "Без предмета");
	put(o, OUT_COURSES, code);
	put(o, OUT_COURSES, "");
	put(o, OUT_COURSES, o->school);
	blanks(o, OUT_COURSES, 2);
	end(o, OUT_COURSES);
}

struct out_class {
	const char *id, *name, *course, *type;
	bool homeroom, pilot;
	unsigned year;
};

static void put_class(struct output *o, const struct out_class *c)
{
	char session[24], course[CODE_TEXT_MAX + 8], grade[4];
	put_session(o, c->year, session);
	put_course(o, c->course, course);
	grade_of(c->name, grade);
	begin(o, OUT_CLASSES, c->id);
	put(o, OUT_CLASSES, c->name);
	put(o, OUT_CLASSES, grade);
	put(o, OUT_CLASSES, course);
	put(o, OUT_CLASSES, "");
	put(o, OUT_CLASSES, c->homeroom ? "homeroom" : "scheduled");
	put(o, OUT_CLASSES, "");
	put(o, OUT_CLASSES, o->school);
	put(o, OUT_CLASSES, session);
	blanks(o, OUT_CLASSES, 3);
	put(o, OUT_CLASSES, c->type);
	put(o, OUT_CLASSES, c->pilot ? "true" : "false");
	end(o, OUT_CLASSES);
}

struct out_enrolment {
	const char *class, *user, *role, *primary, *since, *until, *relation, *course;
	size_t number; /* of several of one person in one class */
};

static void put_enrolment(struct output *o, const struct out_enrolment *n)
{
	char id[2 * ID_BYTES_MAX + 32];
	snprintf(id, sizeof id, n->number ? "%s-%s-%zu" : "%s-%s", n->class, n->user, n->number);
	begin(o, OUT_ENROLLMENTS, id);
	put(o, OUT_ENROLLMENTS, n->class);
	put(o, OUT_ENROLLMENTS, o->school);
	put(o, OUT_ENROLLMENTS, n->user);
	put(o, OUT_ENROLLMENTS, n->role);
	put(o, OUT_ENROLLMENTS, n->primary);
	put(o, OUT_ENROLLMENTS, n->since);
	put(o, OUT_ENROLLMENTS, n->until);
	put(o, OUT_ENROLLMENTS, n->relation);
	put(o, OUT_ENROLLMENTS, n->course);
	end(o, OUT_ENROLLMENTS);
}

static void put_group(struct output *o, const struct group *g, const char *id)
{
	char user[EXTERNAL_TEXT_MAX];
	bool homeroom = g->type == GROUP_CLASS;
	put_class(o, &(struct out_class){id, g->name, g->course, group_type_name(g->type), homeroom, g->pilot, g->year});
	for (size_t i = 0; i < g->staff_count; i++) {
		const struct assignment *a = &g->staff[i];
		const struct indexed_person *p = people_index_find(o->base->people, a->staff);
		if (!p || !present(o, p))
			continue;
		person_id(o, p, user);
		put_enrolment(o, &(struct out_enrolment){id, user, "teacher", a->relation == REL_CLASS_TEACHER ? "true" : "false", a->since, a->until,
							 access_relation_name(a->relation), a->course, i + 1});
	}
	for (size_t i = 0; i < g->member_count; i++) {
		const struct indexed_person *p = people_index_find(o->base->people, g->members[i]);
		if (!p || !present(o, p))
			continue;
		person_id(o, p, user);
		put_enrolment(o, &(struct out_enrolment){id, user, "student", "false", "", "", "", "", 0});
	}
}

/* The class of a student by name: its card's id, or one for the name alone. */
static void home_of(struct output *o, const char *name, char id[EXTERNAL_TEXT_MAX])
{
	uint8_t digest[SUBJECT_BYTES];
	const struct group *g = structure_class(o->base->structure, name);
	if (g) {
		make_id(g->external, g->subject, id);
		return;
	}
	put_u64(digest, lookup_hash(0, name));
	memcpy(id, "name-", 5);
	hex_encode(digest, 8, id + 5);
	if (first_time(o, id))
		put_class(o, &(struct out_class){id, name, "", "name", true, false, (unsigned)date_school_year(o->today)});
}

static void put_groups(struct output *o)
{
	const struct structure *s = o->base->structure;
	const struct people_index *people = o->base->people;
	char id[EXTERNAL_TEXT_MAX], user[EXTERNAL_TEXT_MAX];
	for (size_t i = 0; i < s->count && !o->err; i++) {
		const struct group *g = &s->groups[s->order[i]];
		if (g->closed)
			continue;
		make_id(g->external, g->subject, id);
		put_group(o, g, id);
	}
	for (size_t i = 0; i < people->count && !o->err; i++) {
		const struct indexed_person *p = &people->at[people->order[i]];
		if (!present(o, p) || p->person.kind != PERSON_STUDENT || !*p->person.class_name)
			continue;
		home_of(o, p->person.class_name, id);
		person_id(o, p, user);
		/* in 1.2 their own days stand among the roles */
		bool days = o->version == ONEROSTER_1_1;
		put_enrolment(o, &(struct out_enrolment){id, user, "student", "false", days ? p->person.joined : "", days ? p->person.left : "", "",
							 "", 0});
	}
}

/* --- the archive ------------------------------------------------------------------------------ */

static void put_manifest(const struct output *o, struct buf *out)
{
	static const char *const OTHERS[] = {"categories", "classResources", "courseResources", "lineItems", "resources", "results"},
				*const OTHERS_1_2[] = {"lineItemLearningObjectiveIds", "lineItemScoreScales", "resultLearningObjectiveIds",
						       "resultScoreScales", "scoreScales", "userProfiles", "userResources"};
	bool second = o->version == ONEROSTER_1_2;
	buf_printf(out, "propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,%s\r\n", second ? "1.2" : "1.1");
	for (size_t i = 0; i < OUT_FILES; i++)
		if (i != OUT_ROLES || second)
			buf_printf(out, "file.%s,%s\r\n", tables[i].name, o->rows[i] ? "bulk" : "absent");
	for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
		buf_printf(out, "file.%s,absent\r\n", OTHERS[i]);
	for (size_t i = 0; second && i < sizeof OTHERS_1_2 / sizeof *OTHERS_1_2; i++)
		buf_printf(out, "file.%s,absent\r\n", OTHERS_1_2[i]);
	buf_printf(out, "source.systemName,Estafeta\r\n");
}

static enum err pack(struct output *o, struct buf *out)
{
	struct archive_file files[OUT_FILES + 1];
	struct buf manifest;
	size_t n = 1;
	enum err e = o->err;
	buf_init(&manifest, 16384);
	put_manifest(o, &manifest);
	snprintf(files[0].name, sizeof files[0].name, "manifest.csv");
	files[0].text = buf_bytes(&manifest);
	e = e ? e : manifest.err;
	for (size_t i = 0; i < OUT_FILES; i++) { /* a file without rows is not permitted */
		e = e ? e : o->text[i].err;
		if (!o->rows[i])
			continue;
		snprintf(files[n].name, sizeof files[n].name, "%s.csv", tables[i].name);
		files[n++].text = buf_bytes(&o->text[i]);
	}
	if (!e)
		e = archive_write(files, n, out);
	buf_release(&manifest);
	return e;
}

enum err oneroster_write(struct buf *out, enum oneroster_version version, const char *school_id, const char *school_name,
			 const struct import_base *base)
{
	struct output *o = calloc(1, sizeof *o);
	if (!o)
		return ERR_NO_MEMORY;
	o->base = base;
	o->version = version;
	o->school = school_id;
	date_of(base->now_ms, o->today);
	for (size_t i = 0; i < OUT_FILES; i++) {
		buf_init(&o->text[i], ARCHIVE_UNPACKED_BYTES_MAX);
		buf_put_text(&o->text[i], tables[i].columns[version]);
		buf_put_text(&o->text[i], "\r\n");
		o->w[i] = (struct csv_writer){.out = &o->text[i], .separator = ','};
	}
	begin(o, OUT_ORGS, school_id);
	put(o, OUT_ORGS, *school_name ? school_name : school_id);
	put(o, OUT_ORGS, "school");
	blanks(o, OUT_ORGS, 2);
	end(o, OUT_ORGS);
	note_ids(o);
	put_people(o);
	put_groups(o);
	enum err e = pack(o, out);
	for (size_t i = 0; i < OUT_FILES; i++)
		buf_wipe(&o->text[i]);
	lookup_release(&o->by_parent);
	lookup_release(&o->classes);
	lookup_release(&o->ids);
	free(o->parents);
	free(o);
	return e;
}
