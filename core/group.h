/*
 * group - a class or another group of students, a subject of its own kept like a
 * person's: its card (a person record) says what it is called this year, who works
 * with it, and who is in it.
 *
 * Body: {by, course, external, kind: "class", members, name, pilot, staff, type, year}
 * where staff = [{course, relation, since, staff, substitutes, until}]. A class
 * (type "class") has no members in its card: those students are in it whose own
 * record names it. What is empty is left out.
 */
#ifndef CORE_GROUP_H
#define CORE_GROUP_H

#include "core/access.h"
#include "core/date.h"
#include "core/people.h"

/* A group's name: 63 letters, of two bytes in Cyrillic. */
enum { GROUP_NAME_MAX = 2 * 63 + 1, CODE_TEXT_MAX = 41 };

enum group_type { GROUP_CLASS, GROUP_SUBJECT, GROUP_EXTRACURRICULAR, GROUP_TYPES };

/* Who works with the group, as what, and when. */
struct assignment {
	uint8_t staff[SUBJECT_BYTES];
	enum relation relation; /* TEACHER, CLASS_TEACHER or TUTOR */
	char course[CODE_TEXT_MAX]; /* code of a school subject, or empty */
	char since[DATE_BYTES], until[DATE_BYTES]; /* until: the first day no more */
	uint8_t substitutes[SUBJECT_BYTES]; /* whom, zeros: nobody */
};

struct group {
	uint8_t subject[SUBJECT_BYTES];
	char name[GROUP_NAME_MAX];
	enum group_type type;
	char course[CODE_TEXT_MAX];
	char external[EXTERNAL_TEXT_MAX];
	bool pilot;
	bool closed; /* it was left behind: graduated or dissolved */
	uint16_t year;
	size_t staff_count, member_count;
	struct assignment staff[GROUP_STAFF_MAX];
	uint8_t (*members)[SUBJECT_BYTES]; /* sorted; owned */
};

const char *group_type_name(enum group_type t);
/* GROUP_TYPES for any other text. */
enum group_type group_type_of(const char *name);

/* Opens a subject for it. Errors as person_enrol's. */
enum err group_create(struct batch *b, const struct group *g, const struct actor *by, uint8_t subject[SUBJECT_BYTES]) MUST_USE;
enum err group_change(struct batch *b, const struct group *g, const struct actor *by) MUST_USE;

/* BAD_FORM: not a group's card. group_release what it filled. */
enum err group_parse(struct bytes body, struct group *out) MUST_USE;
void group_release(struct group *g);

/* Copies members too; NO_MEMORY. */
enum err group_copy(struct group *out, const struct group *in) MUST_USE;

bool group_has(const struct group *g, const uint8_t student[SUBJECT_BYTES], const struct person *p);

/* What a member of staff is to the group on that day: a set of relations. */
uint32_t group_relations(const struct group *g, const uint8_t staff[SUBJECT_BYTES], const char *day);

#endif
