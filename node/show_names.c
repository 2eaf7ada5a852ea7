/* Whom an entry names: staff are known to all who read, students and guardians to whoever has to do with them. */
#include <stdio.h>

#include "node/loop.h"
#include "node/permit.h"
#include "node/roles.h"
#include "node/show.h"
#include "proto/text.h"

enum { FULL_NAME_BYTES = 3 * PERSON_TEXT_MAX };

static uint32_t relations(const struct permit *viewer, const uint8_t *student)
{
	struct permit p;
	permit_for(viewer->node, viewer->role, viewer->who, ABOUT_STUDENT, student, &p);
	return p.relations;
}

static void full_name(char out[FULL_NAME_BYTES], const char *family, const char *given, const char *patronymic)
{
	snprintf(out, FULL_NAME_BYTES, "%s%s%s%s%s", family, *given ? " " : "", given, *patronymic ? " " : "", patronymic);
}

/* Of any of their children. */
static bool keeps_child_of(const struct permit *viewer, const uint8_t *guardian)
{
	const struct people_index *people = &viewer->node->people;
	for (size_t i = 0; i < people->count; i++) {
		const struct indexed_person *child = &people->at[i];
		if (!child->former && person_guardian(&child->person, guardian) && relations(viewer, child->subject) & REL_PRIVATE)
			return true;
	}
	return false;
}

static bool name_of(const struct permit *viewer, const uint8_t *id, char out[FULL_NAME_BYTES])
{
	const struct people_index *people = &viewer->node->people;
	const struct indexed_person *one = people_index_find(people, id);
	if (one) {
		full_name(out, one->person.family, one->person.given, one->person.patronymic);
		return one->person.kind == PERSON_STAFF || relations(viewer, id) != 0;
	}
	const struct guardian *g = roles_guardian(people, id, clock_ms(), NULL);
	if (!g)
		return false;
	full_name(out, g->family, g->given, g->patronymic);
	return memcmp(id, viewer->who, SUBJECT_BYTES) == 0 || keeps_child_of(viewer, id);
}

static void add(json_t *names, const struct permit *viewer, const json_t *value)
{
	const char *hex = json_string_value(value);
	char name[FULL_NAME_BYTES];
	uint8_t id[SUBJECT_BYTES];
	if (hex && hex_decode(hex, id, sizeof id) && name_of(viewer, id, name))
		json_object_set_new(names, hex, json_string(name));
}

json_t *show_names(const struct permit *viewer, const struct kind *k, const json_t *fields)
{
	json_t *names = json_object();
	for (size_t i = 0; k && i < k->field_count; i++) {
		const json_t *value = json_object_get(fields, k->fields[i].code);
		if (k->fields[i].type == FIELD_PERSON)
			add(names, viewer, value);
		for (size_t n = 0; k->fields[i].type == FIELD_PERSONS && n < json_array_size(value); n++)
			add(names, viewer, json_array_get(value, n));
	}
	return names;
}
