/*
 * journal - who changed what, and who looked at a child's data without being its parent,
 * teacher or tutor: a chain of rows, each with the hash over itself and the one before,
 * so that no row can be changed or taken out unnoticed.
 *
 * Rows hold ids alone, no names: what is erased elsewhere leaves the chain whole. Local,
 * but its head is written from time to time as an entry of the school's own, and so
 * lies at the parents too: a chain cut short shows.
 */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include "core/access.h"
#include "core/batch.h"
#include "core/people.h"

enum { JOURNAL_WHAT_MAX = 64 };

struct journal_row {
	uint64_t seq, time_ms;
	uint8_t account[ACCOUNT_BYTES]; /* zeros: the operator, or the one-time link */
	uint8_t who[SUBJECT_BYTES];	/* the person's id, zeros: none */
	enum role role;
	uint8_t subject[SUBJECT_BYTES]; /* about whom, zeros: nobody in particular */
	uint8_t entry[ID_BYTES];
	char what[JOURNAL_WHAT_MAX]; /* "POST students/{id}/entries", "GET ..." */
};

/* seq and time_ms are filled in. */
enum err journal_append(struct batch *b, struct journal_row *row) MUST_USE;

/* How many rows there are, and the last one's hash; false while there are none. */
bool journal_head(struct txn *t, uint64_t *count, uint8_t hash[HASH_BYTES]);

/* Rows are numbered from 1. */
bool journal_get(struct txn *t, uint64_t seq, struct journal_row *out);

/* The row about a subject before that one (UINT64_MAX: the newest); false: no more. */
bool journal_about(struct txn *t, const uint8_t subject[SUBJECT_BYTES], uint64_t before, struct journal_row *out);

/*
 * Writes the head as an entry of the school's own (kind journal_head) when it is due: the subject is in
 * escrow at the parents like any other.
 */
enum err journal_head_due(struct batch *b, const struct actor *by) MUST_USE;

/* The first row whose hash does not follow; 0: the chain holds. */
uint64_t journal_check(struct txn *t);

#endif
