/*
 * mp - bounded canonical msgpack.
 *
 * The reader takes only the one shortest form of every value: unsigned and
 * negative integers, bool, nil, text, bin, arrays, and maps whose keys are
 * unique texts in byte order. Floats, ext and anything nested deeper than
 * MSGPACK_DEPTH_MAX are refused. Its error is sticky: after the first one
 * every getter returns zero, and the caller checks r->err once.
 *
 * Bytes returned by the reader are borrowed from the input.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
#ifndef PROTO_MP_H
#define PROTO_MP_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

struct mp_reader {
	const uint8_t *p;
	const uint8_t *end;
	enum err err;
};

enum mp_kind { MP_NIL, MP_BOOL, MP_UINT, MP_INT, MP_TEXT, MP_BIN, MP_ARRAY, MP_MAP, MP_NONE };

void mp_read(struct mp_reader *r, struct bytes in);

/* What comes next, without taking it; MP_NONE at the end or after an error. */
enum mp_kind mp_peek(const struct mp_reader *r);

/* Number of elements. Refused when more than the bytes left could hold. */
uint32_t mp_get_array(struct mp_reader *r);
uint32_t mp_get_map(struct mp_reader *r);

uint64_t mp_get_uint(struct mp_reader *r);
int64_t mp_get_int(struct mp_reader *r);
bool mp_get_bool(struct mp_reader *r);
void mp_get_nil(struct mp_reader *r);

/* Longer than max: ERR_TOO_LARGE. */
struct bytes mp_get_bin(struct mp_reader *r, size_t max);
struct bytes mp_get_text(struct mp_reader *r, size_t max);

/* Exactly n bytes, copied to out. */
void mp_get_fixed(struct mp_reader *r, uint8_t *out, size_t n);

/* One value of any kind, checked to the bottom; returns its bytes. */
struct bytes mp_get_any(struct mp_reader *r);

/* Nothing may follow. Returns the sticky error. */
enum err mp_end(struct mp_reader *r) MUST_USE;

/* Sets the error unless one is set. */
void mp_fail(struct mp_reader *r, enum err e);

/* Whether in is one canonical value and nothing else. */
enum err mp_check(struct bytes in) MUST_USE;

/* The value under a text key of a canonical map; false if absent or no map. */
bool mp_find(struct bytes map, const char *key, struct mp_reader *value);

/* Convenience over mp_find: the default if absent or of another kind. */
struct bytes mp_find_text(struct bytes map, const char *key);
uint64_t mp_find_uint(struct bytes map, const char *key, uint64_t otherwise);

/* Writers: shortest forms. Map keys are the caller's to put in order. */
void mp_put_array(struct buf *b, size_t n);
void mp_put_map(struct buf *b, size_t n);
void mp_put_uint(struct buf *b, uint64_t v);
void mp_put_int(struct buf *b, int64_t v);
void mp_put_bool(struct buf *b, bool v);
void mp_put_nil(struct buf *b);
void mp_put_bin(struct buf *b, struct bytes v);
void mp_put_text(struct buf *b, struct bytes v);

/* A key literal. */
static inline void mp_put_key(struct buf *b, const char *key)
{
	mp_put_text(b, bytes_text(key));
}

#endif
