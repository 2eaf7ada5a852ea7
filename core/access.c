#include "core/access.h"

#include <string.h>

#define ANYBODY UINT32_MAX
#define NOBODY 0
#define R(NAME) (1u << ROLE_##NAME)

static const struct {
	uint32_t see, change;
} areas[] = {
#define AREA(NAME, see, write) {see, write},
#include "core/access.def"
#undef AREA
};

static const char *const role_names[ROLE_COUNT] = {NULL, "student", "parent", "teacher", "administrator", "observer", "operator"};

/* The nearest first. */
static const struct {
	enum relation relation;
	const char *name, *title;
} relations[] = {
	{REL_SELF, "self", "автор"},
	{REL_PARENT, "parent", "родитель"},
	{REL_CLASS_TEACHER, "class_teacher", "классный руководитель"},
	{REL_TUTOR, "tutor", "тьютор"},
	{REL_TEACHER, "teacher", "учитель"},
	{REL_EXPERT, "expert", "эксперт"},
	{REL_ADMINISTRATOR, "administrator", "администратор"},
};

enum { RELATIONS = sizeof relations / sizeof *relations };

bool access_area(enum role role, enum area area, enum verb verb)
{
	if (role == ROLE_LOCAL)
		return true;
	return ((verb == VERB_SEE ? areas[area].see : areas[area].change) >> role & 1) != 0;
}

uint32_t access_relations(enum role role)
{
	switch (role) {
	case ROLE_STUDENT:
		return REL_SELF;
	case ROLE_PARENT:
		return REL_PARENT | REL_EXPERT;
	case ROLE_TEACHER:
		return REL_SELF | REL_TEACHER | REL_CLASS_TEACHER | REL_TUTOR | REL_EXPERT;
	case ROLE_ADMINISTRATOR:
		return REL_ADMINISTRATOR;
	case ROLE_LOCAL:
		return REL_ALL;
	case ROLE_NONE:
	case ROLE_OBSERVER:
	case ROLE_COUNT:
		break;
	}
	return 0;
}

enum relation access_kind(enum role role, uint32_t held, const struct access_rule *rule, enum verb verb)
{
	uint32_t may = rule->may[verb];
	if (verb == VERB_SEE) /* who may write or confirm may see */
		may |= rule->may[VERB_WRITE] | rule->may[VERB_CONFIRM];
	uint32_t allowed = role == ROLE_LOCAL ? REL_ADMINISTRATOR : held & access_relations(role) & may;
	for (int i = 0; i < RELATIONS; i++)
		if (allowed & relations[i].relation)
			return relations[i].relation;
	return 0;
}

const char *access_role_name(enum role role)
{
	return role_names[role];
}

enum role access_role(const char *name)
{
	for (int i = ROLE_STUDENT; i < ROLE_LOCAL; i++)
		if (strcmp(name, role_names[i]) == 0)
			return (enum role)i;
	return ROLE_NONE;
}

enum relation access_relation(const char *name)
{
	for (int i = 0; i < RELATIONS; i++)
		if (strcmp(name, relations[i].name) == 0)
			return relations[i].relation;
	return 0;
}

const char *access_relation_name(enum relation r)
{
	for (int i = 0; i < RELATIONS; i++)
		if (relations[i].relation == r)
			return relations[i].name;
	return "";
}

const char *access_relation_title(enum relation r)
{
	for (int i = 0; i < RELATIONS; i++)
		if (relations[i].relation == r)
			return relations[i].title;
	return "";
}
