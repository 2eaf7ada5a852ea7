/* The record envelope, the registry and canonical msgpack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "proto/mp.h"
#include "proto/record.h"
#include "proto/text.h"

static uint8_t sign_public[32], sign_secret[64], key[32], nonce[24];
static uint8_t author[32] = {1}, incarnation[8] = {2}, subject[16] = {3}, other[32] = {4};

static int setup(void **state)
{
	(void)state;
	uint8_t seed[32] = {7};
	memset(key, 8, sizeof key);
	memset(nonce, 9, sizeof nonce);
	return sodium_init() < 0 || crypto_sign_ed25519_seed_keypair(sign_public, sign_secret, seed);
}

static struct draft draft(enum record_type type)
{
	return (struct draft){.type = type, .author = author, .generation = 1, .incarnation = incarnation,
			      .seq = 77, .subject = subject, .time = (uint64_t)1790000000000 << 16,
			      .period = 2026, .ref_count = 1, .refs = {other}};
}

static struct buf make_private(const char *text)
{
	struct buf body, out;
	buf_init(&body, RECORD_BYTES_MAX);
	buf_init(&out, RECORD_BYTES_MAX + 100);
	mp_put_map(&body, 1);
	mp_put_key(&body, "t");
	mp_put_text(&body, bytes_text(text));
	struct draft d = draft(RECORD_ENTRY);
	assert_int_equal(record_make(&d, buf_bytes(&body), key, nonce, sign_secret, &out), ERR_OK);
	buf_release(&body);
	return out;
}

static void private_round_trip(void **state)
{
	(void)state;
	struct buf raw = make_private("Похвальная грамота"), plain;
	struct record r;
	assert_int_equal(record_read(buf_bytes(&raw), &r), ERR_OK);
	assert_int_equal(record_verify(&r, sign_public), ERR_OK);
	assert_int_equal(r.type, RECORD_ENTRY);
	assert_int_equal(r.seq, 77);
	assert_int_equal(r.period, 2026);
	assert_int_equal(r.ref_count, 1);
	assert_int_equal((r.body.n - 40) % BODY_PAD_BYTES, 0);
	buf_init(&plain, RECORD_BYTES_MAX);
	assert_int_equal(record_open(&r, key, &plain), ERR_OK);
	struct bytes t = mp_find_text(buf_bytes(&plain), "t");
	assert_true(bytes_equal(t, bytes_text("Похвальная грамота")));
	uint8_t wrong[32] = {1};
	assert_int_equal(record_open(&r, wrong, &plain), ERR_NO_KEY);
	buf_release(&plain);
	buf_release(&raw);
}

/* Any flipped bit is refused by form, hash or signature. */
static void every_flip_is_refused(void **state)
{
	(void)state;
	struct buf raw = make_private("x");
	for (size_t i = 0; i < raw.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			raw.p[i] ^= (uint8_t)(1 << bit);
			struct record r;
			enum err e = record_read(buf_bytes(&raw), &r);
			if (!e)
				e = record_verify(&r, sign_public);
			assert_int_not_equal(e, ERR_OK);
			raw.p[i] ^= (uint8_t)(1 << bit);
		}
	for (size_t n = 0; n < raw.n; n++) {
		struct record r;
		assert_int_not_equal(record_read(bytes_of(raw.p, n), &r), ERR_OK);
	}
	buf_release(&raw);
}

static void too_large_is_refused(void **state)
{
	(void)state;
	static char big[RECORD_BYTES_MAX];
	memset(big, 'a', sizeof big - 100);
	struct buf body, out;
	buf_init(&body, RECORD_BYTES_MAX + 100);
	buf_init(&out, 4 * RECORD_BYTES_MAX);
	mp_put_map(&body, 1);
	mp_put_key(&body, "t");
	mp_put_text(&body, bytes_text(big));
	struct draft d = draft(RECORD_ENTRY);
	assert_int_equal(record_make(&d, buf_bytes(&body), key, nonce, sign_secret, &out), ERR_TOO_LARGE);
	assert_int_equal(out.n, 0);
	buf_release(&body);
	buf_release(&out);
}

/* Each clear type of the registry: decode(encode(x)) re-encodes to the same bytes. */
static void clear_bodies_round_trip(void **state)
{
	(void)state;
	const struct shape *s;
	for (size_t i = 0; (s = record_shape_at(i)); i++) {
		if (s->cls == CLASS_PRIVATE)
			continue;
		union body in, out;
		memset(&in, 0, sizeof in);
		for (size_t f = 0; f < s->count; f++) {
			uint8_t *at = (uint8_t *)&in + s->fields[f].offset;
			struct bytes v = bytes_text("Ижевск");
			uint64_t n = (uint64_t)1 << (f * 7 % 64);
			if (s->fields[f].kind == SHAPE_FIXED)
				memset(at, (int)f + 1, s->fields[f].max);
			else if (s->fields[f].kind == SHAPE_UINT)
				memcpy(at, &n, sizeof n);
			else
				memcpy(at, &v, sizeof v);
			if (f)
				assert_true(strcmp(s->fields[f - 1].name, s->fields[f].name) < 0);
		}
		struct buf a, b;
		buf_init(&a, RECORD_BYTES_MAX);
		buf_init(&b, RECORD_BYTES_MAX);
		body_encode((enum record_type)s->number, &in, &a);
		assert_int_equal(body_decode((enum record_type)s->number, buf_bytes(&a), &out), ERR_OK);
		body_encode((enum record_type)s->number, &out, &b);
		assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
		buf_put_byte(&a, 0xc0);
		assert_int_equal(body_decode((enum record_type)s->number, buf_bytes(&a), &out), ERR_TRAILING);
		buf_release(&a);
		buf_release(&b);
	}
}

static void messages_round_trip(void **state)
{
	(void)state;
	const struct shape *s;
	for (size_t i = 0; (s = message_shape_at(i)); i++) {
		struct message in, out;
		memset(&in, 0, sizeof in);
		in.type = (enum message_type)s->number;
		struct buf a, b;
		buf_init(&a, FRAME_PAYLOAD_BYTES_MAX);
		buf_init(&b, FRAME_PAYLOAD_BYTES_MAX);
		message_encode(&in, &a);
		struct bytes rest = buf_bytes(&a);
		assert_int_equal(message_decode(&rest, &out), ERR_OK);
		assert_int_equal(rest.n, 0);
		message_encode(&out, &b);
		assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
		for (size_t n = 0; n < a.n; n++) {
			rest = bytes_of(a.p, n);
			assert_int_not_equal(message_decode(&rest, &out), ERR_OK);
		}
		buf_release(&a);
		buf_release(&b);
	}
}

/* What a hostile peer may send (cases 54 to 63 of the bad inputs). */
static void bad_msgpack(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *bytes;
		size_t n;
		enum err want;
	} cases[] = {
		{"array32 of 4 G", "\xdd\xff\xff\xff\xff", 5, ERR_TRUNCATED},
		{"array32 of 64 M, nested", "\xdd\x04\x00\x00\x00\xdd\x04\x00\x00\x00", 10, ERR_TRUNCATED},
		{"depth 5", "\x91\x91\x91\x91\x91\xc0", 6, ERR_TOO_DEEP},
		{"never used", "\xc1", 1, ERR_BAD_TYPE},
		{"trailing", "\xc0\xc0", 2, ERR_TRAILING},
		{"ext32 of 4 G", "\xc9\xff\xff\xff\xff\x01", 6, ERR_BAD_TYPE},
		{"fixext", "\xd4\x01\x00", 3, ERR_BAD_TYPE},
		{"float", "\xca\x00\x00\x00\x00", 5, ERR_BAD_TYPE},
		{"uint8 of 5", "\xcc\x05", 2, ERR_NOT_CANONICAL},
		{"uint64 of 1", "\xcf\x00\x00\x00\x00\x00\x00\x00\x01", 9, ERR_NOT_CANONICAL},
		{"int8 of 5", "\xd0\x05", 2, ERR_NOT_CANONICAL},
		{"int8 of -1", "\xd0\xff", 2, ERR_NOT_CANONICAL},
		{"str8 of 1", "\xd9\x01z", 3, ERR_NOT_CANONICAL},
		{"bin16 of 1", "\xc5\x00\x01z", 4, ERR_NOT_CANONICAL},
		{"array16 of 1", "\xdc\x00\x01\xc0", 4, ERR_NOT_CANONICAL},
		{"duplicate keys", "\x82\xa1z\x01\xa1z\x02", 7, ERR_NOT_CANONICAL},
		{"unsorted keys", "\x82\xa1z\x01\xa1y\x02", 7, ERR_NOT_CANONICAL},
		{"key not text", "\x81\x01\x01", 3, ERR_BAD_TYPE},
		{"bad UTF-8", "\xa2\xff\xfe", 3, ERR_BAD_UTF8},
		{"surrogate", "\xa3\xed\xa0\x80", 4, ERR_BAD_UTF8},
		{"overlong", "\xa2\xc0\x80", 3, ERR_BAD_UTF8},
		{"bin32 of 4 G", "\xc6\xff\xff\xff\xff", 5, ERR_TRUNCATED},
		{"empty", "", 0, ERR_TRUNCATED},
		{"fine", "\x82\xa1y\x93\xd0\x80\xcd\x01\x00\xc3\xa1z\xa2\xd0\x96", 15, ERR_OK},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum err e = mp_check(bytes_of(cases[i].bytes, cases[i].n));
		if (e != cases[i].want)
			fail_msg("%s: %s, want %s", cases[i].name, err_name(e), err_name(cases[i].want));
		if (e && err_peer_action(e) != PEER_STRIKE)
			fail_msg("%s: no strike", cases[i].name);
	}
	uint8_t nested[31 * 5]; /* case 55: each says that it holds 64 M more */
	for (size_t i = 0; i < sizeof nested; i += 5)
		memcpy(nested + i, "\xdd\x04\x00\x00\x00", 5);
	assert_int_equal(mp_check(bytes_of(nested, sizeof nested)), ERR_TRUNCATED);
}

static void numbers_round_trip(void **state)
{
	(void)state;
	for (int bit = 0; bit < 64; bit++)
		for (int d = -1; d <= 1; d++) {
			uint64_t u = ((uint64_t)1 << bit) + (uint64_t)(int64_t)d;
			int64_t n = (int64_t)(~u);
			struct buf b;
			struct mp_reader r;
			buf_init(&b, 64);
			mp_put_uint(&b, u);
			mp_put_int(&b, n);
			mp_read(&r, buf_bytes(&b));
			assert_true(mp_get_uint(&r) == u);
			assert_true(mp_get_int(&r) == n);
			assert_int_equal(mp_end(&r), ERR_OK);
			buf_release(&b);
		}
}

static void typed_text(void **state)
{
	(void)state;
	uint8_t in[22], out[22];
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 37 + 1);
	char s[TEXT_CODE_BYTES], loose[2 * TEXT_CODE_BYTES];
	text_encode(bytes_of(in, sizeof in), s, sizeof s);
	assert_int_equal(strlen(s), 40 + 9);
	assert_int_equal(text_decode(s, out, sizeof out), ERR_OK);
	assert_memory_equal(in, out, sizeof in);
	size_t at = 0; /* as typed in a hurry, on a Russian keyboard */
	for (char *p = s; *p; p++) {
		const char *typed = *p == '0' ? "О" : *p == '1' ? "l" : *p == 'A' ? "А" : *p == 'H' ? "н" : NULL;
		if (*p == '-')
			loose[at++] = ' ';
		else if (typed)
			at += (size_t)snprintf(loose + at, sizeof loose - at, "%s", typed);
		else
			loose[at++] = (char)(*p >= 'A' ? *p + 32 : *p);
	}
	loose[at] = 0;
	assert_int_equal(text_decode(loose, out, sizeof out), ERR_OK);
	assert_memory_equal(in, out, sizeof in);
	size_t caught = 0;
	for (char *p = s; *p; p++) {
		char was = *p;
		if (was == '-')
			continue;
		*p = was == '7' ? '8' : '7';
		enum err e = text_decode(s, out, sizeof out);
		assert_int_equal(e, ERR_BAD_CHECK);
		caught++;
		*p = was;
	}
	assert_int_equal(caught, 40);
	assert_int_equal(text_decode("", out, sizeof out), ERR_BAD_FORM);
	assert_int_equal(text_decode("Ж", out, sizeof out), ERR_BAD_FORM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_round_trip),   cmocka_unit_test(every_flip_is_refused),
		cmocka_unit_test(too_large_is_refused), cmocka_unit_test(clear_bodies_round_trip),
		cmocka_unit_test(messages_round_trip),  cmocka_unit_test(bad_msgpack),
		cmocka_unit_test(numbers_round_trip),   cmocka_unit_test(typed_text),
	};
	return cmocka_run_group_tests_name("record", tests, setup, NULL);
}
