#include "node/identity_file.h"

#include "node/keyring.h"

enum { IDENTITY_VERSION = 1 };

static struct vault only_master(const uint8_t master[KEY_BYTES])
{
	struct vault v = {.store = NULL};
	memcpy(v.master, master, KEY_BYTES);
	return v;
}

static void put_clear(const struct identity *i, uint8_t clear[IDENTITY_BYTES])
{
	clear[0] = IDENTITY_VERSION;
	memcpy(clear + 1, i->sign_seed, 32);
	memcpy(clear + 33, i->next, 32);
	memcpy(clear + 65, i->kx_secret, 32);
	memcpy(clear + 97, i->recovery, 32);
	put_u32(clear + 129, i->generation);
	put_u32(clear + 133, i->kx_old_count);
	memcpy(clear + 137, i->kx_old, sizeof i->kx_old);
}

static enum err get_clear(const uint8_t clear[IDENTITY_BYTES], struct identity *out)
{
	if (clear[0] != IDENTITY_VERSION)
		return ERR_BAD_VERSION;
	memcpy(out->sign_seed, clear + 1, 32);
	memcpy(out->next, clear + 33, 32);
	memcpy(out->kx_secret, clear + 65, 32);
	memcpy(out->recovery, clear + 97, 32);
	out->generation = get_u32(clear + 129);
	out->kx_old_count = get_u32(clear + 133);
	memcpy(out->kx_old, clear + 137, sizeof out->kx_old);
	return out->kx_old_count > KX_OLD_MAX ? ERR_CORRUPT : ERR_OK;
}

void identity_seal(const uint8_t master[KEY_BYTES], const struct identity *i, const uint8_t nonce[24], struct buf *out)
{
	uint8_t clear[IDENTITY_BYTES];
	struct vault v = only_master(master);
	put_clear(i, clear);
	vault_seal(&v, bytes_of(clear, sizeof clear), nonce, out);
	sodium_memzero(clear, sizeof clear);
	sodium_memzero(&v, sizeof v);
}

enum err identity_unseal(const uint8_t master[KEY_BYTES], const uint8_t sealed[IDENTITY_FILE_BYTES], struct identity *out)
{
	uint8_t clear[IDENTITY_BYTES];
	struct vault v = only_master(master);
	enum err e = vault_unseal(&v, bytes_of(sealed, IDENTITY_FILE_BYTES), clear, sizeof clear);
	if (!e)
		e = get_clear(clear, out);
	sodium_memzero(clear, sizeof clear);
	sodium_memzero(&v, sizeof v);
	return e;
}

void identity_box_seal(const uint8_t master[KEY_BYTES], const struct identity *i, uint8_t out[IDENTITY_BOX_BYTES])
{
	uint8_t clear[KEY_BYTES + IDENTITY_BYTES];
	memcpy(clear, master, KEY_BYTES);
	put_clear(i, clear + KEY_BYTES);
	crypto_box_seal(out, clear, sizeof clear, i->recovery);
	sodium_memzero(clear, sizeof clear);
}

enum err identity_box_open(const uint8_t secret[32], const uint8_t box[IDENTITY_BOX_BYTES], uint8_t master[KEY_BYTES],
			   struct identity *out)
{
	uint8_t clear[KEY_BYTES + IDENTITY_BYTES], public[32];
	crypto_scalarmult_base(public, secret);
	enum err e = crypto_box_seal_open(clear, box, IDENTITY_BOX_BYTES, public, secret) ? ERR_BAD_SEAL : ERR_OK;
	if (!e)
		e = get_clear(clear + KEY_BYTES, out);
	if (!e)
		memcpy(master, clear, KEY_BYTES);
	sodium_memzero(clear, sizeof clear);
	return e;
}

enum err identity_write(const char *dir, const char *name, const uint8_t master[KEY_BYTES], const struct identity *i)
{
	struct buf sealed;
	uint8_t nonce[24];
	randombytes_buf(nonce, sizeof nonce);
	buf_init(&sealed, IDENTITY_FILE_BYTES);
	identity_seal(master, i, nonce, &sealed);
	enum err e = sealed.err ? sealed.err : keyring_write_file(dir, name, buf_bytes(&sealed));
	buf_release(&sealed);
	return e;
}
