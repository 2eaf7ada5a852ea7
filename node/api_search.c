/* People, guardians and classes by name, of those the caller may see. */
#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"
#include "node/handler.h"
#include "node/letters.h"
#include "node/looks.h"
#include "node/loop.h"

enum { FOUND_MAX = 20 };

struct search {
	struct node *node;
	const char *folded; /* what is looked for */
	char today[DATE_BYTES];
	json_t *people, *guardians, *classes; /* FOUND_MAX of each at most */
	bool far;			      /* somebody was found whom the caller has no daily work with */
};

static bool full(const json_t *list)
{
	return json_array_size(list) >= FOUND_MAX;
}

static bool named(const struct search *s, const char *name)
{
	char *folded = letters_fold(name);
	bool is = folded && strstr(folded, s->folded);
	free(folded);
	return is;
}

static void add_person(struct search *s, const struct permit *p, const struct indexed_person *one)
{
	json_array_append_new(s->people, json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:b}", "about", about_name(p->about), "id",
						   json_hex(one->subject, SUBJECT_BYTES), "family", one->person.family, "given",
						   one->person.given, "patronymic", one->person.patronymic, "class",
						   p->about == ABOUT_STUDENT ? one->person.class_name : one->person.position, "former",
						   one->former));
}

static bool has_guardian(const struct search *s, const json_t *id)
{
	const json_t *one;
	size_t i;
	json_array_foreach(s->guardians, i, one)
	{
		if (json_equal(json_object_get(one, "id"), id))
			return true;
	}
	return false;
}

/* Once each, with the first of their children. */
static void add_guardians(struct search *s, const struct indexed_person *child)
{
	for (size_t i = 0; i < child->person.guardian_count && !full(s->guardians); i++) {
		const struct guardian *g = &child->person.guardians[i];
		char name[3 * PERSON_TEXT_MAX];
		snprintf(name, sizeof name, "%s %s %s", g->family, g->given, g->patronymic);
		if (!person_guardian_stands(&child->person, g, s->today) || !named(s, name))
			continue;
		json_t *id = json_hex(g->id, SUBJECT_BYTES);
		if (has_guardian(s, id))
			json_decref(id);
		else
			json_array_append_new(s->guardians, json_pack("{s:o, s:s, s:s, s:s, s:o}", "id", id, "family", g->family, "given",
								      g->given, "patronymic", g->patronymic, "child",
								      handler_named(child)));
	}
}

static void look_at(struct search *s, struct exchange *x, const struct indexed_person *one)
{
	bool student = one->person.kind == PERSON_STUDENT;
	bool is = !full(s->people) && strstr(one->folded, s->folded);
	bool theirs = student && !one->former && !full(s->guardians) && strstr(one->guardians, s->folded);
	struct permit p;
	if (!is && !theirs)
		return;
	permit_of(x, student ? ABOUT_STUDENT : ABOUT_TEACHER, one->subject, &p);
	if (student && !p.relations)
		return;
	size_t guardians = json_array_size(s->guardians);
	if (is)
		add_person(s, &p, one);
	if (theirs && p.relations & REL_PRIVATE)
		add_guardians(s, one);
	s->far |= student && !looks_near(&p) && (is || json_array_size(s->guardians) > guardians);
}

static void look_at_classes(struct search *s, struct exchange *x)
{
	const struct structure *all = &s->node->structure;
	for (size_t i = 0; i < all->count && !full(s->classes); i++) {
		const struct group *g = &all->groups[all->order[i]];
		struct permit p;
		if (g->closed || !named(s, g->name))
			continue;
		permit_of(x, ABOUT_CLASS, g->subject, &p);
		if (p.relations)
			json_array_append_new(s->classes, json_pack("{s:o, s:s, s:s}", "id", json_hex(g->subject, SUBJECT_BYTES), "name", g->name,
								    "type", group_type_name(g->type)));
	}
}

static void get_search(struct exchange *x)
{
	struct node *n = api_node(x);
	const char *text = request_query(x->req, "query");
	char *folded = text && *text ? letters_fold(text) : NULL;
	if (!folded) {
		reply_error(x, ERR_INVALID, "what to look for", "query");
		return;
	}
	struct search s = {.node = n, .folded = folded, .people = json_array(), .guardians = json_array(), .classes = json_array()};
	date_of(clock_ms(), s.today);
	for (size_t i = 0; i < n->people.count; i++)
		look_at(&s, x, &n->people.at[n->people.order[i]]);
	look_at_classes(&s, x);
	free(folded);
	if (s.far)
		looks_note_list(x);
	reply_json(x, 200, json_pack("{s:o, s:o, s:o}", "people", s.people, "guardians", s.guardians, "classes", s.classes));
}

const struct route search_routes[] = {
	{METHOD_GET, "/api/v1/search", AREA_PEOPLE, BODY_NONE, 0, get_search},
};
const size_t search_route_count = sizeof search_routes / sizeof *search_routes;
