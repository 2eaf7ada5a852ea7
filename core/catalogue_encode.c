/* From the fields of a request to the canonical map of a record. */
#include <stdio.h>
#include <stdlib.h>

#include "core/catalogue_parts.h"
#include "core/date.h"
#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/mp.h"
#include "proto/text.h"

/* Characters, not bytes. */
static int64_t length_of(const char *s)
{
	int64_t n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static bool put_hex(const json_t *v, size_t n, struct buf *out)
{
	uint8_t id[ID_BYTES];
	const char *text = json_string_value(v);
	if (!text || !hex_decode(text, id, n))
		return false;
	mp_put_bin(out, bytes_of(id, n));
	return true;
}

static const char *item_title(const struct catalogue *c, const char *list, const char *code)
{
	const json_t *item = code ? catalogue_find_item(c, list, code) : NULL;
	return json_is_true(json_object_get(item, "hidden"))
		       ? NULL
		       : json_string_value(json_object_get(json_object_get(item, "title"), "ru"));
}

static bool put_item(const struct catalogue *c, const char *list, const char *code, struct buf *out)
{
	const char *title = item_title(c, list, code);
	if (!title)
		return false;
	mp_put_map(out, 2);
	mp_put_key(out, "code");
	mp_put_text(out, bytes_text(code));
	mp_put_key(out, "title");
	mp_put_text(out, bytes_text(title));
	return true;
}

static bool put_items(const struct catalogue *c, const struct field *f, const json_t *v, struct buf *out)
{
	size_t n = json_array_size(v);
	if (!json_is_array(v) || (int64_t)n > f->max)
		return false;
	mp_put_array(out, n);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			if (json_equal(json_array_get(v, i), json_array_get(v, j)))
				return false;
		if (!put_item(c, f->list, json_string_value(json_array_get(v, i)), out))
			return false;
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order of code, so that the same marks make the same bytes. */
static bool put_marks(const struct catalogue *c, const struct field *f, const json_t *v, struct buf *out)
{
	size_t n = json_object_size(v), i = 0;
	const char *code;
	json_t *level;
	if (!json_is_object(v) || !n || n > CATALOGUE_MARKS_MAX)
		return false;
	const char *codes[CATALOGUE_MARKS_MAX];
	json_object_foreach((json_t *)(uintptr_t)v, code, level)
	{
		codes[i++] = code;
	}
	qsort(codes, n, sizeof *codes, by_text);
	mp_put_array(out, n);
	for (i = 0; i < n; i++) {
		const char *title = item_title(c, f->list, codes[i]);
		level = json_object_get(v, codes[i]);
		if (!title || !json_is_integer(level) || json_integer_value(level) < f->min || json_integer_value(level) > f->max)
			return false;
		mp_put_map(out, 3);
		mp_put_key(out, "code");
		mp_put_text(out, bytes_text(codes[i]));
		mp_put_key(out, "level");
		mp_put_uint(out, (uint64_t)json_integer_value(level));
		mp_put_key(out, "title");
		mp_put_text(out, bytes_text(title));
	}
	return true;
}

/* Each {id, name, size, type}, as the upload said them. */
static bool put_files(const struct field *f, const json_t *v, struct buf *out)
{
	size_t n = json_array_size(v);
	if (!json_is_array(v) || (int64_t)n > f->max)
		return false;
	mp_put_array(out, n);
	for (size_t i = 0; i < n; i++) {
		const json_t *file = json_array_get(v, i), *size = json_object_get(file, "size");
		const char *name = json_string_value(json_object_get(file, "name")), *type = json_string_value(json_object_get(file, "type"));
		if (!name || !type || !json_is_integer(size) || json_integer_value(size) < 0)
			return false;
		mp_put_map(out, 4);
		mp_put_key(out, "id");
		if (!put_hex(json_object_get(file, "id"), ID_BYTES, out))
			return false;
		mp_put_key(out, "name");
		mp_put_text(out, bytes_text(name));
		mp_put_key(out, "size");
		mp_put_uint(out, (uint64_t)json_integer_value(size));
		mp_put_key(out, "type");
		mp_put_text(out, bytes_text(type));
	}
	return true;
}

static bool put_persons(const struct field *f, const json_t *v, struct buf *out)
{
	size_t n = json_array_size(v);
	if (!json_is_array(v) || (int64_t)n > f->max)
		return false;
	mp_put_array(out, n);
	for (size_t i = 0; i < n; i++)
		if (!put_hex(json_array_get(v, i), SUBJECT_BYTES, out))
			return false;
	return true;
}

static bool put_number(const struct field *f, const json_t *v, struct buf *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < f->min || json_integer_value(v) > f->max)
		return false;
	mp_put_int(out, json_integer_value(v));
	return true;
}

static bool put_text(const struct field *f, const json_t *v, struct buf *out)
{
	const char *text = json_string_value(v);
	if (!text || (f->type == FIELD_DATE && !date_valid(text)) || (f->type == FIELD_LINK && strncmp(text, "https://", 8) != 0) ||
	    (f->type != FIELD_DATE && length_of(text) > f->max))
		return false;
	mp_put_text(out, bytes_text(text));
	return true;
}

static bool put_value(const struct catalogue *c, const struct field *f, const json_t *v, struct buf *out)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_DATE:
	case FIELD_LINK:
		return put_text(f, v, out);
	case FIELD_INT:
	case FIELD_LEVEL:
		return put_number(f, v, out);
	case FIELD_FLAG:
		mp_put_bool(out, json_is_true(v));
		return json_is_boolean(v);
	case FIELD_LIST:
		return put_item(c, f->list, json_string_value(v), out);
	case FIELD_LISTS:
		return put_items(c, f, v, out);
	case FIELD_MARKS:
		return put_marks(c, f, v, out);
	case FIELD_FILES:
		return put_files(f, v, out);
	case FIELD_ENTRY:
		return put_hex(v, ID_BYTES, out);
	case FIELD_PERSON:
		return put_hex(v, SUBJECT_BYTES, out);
	case FIELD_PERSONS:
		return put_persons(f, v, out);
	}
	return false;
}

/* What the field takes, for people. */
static void say_wanted(const struct field *f, char *why)
{
	long long min = f->min, max = f->max;
	const char *list = f->list ? f->list : "";
	switch (f->type) {
	case FIELD_TEXT:
		snprintf(why, CATALOGUE_WHY_BYTES, "text of at most %lld characters%s", max, f->required ? ", not empty" : "");
		break;
	case FIELD_INT:
		snprintf(why, CATALOGUE_WHY_BYTES, "a whole number from %lld to %lld", min, max);
		break;
	case FIELD_LEVEL:
		snprintf(why, CATALOGUE_WHY_BYTES, "a level from %lld to %lld", min, max);
		break;
	case FIELD_DATE:
		snprintf(why, CATALOGUE_WHY_BYTES, "a day of the calendar, YYYY-MM-DD");
		break;
	case FIELD_FLAG:
		snprintf(why, CATALOGUE_WHY_BYTES, "true or false");
		break;
	case FIELD_LIST:
		snprintf(why, CATALOGUE_WHY_BYTES, "a code of the list %s, see /api/v1/catalogue", list);
		break;
	case FIELD_LISTS:
		snprintf(why, CATALOGUE_WHY_BYTES, "at most %lld codes of the list %s, each once", max, list);
		break;
	case FIELD_MARKS:
		snprintf(why, CATALOGUE_WHY_BYTES, "an object of codes of the list %s with levels from %lld to %lld", list, min, max);
		break;
	case FIELD_FILES:
		snprintf(why, CATALOGUE_WHY_BYTES, "at most %lld files uploaded before, each {id, name}", max);
		break;
	case FIELD_ENTRY:
		snprintf(why, CATALOGUE_WHY_BYTES, "the id of an entry");
		break;
	case FIELD_PERSON:
		snprintf(why, CATALOGUE_WHY_BYTES, "the id of a person");
		break;
	case FIELD_PERSONS:
		snprintf(why, CATALOGUE_WHY_BYTES, "at most %lld ids of persons", max);
		break;
	case FIELD_LINK:
		snprintf(why, CATALOGUE_WHY_BYTES, "an address that begins with https://");
		break;
	}
}

static int by_code(const void *a, const void *b)
{
	return strcmp((*(const struct field *const *)a)->code, (*(const struct field *const *)b)->code);
}

/* Absent, null, an empty text and an empty list are the same: not given. */
static bool given(const json_t *fields, const struct field *f)
{
	const json_t *v = json_object_get(fields, f->code);
	return v && !json_is_null(v) && !(json_is_string(v) && !*json_string_value(v)) &&
	       !((json_is_array(v) || json_is_object(v)) && json_array_size(v) + json_object_size(v) == 0);
}

enum err catalogue_encode(const struct catalogue *c, const struct kind *kind, const json_t *fields, struct buf *out,
			  const char **bad, char *why)
{
	size_t n = kind->field_count, count = 0;
	const char *key;
	json_t *value;
	*why = 0;
	json_object_foreach((json_t *)(uintptr_t)fields, key, value)
	{
		if (!kind_field(kind, key)) {
			*bad = key;
			return ERR_UNKNOWN_FIELD;
		}
	}
	const struct field **sorted = malloc(n * sizeof *sorted);
	if (!sorted)
		return ERR_NO_MEMORY;
	enum err e = ERR_OK;
	for (size_t i = 0; i < n; i++) {
		sorted[i] = &kind->fields[i];
		count += given(fields, sorted[i]);
		if (!given(fields, sorted[i]) && sorted[i]->required && !e) {
			*bad = sorted[i]->code;
			say_wanted(sorted[i], why);
			e = ERR_INVALID;
		}
	}
	qsort(sorted, n, sizeof *sorted, by_code);
	mp_put_map(out, count);
	for (size_t i = 0; i < n && !e; i++) {
		if (!given(fields, sorted[i]))
			continue;
		mp_put_key(out, sorted[i]->code);
		if (!put_value(c, sorted[i], json_object_get(fields, sorted[i]->code), out)) {
			*bad = sorted[i]->code;
			say_wanted(sorted[i], why);
			e = ERR_INVALID;
		}
	}
	free(sorted);
	return e ? e : out->err;
}
