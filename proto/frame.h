/*
 * frame - how messages lie in the byte stream between two nodes.
 *
 * During the handshake: a clear 2-byte length, then that many bytes. Afterwards: the length,
 * sealed (2 + 16 bytes), then the payload, sealed (n + 16 bytes). Each direction counts its AEAD
 * operations and takes a new key after every FRAME_REKEY_EVERY of them.
 *
 * Readers advance IN past what they took; a caller loops until nothing whole is left, then drops
 * from its buffer what was taken. Nothing is allocated for a length that was not authenticated.
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "proto/noise.h"

enum {
	FRAME_LENGTH_BYTES = 2,
	FRAME_OVERHEAD_BYTES = FRAME_LENGTH_BYTES + 2 * FRAME_TAG_BYTES,
	HANDSHAKE_MESSAGE_BYTES_MAX =
	    NOISE_KEY_BYTES + 2 * FRAME_TAG_BYTES + HANDSHAKE_PAYLOAD_BYTES_MAX,
};

/* Filled by noise_split(&n, &f.tx, &f.rx, hash) in a zeroed struct. */
struct framer {
	struct cipher tx;
	struct cipher rx;
	uint16_t length; /* of the frame whose length was opened and whose payload is awaited */
	bool have_length;
	bool failed;
};

/* Appends one frame to OUT: TOO_LARGE beyond FRAME_PAYLOAD_BYTES_MAX, or as OUT says. */
MUST_USE enum err frame_seal(struct framer *f, struct bytes payload, struct buf *out);

/*
 * Takes one frame from IN. *whole tells whether there was one; its payload then replaces what
 * PAYLOAD held. BAD_SEAL: forged, damaged or out of order; TOO_LARGE: a peer that keeps no
 * limits. After an error the framer is dead and answers BAD_SEAL.
 */
MUST_USE enum err frame_feed(struct framer *f, struct bytes *in, struct buf *payload, bool *whole);

void frame_wipe(struct framer *f);

/* The same for handshake messages: MESSAGE borrows from IN. */
MUST_USE enum err frame_put_clear(struct bytes message, struct buf *out);
MUST_USE enum err frame_take_clear(struct bytes *in, struct bytes *message, bool *whole);

#endif
