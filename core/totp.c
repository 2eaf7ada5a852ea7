#include "core/totp.h"

#include <oath.h>
#include <sodium.h>
#include <stdlib.h>

bool totp_code(const uint8_t secret[TOTP_SECRET_BYTES], uint64_t step, char out[TOTP_DIGITS + 1])
{
	return oath_init() == OATH_OK && oath_hotp_generate((const char *)secret, TOTP_SECRET_BYTES, step, TOTP_DIGITS, false,
							     OATH_HOTP_DYNAMIC_TRUNCATION, out) == OATH_OK;
}

/* The digits alone; false if they are not six. */
static bool digits(const char *typed, char out[TOTP_DIGITS])
{
	size_t n = 0;
	for (; *typed; typed++) {
		if (*typed == ' ')
			continue;
		if (*typed < '0' || *typed > '9' || n == TOTP_DIGITS)
			return false;
		out[n++] = *typed;
	}
	return n == TOTP_DIGITS;
}

uint64_t totp_match(const uint8_t secret[TOTP_SECRET_BYTES], uint64_t now_ms, uint64_t last, const char *typed)
{
	char given[TOTP_DIGITS], right[TOTP_DIGITS + 1];
	uint64_t now = totp_step(now_ms), found = 0;
	if (!digits(typed, given))
		return 0;
	for (uint64_t step = now - TOTP_SLACK; step <= now + TOTP_SLACK; step++)
		if (totp_code(secret, step, right) && sodium_memcmp(given, right, TOTP_DIGITS) == 0 && step > last)
			found = step;
	sodium_memzero(right, sizeof right);
	return found;
}

enum err totp_base32(const uint8_t secret[TOTP_SECRET_BYTES], struct buf *out)
{
	char *text = NULL;
	size_t n = 0;
	if (oath_init() != OATH_OK || oath_base32_encode((const char *)secret, TOTP_SECRET_BYTES, &text, &n) != OATH_OK)
		return ERR_NO_MEMORY;
	buf_put(out, text, n);
	sodium_memzero(text, n);
	free(text);
	return out->err;
}

static void put_escaped(struct buf *out, const char *text)
{
	static const char UNRESERVED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char HEX[] = "0123456789ABCDEF";
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;
		if (strchr(UNRESERVED, c)) {
			buf_put_byte(out, c);
			continue;
		}
		buf_put_byte(out, '%');
		buf_put_byte(out, (uint8_t)HEX[c >> 4]);
		buf_put_byte(out, (uint8_t)HEX[c & 15]);
	}
}

enum err totp_uri(const uint8_t secret[TOTP_SECRET_BYTES], const char *issuer, const char *account, struct buf *out)
{
	buf_put_text(out, "otpauth://totp/");
	put_escaped(out, issuer);
	buf_put_byte(out, ':');
	put_escaped(out, account);
	buf_put_text(out, "?secret=");
	enum err e = totp_base32(secret, out);
	buf_put_text(out, "&issuer=");
	put_escaped(out, issuer);
	return e ? e : out->err;
}
