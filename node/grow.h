/*
 * grow - arrays that grow by one.
 */
#ifndef NODE_GROW_H
#define NODE_GROW_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more, zeroed, in the array that ARRAY points to, which may move. NULL: no memory. */
static inline void *grow_one(void *array, size_t *count, size_t *cap, size_t size)
{
	void *p;
	memcpy(&p, array, sizeof p);
	if (*count == *cap) {
		size_t grown = *cap ? 2 * *cap : 256;
		p = grown < UINT32_MAX / 2 ? realloc(p, grown * size) : NULL;
		if (!p)
			return NULL;
		memcpy(array, &p, sizeof p);
		*cap = grown;
	}
	void *one = (uint8_t *)p + (*count)++ * size;
	memset(one, 0, size);
	return one;
}

#endif
