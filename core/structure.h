/*
 * structure - the school's classes and groups, in memory, and what follows from them:
 * who is whose teacher today. Made of the groups' cards; kept up with every commit.
 */
#ifndef CORE_STRUCTURE_H
#define CORE_STRUCTURE_H

#include "core/changes.h"
#include "core/group.h"

struct structure {
	struct group *groups; /* sorted by subject */
	size_t count, cap;
	size_t *order; /* indices by type, then name as people count: 2А before 10Б */
};

/* Reads every group that a key is held for and that this school keeps. */
enum err structure_load(struct structure *s, struct school *school) MUST_USE;
/* Looks again at these subjects. */
enum err structure_refresh(struct structure *s, struct school *school, const struct changes *c) MUST_USE;
void structure_release(struct structure *s);

const struct group *structure_find(const struct structure *s, const uint8_t *subject);

/* The open class of that name; NULL if there is none. */
const struct group *structure_class(const struct structure *s, const char *name);

/*
 * What a person is to a student on that day: SELF, PARENT, TEACHER, CLASS_TEACHER,
 * TUTOR. Nothing to one who is no longer here (former).
 */
uint32_t structure_relations(const struct structure *s, const uint8_t *student, const struct person *p, bool former,
			     const uint8_t *who, const char *day);

/*
 * Whether they are the student's teacher of that course on that day: assigned for it, for a group of it, or
 * for none in particular.
 */
bool structure_teaches(const struct structure *s, const uint8_t *student, const struct person *p, const uint8_t *who,
		       const char *course, const char *day);

/* Classes in the order in which people count: 2А before 10Б. */
int class_compare(const char *a, const char *b);

#endif
