/*
 * transfer - a student changes school: codes, claims, releases and what the
 * node does by itself. Custody (core/custody.h) says who keeps the record; here
 * are the steps towards it, each one record, made inside a batch.
 *
 *   old school                     new school
 *   transfer_code    (paper)  -->  transfer_claim     claim travels to the origin
 *   transfer_approve               ...                release, wraps, manifest travel
 *                                  transfer_advance   unwraps, checks all, accepts
 *
 * Kept in LOCAL, never replicated, secrets sealed by the master key:
 *   "code"  | claim subject -> student, created, expires, sealed secret, closed
 *   "claim" | claim subject -> claim id, origin, sealed one-time key, created, student
 *   "cascade" | subject     -> release id, ms when the parent held everything
 */
#ifndef CORE_TRANSFER_H
#define CORE_TRANSFER_H

#include "core/batch.h"
#include "core/custody.h"

enum { CODE_BYTES = 1 + SHORT_ID_BYTES + SECRET_BYTES, CODE_VERSION = 1 };

enum decline_reason { DECLINE_BY_FAMILY = 1, DECLINE_MISTAKE = 2, DECLINE_OTHER = 3 };

/* A family's code for a student kept here; earlier open codes of the student are closed. */
enum err transfer_code(struct batch *b, const uint8_t student[SUBJECT_BYTES], uint8_t code[CODE_BYTES],
		       uint8_t claim_subject[SUBJECT_BYTES]) MUST_USE;

/* Claims with the code a family brought. */
enum err transfer_claim(struct batch *b, const uint8_t code[CODE_BYTES], uint8_t claim_subject[SUBJECT_BYTES]) MUST_USE;

/* The old school's word: release to the one school that claimed. */
enum err transfer_approve(struct batch *b, const uint8_t claim_subject[SUBJECT_BYTES]) MUST_USE;

/*
 * At the old school: refuses the claim and closes the code. At the new school,
 * after the release: gives the record back.
 */
enum err transfer_decline(struct batch *b, const uint8_t claim_subject[SUBJECT_BYTES], enum decline_reason reason) MUST_USE;

/*
 * At the old school, by the transfer's id: takes back a code that was not released on yet. At
 * the nearest common ancestor, by the student's id: ends a release that nobody answers.
 */
enum err transfer_void(struct batch *b, const uint8_t id[SUBJECT_BYTES]) MUST_USE;

/* By that ancestor: settles a dispute for one of the schools that accepted. */
enum err transfer_resolve(struct batch *b, const uint8_t student[SUBJECT_BYTES], const uint8_t keeper[SCHOOL_BYTES]) MUST_USE;

/* The steps that need nobody: called for every subject that a batch touched. */
enum err transfer_advance(struct batch *b, const uint8_t subject[SUBJECT_BYTES], const struct walked *w) MUST_USE;

/* The next school on the way holds all that we hold of the subject: the release is in cascade. */
enum err transfer_in_cascade(struct batch *b, const uint8_t subject[SUBJECT_BYTES]) MUST_USE;

/* --- for showing ------------------------------------------------------------------------------ */

enum transfer_state {
	TRANSFER_CODE,	     /* waits for the family to bring the code to the new school */
	TRANSFER_CLAIMED,    /* out: waits for our approval; in: waits for the old school */
	TRANSFER_FROZEN,     /* two schools claimed with one code */
	TRANSFER_RELEASED,   /* waits for the parent to hold everything */
	TRANSFER_IN_CASCADE, /* the old school may switch off */
	TRANSFER_RECEIVING,  /* in: records are arriving */
	TRANSFER_ACCEPTED,
	TRANSFER_DECLINED,
	TRANSFER_VOID,
	TRANSFER_DISPUTED,
	TRANSFER_EXPIRED,
};

struct transfer {
	uint8_t id[SUBJECT_BYTES]; /* the claim subject */
	bool out;
	enum transfer_state state;
	bool has_student;
	uint8_t student[SUBJECT_BYTES];
	bool has_school;
	uint8_t school[SCHOOL_BYTES]; /* the other side, as far as known */
	uint64_t created_ms, expires_ms, claimed_ms, released_ms, cascade_ms, accepted_ms; /* 0: not yet */
	uint64_t have, total; /* in: records of the manifest, once it is readable */
	char reason[24];
};

/* All transfers this school takes part in; returns how many were written. */
size_t transfer_list(struct txn *t, const struct vault *v, struct txn *keys, const struct roster *r, uint64_t now_ms, struct transfer out[], size_t max);

/* By the transfer's id; at a school on the way also by the student's, for its last release. */
bool transfer_find(struct txn *t, const struct vault *v, struct txn *keys, const struct roster *r, uint64_t now_ms, const uint8_t id[SUBJECT_BYTES], struct transfer *out);

/* The code's claim subject. */
void transfer_subject(uint8_t out[SUBJECT_BYTES], const uint8_t secret[SECRET_BYTES]);

#endif
