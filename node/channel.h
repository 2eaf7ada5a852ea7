/*
 * channel - the bytes of a session with another school: handshake messages and
 * sealed frames. No sockets.
 */
#ifndef NODE_CHANNEL_H
#define NODE_CHANNEL_H

#include "proto/frame.h"

/* Fresh keys for a handshake; remote is the responder's public key for the dialer, else NULL. */
void channel_noise(struct noise *n, const uint8_t secret[NOISE_KEY_BYTES], const uint8_t *remote);

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
