#include "node/identity_file.h"

enum { IDENTITY_VERSION = 1 };

static struct vault only_master(const uint8_t master[KEY_BYTES])
{
	struct vault v = {.store = NULL};
	memcpy(v.master, master, KEY_BYTES);
	return v;
}

void identity_seal(const uint8_t master[KEY_BYTES], const struct identity *i, const uint8_t nonce[24], struct buf *out)
{
	uint8_t clear[IDENTITY_BYTES] = {IDENTITY_VERSION};
	struct vault v = only_master(master);
	memcpy(clear + 1, i->sign_seed, 32);
	memcpy(clear + 33, i->next_seed, 32);
	memcpy(clear + 65, i->kx_secret, 32);
	memcpy(clear + 97, i->recovery, 32);
	put_u32(clear + 129, i->generation);
	vault_seal(&v, bytes_of(clear, sizeof clear), nonce, out);
	sodium_memzero(clear, sizeof clear);
	sodium_memzero(&v, sizeof v);
}

enum err identity_unseal(const uint8_t master[KEY_BYTES], const uint8_t sealed[IDENTITY_FILE_BYTES], struct identity *out)
{
	uint8_t clear[IDENTITY_BYTES];
	struct vault v = only_master(master);
	enum err e = vault_unseal(&v, bytes_of(sealed, IDENTITY_FILE_BYTES), clear, sizeof clear);
	if (!e && clear[0] != IDENTITY_VERSION)
		e = ERR_BAD_VERSION;
	if (!e) {
		memcpy(out->sign_seed, clear + 1, 32);
		memcpy(out->next_seed, clear + 33, 32);
		memcpy(out->kx_secret, clear + 65, 32);
		memcpy(out->recovery, clear + 97, 32);
		out->generation = get_u32(clear + 129);
	}
	sodium_memzero(clear, sizeof clear);
	sodium_memzero(&v, sizeof v);
	return e;
}
