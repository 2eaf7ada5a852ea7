/* Reading declarations: everything is checked, and a mistake is named with its place. */
#include <stdio.h>
#include <stdlib.h>

#include "core/catalogue_parts.h"
#include "proto/limits.h"

/* Where a declaration stands, for errors. */
struct place {
	const char *file;
	const char *kind;
	char *why;
};

static enum err wrong(const struct place *p, const char *field, const char *what)
{
	snprintf(p->why, CATALOGUE_WHY_BYTES, "%s: %s%s%s: %s", p->file, p->kind ? p->kind : "", p->kind ? "." : "", field, what);
	return ERR_CONFIG;
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static bool code_valid(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	return n > 0 && n <= 40 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.") == n;
}

static bool titled(const json_t *t)
{
	return json_is_string(json_object_get(t, "ru")) && json_is_string(json_object_get(t, "en")) && json_object_size(t) == 2;
}

/* Refuses names that no reader would look at: usually a typing mistake. */
static const char *stranger(const json_t *o, const char *const known[])
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	{
		bool found = false;
		for (size_t i = 0; known[i]; i++)
			found |= strcmp(known[i], key) == 0;
		if (!found)
			return key;
	}
	return NULL;
}

/* --- fields ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum field_type type;
	bool list; /* names one */
	int64_t min, max;
} field_types[] = {
	{"text", FIELD_TEXT, false, 0, NAME_BYTES_MAX},	   {"int", FIELD_INT, false, 0, INT32_MAX},
	{"date", FIELD_DATE, false, 0, 0},		   {"flag", FIELD_FLAG, false, 0, 0},
	{"list", FIELD_LIST, true, 0, 0},		   {"lists", FIELD_LISTS, true, 0, 16},
	{"level", FIELD_LEVEL, false, 0, 3},		   {"marks", FIELD_MARKS, true, 0, 3},
	{"files", FIELD_FILES, false, 0, EVIDENCE_FILES_MAX}, {"entry", FIELD_ENTRY, false, 0, 0},
	{"person", FIELD_PERSON, false, 0, 0},		   {"persons", FIELD_PERSONS, false, 0, 40},
	{"link", FIELD_LINK, false, 0, 500},
};

enum { FIELD_TYPES = sizeof field_types / sizeof *field_types };

/* 0: there is none, or not of these. */
static uint32_t read_roles(const json_t *list)
{
	uint32_t roles = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		enum role r = name ? access_role(name) : ROLE_NONE;
		if (r != ROLE_STUDENT && r != ROLE_PARENT && r != ROLE_TEACHER)
			return 0;
		roles |= 1u << r;
	}
	return roles;
}

static enum err add_field(const struct place *p, json_t *f, struct field *out)
{
	static const char *const known[] = {"code", "title", "type", "required", "min", "max", "list", "of", "kind", "who", "help", NULL};
	const char *code = text_of(f, "code"), *type = text_of(f, "type"), *unknown = stranger(f, known);
	int t = 0;
	if (!code_valid(code))
		return wrong(p, "fields", "a field needs a code of a-z, 0-9, _");
	if (unknown)
		return wrong(p, code, "unknown name in the field");
	if (!titled(json_object_get(f, "title")) || (json_object_get(f, "help") && !titled(json_object_get(f, "help"))))
		return wrong(p, code, "needs a title, and a help if any, with ru and en");
	while (t < FIELD_TYPES && (!type || strcmp(field_types[t].name, type) != 0))
		t++;
	if (t == FIELD_TYPES)
		return wrong(p, code, "type must be one of those in the README");
	if (field_types[t].list != json_is_string(json_object_get(f, "list")))
		return wrong(p, code, "list names a list, for types list, lists and marks only");
	if (json_object_get(f, "of") &&
	    (field_types[t].type != FIELD_ENTRY || catalogue_about(text_of(f, "of")) == ABOUT_COUNT))
		return wrong(p, code, "of names the subject of another entry");
	if (json_object_get(f, "kind") && (field_types[t].type != FIELD_ENTRY || !text_of(f, "kind")))
		return wrong(p, code, "kind names the kind of another entry, for type entry only");
	if (json_object_get(f, "who") && ((field_types[t].type != FIELD_PERSON && field_types[t].type != FIELD_PERSONS) ||
					  !read_roles(json_object_get(f, "who"))))
		return wrong(p, code, "who lists student, parent, teacher, for types person and persons only");
	const json_t *min = json_object_get(f, "min"), *max = json_object_get(f, "max"), *required = json_object_get(f, "required");
	if ((min && !json_is_integer(min)) || (max && !json_is_integer(max)))
		return wrong(p, code, "min and max must be whole numbers");
	if (required && !json_is_boolean(required))
		return wrong(p, code, "required must be true or false");
	*out = (struct field){.code = code,
			      .list = text_of(f, "list"),
			      .type = field_types[t].type,
			      .of = catalogue_about(text_of(f, "of")),
			      .kind = text_of(f, "kind"),
			      .who = read_roles(json_object_get(f, "who")),
			      .required = json_is_true(required),
			      .min = min ? json_integer_value(min) : field_types[t].min,
			      .max = max ? json_integer_value(max) : field_types[t].max};
	/* as it is served, every member is there */
	bool told = !json_object_set_new(f, "required", json_boolean(out->required)) &&
		    !json_object_set_new(f, "min", json_integer(out->min)) && !json_object_set_new(f, "max", json_integer(out->max)) &&
		    (out->list || !json_object_set_new(f, "list", json_null()));
	return told ? ERR_OK : ERR_NO_MEMORY;
}

/* --- kinds ------------------------------------------------------------------------------------ */

static enum err read_relations(const struct place *p, const json_t *k, const char *name, uint32_t *out)
{
	const json_t *list = json_object_get(k, name);
	*out = 0;
	if (list && !json_is_array(list))
		return wrong(p, name, "is a list of relations");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *relation = json_string_value(json_array_get(list, i));
		enum relation r = relation ? access_relation(relation) : 0;
		if (!r)
			return wrong(p, name, "knows self, parent, teacher, class_teacher, tutor, expert, administrator");
		*out |= r;
	}
	return ERR_OK;
}

static bool has_field(const struct kind *k, const char *code, enum field_type type)
{
	const struct field *f = kind_field(k, code);
	return f && f->type == type;
}

static enum err read_feeds(const struct place *p, const json_t *k, struct kind *out)
{
	const json_t *feeds = json_object_get(k, "feeds");
	const char *measure = text_of(feeds, "measure"), *source = text_of(feeds, "source");
	static const char *const known[] = {"measure", "source", NULL};
	bool marks = false;
	if (!feeds)
		return ERR_OK;
	if (stranger(feeds, known) || !measure)
		return wrong(p, "feeds", "holds measure and source");
	for (size_t i = 0; i < out->field_count; i++)
		marks |= out->fields[i].type == FIELD_MARKS;
	if (strcmp(measure, "competence") == 0) {
		out->measure = MEASURE_COMPETENCE;
		if (!marks && !(has_field(out, "competence", FIELD_LIST) && has_field(out, "level", FIELD_LEVEL)))
			return wrong(p, "feeds", "needs marks, or competence and level");
		if (source && strcmp(source, "internal") == 0)
			out->source = SOURCE_INTERNAL;
		else if (source && strcmp(source, "external") == 0)
			out->source = SOURCE_EXTERNAL;
		else if (source && strcmp(source, "expert") == 0)
			out->source = SOURCE_EXPERT;
		else
			return wrong(p, "feeds", "source is internal, external or expert");
		return ERR_OK;
	}
	out->measure = strcmp(measure, "mark") == 0 ? MEASURE_MARK : strcmp(measure, "hours") == 0 ? MEASURE_HOURS : MEASURE_NONE;
	if (out->measure == MEASURE_NONE)
		return wrong(p, "feeds", "measure is competence, mark or hours");
	if (out->measure == MEASURE_MARK && !(has_field(out, "subject", FIELD_LIST) && has_field(out, "mark", FIELD_INT)))
		return wrong(p, "feeds", "needs subject and mark");
	return out->measure == MEASURE_HOURS && !has_field(out, "hours", FIELD_INT) ? wrong(p, "feeds", "needs hours") : ERR_OK;
}

static enum err read_kind(struct place *p, const json_t *k, struct kind *out)
{
	static const char *const known[] = {"code", "version", "subject", "group", "section", "title", "help", "see", "write",
					    "confirm", "publish", "one", "feeds", "table_by", "template_of", "fields", NULL};
	const json_t *fields = json_object_get(k, "fields"), *table = json_object_get(k, "table_by");
	const char *one = text_of(k, "one");
	out->title_ru = text_of(json_object_get(k, "title"), "ru");
	out->title_en = text_of(json_object_get(k, "title"), "en");
	out->section = text_of(k, "section");
	out->template_of = text_of(k, "template_of");
	out->about = catalogue_about(text_of(k, "subject"));
	out->publish = json_is_true(json_object_get(k, "publish"));
	if (stranger(k, known))
		return wrong(p, stranger(k, known), "unknown name");
	if (!titled(json_object_get(k, "title")))
		return wrong(p, "title", "needs ru and en");
	if (!json_is_integer(json_object_get(k, "version")))
		return wrong(p, "version", "must be a whole number");
	if (out->about == ABOUT_COUNT)
		return wrong(p, "subject", "must be student, teacher, class, school or network");
	if (!text_of(k, "group"))
		return wrong(p, "group", "names where the interface puts the kind");
	if (one && strcmp(one, "year") != 0 && strcmp(one, "ever") != 0)
		return wrong(p, "one", "is year or ever");
	out->once = !one ? ONCE_NEVER : strcmp(one, "year") == 0 ? ONCE_A_YEAR : ONCE_EVER;
	enum err e = read_relations(p, k, "see", &out->access.may[VERB_SEE]);
	if (!e)
		e = read_relations(p, k, "write", &out->access.may[VERB_WRITE]);
	if (!e)
		e = read_relations(p, k, "confirm", &out->access.may[VERB_CONFIRM]);
	if (e)
		return e;
	if (!out->access.may[VERB_WRITE])
		return wrong(p, "write", "nobody could write it");
	out->moderated = out->access.may[VERB_CONFIRM] != 0;
	if (!json_is_array(fields) || json_array_size(fields) == 0)
		return wrong(p, "fields", "needs at least one field");
	out->fields = calloc(json_array_size(fields), sizeof *out->fields);
	if (!out->fields)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < json_array_size(fields) && !e; i++) {
		e = add_field(p, json_array_get(fields, i), &out->fields[i]);
		if (!e && kind_field(out, out->fields[i].code))
			e = wrong(p, out->fields[i].code, "declared twice");
		if (!e && out->fields[i].of == ABOUT_COUNT)
			out->fields[i].of = out->about;
		out->field_count += !e;
	}
	if (e)
		return e;
	if (table) {
		out->table_field = text_of(table, "field");
		out->table_list = text_of(table, "list");
		if (!out->table_field || !out->table_list || !has_field(out, out->table_field, FIELD_INT))
			return wrong(p, "table_by", "names an int field and a list");
	}
	return read_feeds(p, k, out);
}

/* A template has the fields of what it is for, behind its own: what a text says, not what belongs to one entry. */
static enum err inherit_fields(const struct catalogue *c, struct place *p, json_t *k)
{
	static const char *const own[] = {"files", "entry", "person", "persons", NULL};
	const char *of = text_of(k, "template_of");
	json_t *fields = json_object_get(k, "fields"), *declared, *f;
	size_t i;
	if (!json_object_get(k, "template_of"))
		return ERR_OK;
	const struct kind *kind = of ? catalogue_kind(c, of) : NULL;
	if (!kind || kind->template_of)
		return wrong(p, "template_of", "names a kind declared before");
	if (!json_is_array(fields))
		return wrong(p, "fields", "needs at least one field");
	json_t *taken = json_object();
	json_array_foreach(fields, i, f)
		json_object_set(taken, text_of(f, "code") ? text_of(f, "code") : "", f);
	declared = json_object_get(json_array_get(json_object_get(c->all, "kinds"), (size_t)(kind - c->kinds)), "fields");
	enum err e = ERR_OK;
	json_array_foreach(declared, i, f)
	{
		bool skip = json_object_get(taken, text_of(f, "code")) != NULL;
		for (size_t o = 0; own[o]; o++)
			skip |= strcmp(text_of(f, "type"), own[o]) == 0;
		json_t *copy = skip ? NULL : json_deep_copy(f);
		json_object_del(copy, "required");
		if (!skip && json_array_append_new(fields, copy))
			e = ERR_NO_MEMORY;
	}
	json_decref(taken);
	return e;
}

static enum err add_kind(struct catalogue *c, struct place *p, json_t *k)
{
	const char *code = text_of(k, "code");
	p->kind = NULL;
	if (!code_valid(code))
		return wrong(p, "kind", "needs a code of a-z, 0-9, _");
	p->kind = code;
	if (catalogue_kind(c, code))
		return wrong(p, "code", "declared twice");
	struct kind *grown = realloc(c->kinds, (c->kind_count + 1) * sizeof *grown);
	if (!grown)
		return ERR_NO_MEMORY;
	c->kinds = grown;
	struct kind *out = &grown[c->kind_count];
	*out = (struct kind){.code = code};
	enum err e = inherit_fields(c, p, k);
	if (!e)
		e = read_kind(p, k, out);
	if (e) {
		free(out->fields);
		return e;
	}
	c->kind_count++;
	/* the reader's view has what follows from the rest, too */
	if (json_object_set_new(k, "moderated", json_boolean(out->moderated)) ||
	    json_array_append(json_object_get(c->all, "kinds"), k))
		return ERR_NO_MEMORY;
	p->kind = NULL;
	return ERR_OK;
}

/* --- lists and rules -------------------------------------------------------------------------- */

static enum err check_item(const struct place *p, const json_t *item)
{
	static const char *const known[] = {"code", "title", "group", "from", "help", "levels", NULL};
	const char *code = text_of(item, "code");
	if (!code_valid(code))
		return wrong(p, "list", "an item needs a code of a-z, 0-9, _");
	if (stranger(item, known))
		return wrong(p, code, "unknown name in the item");
	if (!titled(json_object_get(item, "title")))
		return wrong(p, code, "needs a title with ru and en");
	if (json_object_get(item, "from") && !json_is_integer(json_object_get(item, "from")))
		return wrong(p, code, "from must be a whole number");
	const json_t *levels = json_object_get(item, "levels");
	for (size_t i = 0; i < json_array_size(levels); i++)
		if (!titled(json_array_get(levels, i)))
			return wrong(p, code, "each of the levels needs ru and en");
	return ERR_OK;
}

static enum err add_list(struct catalogue *c, struct place *p, const char *code, json_t *declared)
{
	static const char *const known[] = {"groups", "editable", "items", NULL};
	json_t *items = json_is_array(declared) ? declared : json_object_get(declared, "items");
	p->kind = code;
	if (!code_valid(code))
		return wrong(p, "list", "needs a code of a-z, 0-9, _");
	if (catalogue_items(c, code))
		return wrong(p, "list", "declared twice");
	if (!json_is_array(items) || (json_is_object(declared) && stranger(declared, known)))
		return wrong(p, "list", "is an array of items, or holds groups, editable and items");
	for (size_t i = 0; i < json_array_size(items); i++) {
		enum err e = check_item(p, json_array_get(items, i));
		if (e)
			return e;
		for (size_t j = 0; j < i; j++)
			if (strcmp(text_of(json_array_get(items, i), "code"), text_of(json_array_get(items, j), "code")) == 0)
				return wrong(p, text_of(json_array_get(items, i), "code"), "twice in the list");
	}
	const char *groups = json_is_array(declared) ? NULL : text_of(declared, "groups");
	json_t *list = json_pack("{s:b, s:s?, s:O}", "editable", json_is_true(json_object_get(declared, "editable")), "groups", groups,
				 "items", items);
	p->kind = NULL;
	return json_object_set_new(json_object_get(c->all, "lists"), code, list) ? ERR_NO_MEMORY : ERR_OK;
}

static enum err add_rule(struct catalogue *c, struct place *p, json_t *rule)
{
	struct rules *r = &c->rules;
	const struct {
		const char *code;
		unsigned *version;
		const char *names[2];
		int64_t *numbers[2];
	} rules[] = {
		{"mean", &r->mean, {NULL, NULL}, {NULL, NULL}},
		{"deviation", &r->deviation, {"from", NULL}, {&r->deviation_from, NULL}},
		{"indicator", &r->indicator, {"scale", "top"}, {&r->indicator_scale, &r->indicator_top}},
		{"one_sided", &r->one_sided, {"share", "least"}, {&r->one_sided_share, &r->one_sided_least}},
		{"leading", &r->leading, {"least", NULL}, {&r->leading_least, NULL}},
	};
	const char *code = text_of(rule, "code");
	const json_t *version = json_object_get(rule, "version");
	p->kind = code;
	if (!titled(json_object_get(rule, "title")) || !titled(json_object_get(rule, "text")) || json_integer_value(version) < 1)
		return wrong(p, "rule", "needs a version, a title and a text");
	for (size_t i = 0; code && i < sizeof rules / sizeof *rules; i++) {
		if (strcmp(rules[i].code, code) != 0)
			continue;
		size_t named = 4;
		for (int n = 0; n < 2 && rules[i].names[n]; n++, named++) {
			const json_t *number = json_object_get(rule, rules[i].names[n]);
			if (json_integer_value(number) < 1)
				return wrong(p, rules[i].names[n], "must be a whole number above zero");
			*rules[i].numbers[n] = json_integer_value(number);
		}
		if (json_object_size(rule) != named)
			return wrong(p, "rule", "has a name that it does not know");
		*rules[i].version = (unsigned)json_integer_value(version);
		p->kind = NULL;
		return json_array_append(json_object_get(c->all, "rules"), rule) ? ERR_NO_MEMORY : ERR_OK;
	}
	return wrong(p, "rule", "is none that the engine knows");
}

/* --- files ------------------------------------------------------------------------------------ */

enum err catalogue_add(struct catalogue *c, const char *file, struct bytes json, char *why)
{
	static const char *const known[] = {"kinds", "lists", "rules", NULL};
	struct place p = {file, NULL, why};
	json_error_t error;
	json_t *o = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &error);
	enum err e = ERR_OK;
	if (!o) {
		snprintf(why, CATALOGUE_WHY_BYTES, "%s:%d: %s", file, error.line, error.text);
		return ERR_CONFIG;
	}
	if (!json_is_object(o) || stranger(o, known))
		e = wrong(&p, json_is_object(o) ? stranger(o, known) : "file", "a file holds kinds, lists and rules");
	json_t *kinds = json_object_get(o, "kinds"), *rules = json_object_get(o, "rules"), *items;
	const char *code;
	json_object_foreach(json_object_get(o, "lists"), code, items)
	{
		if (!e)
			e = add_list(c, &p, code, items);
	}
	for (size_t i = 0; i < json_array_size(kinds) && !e; i++)
		e = add_kind(c, &p, json_array_get(kinds, i));
	for (size_t i = 0; i < json_array_size(rules) && !e; i++)
		e = add_rule(c, &p, json_array_get(rules, i));
	json_decref(o);
	return e;
}

static enum err finish_list(const struct catalogue *c, struct place *p, const char *code, const json_t *list)
{
	const char *groups = text_of(list, "groups");
	const json_t *items = json_object_get(list, "items");
	p->kind = code;
	if (groups && !catalogue_items(c, groups))
		return wrong(p, groups, "no such list");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const char *group = text_of(json_array_get(items, i), "group");
		if (group && (!groups || !catalogue_find_item(c, groups, group)))
			return wrong(p, group, "no such group");
	}
	return ERR_OK;
}

static enum err finish_kind(const struct catalogue *c, struct place *p, const struct kind *k, const json_t *declared)
{
	const char *sections = k->about == ABOUT_STUDENT ? "section" : "teacher_section", *group = text_of(declared, "group");
	p->kind = k->code;
	for (size_t f = 0; f < k->field_count; f++) {
		if (k->fields[f].list && !catalogue_items(c, k->fields[f].list))
			return wrong(p, k->fields[f].list, "no such list");
		const struct kind *of = k->fields[f].kind ? catalogue_kind(c, k->fields[f].kind) : NULL;
		if (k->fields[f].kind && (!of || of->about != k->fields[f].of))
			return wrong(p, k->fields[f].code, "no such kind of that subject");
	}
	if (k->table_list && !catalogue_items(c, k->table_list))
		return wrong(p, k->table_list, "no such list");
	if (k->section && !catalogue_find_item(c, sections, k->section))
		return wrong(p, k->section, "no such section");
	if (!catalogue_find_item(c, "kind_group", group))
		return wrong(p, group, "no such group of kinds");
	return ERR_OK;
}

enum err catalogue_finish(struct catalogue *c, char *why)
{
	struct place p = {"catalogue", NULL, why};
	const struct rules *r = &c->rules;
	const char *code;
	json_t *list;
	enum err e = ERR_OK;
	json_object_foreach(json_object_get(c->all, "lists"), code, list)
	{
		if (!e)
			e = finish_list(c, &p, code, list);
	}
	for (size_t i = 0; i < c->kind_count && !e; i++)
		e = finish_kind(c, &p, &c->kinds[i], json_array_get(json_object_get(c->all, "kinds"), i));
	p.kind = NULL;
	if (!e && !(r->mean && r->deviation && r->indicator && r->one_sided && r->leading))
		e = wrong(&p, "rules", "mean, deviation, indicator, one_sided and leading are needed");
	return e;
}
