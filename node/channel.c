#include "node/channel.h"

#include <sodium.h>

/* What both sides mix into the handshake first. */
static const char PROLOGUE[] = "estafeta 1";

static void start(struct noise *n, const uint8_t secret[NOISE_KEY_BYTES], const uint8_t *remote)
{
	uint8_t ephemeral[NOISE_KEY_BYTES];
	randombytes_buf(ephemeral, sizeof ephemeral);
	noise_init(n, remote ? NOISE_INITIATOR : NOISE_RESPONDER, bytes_text(PROLOGUE), secret, remote, ephemeral);
	sodium_memzero(ephemeral, sizeof ephemeral);
}

void channel_dial(struct noise *n, const uint8_t secret[NOISE_KEY_BYTES], const uint8_t remote[NOISE_KEY_BYTES])
{
	start(n, secret, remote);
}

enum err channel_answer(struct noise *n, const uint8_t (*secrets)[NOISE_KEY_BYTES], size_t count, struct bytes *in, bool *whole)
{
	struct bytes message;
	struct buf nothing;
	enum err e = frame_take_clear(in, &message, whole);
	if (e || !*whole)
		return e;
	buf_init(&nothing, HANDSHAKE_PAYLOAD_BYTES_MAX);
	e = ERR_HANDSHAKE;
	for (size_t i = 0; i < count && e == ERR_HANDSHAKE; i++) {
		start(n, secrets[i], NULL);
		e = noise_read(n, message, &nothing);
	}
	buf_wipe(&nothing);
	return e;
}

enum err channel_write(struct noise *n, struct buf *wire)
{
	struct buf message;
	buf_init(&message, HANDSHAKE_MESSAGE_BYTES_MAX);
	enum err e = noise_write(n, (struct bytes){0}, &message);
	if (!e)
		e = frame_put_clear(buf_bytes(&message), wire);
	buf_release(&message);
	return e;
}

enum err channel_read(struct noise *n, struct bytes *in, bool *whole)
{
	struct bytes message;
	struct buf nothing;
	enum err e = frame_take_clear(in, &message, whole);
	if (e || !*whole)
		return e;
	buf_init(&nothing, HANDSHAKE_PAYLOAD_BYTES_MAX);
	e = noise_read(n, message, &nothing);
	buf_wipe(&nothing);
	return e;
}

enum err channel_seal(struct framer *f, struct buf *out, struct buf *wire)
{
	struct buf payload;
	buf_init(&payload, FRAME_PAYLOAD_BYTES_MAX);
	enum err e = out->err;
	for (size_t at = 0; at < out->n && !e;) {
		size_t n = get_u32(out->p + at);
		if (payload.n && payload.n + n > FRAME_PAYLOAD_BYTES_MAX) {
			e = frame_seal(f, buf_bytes(&payload), wire);
			buf_reset(&payload);
		}
		buf_put(&payload, out->p + at + 4, n);
		at += 4 + n;
		if (!e)
			e = payload.err;
	}
	if (!e && payload.n)
		e = frame_seal(f, buf_bytes(&payload), wire);
	buf_release(&payload);
	buf_reset(out);
	return e;
}
