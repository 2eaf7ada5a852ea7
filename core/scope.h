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
enum err scope_update(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *subject,
		      bool *changed) MUST_USE;

/* The same for every subject held. */
enum err scope_update_all(struct txn *t, const struct roster *r, const uint8_t *me, bool *changed) MUST_USE;

/* What we grant that peer of the subject; network records go to every member. */
enum right scope_right(struct txn *t, const uint8_t *peer, const uint8_t *subject);

/*
 * Whether chain records just received open the link to that peer: custody is
 * walked over what is held and what came, and must share the subject with it.
 */
enum err scope_opens(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *peer,
		     const uint8_t *subject, const struct chain_record *more, size_t more_count) MUST_USE;

#endif
