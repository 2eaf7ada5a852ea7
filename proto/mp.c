#include "proto/mp.h"

#include <msgpack.h>
#include <utf8proc.h>

#include "proto/limits.h"

void mp_read(struct mp_reader *r, struct bytes in)
{
	*r = (struct mp_reader){.p = in.p, .end = in.n ? in.p + in.n : in.p};
}

void mp_fail(struct mp_reader *r, enum err e)
{
	if (!r->err)
		r->err = e;
	r->p = r->end;
}

static size_t left(const struct mp_reader *r)
{
	return (size_t)(r->end - r->p);
}

static const uint8_t *take(struct mp_reader *r, size_t n)
{
	if (r->err)
		return NULL;
	if (n > left(r)) {
		mp_fail(r, ERR_TRUNCATED);
		return NULL;
	}
	const uint8_t *at = r->p;
	r->p += n;
	return at;
}

static uint64_t take_number(struct mp_reader *r, size_t n)
{
	const uint8_t *p = take(r, n);
	uint64_t v = 0;
	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* A number in 1, 2, 4 or 8 bytes that a shorter form could not have held. */
static uint64_t take_shortest(struct mp_reader *r, size_t n, uint64_t least)
{
	uint64_t v = take_number(r, n);
	if (!r->err && v < least)
		mp_fail(r, ERR_NOT_CANONICAL);
	return v;
}

enum mp_kind mp_peek(const struct mp_reader *r)
{
	if (r->err || r->p == r->end)
		return MP_NONE;
	uint8_t b = *r->p;
	if (b <= 0x7f || (b >= 0xcc && b <= 0xcf))
		return MP_UINT;
	if (b >= 0xe0 || (b >= 0xd0 && b <= 0xd3))
		return MP_INT;
	if ((b >= 0xa0 && b <= 0xbf) || (b >= 0xd9 && b <= 0xdb))
		return MP_TEXT;
	if (b >= 0xc4 && b <= 0xc6)
		return MP_BIN;
	if ((b >= 0x90 && b <= 0x9f) || b == 0xdc || b == 0xdd)
		return MP_ARRAY;
	if ((b >= 0x80 && b <= 0x8f) || b == 0xde || b == 0xdf)
		return MP_MAP;
	if (b == 0xc2 || b == 0xc3)
		return MP_BOOL;
	return b == 0xc0 ? MP_NIL : MP_NONE;
}

static bool expect(struct mp_reader *r, enum mp_kind kind)
{
	if (r->err)
		return false;
	if (r->p == r->end) {
		mp_fail(r, ERR_TRUNCATED);
		return false;
	}
	if (mp_peek(r) != kind) {
		mp_fail(r, ERR_BAD_TYPE);
		return false;
	}
	return true;
}

/* Element counts: each element takes at least `least` bytes, so a huge count is a lie. */
static uint32_t take_count(struct mp_reader *r, uint8_t fix, uint8_t wide, size_t least)
{
	uint8_t b = *take(r, 1);
	uint64_t n;
	if (b >= fix && b <= fix + 15)
		n = b & 15;
	else if (b == wide)
		n = take_shortest(r, 2, 16);
	else
		n = take_shortest(r, 4, 0x10000);
	if (!r->err && n * least > left(r))
		mp_fail(r, ERR_TRUNCATED);
	return r->err ? 0 : (uint32_t)n;
}

uint32_t mp_get_array(struct mp_reader *r)
{
	return expect(r, MP_ARRAY) ? take_count(r, 0x90, 0xdc, 1) : 0;
}

uint32_t mp_get_map(struct mp_reader *r)
{
	return expect(r, MP_MAP) ? take_count(r, 0x80, 0xde, 2) : 0;
}

uint64_t mp_get_uint(struct mp_reader *r)
{
	if (!expect(r, MP_UINT))
		return 0;
	uint8_t b = *take(r, 1);
	switch (b) {
	case 0xcc:
		return take_shortest(r, 1, 0x80);
	case 0xcd:
		return take_shortest(r, 2, 0x100);
	case 0xce:
		return take_shortest(r, 4, 0x10000);
	case 0xcf:
		return take_shortest(r, 8, 0x100000000);
	}
	return b;
}

static int64_t take_negative(struct mp_reader *r, size_t n, int64_t most)
{
	uint64_t raw = take_number(r, n);
	uint64_t sign = (uint64_t)1 << (n * 8 - 1);
	int64_t v = (int64_t)((raw ^ sign) - sign);
	if (!r->err && v > most)
		mp_fail(r, ERR_NOT_CANONICAL);
	return v;
}

int64_t mp_get_int(struct mp_reader *r)
{
	if (mp_peek(r) == MP_UINT) {
		uint64_t v = mp_get_uint(r);
		if (v > INT64_MAX)
			mp_fail(r, ERR_BAD_TYPE);
		return r->err ? 0 : (int64_t)v;
	}
	if (!expect(r, MP_INT))
		return 0;
	uint8_t b = *take(r, 1);
	int64_t v;
	switch (b) {
	case 0xd0:
		v = take_negative(r, 1, -33);
		break;
	case 0xd1:
		v = take_negative(r, 2, INT8_MIN - 1);
		break;
	case 0xd2:
		v = take_negative(r, 4, INT16_MIN - 1);
		break;
	case 0xd3:
		v = take_negative(r, 8, (int64_t)INT32_MIN - 1);
		break;
	default:
		v = (int8_t)b;
	}
	return r->err ? 0 : v;
}

bool mp_get_bool(struct mp_reader *r)
{
	return expect(r, MP_BOOL) && *take(r, 1) == 0xc3;
}

void mp_get_nil(struct mp_reader *r)
{
	if (expect(r, MP_NIL))
		take(r, 1);
}

static struct bytes take_sized(struct mp_reader *r, uint64_t n, size_t max)
{
	if (!r->err && n > left(r))
		mp_fail(r, ERR_TRUNCATED);
	if (!r->err && n > max)
		mp_fail(r, ERR_TOO_LARGE);
	if (r->err)
		return (struct bytes){0};
	return bytes_of(take(r, (size_t)n), (size_t)n);
}

struct bytes mp_get_bin(struct mp_reader *r, size_t max)
{
	if (!expect(r, MP_BIN))
		return (struct bytes){0};
	uint8_t b = *take(r, 1);
	uint64_t n = b == 0xc4   ? take_shortest(r, 1, 0)
		     : b == 0xc5 ? take_shortest(r, 2, 0x100)
				 : take_shortest(r, 4, 0x10000);
	return take_sized(r, n, max);
}

static bool utf8_valid(struct bytes s)
{
	while (s.n) {
		utf8proc_int32_t point;
		utf8proc_ssize_t n = utf8proc_iterate(s.p, (utf8proc_ssize_t)s.n, &point);
		if (n < 1)
			return false;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

struct bytes mp_get_text(struct mp_reader *r, size_t max)
{
	if (!expect(r, MP_TEXT))
		return (struct bytes){0};
	uint8_t b = *take(r, 1);
	uint64_t n;
	if (b <= 0xbf)
		n = b & 31;
	else if (b == 0xd9)
		n = take_shortest(r, 1, 32);
	else if (b == 0xda)
		n = take_shortest(r, 2, 0x100);
	else
		n = take_shortest(r, 4, 0x10000);
	struct bytes s = take_sized(r, n, max);
	if (!r->err && !utf8_valid(s)) {
		mp_fail(r, ERR_BAD_UTF8);
		return (struct bytes){0};
	}
	return s;
}

void mp_get_fixed(struct mp_reader *r, uint8_t *out, size_t n)
{
	struct bytes v = mp_get_bin(r, n);
	if (!r->err && v.n != n)
		mp_fail(r, ERR_BAD_FORM);
	if (r->err)
		memset(out, 0, n);
	else
		memcpy(out, v.p, n);
}

/* Recursion is bounded by the depth, width by the bytes left. */
static void skip(struct mp_reader *r, int depth)
{
	struct bytes last = {0};
	uint32_t n;
	switch (mp_peek(r)) {
	case MP_NIL:
		mp_get_nil(r);
		return;
	case MP_BOOL:
		mp_get_bool(r);
		return;
	case MP_UINT:
		mp_get_uint(r);
		return;
	case MP_INT:
		mp_get_int(r);
		return;
	case MP_TEXT:
		mp_get_text(r, RECORD_BYTES_MAX);
		return;
	case MP_BIN:
		mp_get_bin(r, RECORD_BYTES_MAX);
		return;
	case MP_ARRAY:
		if (depth == MSGPACK_DEPTH_MAX)
			break;
		n = mp_get_array(r);
		for (uint32_t i = 0; i < n && !r->err; i++)
			skip(r, depth + 1);
		return;
	case MP_MAP:
		if (depth == MSGPACK_DEPTH_MAX)
			break;
		n = mp_get_map(r);
		for (uint32_t i = 0; i < n && !r->err; i++) {
			struct bytes key = mp_get_text(r, NAME_BYTES_MAX);
			if (!r->err && i > 0 && bytes_compare(last, key) >= 0)
				mp_fail(r, ERR_NOT_CANONICAL);
			last = key;
			skip(r, depth + 1);
		}
		return;
	case MP_NONE:
		if (!r->err)
			mp_fail(r, r->p == r->end ? ERR_TRUNCATED : ERR_BAD_TYPE);
		return;
	}
	mp_fail(r, ERR_TOO_DEEP);
}

struct bytes mp_get_any(struct mp_reader *r)
{
	const uint8_t *at = r->p;
	skip(r, 0);
	return r->err ? (struct bytes){0} : bytes_of(at, (size_t)(r->p - at));
}

enum err mp_end(struct mp_reader *r)
{
	if (!r->err && r->p != r->end)
		mp_fail(r, ERR_TRAILING);
	return r->err;
}

enum err mp_check(struct bytes in)
{
	struct mp_reader r;
	mp_read(&r, in);
	skip(&r, 0);
	return mp_end(&r);
}

bool mp_find(struct bytes map, const char *key, struct mp_reader *value)
{
	struct bytes want = bytes_text(key);
	struct mp_reader r;
	mp_read(&r, map);
	uint32_t n = mp_get_map(&r);
	for (uint32_t i = 0; i < n && !r.err; i++) {
		bool found = bytes_equal(mp_get_text(&r, NAME_BYTES_MAX), want);
		struct bytes v = mp_get_any(&r);
		if (found && !r.err) {
			mp_read(value, v);
			return true;
		}
	}
	return false;
}

struct bytes mp_find_text(struct bytes map, const char *key)
{
	struct mp_reader r;
	if (!mp_find(map, key, &r))
		return (struct bytes){0};
	struct bytes v = mp_get_text(&r, RECORD_BYTES_MAX);
	return r.err ? (struct bytes){0} : v;
}

uint64_t mp_find_uint(struct bytes map, const char *key, uint64_t otherwise)
{
	struct mp_reader r;
	if (!mp_find(map, key, &r))
		return otherwise;
	uint64_t v = mp_get_uint(&r);
	return r.err ? otherwise : v;
}

static int append(void *to, const char *p, size_t n)
{
	buf_put(to, p, n);
	return 0;
}

static msgpack_packer packer(struct buf *b)
{
	msgpack_packer pk;
	msgpack_packer_init(&pk, b, append);
	return pk;
}

void mp_put_array(struct buf *b, size_t n)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_array(&pk, n);
}

void mp_put_map(struct buf *b, size_t n)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_map(&pk, n);
}

void mp_put_uint(struct buf *b, uint64_t v)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_uint64(&pk, v);
}

void mp_put_int(struct buf *b, int64_t v)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_int64(&pk, v);
}

void mp_put_bool(struct buf *b, bool v)
{
	msgpack_packer pk = packer(b);
	if (v)
		msgpack_pack_true(&pk);
	else
		msgpack_pack_false(&pk);
}

void mp_put_nil(struct buf *b)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_nil(&pk);
}

void mp_put_bin(struct buf *b, struct bytes v)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_bin(&pk, v.n);
	buf_put(b, v.p, v.n);
}

void mp_put_text(struct buf *b, struct bytes v)
{
	msgpack_packer pk = packer(b);
	msgpack_pack_str(&pk, v.n);
	buf_put(b, v.p, v.n);
}
