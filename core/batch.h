/*
 * batch - everything that one commit writes. The one door for records:
 * batch_admit takes any record, ours or a peer's, from network, disk or USB.
 *
 * Admission checks only what no order of arrival, clock or peer can change, in
 * this order, and the first failure is the answer: size and form, body hash,
 * already held, the author's chain to the root, signature. A refusal leaves no
 * trace. Whether the author had the right to say it is the view's business.
 *
 * batch_commit settles first: roster, digests, custody, shares, views and the
 * automatic steps of transfers, all in the same transaction as the records;
 * new subject keys are made durable before it.
 */
#ifndef CORE_BATCH_H
#define CORE_BATCH_H

#include "core/leaf.h"
#include "core/school.h"
#include "core/seed.h"

struct undo;

struct batch {
	struct school *school;
	struct txn txn;
	struct txn keys; /* of the vault, begun when first needed */
	struct seed seed;
	uint64_t now_ms;
	uint8_t root[SCHOOL_BYTES]; /* of the network, as of this batch */
	struct roster roster; /* where it differs from the school's */
	bool roster_own;
	bool roster_stale;   /* network records came since it was read */
	bool roster_changed; /* ... and so all shares must be looked at */
	bool scope_changed;  /* some peer's shares differ from before */
	bool keys_open;
	uint64_t next_lseq, next_seq, last_time;
	struct undo *undo; /* where cards that are written are noted, or NULL */
	uint64_t forks;	/* two different records at one author's seq... */
	uint8_t forked[SCHOOL_BYTES]; /* ... the last such author */
};

enum err batch_begin(struct batch *b, struct school *s, uint64_t now_ms, const uint8_t seed[32]) MUST_USE;

/* ERR_DUPLICATE when held already: success, with nothing done. */
enum err batch_admit(struct batch *b, struct bytes raw, enum leaf_proof proof) MUST_USE;

/* Makes, signs and admits a record of our own. body: the clear map. id_out may be NULL. */
struct writing {
	enum record_type type;
	const uint8_t *subject;
	uint16_t period;
	uint8_t ref_count;
	const uint8_t *refs[RECORD_REFS_MAX];
};
enum err batch_write(struct batch *b, const struct writing *w, struct bytes body, uint8_t id_out[ID_BYTES]) MUST_USE;

/* The same for a clear body given as its struct. */
enum err batch_write_clear(struct batch *b, const struct writing *w, const void *body, uint8_t id_out[ID_BYTES]) MUST_USE;

/* Whether what we sign counts: REVOKED, or KEYS_CHANGED where this node's key is an earlier one. *r as by batch_roster. */
enum err batch_counts(struct batch *b, const struct roster **r) MUST_USE;

/* The vault's transaction of this batch. */
enum err batch_keys(struct batch *b, struct txn **out) MUST_USE;

/* Adds a key for the subject to the vault. */
enum err batch_add_key(struct batch *b, const uint8_t *subject, const uint8_t key[KEY_BYTES], bool own) MUST_USE;

/* Wraps a subject key for a recipient's X25519 key, as a keywrap record. */
enum wrap_use { WRAP_CLAIM = 1, WRAP_RECOVERY = 2, WRAP_CARD = 3 };
enum err batch_write_wrap(struct batch *b, const uint8_t *subject, const uint8_t key[KEY_BYTES], const uint8_t to[32],
			  enum wrap_use use) MUST_USE;

/* Keys held for the subject, this batch's included. Wipe after use. */
enum err batch_load_keys(struct batch *b, const uint8_t *subject, struct subject_keys *out) MUST_USE;

/* The roster with what this batch admitted so far. */
enum err batch_roster(struct batch *b, const struct roster **out) MUST_USE;

/* Takes a stored record out again: its signature was believed, and is false. */
void batch_drop(struct batch *b, const struct record *r, uint64_t lseq);

/* Marks a subject to be settled though no record of it came. */
void batch_touch(struct batch *b, const uint8_t *subject);

/*
 * Brings all rows that follow from the subject's records (view, files, digest, shares) up to what this batch
 * wrote of it, for who must read them before the commit; nothing to do, and cheap, where it wrote nothing.
 */
enum err batch_view(struct batch *b, const uint8_t *subject) MUST_USE;

/* Either way the batch is over. After a failure nothing of it happened. */
enum err batch_commit(struct batch *b) MUST_USE;
void batch_abort(struct batch *b);

/* Rebuilds every derived row from the records: digests, shares, views. */
enum err batch_reindex(struct batch *b) MUST_USE;

#endif
