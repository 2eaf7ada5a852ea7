#include "proto/noise.h"

#include <sodium.h>

#include "proto/require.h"

enum {
	TAG = FRAME_TAG_BYTES,
	FAILED = -1,
};

static const char PROTOCOL_NAME[] = "Noise_XK_25519_ChaChaPoly_SHA256";
static const struct bytes NOTHING = {NULL, 0};

/* --- ciphers ---------------------------------------------------------------------------------- */

static void nonce_of(uint64_t n, uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
	memset(nonce, 0, 4);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(n >> 8 * i);
}

void cipher_seal(struct cipher *c, struct bytes ad, struct bytes plain, uint8_t *out)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
	require(c->n < UINT64_MAX);
	nonce_of(c->n++, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.p, plain.n, ad.p, ad.n, NULL,
						  nonce, c->k);
}

enum err cipher_open(struct cipher *c, struct bytes ad, struct bytes sealed, uint8_t *out)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
	require(c->n < UINT64_MAX);
	nonce_of(c->n, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.p, sealed.n, ad.p,
						      ad.n, nonce, c->k) != 0)
		return ERR_HANDSHAKE;
	c->n++;
	return ERR_OK;
}

void cipher_rekey(struct cipher *c)
{
	static const uint8_t zeros[NOISE_KEY_BYTES];
	uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES], out[NOISE_KEY_BYTES + TAG];
	nonce_of(UINT64_MAX, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, zeros, sizeof zeros, NULL, 0, NULL,
						  nonce, c->k);
	memcpy(c->k, out, NOISE_KEY_BYTES);
	sodium_memzero(out, sizeof out);
}

/* --- the symmetric state ---------------------------------------------------------------------- */

static void hmac(const uint8_t key[32], struct bytes a, struct bytes b, uint8_t out[32])
{
	crypto_auth_hmacsha256_state st;
	crypto_auth_hmacsha256_init(&st, key, 32);
	crypto_auth_hmacsha256_update(&st, a.p, a.n);
	crypto_auth_hmacsha256_update(&st, b.p, b.n);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof st);
}

static void hkdf2(const uint8_t ck[32], struct bytes input, uint8_t out1[32], uint8_t out2[32])
{
	static const uint8_t one = 1, two = 2;
	uint8_t temp[32], first[32];
	hmac(ck, input, NOTHING, temp);
	hmac(temp, bytes_of(&one, 1), NOTHING, first);
	hmac(temp, bytes_of(first, 32), bytes_of(&two, 1), out2);
	memcpy(out1, first, 32);
	sodium_memzero(temp, sizeof temp);
	sodium_memzero(first, sizeof first);
}

static void mix_hash(struct noise *n, struct bytes data)
{
	crypto_hash_sha256_state st;
	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, n->h, sizeof n->h);
	crypto_hash_sha256_update(&st, data.p, data.n);
	crypto_hash_sha256_final(&st, n->h);
}

/* A low-order point gives the all-zero secret, that anybody knows: refused. */
static enum err mix_dh(struct noise *n, const uint8_t secret[32], const uint8_t public[32])
{
	uint8_t shared[32];
	if (crypto_scalarmult(shared, secret, public) != 0)
		return ERR_HANDSHAKE;
	hkdf2(n->ck, bytes_of(shared, sizeof shared), n->ck, n->cipher.k);
	n->cipher.n = 0;
	sodium_memzero(shared, sizeof shared);
	return ERR_OK;
}

static void seal_and_hash(struct noise *n, struct bytes plain, uint8_t *out)
{
	cipher_seal(&n->cipher, bytes_of(n->h, sizeof n->h), plain, out);
	mix_hash(n, bytes_of(out, plain.n + TAG));
}

static enum err open_and_hash(struct noise *n, struct bytes sealed, uint8_t *out)
{
	enum err e = cipher_open(&n->cipher, bytes_of(n->h, sizeof n->h), sealed, out);
	if (e == ERR_OK)
		mix_hash(n, sealed);
	return e;
}

/* --- the pattern ------------------------------------------------------------------------------ */

void noise_init(struct noise *n, enum noise_role role, struct bytes prologue,
		const uint8_t static_secret[NOISE_KEY_BYTES], const uint8_t *remote_static,
		const uint8_t ephemeral_secret[NOISE_KEY_BYTES])
{
	require((role == NOISE_INITIATOR) == (remote_static != NULL));
	_Static_assert(sizeof PROTOCOL_NAME - 1 == NOISE_HASH_BYTES, "the name is the first hash");
	*n = (struct noise){.role = role};
	memcpy(n->h, PROTOCOL_NAME, sizeof n->h);
	memcpy(n->ck, n->h, sizeof n->ck);
	memcpy(n->s, static_secret, sizeof n->s);
	memcpy(n->e, ephemeral_secret, sizeof n->e);
	crypto_scalarmult_base(n->s_public, n->s);
	crypto_scalarmult_base(n->e_public, n->e);
	if (remote_static)
		memcpy(n->rs, remote_static, sizeof n->rs);
	mix_hash(n, prologue);
	mix_hash(n, bytes_of(remote_static ? n->rs : n->s_public, NOISE_KEY_BYTES));
}

static bool my_turn(const struct noise *n, bool writing)
{
	bool initiator_writes = n->step % 2 == 0;
	return n->step >= 0 && n->step < NOISE_MESSAGES &&
	       writing == (initiator_writes == (n->role == NOISE_INITIATOR));
}

static enum err fail(struct noise *n, enum err e)
{
	noise_wipe(n);
	n->step = FAILED;
	return e;
}

/* What a message carries before its payload: an ephemeral key, or the sealed static one. */
static size_t key_bytes(int step)
{
	return step < 2 ? NOISE_KEY_BYTES : NOISE_KEY_BYTES + TAG;
}

enum err noise_write(struct noise *n, struct bytes payload, struct buf *out)
{
	if (!my_turn(n, true))
		return fail(n, ERR_PROTOCOL);
	if (payload.n > HANDSHAKE_PAYLOAD_BYTES_MAX)
		return fail(n, ERR_TOO_LARGE);
	size_t head = key_bytes(n->step);
	uint8_t *p = buf_extend(out, head + payload.n + TAG);
	if (!p)
		return fail(n, out->err);
	enum err e;
	if (n->step < 2) {
		memcpy(p, n->e_public, NOISE_KEY_BYTES);
		mix_hash(n, bytes_of(n->e_public, NOISE_KEY_BYTES));
		e = mix_dh(n, n->e, n->step == 0 ? n->rs : n->re);
	} else {
		seal_and_hash(n, bytes_of(n->s_public, NOISE_KEY_BYTES), p);
		e = mix_dh(n, n->s, n->re);
	}
	if (e) {
		out->n -= head + payload.n + TAG;
		return fail(n, e);
	}
	seal_and_hash(n, payload, p + head);
	n->step++;
	return ERR_OK;
}

static enum err read_keys(struct noise *n, const uint8_t *p)
{
	if (n->step < 2) {
		memcpy(n->re, p, NOISE_KEY_BYTES);
		mix_hash(n, bytes_of(p, NOISE_KEY_BYTES));
		return mix_dh(n, n->step == 0 ? n->s : n->e, n->re);
	}
	enum err e = open_and_hash(n, bytes_of(p, NOISE_KEY_BYTES + TAG), n->rs);
	return e ? e : mix_dh(n, n->e, n->rs);
}

enum err noise_read(struct noise *n, struct bytes message, struct buf *payload)
{
	if (!my_turn(n, false))
		return fail(n, ERR_PROTOCOL);
	size_t head = key_bytes(n->step);
	if (message.n < head + TAG)
		return fail(n, ERR_TRUNCATED);
	size_t size = message.n - head - TAG;
	if (size > HANDSHAKE_PAYLOAD_BYTES_MAX)
		return fail(n, ERR_TOO_LARGE);
	enum err e = read_keys(n, message.p);
	if (e)
		return fail(n, e);
	uint8_t *p = size ? buf_extend(payload, size) : NULL;
	if (size && !p)
		return fail(n, payload->err);
	e = open_and_hash(n, bytes_of(message.p + head, size + TAG), p);
	if (e) {
		payload->n -= size;
		return fail(n, e);
	}
	n->step++;
	return ERR_OK;
}

bool noise_done(const struct noise *n)
{
	return n->step == NOISE_MESSAGES;
}

const uint8_t *noise_remote_static(const struct noise *n)
{
	bool known = n->role == NOISE_INITIATOR ? n->step >= 0 : noise_done(n);
	return known ? n->rs : NULL;
}

void noise_split(const struct noise *n, struct cipher *tx, struct cipher *rx,
		 uint8_t hash[NOISE_HASH_BYTES])
{
	require(noise_done(n));
	struct cipher *from_initiator = n->role == NOISE_INITIATOR ? tx : rx;
	struct cipher *from_responder = n->role == NOISE_INITIATOR ? rx : tx;
	hkdf2(n->ck, NOTHING, from_initiator->k, from_responder->k);
	tx->n = rx->n = 0;
	memcpy(hash, n->h, NOISE_HASH_BYTES);
}

void noise_wipe(struct noise *n)
{
	sodium_memzero(n, sizeof *n);
	n->step = FAILED;
}
