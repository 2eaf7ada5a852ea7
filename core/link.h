/*
 * link - one child enrolled twice: two subjects whose custodians each say that
 * the other is the same. Said again by the same school, it is taken back: a
 * word counts when that school said it an odd number of times.
 */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include "core/batch.h"
#include "core/custody.h"

enum { LINKS_MAX = 16 };

/*
 * Links two students kept here, or parts them (linked: what it is to come to).
 * READ_ONLY, NOT_FOUND as for any writing; SELF; WRONG_STATE when it is so already.
 */
enum err link_set(struct batch *b, const uint8_t one[SUBJECT_BYTES], const uint8_t other[SUBJECT_BYTES], bool linked) MUST_USE;

/* The subjects that are linked with this one, by the word of both; how many, at most LINKS_MAX. */
size_t link_list(struct txn *t, const struct roster *r, const uint8_t subject[SUBJECT_BYTES], uint8_t out[LINKS_MAX][SUBJECT_BYTES]);

#endif
