/*
 * school - one node's state below the network: its store, its vault, who it is.
 * Everything that writes goes through a batch (core/batch.h), on one thread.
 */
#ifndef CORE_SCHOOL_H
#define CORE_SCHOOL_H

#include "core/roster.h"
#include "core/vault.h"

struct school {
	struct store *store;
	struct vault vault;
	struct roster roster; /* as of the last commit */

	uint8_t id[SCHOOL_BYTES];
	uint8_t root[SCHOOL_BYTES];
	uint8_t incarnation[INCARNATION_BYTES];
	uint32_t generation;
	uint8_t sign_secret[SIGN_SECRET_BYTES];
	uint8_t kx_secrets[1 + KX_OLD_MAX][KEY_BYTES]; /* the present one first, then earlier ones */
	size_t kx_count;
	uint8_t recovery[32]; /* public; its secret is on the recovery sheet only */

	uint64_t next_lseq;
	uint64_t next_seq;
	uint64_t last_time;
};

/* The secrets of a school, as the key ring keeps them. */
struct identity {
	uint8_t sign_seed[32];
	uint8_t next[32]; /* commitment to the signing key that follows; public */
	uint8_t kx_secret[32];
	uint8_t recovery[32]; /* public */
	uint32_t generation;
	uint32_t kx_old_count;
	uint8_t kx_old[KX_OLD_MAX][32]; /* the latest first */
};

/*
 * Loads a school over opened environments; both stay the caller's to close
 * after school_close. The secrets are copied in and zeroed by school_close.
 */
enum err school_open(struct school *s, struct store *store, struct store *keys, const uint8_t master[KEY_BYTES],
		     const struct identity *identity) MUST_USE;
void school_close(struct school *s);

/* Whether the signing key is the one that the school's own log names for its generation. */
bool school_has_key(const struct school *s);

/*
 * First life: writes the inception record, for a founder also its own
 * certificate. root: NULL makes this school the founder; name, region and
 * district are then certified by itself.
 */
struct school_card {
	const char *name, *region, *district;
};
enum err school_create(struct store *store, struct store *keys, const uint8_t master[KEY_BYTES],
		       const struct identity *identity, const struct school_card *founder, uint64_t now_ms,
		       const uint8_t seed[32]) MUST_USE;

/*
 * Rotation. The identity that follows: its signing key and commitment come from the recovery secret
 * (core/succession.h), its network key from the seed; the network key it replaces still answers.
 * FORBIDDEN: the secret makes another key than the one committed to; QUOTA: no generation is left.
 */
enum err identity_next(const struct identity *now, const uint8_t recovery_secret[32], const uint8_t seed[32],
		       struct identity *out) MUST_USE;

/* The identity as of a later generation whose event was lost here, its network key too: the present one stays. Errors as above. */
enum err identity_at(const struct identity *now, uint32_t generation, const uint8_t recovery_secret[32],
		     struct identity *out) MUST_USE;

/* The inception body that an identity makes; the school id is its hash. */
void school_inception(const struct identity *identity, struct buf *out);

/* After a restore: a new incarnation, which never continues the old one. */
enum err school_reincarnate(struct school *s, const uint8_t seed[32]) MUST_USE;

/* Names kept in META. */
#define META_ROOT "root"
#define META_ID "id"
#define META_INCARNATION "incarnation"
#define META_PAST "past" /* incarnations before this one */
#define META_SEQ "seq"
#define META_RESTORED "restored"
#define META_BACKUP "backup" /* the last one: time u64, bytes u64 */

bool meta_get(struct txn *t, const char *name, struct bytes *value);
void meta_put(struct txn *t, const char *name, struct bytes value);

#endif
