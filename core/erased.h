/*
 * erased - which private records the erases of single ones cover: each the one that
 * it names, those that this one replaced, and the verdicts on any of them. What was
 * corrected or returned with a reason says as much as what stood last.
 * A function of the records that are held; what comes later is covered when it is there.
 */
#ifndef CORE_ERASED_H
#define CORE_ERASED_H

#include "core/custody.h"

struct erased_record {
	uint8_t id[ID_BYTES];
	uint8_t by[ID_BYTES]; /* the erase */
};

struct erased {
	struct erased_record *at;
	size_t count;
};

/* Those of the subject by the erases that count. erased_release in any case. */
enum err erased_gather(struct erased *out, struct txn *t, const uint8_t subject[SUBJECT_BYTES], const struct custody *c) MUST_USE;
void erased_release(struct erased *e);

#endif
