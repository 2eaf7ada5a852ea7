/*
 * roles - what an account may be logged in as, from the records as they are
 * now. Nothing is granted that would have to be taken back: who is no longer
 * there has no role at the next request.
 */
#ifndef NODE_ROLES_H
#define NODE_ROLES_H

#include "core/access.h"
#include "core/accounts.h"
#include "node/people_index.h"

/* A set of 1 << enum role. */
uint32_t roles_held(const struct people_index *people, const struct account *a, uint64_t now_ms);

/* Whether the school keeps the person now, and they have not left. */
bool roles_student(const struct people_index *people, const uint8_t *subject, uint64_t now_ms);
bool roles_teacher(const struct people_index *people, const uint8_t *subject, uint64_t now_ms);

/* What somebody of that id is here now, of student, parent and teacher; in the form of roles_held. */
uint32_t roles_person(const struct people_index *people, const uint8_t *id, uint64_t now_ms);

/* The guardian as some child kept here names them whom they still stand for; *child may be NULL. NULL: nobody. */
const struct guardian *roles_guardian(const struct people_index *people, const uint8_t *id, uint64_t now_ms,
				      const struct indexed_person **child);

/* Those for whom a second factor is compulsory. */
bool roles_need_factor(uint32_t roles);

/* The one to begin with, of a set: the least that they may be; ROLE_NONE of none. */
enum role roles_first(uint32_t roles);

#endif
