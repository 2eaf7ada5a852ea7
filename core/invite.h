/*
 * invite - an invitation to join the network: the token that a school hands
 * over as text or QR, and the row that its issuer keeps of it.
 *
 *   "estafeta1-" base64url( [1, address, school id, network key, secret,
 *                            expires ms, check] )
 *
 * The check is the first 4 bytes of a hash over the bytes before it, so that a
 * mistyped or cut token is told from a wrong one. Whoever holds the secret may
 * join once; the secret itself never crosses the wire.
 */
#ifndef CORE_INVITE_H
#define CORE_INVITE_H

#include "core/local.h"

enum {
	INVITE_ID_BYTES = 16,
	INVITE_MAC_BYTES = 32,
	INVITE_ADDRESS_BYTES_MAX = 300,
	INVITE_TOKEN_BYTES_MAX = 800, /* of text */
};

struct invite {
	char address[INVITE_ADDRESS_BYTES_MAX + 1]; /* host:port where the issuer listens */
	uint8_t school[SCHOOL_BYTES];
	uint8_t kx[KEY_BYTES];
	uint8_t secret[SECRET_BYTES];
	uint64_t expires_ms;
};

/* Appends the text; TOO_LARGE when the address is. */
enum err invite_encode(const struct invite *i, struct buf *out) MUST_USE;

/*
 * Space around the text is forgiven. BAD_FORM: no token at all; BAD_CHECK:
 * mistyped or cut; BAD_VERSION: of a later edition. Expiry is the caller's to judge.
 */
enum err invite_decode(const char *text, struct invite *out) MUST_USE;

/* What names an invitation in the open. */
void invite_id(uint8_t out[INVITE_ID_BYTES], const uint8_t secret[SECRET_BYTES]);

/* Proves the secret, in this one session, for this one school. */
void invite_mac(uint8_t out[INVITE_MAC_BYTES], const uint8_t secret[SECRET_BYTES], const uint8_t session[HASH_BYTES],
		const uint8_t joiner[SCHOOL_BYTES]);

/* The issuer's row, LOCAL_INVITE by id. */
struct invite_row {
	uint8_t secret[SECRET_BYTES + SEALED_EXTRA];
	uint32_t powers, depth;
	uint64_t created_ms, expires_ms;
	bool used;
	uint8_t used_by[SCHOOL_BYTES];
};
bool invite_row_get(struct txn *t, const uint8_t id[INVITE_ID_BYTES], struct invite_row *out);
void invite_row_put(struct txn *t, const uint8_t id[INVITE_ID_BYTES], const struct invite_row *row);

/*
 * Whether the joiner may have it now: BAD_CODE, BAD_MAC, CODE_EXPIRED, CODE_USED.
 * The school that used it may come again, for its answer may have been lost.
 */
enum err invite_check(struct txn *t, const struct vault *v, const uint8_t id[INVITE_ID_BYTES],
		      const uint8_t mac[INVITE_MAC_BYTES], const uint8_t session[HASH_BYTES],
		      const uint8_t joiner[SCHOOL_BYTES], uint64_t now_ms, struct invite_row *out) MUST_USE;

#endif
