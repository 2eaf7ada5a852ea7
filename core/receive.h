/*
 * receive - what a session hands to the writer: the records that a peer sent,
 * and what the session learnt. Applied inside a batch, on the writer's thread;
 * the results go back to the session after the commit.
 *
 * Here, and not in admission, it is judged whether the peer may send a record
 * at all: network records always, others only of subjects that the link
 * shares. Chain records of a subject that it does not share yet may open it.
 */
#ifndef CORE_RECEIVE_H
#define CORE_RECEIVE_H

#include "core/batch.h"
#include "core/custody.h"

struct received {
	uint64_t cursor; /* the sender's lseq; 0 outside TAIL */
	size_t at, n;	 /* in submission.bytes */
	bool in_leaf;	 /* came as part of a leaf: an attestation may vouch for it */
	enum err result;
};

struct submission {
	uint8_t peer[SCHOOL_BYTES];
	struct buf bytes;
	struct received *records;
	size_t count, cap;

	/* what the peer shares with us: (subject, right) pairs; a reset replaces all */
	struct buf offers;
	bool offers_reset;

	/* roots were equal: how far we hold the peer's log, and our own last lseq then */
	bool verified;
	uint8_t peer_incarnation[INCARNATION_BYTES];
	uint64_t peer_cursor;
	uint64_t own_lseq;

	/* subjects about to be sent whole: attest our records of them first */
	struct buf attest;

	/* while it is applied: the subject last asked about, and what its chain opens */
	bool opened_known;
	uint8_t opened[SUBJECT_BYTES];
	enum right opened_right;

	/* filled in */
	size_t admitted, refused;
	uint64_t lseq_from, lseq_to; /* what was admitted lies in [from, to) */
};

void submission_init(struct submission *s, const uint8_t *peer);
void submission_release(struct submission *s);
bool submission_empty(const struct submission *s);
enum err submission_add(struct submission *s, struct bytes record, uint64_t cursor, bool in_leaf) MUST_USE;

/* Fills in the results. An error means that the whole batch must be aborted. */
enum err receive_apply(struct batch *b, struct submission *s) MUST_USE;

/* What PEER keeps of a peer: how far we hold its log. */
struct peer_row {
	uint8_t incarnation[INCARNATION_BYTES];
	uint64_t cursor;
	uint64_t verified_ms;
};
bool peer_row_get(struct txn *t, const uint8_t *peer, struct peer_row *out);

#endif
