/*
 * oneroster_table - the tables of a OneRoster archive as they are published: which files its manifest names, which columns
 * each has, which values must be there. What real systems write otherwise is taken: columns in another order or by another
 * name, optional ones missing, more of them.
 */
#ifndef NODE_ONEROSTER_TABLE_H
#define NODE_ONEROSTER_TABLE_H

#include "node/archive.h"
#include "node/csv.h"
#include "node/oneroster.h"

enum roster_file {
	ROSTER_ORGS, ROSTER_SESSIONS, ROSTER_COURSES, ROSTER_CLASSES, ROSTER_USERS, ROSTER_ROLES, ROSTER_DEMOGRAPHICS, ROSTER_ENROLLMENTS,
	ROSTER_READ /* so many are read */
};

enum roster_mode { ROSTER_ABSENT, ROSTER_BULK, ROSTER_DELTA };

struct roster_manifest {
	enum oneroster_version version;
	enum roster_mode mode[ROSTER_READ];
};

/* BAD_FORM: why says what does not fit. */
enum err roster_manifest(struct roster_manifest *m, const struct archive *a, char why[200]) MUST_USE;

/* The columns of all files begin alike. */
enum { COLUMN_ID, COLUMN_STATUS, COLUMN_MODIFIED, ROSTER_COLUMNS_MAX = 28 };
enum { ORG_NAME = 3, ORG_TYPE };
enum { SESSION_TITLE = 3, SESSION_TYPE, SESSION_START, SESSION_END, SESSION_PARENT, SESSION_YEAR };
enum { COURSE_YEAR = 3, COURSE_TITLE, COURSE_CODE, COURSE_ORG };
enum { CLASS_TITLE = 3, CLASS_COURSE, CLASS_TYPE, CLASS_SCHOOL, CLASS_TERMS, CLASS_OUR_TYPE, CLASS_PILOT };
enum { USER_ENABLED = 3, USER_ORGS, USER_ROLE, USER_NAME, USER_GIVEN, USER_FAMILY, USER_MIDDLE, USER_AGENTS, USER_POSITION, USER_RELATION };
enum { ROLE_USER = 3, ROLE_TYPE, ROLE_ROLE, ROLE_BEGIN, ROLE_END, ROLE_ORG };
enum { DEMOGRAPHICS_BIRTH = 3, DEMOGRAPHICS_SEX };
enum {
	ENROLLMENT_CLASS = 3, ENROLLMENT_SCHOOL, ENROLLMENT_USER, ENROLLMENT_ROLE, ENROLLMENT_PRIMARY, ENROLLMENT_BEGIN, ENROLLMENT_END,
	ENROLLMENT_RELATION, ENROLLMENT_COURSE
};

struct roster_table {
	enum roster_file file;
	const char *name; /* "users.csv" */
	enum roster_mode mode;
	enum oneroster_version version;
	struct csv csv;
	int at[ROSTER_COLUMNS_MAX]; /* -1: no such column */
	bool deleted; /* the row's status */
	char *why;
};

/* roster_close in any case. */
enum err roster_open(struct roster_table *t, enum roster_file file, const struct roster_manifest *m, const struct archive *a,
		     char why[200]) MUST_USE;
/* The next row, its required values and its status checked; *more is false behind the last. */
enum err roster_next(struct roster_table *t, bool *more) MUST_USE;
void roster_close(struct roster_table *t);

/* Empty where the row has none. */
const char *roster_cell(const struct roster_table *t, int column);

/* BAD_FORM, and why names file, line, column and what is wrong. */
enum err roster_fault(struct roster_table *t, int column, const char *what);

/* A day, or the day of a moment; empty stays empty. */
enum err roster_date(struct roster_table *t, int column, char out[DATE_BYTES]) MUST_USE;
/* One of words, "a|b|c", or empty. */
enum err roster_word(struct roster_table *t, int column, const char *words) MUST_USE;

#endif
