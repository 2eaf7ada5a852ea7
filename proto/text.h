/*
 * text - what people read, print and type: base32 of Crockford's alphabet in
 * groups of four, ending in three check bytes. Typing is forgiven: lower case,
 * spaces, dashes, O for 0, I and L for 1, and Cyrillic letters that look alike.
 * https://www.crockford.com/base32.html
 */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include "proto/bytes.h"
#include "proto/err.h"

enum {
	CHECK_BYTES = 3,
	TEXT_SCHOOL_BYTES = 80, /* text of a school id, terminator included */
	TEXT_CODE_BYTES = 64,   /* text of 22 bytes */
};

/* in with its check bytes must come to a multiple of 5 bytes. out holds the text and a zero. */
void text_encode(struct bytes in, char *out, size_t out_size);

/* Exactly n bytes of payload: ERR_BAD_FORM (wrong length or characters), ERR_BAD_CHECK. */
enum err text_decode(const char *s, uint8_t *out, size_t n) MUST_USE;

/* The value, 0 to 31, of the next character typed, forgiven as above; -1: a separator, -2: a stranger. */
int text_next(const char **s);

/* The character of a value. */
char text_symbol(unsigned value);

/* The 8-character short form of a school id: its first 5 bytes, XXXX-XXXX. */
void text_short(const uint8_t *id, char out[10]);

/* Lower-case hex; out holds 2n + 1. hex_decode is strict: exactly 2n characters. */
void hex_encode(const uint8_t *p, size_t n, char *out);
bool hex_decode(const char *s, uint8_t *out, size_t n);

#endif
