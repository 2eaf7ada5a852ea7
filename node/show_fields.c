/* Values of records as JSON: fields and the words of their time. */
#include "node/json.h"
#include "node/show.h"
#include "proto/mp.h"

json_t *show_text(struct bytes s)
{
	return json_stringn(s.n ? (const char *)s.p : "", s.n);
}

static json_t *hex_value(struct bytes id)
{
	return id.n <= ID_BYTES ? json_hex(id.p, id.n) : json_null();
}

static json_t *show_list(struct mp_reader *v)
{
	json_t *list = json_array();
	uint32_t n = mp_get_array(v);
	for (uint32_t i = 0; i < n && !v->err; i++)
		json_array_append_new(list, show_value(mp_get_any(v)));
	return list;
}

static json_t *show_map(struct mp_reader *v)
{
	json_t *map = json_object();
	uint32_t n = mp_get_map(v);
	for (uint32_t i = 0; i < n && !v->err; i++) {
		char name[NAME_BYTES_MAX + 1];
		bytes_string(mp_get_text(v, NAME_BYTES_MAX), name, sizeof name);
		json_object_set_new(map, name, show_value(mp_get_any(v)));
	}
	return map;
}

json_t *show_value(struct bytes raw)
{
	struct mp_reader v;
	struct bytes bin;
	mp_read(&v, raw);
	switch (mp_peek(&v)) {
	case MP_TEXT:
		return show_text(mp_get_text(&v, RECORD_BYTES_MAX));
	case MP_UINT:
	case MP_INT:
		return json_integer(mp_get_int(&v));
	case MP_BOOL:
		return json_boolean(mp_get_bool(&v));
	case MP_BIN:
		bin = mp_get_bin(&v, RECORD_BYTES_MAX);
		if (bin.n <= ID_BYTES)
			return json_hex(bin.p, bin.n);
		return json_sprintf("%zu", bin.n); /* a list of ids says here only how long it is */
	case MP_ARRAY:
		return show_list(&v);
	case MP_MAP:
		return show_map(&v);
	case MP_NIL:
	case MP_NONE:
		break;
	}
	return json_null();
}

/* Elements of an array: codes with titles, levels of a scale, files, ids. */
static void show_array(struct mp_reader *r, const char *code, json_t *fields, json_t *words)
{
	uint32_t n = mp_get_array(r);
	json_t *values = json_array(), *titles = json_array(), *levels = json_object(), *names = json_object();
	for (uint32_t i = 0; i < n && !r->err; i++) {
		struct bytes raw = mp_get_any(r);
		struct mp_reader v, inner;
		mp_read(&v, raw);
		if (mp_peek(&v) == MP_BIN) {
			json_array_append_new(values, hex_value(mp_get_bin(&v, RECORD_BYTES_MAX)));
			continue;
		}
		struct bytes item = mp_find_text(raw, "code"), title = mp_find_text(raw, "title");
		char key[NAME_BYTES_MAX + 1];
		bytes_string(item, key, sizeof key);
		if (mp_find(raw, "level", &inner)) {
			json_object_set_new(levels, key, json_integer(mp_get_int(&inner)));
			json_object_set_new(names, key, show_text(title));
		} else if (mp_find(raw, "id", &inner)) {
			json_array_append_new(values, json_pack("{s:o, s:o, s:I, s:o}", "id", hex_value(mp_get_bin(&inner, ID_BYTES)), "name",
								show_text(mp_find_text(raw, "name")), "size",
								(json_int_t)mp_find_uint(raw, "size", 0), "type",
								show_text(mp_find_text(raw, "type"))));
		} else if (item.n) {
			json_array_append_new(values, show_text(item));
			json_array_append_new(titles, show_text(title));
		}
	}
	bool scale = json_object_size(levels) > 0;
	json_object_set(fields, code, scale ? levels : values);
	if (scale || json_array_size(titles))
		json_object_set(words, code, scale ? names : titles);
	json_decref(values);
	json_decref(titles);
	json_decref(levels);
	json_decref(names);
}

/* A list's value is shown by its code, and in words as they were then. */
static void show_field(struct mp_reader *v, const char *code, json_t *fields, json_t *words)
{
	struct bytes raw = mp_get_any(v);
	struct mp_reader r;
	mp_read(&r, raw);
	switch (mp_peek(&r)) {
	case MP_TEXT:
		json_object_set_new(fields, code, show_text(mp_get_text(&r, RECORD_BYTES_MAX)));
		return;
	case MP_UINT:
	case MP_INT:
		json_object_set_new(fields, code, json_integer(mp_get_int(&r)));
		return;
	case MP_BOOL:
		json_object_set_new(fields, code, json_boolean(mp_get_bool(&r)));
		return;
	case MP_BIN:
		json_object_set_new(fields, code, hex_value(mp_get_bin(&r, RECORD_BYTES_MAX)));
		return;
	case MP_MAP:
		json_object_set_new(fields, code, show_text(mp_find_text(raw, "code")));
		json_object_set_new(words, code, show_text(mp_find_text(raw, "title")));
		return;
	case MP_ARRAY:
		show_array(&r, code, fields, words);
		return;
	case MP_NIL:
	case MP_NONE:
		return;
	}
}

void show_fields(struct bytes fields, json_t *out, json_t *words)
{
	struct mp_reader v;
	mp_read(&v, fields);
	if (!fields.n)
		return;
	uint32_t n = mp_get_map(&v);
	for (uint32_t i = 0; i < n && !v.err; i++) {
		char code[NAME_BYTES_MAX + 1];
		bytes_string(mp_get_text(&v, NAME_BYTES_MAX), code, sizeof code);
		show_field(&v, code, out, words);
	}
}

json_t *show_title(struct bytes body, const json_t *fields, const json_t *words)
{
	static const char *const names[] = {"name", "topic"}, *const listed[] = {"competence", "subject", "item"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_is_string(json_object_get(fields, names[i])))
			return json_incref(json_object_get(fields, names[i]));
	for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
		if (json_is_string(json_object_get(words, listed[i])))
			return json_incref(json_object_get(words, listed[i]));
	return show_text(mp_find_text(body, "title"));
}
