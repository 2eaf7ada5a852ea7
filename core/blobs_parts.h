/*
 * blobs_parts - what blobs.c (which files are missing) lends to blob_link.c (who
 * fetches them). For it only.
 */
#ifndef CORE_BLOBS_PARTS_H
#define CORE_BLOBS_PARTS_H

#include "core/blobs.h"

/* A file that records of a subject name. Moves with every change of struct blobs. */
struct blob_name {
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	uint8_t author[AUTHOR_BYTES]; /* the first who names it, in order */
	uint64_t size;
	bool held;
	bool taken; /* some link fetches it; set by blobs_take */
};

struct blob_name *blobs_find_name(struct blobs *b, const uint8_t *subject, const uint8_t *id);

void blobs_take(struct blobs *b, struct blob_name *n, bool taken);

/* Whether its author has room for it with that subject, beside what is here and what others fetch. */
bool blobs_fits(struct blobs *b, const struct blob_name *n);

/* The first behind (subject, id) that is neither here nor being fetched. */
struct blob_name *blobs_next_missing(struct blobs *b, const uint8_t *subject, const uint8_t *id);

#endif
