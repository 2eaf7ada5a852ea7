/*
 * access - who may do what. Decided here once, from (role, relation to the subject,
 * kind, verb), and nowhere else; whatever is not allowed is denied.
 *
 * A role is what somebody is logged in as. A relation is what they are to one
 * subject at this moment, computed anew for each request (core/structure.h); a
 * role lets only some relations speak: a teacher who is a parent at the same
 * school is one at a time. The operator on the control socket (ROLE_LOCAL) holds
 * the machine and its keys, and may everything.
 */
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_NONE, ROLE_STUDENT, ROLE_PARENT, ROLE_TEACHER, ROLE_ADMINISTRATOR, ROLE_OBSERVER, ROLE_LOCAL, ROLE_COUNT };

enum relation {
	REL_SELF = 1,
	REL_PARENT = 2,
	REL_TEACHER = 4, /* of a group that the student is in */
	REL_CLASS_TEACHER = 8,
	REL_TUTOR = 16,
	REL_EXPERT = 32, /* named for one work or procedure, until a date */
	REL_ADMINISTRATOR = 64,
	REL_ALL = 127,
};

enum verb { VERB_SEE, VERB_WRITE, VERB_CONFIRM, VERB_COUNT };

enum area {
#define AREA(NAME, see, write) AREA_##NAME,
#include "core/access.def"
#undef AREA
	AREA_COUNT
};

/* What a kind's declaration says: for each verb a set of relations. */
struct access_rule {
	uint32_t may[VERB_COUNT];
};

/* Whether the role may see or change something of the area. */
bool access_area(enum role role, enum area area, enum verb verb);

/*
 * In what relation the role may do it to an entry of a kind: the nearest of those
 * that are allowed, 0: not at all.
 */
enum relation access_kind(enum role role, uint32_t relations, const struct access_rule *rule, enum verb verb);

/* The relations that a role lets speak. */
uint32_t access_relations(enum role role);

/* "student", ... as the API says it; NULL for none. access_role is its inverse, ROLE_NONE for any other text. */
const char *access_role_name(enum role role);
enum role access_role(const char *name);

/* "class_teacher" to REL_CLASS_TEACHER; 0 for any other text. */
enum relation access_relation(const char *name);

/* The name of a relation, as access_relation takes it. */
const char *access_relation_name(enum relation r);

/* How the relation reads in records: "классный руководитель". */
const char *access_relation_title(enum relation r);

#endif
