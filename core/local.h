/*
 * local - rows of the LOCAL table: what this node remembers for itself and
 * tells nobody. The row's name is the first bytes of the key.
 */
#ifndef CORE_LOCAL_H
#define CORE_LOCAL_H

#include "core/vault.h"

/* A family's transfer code that this school issued. */
struct local_code {
	uint8_t student[SUBJECT_BYTES];
	uint64_t created_ms, expires_ms;
	bool closed; /* used, declined or superseded by a newer code */
	uint8_t secret[SECRET_BYTES + SEALED_EXTRA];
};

/* A claim that this school made. */
struct local_claim {
	uint8_t claim[ID_BYTES];
	uint8_t origin[SCHOOL_BYTES];
	uint64_t created_ms;
	bool has_student; /* known once the release has come */
	uint8_t student[SUBJECT_BYTES];
	uint8_t one_time[KEY_BYTES + SEALED_EXTRA]; /* zeros after the accept */
};

bool local_get_code(struct txn *t, const uint8_t *claim_subject, struct local_code *out);
void local_put_code(struct txn *t, const uint8_t *claim_subject, const struct local_code *row);

/* Closes the student's open codes. */
void local_close_codes(struct txn *t, const uint8_t *student);

bool local_get_claim(struct txn *t, const uint8_t *claim_subject, struct local_claim *out);
void local_put_claim(struct txn *t, const uint8_t *claim_subject, const struct local_claim *row);

/* By the id of the claim record. */
bool local_find_claim(struct txn *t, const uint8_t *claim, uint8_t claim_subject[SUBJECT_BYTES], struct local_claim *out);

/* When the parent held everything of that release; false if it does not yet. */
bool local_get_cascade(struct txn *t, const uint8_t *student, const uint8_t *release, uint64_t *ms);
void local_put_cascade(struct txn *t, const uint8_t *student, const uint8_t *release, uint64_t ms);

/* Walks all rows of one name: *key is the rest of the row's key. Start with after = NULL. */
enum local_name { LOCAL_CODE = 'c', LOCAL_CLAIM = 'k', LOCAL_CASCADE = 'i', LOCAL_INVITE = 'v', LOCAL_LINK = 'l',
		  LOCAL_SESSION = 's', LOCAL_ADDRESS = 'a', LOCAL_IDEMPOTENT = 'w', LOCAL_PENDING = 'p', LOCAL_ERASURE = 'e',
		  LOCAL_ACCOUNT = 'u', LOCAL_PAPER = 'o', LOCAL_UNDO = 'U', LOCAL_PAGE = 'g', LOCAL_PAGE_TOKEN = 'G', LOCAL_SEEN = 'n',
		  LOCAL_JOURNAL = 'j', LOCAL_JOURNAL_ABOUT = 'J', LOCAL_FILE = 'f' };
bool local_next(struct txn *t, enum local_name name, const uint8_t *after, size_t after_n, uint8_t *key, size_t key_n,
		struct bytes *value);

/* Rows of the node's own making: key at most 64 bytes. */
bool local_get(struct txn *t, enum local_name name, struct bytes key, struct bytes *value);
void local_put(struct txn *t, enum local_name name, struct bytes key, struct bytes value);
bool local_del(struct txn *t, enum local_name name, struct bytes key);

#endif
