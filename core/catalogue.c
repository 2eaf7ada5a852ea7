#include "core/catalogue.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/date.h"
#include "proto/limits.h"
#include "proto/mp.h"

struct catalogue {
	json_t *all; /* {"kinds": [...], "lists": {...}} */
};

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

struct catalogue *catalogue_new(void)
{
	struct catalogue *c = calloc(1, sizeof *c);
	if (c)
		c->all = json_pack("{s:[], s:{}}", "kinds", "lists");
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
	json_decref(c->all);
	free(c);
}

static bool code_valid(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	return n > 0 && n <= 40 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.") == n;
}

static bool titled(const json_t *o)
{
	const json_t *t = json_object_get(o, "title");
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

static enum err check_field(const struct place *p, const json_t *f)
{
	static const char *const known[] = {"code", "title", "type", "required", "max", "list", NULL};
	static const char *const types[] = {"text", "int", "date", "list", "level", NULL};
	const char *code = json_string_value(json_object_get(f, "code")), *type = json_string_value(json_object_get(f, "type"));
	const char *unknown = stranger(f, known);
	bool typed = false;
	if (!code_valid(code))
		return wrong(p, "fields", "a field needs a code of a-z, 0-9, _");
	if (unknown)
		return wrong(p, code, "unknown name in the field");
	if (!titled(f))
		return wrong(p, code, "needs a title with ru and en");
	for (size_t i = 0; type && types[i]; i++)
		typed |= strcmp(types[i], type) == 0;
	if (!typed)
		return wrong(p, code, "type must be text, int, date, list or level");
	if ((strcmp(type, "list") == 0) != json_is_string(json_object_get(f, "list")))
		return wrong(p, code, "list names a list, for type list only");
	if (json_object_get(f, "max") && !json_is_integer(json_object_get(f, "max")))
		return wrong(p, code, "max must be a whole number");
	if (json_object_get(f, "required") && !json_is_boolean(json_object_get(f, "required")))
		return wrong(p, code, "required must be true or false");
	return ERR_OK;
}

/* The declaration as it is served: every member present, fields in the order written. */
static enum err add_kind(struct catalogue *c, struct place *p, const json_t *k)
{
	static const char *const known[] = {"code", "version", "subject", "moderated", "title", "fields", NULL};
	const char *code = json_string_value(json_object_get(k, "code"));
	const char *subject = json_string_value(json_object_get(k, "subject"));
	const json_t *fields = json_object_get(k, "fields");
	p->kind = NULL;
	if (!code_valid(code))
		return wrong(p, "kind", "needs a code of a-z, 0-9, _");
	p->kind = code;
	if (stranger(k, known))
		return wrong(p, stranger(k, known), "unknown name");
	if (catalogue_kind(c, code))
		return wrong(p, "code", "declared twice");
	if (!titled(k))
		return wrong(p, "title", "needs ru and en");
	if (!json_is_integer(json_object_get(k, "version")))
		return wrong(p, "version", "must be a whole number");
	if (!subject || (strcmp(subject, "student") && strcmp(subject, "teacher") && strcmp(subject, "class") &&
			 strcmp(subject, "school") && strcmp(subject, "network")))
		return wrong(p, "subject", "must be student, teacher, class, school or network");
	if (!json_is_array(fields) || json_array_size(fields) == 0)
		return wrong(p, "fields", "needs at least one field");
	json_t *served = json_array();
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *f = json_array_get(fields, i);
		enum err e = check_field(p, f);
		if (e) {
			json_decref(served);
			return e;
		}
		json_t *max = json_object_get(f, "max"), *list = json_object_get(f, "list");
		bool level = strcmp(json_string_value(json_object_get(f, "type")), "level") == 0;
		json_array_append_new(served, json_pack("{s:O, s:O, s:O, s:b, s:o, s:o}", "code", json_object_get(f, "code"), "title",
							json_object_get(f, "title"), "type", json_object_get(f, "type"), "required",
							json_is_true(json_object_get(f, "required")), "max",
							max ? json_incref(max) : level ? json_integer(3) : json_null(), "list",
							list ? json_incref(list) : json_null()));
	}
	json_array_append_new(json_object_get(c->all, "kinds"),
			      json_pack("{s:O, s:O, s:O, s:b, s:O, s:o}", "code", json_object_get(k, "code"), "title",
					json_object_get(k, "title"), "subject", json_object_get(k, "subject"), "moderated",
					!json_is_false(json_object_get(k, "moderated")), "version", json_object_get(k, "version"),
					"fields", served));
	return ERR_OK;
}

static enum err add_list(struct catalogue *c, struct place *p, const char *code, json_t *items)
{
	p->kind = code;
	if (!code_valid(code))
		return wrong(p, "lists", "a list needs a code of a-z, 0-9, _");
	if (!json_is_array(items) || json_array_size(items) == 0)
		return wrong(p, "items", "needs at least one item");
	if (json_object_get(json_object_get(c->all, "lists"), code))
		return wrong(p, "code", "declared twice");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		if (!code_valid(json_string_value(json_object_get(item, "code"))) || !titled(item) || json_object_size(item) != 2)
			return wrong(p, "items", "every item needs a code and a title with ru and en");
	}
	json_object_set(json_object_get(c->all, "lists"), code, items);
	return ERR_OK;
}

enum err catalogue_add(struct catalogue *c, const char *file, struct bytes json, char *why)
{
	static const char *const known[] = {"kinds", "lists", NULL};
	struct place p = {file, NULL, why};
	json_error_t error;
	json_t *o = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &error);
	enum err e = ERR_OK;
	if (!o) {
		snprintf(why, CATALOGUE_WHY_BYTES, "%s:%d: %s", file, error.line, error.text);
		return ERR_CONFIG;
	}
	if (!json_is_object(o) || stranger(o, known))
		e = wrong(&p, json_is_object(o) ? stranger(o, known) : "file", "a file holds kinds and lists");
	const json_t *kinds = json_object_get(o, "kinds");
	for (size_t i = 0; i < json_array_size(kinds) && !e; i++)
		e = add_kind(c, &p, json_array_get(kinds, i));
	const char *code;
	json_t *items;
	json_object_foreach(json_object_get(o, "lists"), code, items)
	{
		if (!e)
			e = add_list(c, &p, code, items);
	}
	json_decref(o);
	return e;
}

enum err catalogue_finish(struct catalogue *c, char *why)
{
	const json_t *kinds = json_object_get(c->all, "kinds"), *lists = json_object_get(c->all, "lists");
	for (size_t i = 0; i < json_array_size(kinds); i++) {
		const json_t *k = json_array_get(kinds, i), *fields = json_object_get(k, "fields");
		struct place p = {"catalogue", json_string_value(json_object_get(k, "code")), why};
		for (size_t f = 0; f < json_array_size(fields); f++) {
			const char *list = json_string_value(json_object_get(json_array_get(fields, f), "list"));
			if (list && !json_object_get(lists, list))
				return wrong(&p, list, "no such list");
		}
	}
	return ERR_OK;
}

const json_t *catalogue_json(const struct catalogue *c)
{
	return c->all;
}

const json_t *catalogue_kind(const struct catalogue *c, const char *code)
{
	const json_t *kinds = json_object_get(c->all, "kinds");
	for (size_t i = 0; i < json_array_size(kinds); i++) {
		const json_t *k = json_array_get(kinds, i);
		if (strcmp(json_string_value(json_object_get(k, "code")), code) == 0)
			return k;
	}
	return NULL;
}

bool catalogue_moderated(const struct catalogue *c, const char *code)
{
	return !json_is_false(json_object_get(catalogue_kind(c, code), "moderated"));
}

const char *catalogue_title(const struct catalogue *c, const char *code, const char *language)
{
	const char *t = json_string_value(json_object_get(json_object_get(catalogue_kind(c, code), "title"), language));
	return t ? t : code;
}

static const json_t *list_item(const struct catalogue *c, const char *list, const char *code)
{
	const json_t *items = json_object_get(json_object_get(c->all, "lists"), list);
	for (size_t i = 0; i < json_array_size(items); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(items, i), "code")), code) == 0)
			return json_array_get(items, i);
	return NULL;
}

/* Characters, not bytes. */
static int64_t length_of(const char *s)
{
	int64_t n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static bool put_value(const struct catalogue *c, const json_t *f, const json_t *v, struct buf *out)
{
	const char *type = json_string_value(json_object_get(f, "type")), *text = json_string_value(v);
	const json_t *max = json_object_get(f, "max");
	int64_t limit = json_is_integer(max) ? json_integer_value(max) : 0;
	if (strcmp(type, "int") == 0 || strcmp(type, "level") == 0) {
		if (!json_is_integer(v) || json_integer_value(v) < 0 || (limit && json_integer_value(v) > limit))
			return false;
		mp_put_uint(out, (uint64_t)json_integer_value(v));
		return true;
	}
	if (!text)
		return false;
	if (strcmp(type, "list") == 0) {
		const json_t *item = list_item(c, json_string_value(json_object_get(f, "list")), text);
		if (!item)
			return false;
		mp_put_map(out, 2);
		mp_put_key(out, "code");
		mp_put_text(out, bytes_text(text));
		mp_put_key(out, "title");
		mp_put_text(out, bytes_text(json_string_value(json_object_get(json_object_get(item, "title"), "ru"))));
		return true;
	}
	if (strcmp(type, "date") == 0 ? !date_valid(text) : length_of(text) > (limit ? limit : NAME_BYTES_MAX))
		return false;
	mp_put_text(out, bytes_text(text));
	return true;
}

static int by_code(const void *a, const void *b)
{
	return strcmp(json_string_value(json_object_get(*(json_t *const *)a, "code")),
		      json_string_value(json_object_get(*(json_t *const *)b, "code")));
}

static bool given(const json_t *fields, const json_t *f)
{
	const json_t *v = json_object_get(fields, json_string_value(json_object_get(f, "code")));
	return v && !json_is_null(v) && !(json_is_string(v) && !*json_string_value(v));
}

enum err catalogue_encode(const struct catalogue *c, const json_t *kind, const json_t *fields, struct buf *out, const char **bad)
{
	const json_t *declared = json_object_get(kind, "fields");
	size_t n = json_array_size(declared), count = 0;
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)fields, key, value)
	{
		bool known = false;
		for (size_t i = 0; i < n; i++)
			known |= strcmp(json_string_value(json_object_get(json_array_get(declared, i), "code")), key) == 0;
		if (!known) {
			*bad = key;
			return ERR_UNKNOWN_FIELD;
		}
	}
	json_t **sorted = malloc(n * sizeof *sorted);
	if (!sorted)
		return ERR_NO_MEMORY;
	enum err e = ERR_OK;
	for (size_t i = 0; i < n; i++) {
		sorted[i] = json_array_get(declared, i);
		count += given(fields, sorted[i]);
		if (!given(fields, sorted[i]) && json_is_true(json_object_get(sorted[i], "required")) && !e) {
			*bad = json_string_value(json_object_get(sorted[i], "code"));
			e = ERR_INVALID;
		}
	}
	qsort(sorted, n, sizeof *sorted, by_code);
	mp_put_map(out, count);
	for (size_t i = 0; i < n && !e; i++) {
		if (!given(fields, sorted[i]))
			continue;
		const char *code = json_string_value(json_object_get(sorted[i], "code"));
		mp_put_key(out, code);
		if (!put_value(c, sorted[i], json_object_get(fields, code), out)) {
			*bad = code;
			e = ERR_INVALID;
		}
	}
	free(sorted);
	return e ? e : out->err;
}
