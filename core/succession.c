#include "core/succession.h"

#include "proto/limits.h"

void succession_seed(uint8_t out[32], const uint8_t recovery_secret[32], uint32_t generation)
{
	uint8_t g[4];
	put_u32(g, generation);
	hash_keyed(out, 32, DOMAIN_ROTATE, bytes_of(recovery_secret, 32), bytes_of(g, sizeof g));
}

void succession_commitment(uint8_t out[HASH_BYTES], const uint8_t sign[32], const uint8_t next[HASH_BYTES])
{
	struct hash h;
	hash_start(&h, DOMAIN_NEXT, HASH_BYTES, (struct bytes){0});
	hash_add(&h, sign, 32);
	hash_add(&h, next, HASH_BYTES);
	hash_end(&h, out);
}

bool succession_follows(const uint8_t committed[HASH_BYTES], const uint8_t sign[32], const uint8_t next[HASH_BYTES])
{
	uint8_t c[HASH_BYTES];
	succession_commitment(c, sign, next);
	return memcmp(c, committed, sizeof c) == 0;
}

void succession_from(uint8_t out[HASH_BYTES], const uint8_t recovery_secret[32], uint32_t generation)
{
	uint8_t seed[32], sign[32], secret[crypto_sign_ed25519_SECRETKEYBYTES];
	memset(out, 0, HASH_BYTES);
	for (uint32_t g = KEY_EVENTS_MAX; g-- > generation;) {
		succession_seed(seed, recovery_secret, g);
		crypto_sign_ed25519_seed_keypair(sign, secret, seed);
		succession_commitment(out, sign, out);
	}
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(secret, sizeof secret);
}
