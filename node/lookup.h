/*
 * lookup - positions by the text of a key, so that long lists are not compared line by line. Several may have one
 * key; the caller compares what it finds.
 */
#ifndef NODE_LOOKUP_H
#define NODE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lookup {
	struct lookup_slot {
		uint64_t hash;
		uint32_t value, next;
	} *at;
	uint32_t *first;
	size_t count, cap, mask;
};

uint64_t lookup_hash(uint64_t before, const char *text);

/* False: no memory. lookup_release in any case; a zeroed one is empty. */
bool lookup_add(struct lookup *l, uint64_t hash, uint32_t value);
void lookup_release(struct lookup *l);

/* Handles of those with that hash, the latest first; 0 ends them. */
uint32_t lookup_first(const struct lookup *l, uint64_t hash);
uint32_t lookup_next(const struct lookup *l, uint32_t handle);

static inline uint32_t lookup_value(const struct lookup *l, uint32_t handle)
{
	return l->at[handle - 1].value;
}

#endif
