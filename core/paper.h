/*
 * paper - one-time codes on paper: who has one makes an account with it, or
 * gets into an account whose password is forgotten.
 *
 * A code is 60 random bits: twelve characters of Crockford's base32 and one
 * that checks them, XXXX-XXXX-XXXX-C. Typing is forgiven as in proto/text.h.
 * The store keeps a keyed hash of it, and the rest of the row sealed.
 *
 * One row for each person, so that a new code kills the one before.
 */
#ifndef CORE_PAPER_H
#define CORE_PAPER_H

#include "core/accounts.h"

enum { PAPER_TEXT_BYTES = 17 };

uint64_t paper_make(struct seed *s);
void paper_text(uint64_t code, char out[PAPER_TEXT_BYTES]);

/* BAD_FORM; BAD_CHECK: every single wrong character and every exchange of two is found. */
enum err paper_parse(const char *typed, uint64_t *out) MUST_USE;

void paper_hash(const struct vault *v, uint64_t code, uint8_t out[HASH_BYTES]);

struct paper {
	uint8_t hash[HASH_BYTES];
	enum account_kind kind;
	uint8_t person[SUBJECT_BYTES]; /* the subject, or the guardian's id; zeros: nobody in the records */
	bool administrator, observer;  /* what nobody in the records is to become */
	bool used;
	uint64_t expires_ms;
	char name[NAME_BYTES_MAX + 1];
};

/* In the place of the person's former code. */
enum err paper_put(struct txn *t, const struct vault *v, struct seed *s, const struct paper *p) MUST_USE;

/* OK with *out filled; BAD_CODE, CODE_USED or CODE_EXPIRED. */
enum err paper_find(struct txn *t, const struct vault *v, uint64_t now_ms, const uint8_t hash[HASH_BYTES], struct paper *out) MUST_USE;

/* Drops codes whose time was over a month ago: until then they are told apart from wrong ones. */
void paper_sweep(struct txn *t, uint64_t now_ms);

#endif
