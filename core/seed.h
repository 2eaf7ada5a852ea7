/*
 * seed - random bytes as an argument. The node fills a seed from the system's
 * generator, the simulator from its run; core only expands it.
 */
#ifndef CORE_SEED_H
#define CORE_SEED_H

#include "proto/bytes.h"

struct seed {
	uint8_t key[32];
	uint64_t used;
};

void seed_take(struct seed *s, void *out, size_t n);

#endif
