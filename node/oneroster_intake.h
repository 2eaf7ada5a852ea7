/*
 * oneroster_intake - a OneRoster archive on its way to a plan: what its tables said so far, held by their sourcedIds. oneroster_read
 * fills it, oneroster_people and oneroster_classes make rows of it; the four know each other, and nobody else knows them.
 * Texts are places in the plan's text, which may move whenever it is added to.
 */
#ifndef NODE_ONEROSTER_INTAKE_H
#define NODE_ONEROSTER_INTAKE_H

#include "core/date.h"
#include "node/oneroster_table.h"

/* In users.csv of 1.1 and in enrollments.csv of both. */
#define INTAKE_ROLES "administrator|aide|guardian|parent|proctor|relative|student|teacher"

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

const char *intake_text(const struct intake *r, uint32_t at);
uint32_t intake_keep(struct intake *r, const char *text);

/* Where in a list the id stands; NONE: nowhere. Every list begins with its id. */
uint32_t intake_find(const struct intake *r, const struct lookup *l, const void *list, size_t size, const char *id);
#define FIND(r, l, list, id) intake_find(r, &(r)->l, (r)->list, sizeof *(r)->list, id)

/* Whether all ids of a comma-separated cell stand in the list. */
bool intake_knows(const struct intake *r, const struct lookup *l, const void *list, size_t size, const char *ids);
/* Whether a cell of organisations names the school that is asked for. */
bool intake_ours(const struct intake *r, const char *orgs);
enum err intake_check_orgs(struct intake *r, struct roster_table *t, int column) MUST_USE;
/* The row's sourcedId leads to that place of its list. */
enum err intake_add_id(struct intake *r, struct roster_table *t, struct lookup *l, uint32_t at) MUST_USE;

typedef enum err intake_row(struct intake *r, struct roster_table *t);
/* Calls row for each row of the file, to the first error. */
enum err intake_table(struct intake *r, enum roster_file file, intake_row *row) MUST_USE;

/* All tables but the enrolments. school: its sourcedId of several; NULL where there is one. */
enum err intake_read(struct intake *r, const char *school) MUST_USE;
/* Rows of people and the guardians of students. */
enum err intake_people(struct intake *r) MUST_USE;
/* Rows of classes, who is enrolled in them, and what a bulk file names no more. */
enum err intake_classes(struct intake *r) MUST_USE;

/* Says it where it fits in size bytes, else notes the problem. */
void intake_say(struct intake *r, uint32_t row, enum import_field field, const char *text, size_t size);
/* Nobody is erased by a file: who is deleted there has left here. */
enum err intake_person_gone(struct intake *r, long held, uint32_t line) MUST_USE;
/* Of a student's guardians that a bulk file brought, those that it names no more. */
enum err intake_drop_guardians(struct intake *r, uint32_t row) MUST_USE;

void intake_release(struct intake *r);

#endif
