/*
 * changes - which subjects a commit touched, for those who keep something about them in memory.
 */
#ifndef CORE_CHANGES_H
#define CORE_CHANGES_H

#include "core/store.h"
#include "proto/hash.h"

struct changes {
	uint8_t (*subjects)[SUBJECT_BYTES]; /* sorted, each once */
	size_t count;
};

/* Of the records with lseq in [from, to), network records left out. changes_release it. */
enum err changes_read(struct changes *out, struct txn *t, uint64_t from, uint64_t to) MUST_USE;
void changes_release(struct changes *c);

#endif
