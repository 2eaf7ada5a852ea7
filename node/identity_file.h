/*
 * identity_file - node.key: a struct identity sealed by the master key.
 */
#ifndef NODE_IDENTITY_FILE_H
#define NODE_IDENTITY_FILE_H

#include "core/school.h"

enum { IDENTITY_BYTES = 1 + 4 * 32 + 4 + 4 + KX_OLD_MAX * 32, IDENTITY_FILE_BYTES = IDENTITY_BYTES + SEALED_EXTRA };

/* Appends the sealed bytes; nonce: 24 fresh ones. */
void identity_seal(const uint8_t master[KEY_BYTES], const struct identity *i, const uint8_t nonce[24], struct buf *out);

/* CORRUPT: another master key, or damage. */
enum err identity_unseal(const uint8_t master[KEY_BYTES], const uint8_t sealed[IDENTITY_FILE_BYTES],
			 struct identity *out) MUST_USE;

/*
 * identity.box of a backup: master key and identity, for whoever has the recovery sheet. A sealed box
 * to its public key; open needs the secret one. BAD_SEAL: of another school, or damaged.
 */
enum { IDENTITY_BOX_BYTES = KEY_BYTES + IDENTITY_BYTES + 48 };
void identity_box_seal(const uint8_t master[KEY_BYTES], const struct identity *i, uint8_t out[IDENTITY_BOX_BYTES]);
enum err identity_box_open(const uint8_t secret[32], const uint8_t box[IDENTITY_BOX_BYTES], uint8_t master[KEY_BYTES],
			   struct identity *out) MUST_USE;

/* Seals with a fresh nonce and writes dir/name durably. */
enum err identity_write(const char *dir, const char *name, const uint8_t master[KEY_BYTES], const struct identity *i) MUST_USE;

#endif
