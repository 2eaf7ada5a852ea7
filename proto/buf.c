#include "proto/buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/require.h"

enum { BUF_FIRST_BYTES = 256 };

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		sodium_memzero(b->p, b->cap);
	buf_release(b);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->err = ERR_OK;
}

uint8_t *buf_extend(struct buf *b, size_t n)
{
	if (b->err)
		return NULL;
	if (n > b->max - b->n) {
		b->err = ERR_TOO_LARGE;
		return NULL;
	}
	if (b->n + n > b->cap) {
		size_t cap = b->cap ? b->cap : BUF_FIRST_BYTES;
		while (cap < b->n + n)
			cap *= 2;
		if (cap > b->max)
			cap = b->max;
		uint8_t *p = realloc(b->p, cap);
		if (!p) {
			b->err = ERR_NO_MEMORY;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	uint8_t *at = b->p + b->n;
	b->n += n;
	return at;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	uint8_t *at = buf_extend(b, n);
	if (at)
		memcpy(at, p, n);
}

void buf_put_byte(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void buf_put_text(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char small[512];
	int n = vsnprintf(small, sizeof small, format, args);
	va_end(args);
	require(n >= 0);
	if ((size_t)n < sizeof small) {
		buf_put(b, small, (size_t)n);
		return;
	}
	uint8_t *at = buf_extend(b, (size_t)n + 1);
	if (!at)
		return;
	va_start(args, format);
	vsnprintf((char *)at, (size_t)n + 1, format, args);
	va_end(args);
	b->n--; /* the terminating zero is not content */
}

void buf_consume(struct buf *b, size_t n)
{
	require(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}
