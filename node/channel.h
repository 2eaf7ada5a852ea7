/*
 * channel - the bytes of a session with another school: handshake messages and
 * sealed frames. No sockets.
 */
#ifndef NODE_CHANNEL_H
#define NODE_CHANNEL_H

#include "proto/frame.h"

/* The dialer's side of a handshake, with a fresh ephemeral key; remote is the listener's public key. */
void channel_dial(struct noise *n, const uint8_t secret[NOISE_KEY_BYTES], const uint8_t remote[NOISE_KEY_BYTES]);

/*
 * The listener's side, begun by the dialer's first message: it may be meant for
 * any of our network keys, which are tried in turn. *whole: there was a message.
 */
enum err channel_answer(struct noise *n, const uint8_t (*secrets)[NOISE_KEY_BYTES], size_t count, struct bytes *in,
			bool *whole) MUST_USE;

/* Appends our next handshake message to wire. */
enum err channel_write(struct noise *n, struct buf *wire) MUST_USE;

/* Takes one handshake message from in; *whole: there was one. What it carries is ignored. */
enum err channel_read(struct noise *n, struct bytes *in, bool *whole) MUST_USE;

/*
 * Messages, each behind its u32 length, into frames: as many to a frame as fit,
 * none over two. Empties out, whose error is the answer if it has one.
 */
enum err channel_seal(struct framer *f, struct buf *out, struct buf *wire) MUST_USE;

#endif
