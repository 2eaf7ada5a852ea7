/*
 * identity_file - node.key: a struct identity sealed by the master key.
 */
#ifndef NODE_IDENTITY_FILE_H
#define NODE_IDENTITY_FILE_H

#include "core/school.h"

enum { IDENTITY_BYTES = 1 + 4 * 32 + 4, IDENTITY_FILE_BYTES = IDENTITY_BYTES + SEALED_EXTRA };

/* Appends the sealed bytes; nonce: 24 fresh ones. */
void identity_seal(const uint8_t master[KEY_BYTES], const struct identity *i, const uint8_t nonce[24], struct buf *out);

/* CORRUPT: another master key, or damage. */
enum err identity_unseal(const uint8_t master[KEY_BYTES], const uint8_t sealed[IDENTITY_FILE_BYTES],
			 struct identity *out) MUST_USE;

#endif
