/*
 * card - what a subject is: the person record that speaks for it. A student's and a
 * member of staff's is core/people.h, a class's core/group.h.
 */
#ifndef CORE_CARD_H
#define CORE_CARD_H

#include "core/people.h"

/* Opens a subject of our own with its first card: key, enrolment, recovery wrap. REVOKED, KEYS_CHANGED: ours would count nowhere. */
enum err card_open(struct batch *b, struct bytes body, uint8_t subject[SUBJECT_BYTES]) MUST_USE;

/* A new version. ERR_READ_ONLY unless we are custodian. */
enum err card_change(struct batch *b, struct bytes body, uint8_t subject[SUBJECT_BYTES]) MUST_USE;

/*
 * Appends the card's plain body. NOT_FOUND where none opens; STORE, NO_MEMORY. keys: a transaction of
 * the vault. author: who wrote it.
 */
enum err card_read(const struct school *s, struct txn *t, struct txn *keys, const uint8_t *subject, struct buf *out,
		   uint8_t author[SCHOOL_BYTES]) MUST_USE;

/* The same as it is in the batch: a job must not write over what came after its plan was made. */
enum err card_in_batch(struct batch *b, const uint8_t *subject, struct buf *out) MUST_USE;

/*
 * The subject of the school's own entries: its notes, its words in the lists. card_school is false until
 * card_school_open has made it.
 */
bool card_school(struct txn *t, uint8_t subject[SUBJECT_BYTES]);
enum err card_school_open(struct batch *b, const struct actor *by, uint8_t subject[SUBJECT_BYTES]) MUST_USE;

/* {id, name, role, school} under the key "by". */
void card_put_by(struct buf *b, const struct actor *by);

/* key and text; nothing where the text is empty. card_get is its inverse, cut to size. */
void card_put(struct buf *b, const char *key, const char *value);
void card_get(struct bytes body, const char *key, char *out, size_t size);

#endif
