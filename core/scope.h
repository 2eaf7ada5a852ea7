/*
 * scope - which subjects a link shares, kept as rows so that a session starts
 * without reading history. SCOPE holds what we grant each neighbour, derived
 * from custody in the same transaction; OFFER what the neighbour said that it
 * grants us. A subject is agreed when both name it.
 *
 * Keys: peer | subject. A peer is the first 16 bytes of its school id.
 */
#ifndef CORE_SCOPE_H
#define CORE_SCOPE_H

#include "core/custody.h"

enum { PEER_BYTES = 16, SCOPE_KEY_BYTES = PEER_BYTES + SUBJECT_BYTES };

/* Brings one subject's SCOPE rows in line with its custody. *changed is set if any row changed. */
void scope_apply(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *subject, const struct walked *w,
		 bool *changed);

/* What we grant that peer of the subject; network records go to every member. */
enum right scope_right(struct txn *t, const uint8_t *peer, const uint8_t *subject);

/* What the peer last said that it shares with us. */
enum right scope_offer(struct txn *t, const uint8_t *peer, const uint8_t *subject);

/*
 * What custody over the held chain records and those that just came would share
 * of the subject with the peer: so do chain records open a hop.
 */
enum err scope_opens(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *peer,
		     const uint8_t *subject, const struct chain_record *more, size_t more_count,
		     enum right *right) MUST_USE;

#endif
