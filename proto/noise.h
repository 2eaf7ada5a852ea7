/*
 * noise - Noise_XK_25519_ChaChaPoly_SHA256 as a pure step machine.
 *
 *	-> e, es      message 1, written by the initiator
 *	<- e, ee      message 2, written by the responder
 *	-> s, se      message 3, written by the initiator
 *
 * The caller owns struct noise and supplies every secret, the ephemeral included: a fresh one for
 * each handshake, or secrecy is lost. After an error the machine is wiped and only refuses.
 * noise_wipe is harmless at any time and due at the end.
 */
#ifndef PROTO_NOISE_H
#define PROTO_NOISE_H

#include "proto/buf.h"
#include "proto/limits.h"

enum {
	NOISE_KEY_BYTES = 32,
	NOISE_HASH_BYTES = 32,
	NOISE_MESSAGES = 3,
};

/* One direction of a session: n operations were done, and the next one has the nonce n. */
struct cipher {
	uint8_t k[NOISE_KEY_BYTES];
	uint64_t n;
};

enum noise_role { NOISE_INITIATOR, NOISE_RESPONDER };

struct noise {
	enum noise_role role;
	int step; /* messages passed; negative once failed */
	struct cipher cipher;
	uint8_t ck[NOISE_HASH_BYTES];
	uint8_t h[NOISE_HASH_BYTES];
	uint8_t s[NOISE_KEY_BYTES], s_public[NOISE_KEY_BYTES];
	uint8_t e[NOISE_KEY_BYTES], e_public[NOISE_KEY_BYTES];
	uint8_t rs[NOISE_KEY_BYTES];
	uint8_t re[NOISE_KEY_BYTES];
};

/* remote_static is the responder's public key for the initiator and NULL for the responder. */
void noise_init(struct noise *n, enum noise_role role, struct bytes prologue,
		const uint8_t static_secret[NOISE_KEY_BYTES], const uint8_t *remote_static,
		const uint8_t ephemeral_secret[NOISE_KEY_BYTES]);

/*
 * Appends the next message to OUT, or what MESSAGE carried to PAYLOAD. A payload is at most
 * HANDSHAKE_PAYLOAD_BYTES_MAX. PROTOCOL: not this side's turn; TRUNCATED, TOO_LARGE: the size;
 * HANDSHAKE: a key or a tag is wrong. Nothing is appended on an error.
 */
MUST_USE enum err noise_write(struct noise *n, struct bytes payload, struct buf *out);
MUST_USE enum err noise_read(struct noise *n, struct bytes message, struct buf *payload);

bool noise_done(const struct noise *n);

/* The peer's static key: at the responder NULL until message 3 was read. */
const uint8_t *noise_remote_static(const struct noise *n);

/* Once noise_done: the two directions and the handshake hash, that binds the session. */
void noise_split(const struct noise *n, struct cipher *tx, struct cipher *rx,
		 uint8_t hash[NOISE_HASH_BYTES]);

void noise_wipe(struct noise *n);

/*
 * One AEAD operation. OUT has room for n + FRAME_TAG_BYTES in sealing; n - FRAME_TAG_BYTES in
 * opening. HANDSHAKE when the tag is wrong, and then the counter stands still.
 */
void cipher_seal(struct cipher *c, struct bytes ad, struct bytes plain, uint8_t *out);
MUST_USE enum err cipher_open(struct cipher *c, struct bytes ad, struct bytes sealed, uint8_t *out);

/* Noise's REKEY: the old key cannot be found from the new one. The counter goes on. */
void cipher_rekey(struct cipher *c);

#endif
