/* The published test vector of the handshake, and everything that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/frame.h"

static const char PROLOGUE[] = "John Galt";
static const char HANDSHAKE_HASH[] =
    "cefffc5d1074126cc980ebfe902587ff36ba61dc77d4447ebe0f96dc22ae59d7";

static const char INIT_STATIC[] =
    "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
		  INIT_EPHEMERAL[] =
		      "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
		  RESP_STATIC[] =
		      "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
		  RESP_STATIC_PUBLIC[] =
		      "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
		  RESP_EPHEMERAL[] =
		      "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";

static const struct vector {
	const char *payload, *message;
} VECTORS[] = {
    {"4c756477696720766f6e204d69736573",
     "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944a3785af283c9"
     "91bab613473804356ef6931f83acf64f99c274b93570857cfc5e"},
    {"4d757272617920526f746862617264",
     "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088433a4534805fa9"
     "fe4eb8343ace6609160c767ad9b832e8eea1d9b7a2111818dd"},
    {"462e20412e20486179656b",
     "5d8e67b9c1b8e36f5dc674bc5cd2ce243fb5d1710fa57de0370da7cc979015398eaad94603b0"
     "5498ba9a613d2fd923dcaa6fd4288dfd8d70f419bf737efb4cd37f5da37ebb728849318c82"},
    {"4361726c204d656e676572", "3205e1265f809505e6edc092839d3156745d2abafbfd946b261e41"},
    {"4a65616e2d426170746973746520536179",
     "470bcb1ae099555ff0d729500df550418d6ee5149d9e40bd2f4c6b3d263cc818d5"},
    {"457567656e2042f6686d20766f6e2042617765726b",
     "d7187ed9d217ba6e91cf596e4871012ccedf7b5bed0d4cb8f7affb020fa17a95a23371e0f6"},
};

static size_t unhex(const char *hex, uint8_t *out, size_t size)
{
	size_t n;
	assert_int_equal(sodium_hex2bin(out, size, hex, strlen(hex), NULL, &n, NULL), 0);
	return n;
}

struct pair {
	struct noise a, b;
};

static void pair_init(struct pair *p)
{
	uint8_t s[32], e[32], rs[32];
	unhex(INIT_STATIC, s, 32);
	unhex(INIT_EPHEMERAL, e, 32);
	unhex(RESP_STATIC_PUBLIC, rs, 32);
	noise_init(&p->a, NOISE_INITIATOR, bytes_text(PROLOGUE), s, rs, e);
	unhex(RESP_STATIC, s, 32);
	unhex(RESP_EPHEMERAL, e, 32);
	noise_init(&p->b, NOISE_RESPONDER, bytes_text(PROLOGUE), s, NULL, e);
}

static struct noise *writer(struct pair *p, int step)
{
	return step % 2 == 0 ? &p->a : &p->b;
}

static struct noise *reader(struct pair *p, int step)
{
	return step % 2 == 0 ? &p->b : &p->a;
}

/* Passes the first `steps` messages, empty ones. */
static void pair_advance(struct pair *p, int steps)
{
	for (int i = 0; i < steps; i++) {
		struct buf m, got;
		buf_init(&m, 1024);
		buf_init(&got, 1024);
		assert_int_equal(noise_write(writer(p, i), bytes_of(NULL, 0), &m), ERR_OK);
		assert_int_equal(noise_read(reader(p, i), buf_bytes(&m), &got), ERR_OK);
		assert_int_equal(got.n, 0);
		buf_release(&m);
		buf_release(&got);
	}
}

static void published_vector(void **state)
{
	(void)state;
	struct pair p;
	pair_init(&p);
	struct cipher tx[2], rx[2];
	for (int i = 0; i < (int)(sizeof VECTORS / sizeof *VECTORS); i++) {
		uint8_t payload[64], want[128];
		size_t n = unhex(VECTORS[i].payload, payload, sizeof payload);
		size_t want_n = unhex(VECTORS[i].message, want, sizeof want);
		struct buf m, got;
		buf_init(&m, 1024);
		buf_init(&got, 1024);
		if (i < NOISE_MESSAGES) {
			assert_int_equal(noise_write(writer(&p, i), bytes_of(payload, n), &m), 0);
			assert_int_equal(noise_read(reader(&p, i), buf_bytes(&m), &got), 0);
		} else {
			int from = i % 2;
			cipher_seal(&tx[from], bytes_of(NULL, 0), bytes_of(payload, n),
				    buf_extend(&m, n + FRAME_TAG_BYTES));
			assert_int_equal(cipher_open(&rx[!from], bytes_of(NULL, 0), buf_bytes(&m),
						     buf_extend(&got, n)),
					 ERR_OK);
		}
		assert_int_equal(m.n, want_n);
		assert_memory_equal(m.p, want, want_n);
		assert_int_equal(got.n, n);
		assert_memory_equal(got.p, payload, n);
		buf_release(&m);
		buf_release(&got);
		if (i == NOISE_MESSAGES - 1) {
			uint8_t hash[32], hash_a[32], hash_b[32];
			unhex(HANDSHAKE_HASH, hash, 32);
			noise_split(&p.a, &tx[0], &rx[0], hash_a);
			noise_split(&p.b, &tx[1], &rx[1], hash_b);
			assert_memory_equal(hash, hash_a, 32);
			assert_memory_equal(hash, hash_b, 32);
		}
	}
	uint8_t s[32], s_public[32];
	unhex(INIT_STATIC, s, 32);
	crypto_scalarmult_base(s_public, s);
	assert_true(noise_done(&p.b));
	assert_memory_equal(noise_remote_static(&p.b), s_public, 32);
	noise_wipe(&p.a);
	noise_wipe(&p.b);
	assert_null(noise_remote_static(&p.b));
}

/* One flipped bit anywhere in any message: the key, its tag, the payload and its tag. */
static void every_byte_matters(void **state)
{
	(void)state;
	for (int step = 0; step < NOISE_MESSAGES; step++) {
		struct pair p;
		pair_init(&p);
		pair_advance(&p, step);
		struct buf m;
		buf_init(&m, 1024);
		assert_int_equal(noise_write(writer(&p, step), bytes_text("payload"), &m), ERR_OK);
		struct noise fresh = *reader(&p, step);
		for (size_t at = 0; at < m.n; at++) {
			struct noise n = fresh;
			struct buf got;
			buf_init(&got, 1024);
			m.p[at] ^= 0x10;
			assert_int_equal(noise_read(&n, buf_bytes(&m), &got), ERR_HANDSHAKE);
			assert_int_equal(got.n, 0);
			assert_int_equal(noise_read(&n, buf_bytes(&m), &got), ERR_PROTOCOL);
			m.p[at] ^= 0x10;
			buf_release(&got);
		}
		for (size_t n = 0; n < m.n; n++) {
			struct noise r = fresh;
			struct buf got;
			buf_init(&got, 1024);
			assert_int_not_equal(noise_read(&r, bytes_of(m.p, n), &got), ERR_OK);
			buf_release(&got);
		}
		buf_release(&m);
	}
}

static void wrong_keys_and_prologue(void **state)
{
	(void)state;
	uint8_t s[32], e[32], rs[32];
	struct buf m, got;
	for (int wrong = 0; wrong < 2; wrong++) {
		unhex(INIT_STATIC, s, 32);
		unhex(INIT_EPHEMERAL, e, 32);
		unhex(RESP_STATIC_PUBLIC, rs, 32);
		if (wrong == 0)
			crypto_scalarmult_base(rs, s);
		struct noise a, b;
		noise_init(&a, NOISE_INITIATOR, bytes_text(wrong == 1 ? "other" : PROLOGUE), s, rs,
			   e);
		unhex(RESP_STATIC, s, 32);
		unhex(RESP_EPHEMERAL, e, 32);
		noise_init(&b, NOISE_RESPONDER, bytes_text(PROLOGUE), s, NULL, e);
		buf_init(&m, 1024);
		buf_init(&got, 1024);
		assert_int_equal(noise_write(&a, bytes_text("x"), &m), ERR_OK);
		assert_int_equal(noise_read(&b, buf_bytes(&m), &got), ERR_HANDSHAKE);
		buf_release(&m);
		buf_release(&got);
	}
}

static void low_order_keys(void **state)
{
	(void)state;
	static const uint8_t zero[32];
	uint8_t s[32], e[32];
	unhex(INIT_STATIC, s, 32);
	unhex(INIT_EPHEMERAL, e, 32);
	struct noise a;
	struct buf m;
	buf_init(&m, 1024);
	noise_init(&a, NOISE_INITIATOR, bytes_text(PROLOGUE), s, zero, e);
	assert_int_equal(noise_write(&a, bytes_of(NULL, 0), &m), ERR_HANDSHAKE);
	assert_int_equal(m.n, 0);
	struct pair p;
	pair_init(&p);
	uint8_t message[48] = {0};
	assert_int_equal(noise_read(&p.b, bytes_of(message, sizeof message), &m), ERR_HANDSHAKE);
	buf_release(&m);
}

static void turns_and_sizes(void **state)
{
	(void)state;
	static uint8_t big[HANDSHAKE_PAYLOAD_BYTES_MAX + 1 + 48];
	struct pair p;
	struct buf m, got;
	buf_init(&m, sizeof big * 2);
	buf_init(&got, sizeof big * 2);

	pair_init(&p);
	assert_int_equal(noise_read(&p.a, bytes_of(big, 48), &got), ERR_PROTOCOL);
	assert_int_equal(noise_write(&p.b, bytes_of(NULL, 0), &m), ERR_PROTOCOL);

	pair_init(&p);
	assert_int_equal(noise_write(&p.a, bytes_of(big, HANDSHAKE_PAYLOAD_BYTES_MAX + 1), &m),
			 ERR_TOO_LARGE);
	assert_int_equal(noise_read(&p.b, bytes_of(big, sizeof big), &got), ERR_TOO_LARGE);

	pair_init(&p);
	assert_int_equal(noise_write(&p.a, bytes_of(big, HANDSHAKE_PAYLOAD_BYTES_MAX), &m), 0);
	assert_int_equal(noise_read(&p.b, buf_bytes(&m), &got), ERR_OK);
	assert_int_equal(got.n, HANDSHAKE_PAYLOAD_BYTES_MAX);
	assert_null(noise_remote_static(&p.b));

	/* Message 1 again, where message 3 belongs. */
	struct buf first;
	buf_init(&first, sizeof big * 2);
	buf_put(&first, m.p, m.n);
	buf_reset(&m);
	assert_int_equal(noise_write(&p.b, bytes_of(NULL, 0), &m), ERR_OK);
	assert_int_equal(noise_read(&p.b, buf_bytes(&first), &got), ERR_HANDSHAKE);

	pair_init(&p);
	pair_advance(&p, 3);
	assert_int_equal(noise_write(&p.a, bytes_of(NULL, 0), &m), ERR_PROTOCOL);
	buf_release(&first);
	buf_release(&m);
	buf_release(&got);
}

/* --- frames ----------------------------------------------------------------------------------- */

static void framers(struct framer *a, struct framer *b)
{
	struct pair p;
	uint8_t hash[32];
	pair_init(&p);
	pair_advance(&p, 3);
	*a = *b = (struct framer){0};
	noise_split(&p.a, &a->tx, &a->rx, hash);
	noise_split(&p.b, &b->tx, &b->rx, hash);
}

static void frames_across_rekeys(void **state)
{
	(void)state;
	struct framer a, b;
	framers(&a, &b);
	struct buf wire, got;
	buf_init(&wire, 1 << 18);
	buf_init(&got, FRAME_PAYLOAD_BYTES_MAX);
	static uint8_t payload[FRAME_PAYLOAD_BYTES_MAX + 1];
	uint8_t first_key[32];
	memcpy(first_key, a.tx.k, 32);
	for (uint32_t i = 0; i < 2 * FRAME_REKEY_EVERY + 1; i++) {
		size_t n = i % 700 == 0 ? FRAME_PAYLOAD_BYTES_MAX : i % 50;
		put_u32(payload, i);
		buf_reset(&wire);
		assert_int_equal(frame_seal(&a, bytes_of(payload, n), &wire), ERR_OK);
		assert_int_equal(wire.n, n + FRAME_OVERHEAD_BYTES);
		struct bytes in = buf_bytes(&wire);
		bool whole;
		assert_int_equal(frame_feed(&b, &in, &got, &whole), ERR_OK);
		assert_true(whole);
		assert_int_equal(in.n, 0);
		assert_int_equal(got.n, n);
		if (n)
			assert_memory_equal(got.p, payload, n);
		bool rekeyed = memcmp(first_key, b.rx.k, 32) != 0;
		assert_int_equal(rekeyed, 2 * (i + 1) >= FRAME_REKEY_EVERY);
		assert_memory_equal(a.tx.k, b.rx.k, 32);
	}
	buf_reset(&wire);
	assert_int_equal(frame_seal(&a, bytes_of(payload, sizeof payload), &wire), ERR_TOO_LARGE);
	assert_int_equal(wire.n, 0);
	buf_release(&wire);
	buf_release(&got);
}

/* Byte by byte, with two frames behind one another: what is taken, is taken once. */
static void frames_in_pieces(void **state)
{
	(void)state;
	struct framer a, b;
	framers(&a, &b);
	struct buf wire, held, got;
	buf_init(&wire, 1024);
	buf_init(&held, 1024);
	buf_init(&got, 1024);
	assert_int_equal(frame_seal(&a, bytes_text("one"), &wire), ERR_OK);
	assert_int_equal(frame_seal(&a, bytes_text(""), &wire), ERR_OK);
	assert_int_equal(frame_seal(&a, bytes_text("three"), &wire), ERR_OK);
	int frames = 0;
	for (size_t i = 0; i < wire.n; i++) {
		buf_put_byte(&held, wire.p[i]);
		struct bytes in = buf_bytes(&held);
		bool whole;
		assert_int_equal(frame_feed(&b, &in, &got, &whole), ERR_OK);
		buf_consume(&held, held.n - in.n);
		frames += whole;
	}
	assert_int_equal(frames, 3);
	assert_int_equal(held.n, 0);
	assert_memory_equal(got.p, "three", 5);
	buf_release(&wire);
	buf_release(&held);
	buf_release(&got);
}

static void frames_refused(void **state)
{
	(void)state;
	struct framer a, b;
	framers(&a, &b);
	struct buf wire, got;
	buf_init(&wire, 1024);
	buf_init(&got, 1024);
	assert_int_equal(frame_seal(&a, bytes_text("payload"), &wire), ERR_OK);
	for (size_t at = 0; at < wire.n; at++) {
		struct framer f = b;
		bool whole;
		wire.p[at] ^= 1;
		struct bytes in = buf_bytes(&wire);
		assert_int_equal(frame_feed(&f, &in, &got, &whole), ERR_BAD_SEAL);
		assert_false(whole);
		assert_int_equal(got.n, 0);
		wire.p[at] ^= 1;
		assert_int_equal(frame_feed(&f, &in, &got, &whole), ERR_BAD_SEAL);
	}
	/* A replayed frame. */
	struct bytes in = buf_bytes(&wire);
	bool whole;
	assert_int_equal(frame_feed(&b, &in, &got, &whole), ERR_OK);
	in = buf_bytes(&wire);
	assert_int_equal(frame_feed(&b, &in, &got, &whole), ERR_BAD_SEAL);

	/* An honest seal on a dishonest length. */
	framers(&a, &b);
	uint8_t length[2] = {0xff, 0xff};
	buf_reset(&wire);
	cipher_seal(&a.tx, bytes_of(NULL, 0), bytes_of(length, 2), buf_extend(&wire, 18));
	in = buf_bytes(&wire);
	assert_int_equal(frame_feed(&b, &in, &got, &whole), ERR_TOO_LARGE);
	frame_wipe(&a);
	assert_int_equal(frame_seal(&a, bytes_text("x"), &wire), ERR_BAD_SEAL);
	buf_release(&wire);
	buf_release(&got);
}

static void clear_lengths(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint8_t in[6];
		size_t n;
		enum err err;
		bool whole;
		size_t message, left;
	} CASES[] = {
	    {"nothing", {0}, 0, ERR_OK, false, 0, 0},
	    {"half a length", {0}, 1, ERR_OK, false, 0, 1},
	    {"empty", {0, 0}, 2, ERR_OK, true, 0, 0},
	    {"short", {0, 3, 'a', 'b'}, 4, ERR_OK, false, 0, 4},
	    {"whole", {0, 2, 'a', 'b', 'c'}, 5, ERR_OK, true, 2, 1},
	    {"too long", {0xff, 0xff, 0}, 3, ERR_TOO_LARGE, false, 0, 3},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct bytes in = bytes_of(CASES[i].in, CASES[i].n), message = {NULL, 0};
		bool whole;
		assert_int_equal(frame_take_clear(&in, &message, &whole), CASES[i].err);
		assert_int_equal(whole, CASES[i].whole);
		assert_int_equal(message.n, CASES[i].message);
		assert_int_equal(in.n, CASES[i].left);
	}
	struct buf out;
	buf_init(&out, 1 << 16);
	static uint8_t big[HANDSHAKE_MESSAGE_BYTES_MAX + 1];
	assert_int_equal(frame_put_clear(bytes_of(big, sizeof big), &out), ERR_TOO_LARGE);
	assert_int_equal(frame_put_clear(bytes_of(big, sizeof big - 1), &out), ERR_OK);
	struct bytes in = buf_bytes(&out), message;
	bool whole;
	assert_int_equal(frame_take_clear(&in, &message, &whole), ERR_OK);
	assert_int_equal(message.n, sizeof big - 1);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vector),	       cmocka_unit_test(every_byte_matters),
	    cmocka_unit_test(wrong_keys_and_prologue), cmocka_unit_test(low_order_keys),
	    cmocka_unit_test(turns_and_sizes),	       cmocka_unit_test(frames_across_rekeys),
	    cmocka_unit_test(frames_in_pieces),	       cmocka_unit_test(frames_refused),
	    cmocka_unit_test(clear_lengths),
	};
	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
