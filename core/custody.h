/*
 * custody - who keeps a subject's record, a pure function of its chain records
 * and the roster, the same in any order of arrival.
 *
 * The custodian is found by walking enrolment -> release -> accept -> release
 * -> ... Every release names, as its first ref, the record that made its author
 * custodian; nothing else counts, and nothing beyond an author's cuts. A release binds until its destination
 * declines or the nearest common ancestor voids it; an accept outweighs both,
 * since the destination then holds everything. Two accepted releases by one
 * custodian are disputed until that ancestor resolves them.
 *
 * An erase by the custodian names the head too, and the erase before it; a
 * release names the last one. So what a former custodian says later erases
 * nothing. While a release is open, only what it names counts.
 *
 * From custody follow the shares: which neighbour gets what of a subject.
 *   escrow   the custodian's parents forward (ciphertext only)
 *   transit  an open release: every school on the route forwards, the
 *            destination reads
 *   former   a finished transfer: all but what the present custodian writes, so
 *            that a late word still follows the student and nothing goes back
 *   trace    a claim, or a release that came to nothing: chain records only
 */
#ifndef CORE_CUSTODY_H
#define CORE_CUSTODY_H

#include "core/roster.h"

enum { CUSTODY_STEPS_MAX = 64, SHARES_MAX = 64 };

enum right { RIGHT_NONE, RIGHT_CHAIN, RIGHT_FORMER, RIGHT_FORWARD, RIGHT_READ };

enum custody_state { CUSTODY_NONE, CUSTODY_HELD, CUSTODY_RELEASED, CUSTODY_DISPUTED, CUSTODY_ERASED };

struct chain_record {
	struct record record;
	union body body;
};

enum step_state { STEP_OPEN, STEP_ACCEPTED, STEP_DECLINED, STEP_VOID };

/* One release and what became of it. */
struct custody_step {
	int from, to;
	enum step_state state;
	bool taken; /* custody went this way; of two accepted releases at most one did */
	const struct chain_record *release;
	const struct chain_record *accept; /* or NULL */
};

struct custody {
	enum custody_state state;
	int custodian;		   /* index in the roster; NO_SCHOOL when none or disputed */
	uint8_t head[ID_BYTES];	   /* the record that made it so */
	uint8_t dispute[ID_BYTES]; /* disputed: the head that was released twice */
	int origin;		   /* who enrolled */
	size_t step_count;
	struct custody_step steps[CUSTODY_STEPS_MAX];
	size_t erase_count;
	const struct chain_record *erases[CHAIN_RECORDS_MAX]; /* those of single records that count */
	const struct chain_record *whole;		      /* erased: by which */
	const struct custody_step *open; /* released: the one release that binds, or the first of them */
};

struct share {
	int peer; /* index in the roster */
	enum right right;
};

/* The chain records of one subject, in any order, borrowed by *out. */
void custody_walk(const struct roster *r, const uint8_t subject[SUBJECT_BYTES],
		  const struct chain_record *records, size_t count, struct custody *out);

/*
 * What school `me` shares of the subject with each neighbour: the peer's right.
 * Returns the number of shares, at most SHARES_MAX, in order of peer.
 */
size_t custody_shares(const struct roster *r, const struct custody *c,
		      const struct chain_record *records, size_t count, int me,
		      struct share out[SHARES_MAX]);

/*
 * Whether the record is kept for ever though the subject is erased: the erase, the receipts for it, and the
 * steps from the enrolment on. Those that came to nothing stay too: without them the schools that only
 * heard of an attempt would never hear of the erase.
 */
bool custody_keeps(const struct roster *r, const struct custody *c, const struct chain_record *k,
		   const uint8_t subject[SUBJECT_BYTES]);

/* Whether the subject id was made by that author with that salt. */
bool custody_subject_made_by(const uint8_t subject[SUBJECT_BYTES], const uint8_t *author,
			     const uint8_t salt[16]);
void custody_subject(uint8_t out[SUBJECT_BYTES], const uint8_t *author, const uint8_t salt[16]);

/* Reads a subject's chain records: at most CHAIN_RECORDS_MAX. Borrowed from the transaction. */
enum err chain_load(struct txn *t, const uint8_t subject[SUBJECT_BYTES],
		    struct chain_record out[CHAIN_RECORDS_MAX], size_t *count) MUST_USE;

/* A subject's chain, read and walked. Large: keep it on the heap, free with free(). */
struct walked {
	struct chain_record chain[CHAIN_RECORDS_MAX];
	size_t count;
	struct custody custody;
};
enum err custody_load(struct walked **out, struct txn *t, const struct roster *r,
		      const uint8_t subject[SUBJECT_BYTES]) MUST_USE;

#endif
