/*
 * seen - which seq of which incarnation of an author is held: evidence of gaps
 * and of two histories, never a condition of validity; and how far its word
 * goes when it is cut.
 */
#ifndef CORE_SEEN_H
#define CORE_SEEN_H

#include "core/roster.h"

/* Whether another record stands at the same seq already: two histories, both valid. */
bool seen_put(struct txn *t, const struct record *r);
void seen_drop(struct txn *t, const struct record *r);

/*
 * A cut is the last seq held of an incarnation. Who holds about all that its author
 * wrote leaves out seqs far ahead of the rest, which nobody writes who counts them:
 * there would be room below them for what is signed later. Who holds a few records
 * (SEEN_SOME) cannot tell.
 */
enum seen { SEEN_SOME, SEEN_ALL };

/* Appends a cut for each incarnation; of more than max (1 to CUTS_MAX) those with the most records. */
enum err seen_cuts(struct txn *t, const uint8_t *author, enum seen seen, size_t max, struct buf *out) MUST_USE;

/* That of one incarnation; nothing where nothing is held of it. */
enum err seen_cut(struct txn *t, const uint8_t *author, const uint8_t *incarnation, struct buf *out) MUST_USE;

/*
 * The subject of the next record beyond the school's cuts, in order of incarnation and seq; false at
 * the end. at: SEEN_KEY_BYTES, zeroed to begin with. The transaction may write in between.
 */
enum { SEEN_KEY_BYTES = SCHOOL_BYTES + INCARNATION_BYTES + 8 + 8 };
bool seen_beyond(struct txn *t, const struct roster *r, int author, uint8_t at[SEEN_KEY_BYTES], uint8_t subject[SUBJECT_BYTES]);

#endif
