#include "node/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <utf8proc.h>

#include "core/date.h"
#include "proto/text.h"

enum { HEX_BYTES_MAX = 64 };
static const int64_t INTEGER_MAX = (int64_t)1 << 53;

/* Brackets outside of strings, counted before the parser recurses over them. */
static enum err check_depth(struct bytes in)
{
	int depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_DEPTH_MAX)
				return ERR_TOO_DEEP;
		} else if (c == ']' || c == '}') {
			depth--;
		}
	}
	return ERR_OK;
}

/* As deep as check_depth allows. */
static bool integers_exact(const json_t *v)
{
	if (json_is_integer(v)) {
		json_int_t i = json_integer_value(v);
		return i >= -INTEGER_MAX && i <= INTEGER_MAX;
	}
	if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++)
			if (!integers_exact(json_array_get(v, i)))
				return false;
	} else if (json_is_object(v)) {
		const char *name;
		json_t *member;
		json_object_foreach((json_t *)v, name,
				    member) if (!integers_exact(member)) return false;
	}
	return true;
}

enum err json_parse(struct bytes in, json_t **out)
{
	*out = NULL;
	enum err e = check_depth(in);
	if (e)
		return e;
	/* jansson passes over a zero byte behind a number */
	if (in.n == 0 || memchr(in.p, '\0', in.n))
		return ERR_BAD_REQUEST;
	/* NUL in a value is for json_fields to refuse, which can say where */
	json_t *v = json_loadb((const char *)in.p, in.n,
			       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!v)
		return ERR_BAD_REQUEST;
	if (!integers_exact(v)) {
		json_decref(v);
		return ERR_BAD_REQUEST;
	}
	*out = v;
	return ERR_OK;
}

bool text_clean(const char *s, bool many_lines)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s;
	while (*p) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(p, -1, &c);
		if (n <= 0)
			return false;
		p += n;
		if (many_lines && (c == '\n' || c == '\r' || c == '\t'))
			continue;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
		if (c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
			return false;
	}
	return true;
}

size_t text_fit(const char *s, size_t max)
{
	size_t n = strlen(s);
	if (n <= max)
		return n;
	for (n = max; n && ((uint8_t)s[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

/* What takes text as ending at NUL would read less than was sent. As deep as check_depth allows. */
static bool holds_nul(const json_t *v)
{
	if (json_is_string(v))
		return strlen(json_string_value(v)) != json_string_length(v);
	if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++)
			if (holds_nul(json_array_get(v, i)))
				return true;
	} else if (json_is_object(v)) {
		const char *name;
		json_t *member;
		json_object_foreach((json_t *)v, name, member)
		{
			if (holds_nul(member))
				return true;
		}
	}
	return false;
}

static bool read_text(const json_t *v, const struct input *f)
{
	if (!json_is_string(v))
		return false;
	const char *s = json_string_value(v);
	if ((int64_t)json_string_length(v) > f->max && f->type != INPUT_DATE)
		return false;
	if (f->required && !s[strspn(s, " \t\r\n")])
		return false;
	if (f->type == INPUT_DATE ? !date_valid(s) : !text_clean(s, f->type == INPUT_TEXT))
		return false;
	*(const char **)f->out = s;
	return true;
}

static bool read_field(json_t *v, const struct input *f)
{
	if (holds_nul(v))
		return false;
	switch (f->type) {
	case INPUT_LINE:
	case INPUT_TEXT:
	case INPUT_DATE:
		return read_text(v, f);
	case INPUT_INTEGER:
		if (!json_is_integer(v) || json_integer_value(v) < f->min ||
		    json_integer_value(v) > f->max)
			return false;
		*(int64_t *)f->out = json_integer_value(v);
		return true;
	case INPUT_BOOL:
		if (!json_is_boolean(v))
			return false;
		*(bool *)f->out = json_is_true(v);
		return true;
	case INPUT_OBJECT:
		if (!json_is_object(v))
			return false;
		break;
	case INPUT_LIST:
		if (!json_is_array(v) || (int64_t)json_array_size(v) > f->max)
			return false;
		break;
	case INPUT_ANY:
		break;
	}
	*(json_t **)f->out = v;
	return true;
}

enum err json_fields(const json_t *object, const struct input *fields, size_t n, const char **bad)
{
	*bad = NULL;
	if (!json_is_object(object))
		return ERR_BAD_REQUEST;
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)object, name, v)
	{
		size_t i = 0;
		while (i < n && strcmp(fields[i].name, name) != 0)
			i++;
		if (i == n) {
			*bad = name;
			return ERR_UNKNOWN_FIELD;
		}
	}
	for (size_t i = 0; i < n; i++) {
		v = json_object_get(object, fields[i].name);
		bool absent = !v || json_is_null(v);
		if (absent ? fields[i].required : !read_field(v, &fields[i])) {
			*bad = fields[i].name;
			return ERR_INVALID;
		}
	}
	return ERR_OK;
}

static int append(const char *text, size_t n, void *out)
{
	buf_put(out, text, n);
	return 0;
}

void json_write(struct buf *out, const json_t *value)
{
	if (json_dump_callback(value, append, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0 &&
	    !out->err)
		out->err = ERR_NO_MEMORY;
}

json_t *json_time(uint64_t ms)
{
	static const uint64_t YEAR_10000_MS = 253402300800000u;
	char day[32], text[48];
	struct tm tm;
	time_t s = (time_t)(ms / 1000);
	if (ms == 0)
		return json_null();
	if (ms >= YEAR_10000_MS)
		return json_string("9999-12-31T23:59:59.999Z");
	gmtime_r(&s, &tm);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof text, "%s.%03dZ", day, (int)(ms % 1000));
	return json_string(text);
}

json_t *json_hex(const uint8_t *p, size_t n)
{
	char text[2 * HEX_BYTES_MAX + 1];
	if (n > HEX_BYTES_MAX)
		return NULL;
	hex_encode(p, n, text);
	return json_string(text);
}
