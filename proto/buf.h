/*
 * buf - growing output with a ceiling. The error is sticky: after the first
 * failure every put does nothing, and the caller checks once at the end.
 *
 * buf_init takes the ceiling in bytes; buf_release is harmless on a zeroed
 * or released buffer. The bytes belong to the buffer until released.
 */
#ifndef PROTO_BUF_H
#define PROTO_BUF_H

#include "proto/bytes.h"
#include "proto/err.h"

struct buf {
	uint8_t *p;
	size_t n;
	size_t cap;
	size_t max;
	enum err err; /* OK, TOO_LARGE or NO_MEMORY */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);

/* Zeroes the contents first: for buffers that held a secret. */
void buf_wipe(struct buf *b);

/* Forgets contents and error, keeps the memory. */
void buf_reset(struct buf *b);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_byte(struct buf *b, uint8_t v);
void buf_put_text(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes, to be written by the caller; NULL once in error. */
uint8_t *buf_extend(struct buf *b, size_t n);

/* Drops n bytes from the front. */
void buf_consume(struct buf *b, size_t n);

static inline struct bytes buf_bytes(const struct buf *b)
{
	return bytes_of(b->p, b->n);
}

#endif
