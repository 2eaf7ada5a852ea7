/*
 * vault - subject keys, sealed by the node's master key, in an environment of
 * their own that never enters a long-lived backup.
 *
 * One row: subject | number u32 -> own u8, key id, nonce, secretbox of the key.
 * Keys in memory are zeroed by whoever asked for them (subject_keys_wipe).
 */
#ifndef CORE_VAULT_H
#define CORE_VAULT_H

#include "core/store.h"
#include "proto/record.h"

enum { SUBJECT_KEYS_MAX = 32 };

struct subject_key {
	uint32_t number;
	bool own; /* made here, as custodian: new bodies are sealed under the newest of these */
	uint8_t id[HASH_BYTES];
	uint8_t key[KEY_BYTES];
};

struct subject_keys {
	size_t count;
	struct subject_key keys[SUBJECT_KEYS_MAX];
};

struct vault {
	struct store *store;
	uint8_t master[KEY_BYTES];
};

/* All keys held for the subject, oldest first. ERR_CORRUPT if one does not open under the master key. */
enum err vault_load(const struct vault *v, struct txn *t, const uint8_t *subject, struct subject_keys *out) MUST_USE;

/* Adds a key unless its id is held already. nonce: 24 fresh bytes. */
enum err vault_add(const struct vault *v, struct txn *t, const uint8_t *subject, const uint8_t key[KEY_BYTES],
		   bool own, const uint8_t nonce[24]) MUST_USE;

/* Next subject after `after` (NULL: the first) for which a key is held; false at the end. */
bool vault_next(struct txn *t, const uint8_t *after, uint8_t out[SUBJECT_BYTES]);

const struct subject_key *subject_keys_find(const struct subject_keys *k, const uint8_t *id);
const struct subject_key *subject_keys_newest_own(const struct subject_keys *k);
void subject_keys_wipe(struct subject_keys *k);

/* Opens a private record with whichever key fits; ERR_NO_KEY if none does. */
enum err subject_keys_open(const struct subject_keys *k, const struct record *r, struct buf *out) MUST_USE;

/*
 * A secret for this node's eyes, sealed by the master key: nonce and box,
 * n + SEALED_EXTRA bytes, appended to out. vault_unseal is its inverse.
 */
enum { SEALED_EXTRA = 24 + 16 };
void vault_seal(const struct vault *v, struct bytes secret, const uint8_t nonce[24], struct buf *out);
enum err vault_unseal(const struct vault *v, struct bytes sealed, uint8_t *out, size_t n) MUST_USE;

#endif
