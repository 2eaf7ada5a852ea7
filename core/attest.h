/*
 * attest - one signature for many records. An author vouches for all its
 * records of a leaf: {incarnation, seq cut, count, digest of (id, signature) in
 * seq order}, attestations left out. A receiver that gets the whole leaf checks
 * one hash instead of every signature, and still holds the author's own word on
 * every id.
 */
#ifndef CORE_ATTEST_H
#define CORE_ATTEST_H

#include "core/receive.h"

enum { ATTEST_LEAF_BYTES_MAX = 128 * 1024, ATTEST_RECORDS_MIN = 4 };

/* What some attestation in a submission vouches for: id and signature together. */
enum { VOUCHED_BYTES = ID_BYTES + SIGNATURE_BYTES };
struct attested {
	uint8_t (*lines)[VOUCHED_BYTES];
	size_t count, cap;
};

enum err attested_collect(struct attested *a, struct batch *b, const struct submission *s) MUST_USE;
bool attested_has(const struct attested *a, const struct record *r);
void attested_release(struct attested *a);

/*
 * Writes attestations for our own records of the subject: one per period and
 * incarnation where the last one is stale and ATTEST_RECORDS_MIN records or
 * more stand to gain.
 */
enum err attest_write(struct batch *b, const uint8_t *subject) MUST_USE;

#endif
