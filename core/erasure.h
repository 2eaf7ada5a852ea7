/*
 * erasure - forgetting for good, as an element of the set: an erase record by the
 * custodian, which every holder obeys as soon as it counts (core/custody.h).
 *
 * Of one record the body goes and the header stays, its state in every digest
 * `erased`, so that a holder that merely lost a body never looks complete. Of a
 * whole subject everything goes, keys and wraps first, but its custody chain,
 * the erase, and a receipt by every school that had something to erase.
 * DENY says what never comes back; it follows from the erases that are held.
 */
#ifndef CORE_ERASURE_H
#define CORE_ERASURE_H

#include "core/batch.h"
#include "core/custody.h"

/* --- by the custodian ------------------------------------------------------------------------- */

/* Erases an entry, with what it replaced and the verdicts on it (core/erased.h). NOT_FOUND, READ_ONLY, DISPUTED; ERASED: it is already; QUOTA: no room for more. */
enum err erasure_of_record(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const uint8_t id[ID_BYTES]) MUST_USE;

/* The last erase of the school's tenure, for a release to name; zeros: none. */
void erasure_last(const struct walked *w, const uint8_t *me, uint8_t out[ID_BYTES]);

/* Whether the erases that a release names are all held: one withheld could be shown after the accept. */
bool erasure_named_held(const struct walked *w, const struct chain_record *release);

/* Erases the subject, at once. */
enum err erasure_of_subject(struct batch *b, const uint8_t subject[SUBJECT_BYTES]) MUST_USE;

/*
 * The visible delay: an order (LOCAL) that stands until it is cancelled or due. It
 * is of the present tenure: with a student who left and came back it is void.
 * WRONG_STATE: there is one already, or none to cancel.
 */
struct erasure_order {
	uint8_t subject[SUBJECT_BYTES];
	uint64_t ordered_ms, due_ms, done_ms; /* done 0: not yet */
	uint8_t head[ID_BYTES];		      /* of the custody when it was given */
};
enum err erasure_order(struct batch *b, const uint8_t subject[SUBJECT_BYTES], uint64_t delay_ms) MUST_USE;
enum err erasure_cancel(struct batch *b, const uint8_t subject[SUBJECT_BYTES]) MUST_USE;
bool erasure_order_get(struct txn *t, const uint8_t subject[SUBJECT_BYTES], struct erasure_order *out);

/* The order after that subject's; NULL: the first. false at the end. */
bool erasure_order_next(struct txn *t, const uint8_t *after, struct erasure_order *out);

/* Carries out the orders that are due. One that is not possible now (a transfer is under way) waits. */
enum err erasure_due(struct batch *b) MUST_USE;

/* After a restore: what was ordered may have been taken back since. */
void erasure_orders_forget(struct txn *t);

/* --- by every holder -------------------------------------------------------------------------- */

/* Brings DENY in line with what counts. */
enum err erasure_mark(struct txn *t, const uint8_t subject[SUBJECT_BYTES], const struct custody *c) MUST_USE;

/*
 * Obeys: drops what the subject's erases say. *again: records changed, and custody has to be read anew.
 */
enum err erasure_obey(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const struct walked *w, bool *again) MUST_USE;

/* Whether that record was erased; NULL: the whole subject. */
bool erasure_denies(struct txn *t, const uint8_t subject[SUBJECT_BYTES], const uint8_t *id);

/* Set once bytes of something erased lie in the files' free pages; compaction at the next start clears it. */
#define META_COMPACT "compact"

#endif
