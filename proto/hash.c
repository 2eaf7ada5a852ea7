#include "proto/hash.h"

#include "proto/require.h"

void hash_start(struct hash *h, const char *domain, size_t size, struct bytes key)
{
	uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
	size_t n = strlen(domain);
	require(n <= sizeof personal);
	memcpy(personal, domain, n);
	h->size = size;
	int r = crypto_generichash_blake2b_init_salt_personal(&h->state, key.n ? key.p : NULL, key.n,
							      size, NULL, personal);
	require(r == 0);
}

void hash_add(struct hash *h, const void *p, size_t n)
{
	crypto_generichash_blake2b_update(&h->state, p, n);
}

void hash_end(struct hash *h, uint8_t *out)
{
	crypto_generichash_blake2b_final(&h->state, out, h->size);
}

void hash_keyed(uint8_t *out, size_t size, const char *domain, struct bytes key, struct bytes in)
{
	struct hash h;
	hash_start(&h, domain, size, key);
	hash_add(&h, in.p, in.n);
	hash_end(&h, out);
	sodium_memzero(&h, sizeof h);
}

void hash_of(uint8_t *out, size_t size, const char *domain, struct bytes in)
{
	struct hash h;
	hash_start(&h, domain, size, (struct bytes){0});
	hash_add(&h, in.p, in.n);
	hash_end(&h, out);
}
