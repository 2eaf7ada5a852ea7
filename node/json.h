/*
 * json - JSON from outside, read strictly, and requests' fields declared in a table.
 */
#ifndef NODE_JSON_H
#define NODE_JSON_H

#include <jansson.h>

#include "proto/buf.h"
#include "proto/limits.h"

/*
 * One JSON value and nothing else. TOO_DEEP beyond JSON_DEPTH_MAX, found before anything is
 * allocated; BAD_REQUEST for all else: no value, a byte order mark, bad UTF-8, a lone surrogate,
 * NUL in a name, a name twice, bytes behind the value, an integer beyond 2^53 (which readers in
 * other languages would round), a number out of range. *out is the caller's.
 */
MUST_USE enum err json_parse(struct bytes in, json_t **out);

enum input_type {
	INPUT_LINE,    /* text without control characters; out: const char * */
	INPUT_TEXT,    /* the same with line ends and tabs; out: const char * */
	INPUT_DATE,    /* a day of the calendar, YYYY-MM-DD; out: const char * */
	INPUT_INTEGER, /* min..max; out: int64_t */
	INPUT_BOOL,    /* out: bool */
	INPUT_OBJECT,  /* out: json_t * */
	INPUT_LIST,    /* at most max entries; out: json_t * */
	INPUT_ANY,     /* out: json_t * */
};

enum { OPTIONAL = 0, REQUIRED = 1 };

/* max of text is in bytes. What an absent optional field points to stays as it was. */
struct input {
	const char *name;
	enum input_type type;
	int required;
	int64_t max;
	void *out;
	int64_t min;
};

/*
 * Reads a request's object. UNKNOWN_FIELD and INVALID name the field in *bad; both it and what was
 * read borrow from OBJECT and FIELDS. null counts as absent; required text must not be blank, and
 * no text, however deep in a field, may hold NUL.
 */
MUST_USE enum err json_fields(const json_t *object, const struct input *fields, size_t n,
			      const char **bad);

/* No control characters, and none that turn the direction of text to make it seem another. */
bool text_clean(const char *s, bool many_lines);

/* How much of UTF-8 text fits into MAX bytes without a broken character at its end. */
size_t text_fit(const char *s, size_t max);

/* Compact text of VALUE; NO_MEMORY or OUT's error stays in OUT. */
void json_write(struct buf *out, const json_t *value);

/* RFC 3339; 0 is null. */
json_t *json_time(uint64_t ms);
json_t *json_hex(const uint8_t *p, size_t n);

#endif
