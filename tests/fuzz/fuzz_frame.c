/*
 * The first byte picks what the rest is: bytes for a framer, for the clear framing, for one of the
 * handshake's messages; or payloads that must come through whole, whatever the pieces.
 */
#include <sodium.h>

#include "proto/frame.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void feed_all(struct framer *f, struct bytes in, struct buf *payload)
{
	bool whole = true;
	while (whole && frame_feed(f, &in, payload, &whole) == ERR_OK)
		require(!whole || payload->n <= FRAME_PAYLOAD_BYTES_MAX);
}

static void clear_all(struct bytes in)
{
	struct bytes message;
	bool whole = true;
	while (whole && frame_take_clear(&in, &message, &whole) == ERR_OK)
		require(!whole || message.n <= HANDSHAKE_MESSAGE_BYTES_MAX);
}

static void handshake(struct bytes in, int step)
{
	uint8_t s[32], e[32], public[32];
	struct noise a, b;
	struct buf m, got;
	memset(s, 1, sizeof s);
	memset(e, 2, sizeof e);
	crypto_scalarmult_base(public, s);
	noise_init(&a, NOISE_INITIATOR, bytes_of(NULL, 0), e, public, e);
	noise_init(&b, NOISE_RESPONDER, bytes_of(NULL, 0), s, NULL, e);
	buf_init(&m, 1 << 16);
	buf_init(&got, 1 << 16);
	for (int i = 0; i < step; i++) {
		struct noise *from = i % 2 ? &b : &a, *to = i % 2 ? &a : &b;
		buf_reset(&m);
		require(noise_write(from, bytes_of(NULL, 0), &m) == ERR_OK);
		require(noise_read(to, buf_bytes(&m), &got) == ERR_OK);
	}
	require(noise_read(step % 2 ? &a : &b, in, &got) != ERR_OK);
	buf_release(&m);
	buf_release(&got);
}

static void round_trip(struct bytes in)
{
	struct framer tx = {0}, rx = {0};
	struct buf wire, payload;
	buf_init(&wire, 1 << 20);
	buf_init(&payload, FRAME_PAYLOAD_BYTES_MAX);
	for (size_t at = 0; at < in.n;) {
		size_t n = in.p[at] < in.n - at ? in.p[at] : in.n - at - 1;
		struct bytes want = bytes_of(in.p + at + 1, n);
		buf_reset(&wire);
		require(frame_seal(&tx, want, &wire) == ERR_OK);
		size_t cut = wire.n * in.p[at] / 256;
		struct bytes part = bytes_of(wire.p, cut);
		bool whole;
		require(frame_feed(&rx, &part, &payload, &whole) == ERR_OK && !whole);
		size_t left = cut - part.n;
		part = bytes_of(wire.p + left, wire.n - left);
		require(frame_feed(&rx, &part, &payload, &whole) == ERR_OK && whole);
		require(part.n == 0 && bytes_equal(buf_bytes(&payload), want));
		at += n + 1;
	}
	buf_release(&wire);
	buf_release(&payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0 || n > 1 << 16)
		return 0;
	struct bytes in = bytes_of(data + 1, n - 1);
	struct framer f = {0};
	struct buf payload;
	buf_init(&payload, FRAME_PAYLOAD_BYTES_MAX);
	switch (data[0] % 6) {
	case 0:
		feed_all(&f, in, &payload);
		break;
	case 1:
		clear_all(in);
		break;
	case 5:
		round_trip(in);
		break;
	default:
		handshake(in, data[0] % 6 - 2);
	}
	buf_release(&payload);
	return 0;
}
