/*
 * totp - the second factor: codes of six digits that change every 30 seconds
 * (RFC 6238, HMAC-SHA-1, as every authenticator application has them).
 */
#ifndef CORE_TOTP_H
#define CORE_TOTP_H

#include "proto/buf.h"

enum { TOTP_SECRET_BYTES = 20, TOTP_DIGITS = 6, TOTP_STEP_S = 30, TOTP_SLACK = 1 /* steps, either way */ };

static inline uint64_t totp_step(uint64_t now_ms)
{
	return now_ms / 1000 / TOTP_STEP_S;
}

/* The code of one step; false when the library fails. */
bool totp_code(const uint8_t secret[TOTP_SECRET_BYTES], uint64_t step, char out[TOTP_DIGITS + 1]);

/*
 * The step that the typed code belongs to, within TOTP_SLACK of now and later
 * than last, which is to be kept as the new last; 0 if there is none. Spaces
 * between the digits are forgiven.
 */
uint64_t totp_match(const uint8_t secret[TOTP_SECRET_BYTES], uint64_t now_ms, uint64_t last, const char *typed);

/* The secret as people type it; and the address that a QR code carries. ERR_NO_MEMORY. */
enum err totp_base32(const uint8_t secret[TOTP_SECRET_BYTES], struct buf *out) MUST_USE;
enum err totp_uri(const uint8_t secret[TOTP_SECRET_BYTES], const char *issuer, const char *account, struct buf *out) MUST_USE;

#endif
