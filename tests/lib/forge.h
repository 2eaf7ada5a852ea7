/*
 * forge - records made by hand, by schools that need no store, and a pool that
 * carries records from one place to another in any order.
 */
#ifndef TESTS_LIB_FORGE_H
#define TESTS_LIB_FORGE_H

#include "tests/lib/fixture.h"

struct forged {
	uint8_t id[ID_BYTES];
	size_t n;
	uint8_t raw[];
};

struct pool {
	struct forged **at;
	size_t count, cap;
};

void pool_add(struct pool *p, struct bytes raw);
void pool_release(struct pool *p);

/* Borrowed from the pool. */
struct record pool_record(const struct forged *k);

/* Every record that the school holds of the subject; NULL: of all subjects. */
void pool_take(struct pool *p, struct fixture *f, const uint8_t *subject);

/*
 * Admits all in one commit, those of authors not known yet after the others. What is held already is
 * passed over; the first error that stays is returned.
 */
enum err pool_give(const struct pool *p, struct fixture *f, uint64_t now_ms);

/* What one school holds of a subject (NULL: everything), to another as a file would carry it. */
void pool_carry(struct fixture *from, struct fixture *to, const uint8_t *subject, uint64_t now_ms);

/* A school that only signs. */
struct forger {
	uint8_t id[SCHOOL_BYTES], incarnation[INCARNATION_BYTES];
	uint8_t sign_secret[SIGN_SECRET_BYTES], recovery_secret[32];
	uint32_t generation;
	uint64_t seq, time; /* of the next record */
};

/* School number n; its inception record goes into the pool. */
void forger_create(struct forger *f, unsigned n, struct pool *p);

/* Signs as that school, with seqs that its own records do not reach. */
void forger_of(struct forger *f, const struct fixture *x);

/* Makes a record; returns its id, which lives as long as the pool. body: the struct of the type. */
const uint8_t *forge(struct forger *f, const struct writing *w, const void *body, struct pool *p);

/* The same for a private type: a map sealed under the key. */
const uint8_t *forge_sealed(struct forger *f, const struct writing *w, struct bytes map, const uint8_t key[KEY_BYTES],
			    struct pool *p);

const uint8_t *forge_certificate(struct forger *issuer, const uint8_t *member, uint32_t powers, uint32_t depth,
				 uint64_t after_ms, uint64_t before_ms, struct pool *p);

/* Reveals the key that its recovery secret makes, and signs with it from now on; the cut lies behind all it signed so far. */
const uint8_t *forge_rotation(struct forger *f, struct pool *p);

/* An entry of a kind without fields, or a verdict; key: the subject's. */
const uint8_t *forge_entry(struct forger *f, const uint8_t *subject, uint16_t period, const uint8_t *replaces,
			   const char *kind, const uint8_t key[KEY_BYTES], struct pool *p);
const uint8_t *forge_verdict(struct forger *f, const uint8_t *subject, uint16_t period, const uint8_t *entry,
			     const uint8_t *supersedes, const char *verdict, const uint8_t key[KEY_BYTES], struct pool *p);

/* Small repeatable randomness: xorshift64*. */
uint64_t forge_random(uint64_t *state, uint64_t below);

/* The next permutation of order, in lexical order; false after the last. */
bool forge_next_order(size_t *order, size_t n);

#endif
