/*
 * leaf - the address book of records: (subject, period, id) -> where it lies,
 * and the digests made of it.
 *
 * A leaf is all records of one subject and period. Its digest runs over (id,
 * state) in key order; beyond LEAF_SPLIT_IDS ids it runs over the digests of
 * the parts that share the id's first byte. A subject's digest runs over its
 * leaves. The shape is a function of the set alone. Attestations stand outside:
 * they vouch for the set and are no part of it.
 *
 * Of each subject there are three nested sets, for the three rights on a link:
 * its chain records; those and all that the present custodian did not write;
 * and everything. Authors are told apart by the first bytes of their id.
 */
#ifndef CORE_LEAF_H
#define CORE_LEAF_H

#include "core/store.h"
#include "proto/record.h"

enum { LEAF_KEY_BYTES = SUBJECT_BYTES + 2 + ID_BYTES, AUTHOR_BYTES = 4, LEAF_VALUE_BYTES = 11 + AUTHOR_BYTES, PART_WHOLE = 256 };

enum leaf_state { LEAF_FULL, LEAF_ERASED };
enum leaf_proof { PROOF_SIGNATURE, PROOF_ATTESTED };

struct leaf {
	const uint8_t *subject;
	uint16_t period;
	const uint8_t *id;
	uint64_t lseq;
	enum leaf_state state;
	enum record_type type;
	enum leaf_proof proof;
	const uint8_t *author; /* AUTHOR_BYTES */
};

enum mode { MODE_NONE, MODE_CHAIN, MODE_FORMER, MODE_ALL };

/* Which records of a subject are meant. */
struct selection {
	enum mode mode;
	uint8_t custodian[AUTHOR_BYTES]; /* of MODE_FORMER: whose records are left out */
};

struct leaf leaf_parse(struct bytes key, struct bytes value);
enum record_class leaf_class(const struct leaf *l);

/* Whether the leaf belongs to the selection at all, attestations included. */
bool leaf_selected(const struct leaf *l, const struct selection *s);

/* Whether digests count it. */
bool leaf_counts(const struct leaf *l, const struct selection *s);
extern const struct selection select_all;

void leaf_put(struct txn *t, const struct record *r, uint64_t lseq, enum leaf_proof proof);

void leaf_drop(struct txn *t, const struct record *r);

/* The record's bytes, borrowed. */
bool leaf_record(struct txn *t, const struct leaf *l, struct bytes *raw);

/* Whether (subject, period, id) is held; fills *out (borrowed) if so. */
bool leaf_find(struct txn *t, const uint8_t *subject, uint16_t period, const uint8_t *id, struct leaf *out);

/* Count and digest of a set of records. */
struct digest {
	uint32_t count;
	uint8_t hash[DIGEST_BYTES];
};

/* A subject's three sets. */
struct subject_digest {
	struct digest all;
	struct digest former;
	struct digest chain;
};
const struct digest *digest_of(const struct subject_digest *d, enum mode mode);

/* As kept; zeros when nothing is held. */
struct subject_digest digest_get(struct txn *t, const uint8_t *subject);

/* Computes it from the leaves. custodian: the present one's id, zeros if there is none. */
struct subject_digest digest_compute(struct txn *t, const uint8_t *subject, const uint8_t *custodian);

/* Computes and keeps it. */
void digest_update(struct txn *t, const uint8_t *subject, const uint8_t *custodian);

/* One leaf, or one part of a leaf beyond LEAF_SPLIT_IDS ids. */
struct leaf_digest {
	uint16_t period;
	uint16_t part; /* the id's first byte, or PART_WHOLE */
	struct digest digest;
};

/* Calls visit for every leaf or part of the subject, in key order. */
void leaf_digests(struct txn *t, const uint8_t *subject, const struct selection *which,
		  void (*visit)(void *arg, const struct leaf_digest *d), void *arg);

#endif
