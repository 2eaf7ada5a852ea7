/*
 * root - one digest over everything that a link shares: the agreed subjects in
 * order, gathered in BUCKETS buckets by the subject's first byte.
 */
#ifndef CORE_ROOT_H
#define CORE_ROOT_H

#include "core/agreed.h"
#include "core/leaf.h"
#include "proto/limits.h"

enum { ROOT_BUCKET_BYTES = 8 };

struct root {
	uint8_t root[DIGEST_BYTES];
	uint8_t buckets[BUCKETS * ROOT_BUCKET_BYTES];
	uint64_t count;	   /* records */
	uint64_t subjects; /* agreed, the network subject left out */
};

void root_compute(struct root *r, struct txn *t, const struct scope_list *mine, const struct scope_list *theirs);

#endif
