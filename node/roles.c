#include "node/roles.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"

#define R(NAME) (1u << ROLE_##NAME)

/* A day that the records give wrongly has not begun. */
static bool begun(const char *day, uint64_t now_ms)
{
	return day[0] && date_valid(day) && date_begun(day, now_ms);
}

static bool kept(const struct indexed_person *p, enum person_kind kind, uint64_t now_ms)
{
	return p && !p->gone && !p->former && p->person.kind == kind && p->custody.state != CUSTODY_NONE &&
	       p->custody.state != CUSTODY_ERASED && !begun(p->person.left, now_ms);
}

bool roles_student(const struct people_index *people, const uint8_t *subject, uint64_t now_ms)
{
	return kept(people_index_find(people, subject), PERSON_STUDENT, now_ms);
}

bool roles_teacher(const struct people_index *people, const uint8_t *subject, uint64_t now_ms)
{
	return kept(people_index_find(people, subject), PERSON_STAFF, now_ms);
}

const struct guardian *roles_guardian(const struct people_index *people, const uint8_t *id, uint64_t now_ms,
				      const struct indexed_person **child)
{
	char today[DATE_BYTES];
	if (sodium_is_zero(id, SUBJECT_BYTES))
		return NULL;
	date_of(now_ms, today);
	for (size_t i = 0; i < people->count; i++) {
		const struct indexed_person *p = &people->at[i];
		const struct guardian *g = person_guardian(&p->person, id);
		if (!g || !kept(p, PERSON_STUDENT, now_ms) || !person_guardian_stands(&p->person, g, today))
			continue;
		if (child)
			*child = p;
		return g;
	}
	return NULL;
}

uint32_t roles_person(const struct people_index *people, const uint8_t *id, uint64_t now_ms)
{
	return (roles_student(people, id, now_ms) ? R(STUDENT) : 0) | (roles_teacher(people, id, now_ms) ? R(TEACHER) : 0) |
	       (roles_guardian(people, id, now_ms, NULL) ? R(PARENT) : 0);
}

uint32_t roles_held(const struct people_index *people, const struct account *a, uint64_t now_ms)
{
	uint32_t roles = 0;
	if (a->disabled)
		return 0;
	if (!sodium_is_zero(a->who, sizeof a->who)) {
		if (roles_student(people, a->who, now_ms))
			roles |= R(STUDENT);
		if (roles_teacher(people, a->who, now_ms))
			roles |= R(TEACHER);
	}
	if (roles_guardian(people, a->guardian, now_ms, NULL))
		roles |= R(PARENT);
	/* the flags of somebody who worked here end with the work */
	bool here = a->kind != ACCOUNT_STAFF || roles & R(TEACHER);
	if (a->administrator && here)
		roles |= R(ADMINISTRATOR);
	if (a->observer && here)
		roles |= R(OBSERVER);
	return roles;
}

bool roles_need_factor(uint32_t roles)
{
	return (roles & (R(TEACHER) | R(ADMINISTRATOR) | R(OBSERVER))) != 0;
}

enum role roles_first(uint32_t roles)
{
	static const enum role order[] = {ROLE_STUDENT, ROLE_TEACHER, ROLE_PARENT, ROLE_OBSERVER, ROLE_ADMINISTRATOR};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (roles >> order[i] & 1)
			return order[i];
	return ROLE_NONE;
}
