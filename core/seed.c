#include "core/seed.h"

#include "proto/hash.h"

void seed_take(struct seed *s, void *out, size_t n)
{
	uint8_t *at = out, block[HASH_BYTES], counter[8];
	while (n) {
		size_t part = n < sizeof block ? n : sizeof block;
		put_u64(counter, s->used++);
		hash_keyed(block, sizeof block, DOMAIN_SEED, bytes_of(s->key, sizeof s->key),
			   bytes_of(counter, sizeof counter));
		memcpy(at, block, part);
		at += part;
		n -= part;
	}
	sodium_memzero(block, sizeof block);
}
