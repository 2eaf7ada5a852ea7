#include "proto/schema.h"

#include "proto/mp.h"
#include "proto/require.h"

#define FIXED(name, size) {#name, SHAPE_FIXED, offsetof(S, name), size},
#define UINT(name) {#name, SHAPE_UINT, offsetof(S, name), 9},
#define BIN(name, max) {#name, SHAPE_BIN, offsetof(S, name), max},
#define TEXT(name, max) {#name, SHAPE_TEXT, offsetof(S, name), max},
#define COUNT(f) (sizeof(f) / sizeof *(f) - 1)

/* One function a shape, so that each has its own S. */
#define RECORD(NAME, no, id, class_, list)                                                         \
	static const struct shape *shape_of_##id(void)                                             \
	{                                                                                          \
		typedef struct body_##id S;                                                        \
		static const struct shape_field f[] = {list{NULL, SHAPE_UINT, sizeof(S), 0}};            \
		static const struct shape s = {no, #id, CLASS_##class_, f, COUNT(f)};              \
		return &s;                                                                         \
	}
#define MESSAGE(NAME, no, id, list)                                                                \
	static const struct shape *shape_of_message_##id(void)                                     \
	{                                                                                          \
		typedef struct message_##id S;                                                     \
		static const struct shape_field f[] = {list{NULL, SHAPE_UINT, sizeof(S), 0}};            \
		static const struct shape s = {no, #id, CLASS_NETWORK, f, COUNT(f)};               \
		return &s;                                                                         \
	}
#include "proto/schema.def"
#undef RECORD
#undef MESSAGE

static const struct shape *(*const records[])(void) = {
#define RECORD(NAME, no, id, class_, list) shape_of_##id,
#include "proto/schema.def"
#undef RECORD
};

static const struct shape *(*const messages[])(void) = {
#define MESSAGE(NAME, no, id, list) shape_of_message_##id,
#include "proto/schema.def"
#undef MESSAGE
};

const struct shape *record_shape_at(size_t i)
{
	return i < sizeof records / sizeof *records ? records[i]() : NULL;
}

const struct shape *message_shape_at(size_t i)
{
	return i < sizeof messages / sizeof *messages ? messages[i]() : NULL;
}

const struct shape *record_shape(uint64_t number)
{
	const struct shape *s;
	for (size_t i = 0; (s = record_shape_at(i)); i++)
		if (s->number == number)
			return s;
	return NULL;
}

const struct shape *message_shape(uint64_t number)
{
	const struct shape *s;
	for (size_t i = 0; (s = message_shape_at(i)); i++)
		if (s->number == number)
			return s;
	return NULL;
}

static void put_field(const struct shape_field *f, const void *from, struct buf *out)
{
	const uint8_t *at = (const uint8_t *)from + f->offset;
	struct bytes v;
	uint64_t n;
	switch (f->kind) {
	case SHAPE_FIXED:
		mp_put_bin(out, bytes_of(at, f->max));
		return;
	case SHAPE_UINT:
		memcpy(&n, at, sizeof n);
		mp_put_uint(out, n);
		return;
	case SHAPE_BIN:
	case SHAPE_TEXT:
		memcpy(&v, at, sizeof v);
		require(v.n <= f->max);
		if (f->kind == SHAPE_BIN)
			mp_put_bin(out, v);
		else
			mp_put_text(out, v);
		return;
	}
}

static void get_field(const struct shape_field *f, struct mp_reader *r, void *to)
{
	uint8_t *at = (uint8_t *)to + f->offset;
	struct bytes v;
	uint64_t n;
	switch (f->kind) {
	case SHAPE_FIXED:
		mp_get_fixed(r, at, f->max);
		return;
	case SHAPE_UINT:
		n = mp_get_uint(r);
		memcpy(at, &n, sizeof n);
		return;
	case SHAPE_BIN:
	case SHAPE_TEXT:
		v = f->kind == SHAPE_BIN ? mp_get_bin(r, f->max) : mp_get_text(r, f->max);
		memcpy(at, &v, sizeof v);
		return;
	}
}

void body_encode(enum record_type type, const void *body, struct buf *out)
{
	const struct shape *s = record_shape(type);
	require(s && s->cls != CLASS_PRIVATE);
	mp_put_map(out, s->count);
	for (size_t i = 0; i < s->count; i++) {
		mp_put_key(out, s->fields[i].name);
		put_field(&s->fields[i], body, out);
	}
}

enum err body_decode(enum record_type type, struct bytes in, union body *out)
{
	const struct shape *s = record_shape(type);
	require(s && s->cls != CLASS_PRIVATE);
	struct mp_reader r;
	mp_read(&r, in);
	if (mp_get_map(&r) != s->count)
		mp_fail(&r, ERR_BAD_FORM);
	for (size_t i = 0; i < s->count; i++) {
		struct bytes key = mp_get_text(&r, 32);
		if (!r.err && !bytes_equal(key, bytes_text(s->fields[i].name)))
			mp_fail(&r, ERR_BAD_FORM);
		get_field(&s->fields[i], &r, out);
	}
	return mp_end(&r);
}

void message_encode(const struct message *m, struct buf *out)
{
	const struct shape *s = message_shape(m->type);
	require(s);
	mp_put_array(out, s->count + 1);
	mp_put_uint(out, s->number);
	for (size_t i = 0; i < s->count; i++)
		put_field(&s->fields[i], &m->hello, out);
}

enum err message_decode(struct bytes *in, struct message *out)
{
	struct mp_reader r;
	mp_read(&r, *in);
	uint32_t n = mp_get_array(&r);
	const struct shape *s = message_shape(mp_get_uint(&r));
	if (r.err)
		return r.err;
	if (!s)
		return ERR_PROTOCOL;
	if (n != s->count + 1)
		return ERR_BAD_FORM;
	out->type = (enum message_type)s->number;
	for (size_t i = 0; i < s->count; i++)
		get_field(&s->fields[i], &r, &out->hello);
	if (r.err)
		return r.err;
	*in = bytes_of(r.p, (size_t)(r.end - r.p));
	return ERR_OK;
}
