/*
 * succession - which signing key follows which. Those of the generations 1 to
 * KEY_EVENTS_MAX - 1 come from the recovery secret, which is on the printed
 * sheet only; each is committed to together with what it will commit to itself:
 *
 *   C(g) = H(key of g | C(g + 1)), and zeros behind the last
 *
 * The inception names C(1), the event of g names its key and C(g + 1). So the
 * inception fixes all keys, and whoever has those in use, even with the node's
 * whole directory, neither makes the next one nor puts another in its place.
 */
#ifndef CORE_SUCCESSION_H
#define CORE_SUCCESSION_H

#include "proto/hash.h"

/* The seed of a generation's signing key, 1 and up. Wipe after use. */
void succession_seed(uint8_t out[32], const uint8_t recovery_secret[32], uint32_t generation);

/* C(generation), 1 and up; takes a millisecond, and is public. */
void succession_from(uint8_t out[HASH_BYTES], const uint8_t recovery_secret[32], uint32_t generation);

/* What commits to a signing key and to the commitment that it brings. */
void succession_commitment(uint8_t out[HASH_BYTES], const uint8_t sign[32], const uint8_t next[HASH_BYTES]);

/* Whether the key and its commitment are what was committed to. */
bool succession_follows(const uint8_t committed[HASH_BYTES], const uint8_t sign[32], const uint8_t next[HASH_BYTES]);

#endif
