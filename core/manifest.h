/*
 * manifest - the list of everything that is handed over: the ids of all records
 * of a subject that count, in byte order. It travels in parts, as private records
 * {"hashes": bin, "ids": bin, "part": n}, so that only who holds a key reads it, and
 * itself is no part of the list. hashes are those of all parts, and the manifest's own
 * hash is over them: a part is genuine or not by itself, whatever else was written.
 */
#ifndef CORE_MANIFEST_H
#define CORE_MANIFEST_H

#include "core/batch.h"

enum { MANIFEST_PART_IDS = 1500 };

/* Writes the manifest of what is held of the subject now. */
enum err manifest_write(struct batch *b, const uint8_t *subject, uint8_t hash[HASH_BYTES], uint64_t *count) MUST_USE;

struct manifest_progress {
	uint64_t have, total; /* total 0: the manifest itself is not readable yet */
};

/*
 * ERR_OK only when the manifest by that author with that hash and count is
 * here, every record it names is held, and every private body opens. Otherwise
 * ERR_INCOMPLETE. A partial transfer cannot look complete.
 */
enum err manifest_check(struct batch *b, const uint8_t *subject, const uint8_t *author, const uint8_t hash[HASH_BYTES],
			uint64_t count, struct manifest_progress *p) MUST_USE;

/* How far along, for showing; keys are the subject's. */
enum err manifest_progress(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const uint8_t *author,
			   const uint8_t hash[HASH_BYTES], uint64_t count, bool open_bodies,
			   struct manifest_progress *p) MUST_USE;

/*
 * The ids that it names, in order, free() *ids. INCOMPLETE where it is not here whole or does not open. count is
 * the release's word and costs no memory before that many ids were read.
 */
enum err manifest_ids(struct txn *t, const uint8_t *subject, const struct subject_keys *keys, const uint8_t *author,
		      const uint8_t hash[HASH_BYTES], uint64_t count, uint8_t (**ids)[ID_BYTES], size_t *n) MUST_USE;

#endif
