#include "core/catalogue.h"

#include <stdlib.h>

#include "core/catalogue_parts.h"

struct catalogue *catalogue_new(void)
{
	struct catalogue *c = calloc(1, sizeof *c);
	if (c)
		c->all = json_pack("{s:[], s:{}, s:[]}", "kinds", "lists", "rules");
	if (c && !c->all) {
		free(c);
		return NULL;
	}
	return c;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->kind_count; i++)
		free(c->kinds[i].fields);
	free(c->kinds);
	json_decref(c->all);
	free(c);
}

const json_t *catalogue_json(const struct catalogue *c)
{
	return c->all;
}

const struct rules *catalogue_rules(const struct catalogue *c)
{
	return &c->rules;
}

const struct kind *catalogue_kind_at(const struct catalogue *c, size_t i)
{
	return i < c->kind_count ? &c->kinds[i] : NULL;
}

const struct kind *catalogue_kind(const struct catalogue *c, const char *code)
{
	for (size_t i = 0; i < c->kind_count; i++)
		if (strcmp(c->kinds[i].code, code) == 0)
			return &c->kinds[i];
	return NULL;
}

const struct field *kind_field(const struct kind *k, const char *code)
{
	for (size_t i = 0; i < k->field_count; i++)
		if (strcmp(k->fields[i].code, code) == 0)
			return &k->fields[i];
	return NULL;
}

static const char *const about_names[ABOUT_COUNT] = {"student", "teacher", "class", "school", "network"};

const char *about_name(enum about about)
{
	return about_names[about];
}

enum about catalogue_about(const char *name)
{
	int i = 0;
	while (i < ABOUT_COUNT && (!name || strcmp(about_names[i], name) != 0))
		i++;
	return (enum about)i;
}

/* --- lists ------------------------------------------------------------------------------------ */

const json_t *catalogue_items(const struct catalogue *c, const char *list)
{
	return json_object_get(json_object_get(json_object_get(c->all, "lists"), list), "items");
}

const json_t *catalogue_find_item(const struct catalogue *c, const char *list, const char *code)
{
	const json_t *items = catalogue_items(c, list);
	for (size_t i = 0; i < json_array_size(items); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(items, i), "code")), code) == 0)
			return json_array_get(items, i);
	return NULL;
}

const char *catalogue_word(const struct catalogue *c, const char *list, const char *code, const char *language)
{
	const json_t *item = catalogue_find_item(c, list, code);
	return json_string_value(json_object_get(json_object_get(item, "title"), language));
}

const char *catalogue_group(const struct catalogue *c, const char *list, const char *code)
{
	return json_string_value(json_object_get(catalogue_find_item(c, list, code), "group"));
}

const char *catalogue_table(const struct catalogue *c, const struct kind *k, int64_t value)
{
	const json_t *items = k->table_list ? catalogue_items(c, k->table_list) : NULL;
	const char *best = NULL;
	int64_t reached = -1;
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		int64_t from = json_integer_value(json_object_get(item, "from"));
		if (from <= value && from > reached) {
			reached = from;
			best = json_string_value(json_object_get(item, "code"));
		}
	}
	return best;
}

bool catalogue_own(const struct catalogue *c, const char *list, const char *code)
{
	return json_is_true(json_object_get(catalogue_find_item(c, list, code), "own"));
}

bool catalogue_has_group(const struct catalogue *c, const char *list, const char *group)
{
	const char *groups = json_string_value(json_object_get(json_object_get(json_object_get(c->all, "lists"), list), "groups"));
	return groups && catalogue_find_item(c, groups, group);
}

/* Of a shipped item nothing but whether it is shown may change. */
static enum err edit_item(const struct catalogue *c, json_t *item, const struct list_edit *edit)
{
	if (json_is_true(json_object_get(item, "own"))) {
		bool grouped = catalogue_has_group(c, edit->list, edit->group);
		json_t *title = json_pack("{s:s, s:s}", "ru", edit->title_ru, "en", edit->title_en);
		if (json_object_set_new(item, "title", title))
			return ERR_NO_MEMORY;
		json_object_del(item, "group");
		if (grouped && json_object_set_new(item, "group", json_string(edit->group)))
			return ERR_NO_MEMORY;
	}
	return json_object_set_new(item, "hidden", json_boolean(edit->hidden)) ? ERR_NO_MEMORY : ERR_OK;
}

enum err catalogue_item(struct catalogue *c, const struct list_edit *edit)
{
	json_t *list = json_object_get(json_object_get(c->all, "lists"), edit->list);
	json_t *item = (json_t *)(uintptr_t)catalogue_find_item(c, edit->list, edit->code);
	if (!list)
		return ERR_NOT_FOUND;
	if (!json_is_true(json_object_get(list, "editable")))
		return ERR_FORBIDDEN;
	const json_t *title = json_object_get(item, "title");
	if (item && !catalogue_own(c, edit->list, edit->code) &&
	    (strcmp(json_string_value(json_object_get(title, "ru")), edit->title_ru) != 0 ||
	     strcmp(json_string_value(json_object_get(title, "en")), edit->title_en) != 0))
		return ERR_FORBIDDEN;
	if (!item) {
		item = json_pack("{s:s, s:b}", "code", edit->code, "own", true);
		if (!item || json_array_append_new(json_object_get(list, "items"), item))
			return ERR_NO_MEMORY;
	}
	return edit_item(c, item, edit);
}

void catalogue_reset(struct catalogue *c)
{
	const char *code;
	json_t *list;
	json_object_foreach(json_object_get(c->all, "lists"), code, list)
	{
		json_t *items = json_object_get(list, "items");
		for (size_t i = json_array_size(items); i > 0; i--) {
			json_t *item = json_array_get(items, i - 1);
			json_object_del(item, "hidden");
			if (json_is_true(json_object_get(item, "own")))
				json_array_remove(items, i - 1);
		}
	}
}
