#include "proto/frame.h"

#include <sodium.h>

static const struct bytes NO_AD = {NULL, 0};

enum { SEALED_LENGTH_BYTES = FRAME_LENGTH_BYTES + FRAME_TAG_BYTES };

static void count(struct cipher *c)
{
	if (c->n % FRAME_REKEY_EVERY == 0)
		cipher_rekey(c);
}

static struct bytes take(struct bytes *in, size_t n)
{
	struct bytes got = bytes_of(in->p, n);
	in->p += n;
	in->n -= n;
	return got;
}

enum err frame_seal(struct framer *f, struct bytes payload, struct buf *out)
{
	if (f->failed)
		return ERR_BAD_SEAL;
	if (payload.n > FRAME_PAYLOAD_BYTES_MAX)
		return ERR_TOO_LARGE;
	uint8_t *p = buf_extend(out, payload.n + FRAME_OVERHEAD_BYTES);
	if (!p)
		return out->err;
	uint8_t length[FRAME_LENGTH_BYTES];
	put_u16(length, (uint16_t)payload.n);
	cipher_seal(&f->tx, NO_AD, bytes_of(length, sizeof length), p);
	count(&f->tx);
	cipher_seal(&f->tx, NO_AD, payload, p + SEALED_LENGTH_BYTES);
	count(&f->tx);
	return ERR_OK;
}

static enum err fail(struct framer *f, enum err e)
{
	f->failed = true;
	sodium_memzero(&f->rx, sizeof f->rx);
	return e;
}

enum err frame_feed(struct framer *f, struct bytes *in, struct buf *payload, bool *whole)
{
	*whole = false;
	if (f->failed)
		return ERR_BAD_SEAL;
	if (!f->have_length) {
		if (in->n < SEALED_LENGTH_BYTES)
			return ERR_OK;
		uint8_t length[FRAME_LENGTH_BYTES];
		if (cipher_open(&f->rx, NO_AD, take(in, SEALED_LENGTH_BYTES), length))
			return fail(f, ERR_BAD_SEAL);
		count(&f->rx);
		f->length = get_u16(length);
		if (f->length > FRAME_PAYLOAD_BYTES_MAX)
			return fail(f, ERR_TOO_LARGE);
		f->have_length = true;
	}
	size_t sealed = (size_t)f->length + FRAME_TAG_BYTES;
	if (in->n < sealed)
		return ERR_OK;
	buf_reset(payload);
	uint8_t *p = f->length ? buf_extend(payload, f->length) : NULL;
	if (f->length && !p)
		return fail(f, payload->err);
	if (cipher_open(&f->rx, NO_AD, take(in, sealed), p)) {
		buf_reset(payload);
		return fail(f, ERR_BAD_SEAL);
	}
	count(&f->rx);
	f->have_length = false;
	*whole = true;
	return ERR_OK;
}

void frame_wipe(struct framer *f)
{
	sodium_memzero(f, sizeof *f);
	f->failed = true;
}

enum err frame_put_clear(struct bytes message, struct buf *out)
{
	if (message.n > HANDSHAKE_MESSAGE_BYTES_MAX)
		return ERR_TOO_LARGE;
	uint8_t *p = buf_extend(out, FRAME_LENGTH_BYTES + message.n);
	if (!p)
		return out->err;
	put_u16(p, (uint16_t)message.n);
	if (message.n)
		memcpy(p + FRAME_LENGTH_BYTES, message.p, message.n);
	return ERR_OK;
}

enum err frame_take_clear(struct bytes *in, struct bytes *message, bool *whole)
{
	*whole = false;
	if (in->n < FRAME_LENGTH_BYTES)
		return ERR_OK;
	size_t n = get_u16(in->p);
	if (n > HANDSHAKE_MESSAGE_BYTES_MAX)
		return ERR_TOO_LARGE;
	if (in->n - FRAME_LENGTH_BYTES < n)
		return ERR_OK;
	take(in, FRAME_LENGTH_BYTES);
	*message = take(in, n);
	*whole = true;
	return ERR_OK;
}
