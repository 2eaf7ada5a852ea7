/*
 * record - the signed envelope, byte for byte the same on the wire and on disk:
 *
 *     [header: bin, signature: bin 64, body: bin | nil]
 *
 * A struct record is a checked view of such bytes; its pointers borrow from
 * them, who and what it is about is copied. Nothing is ever encoded again: what arrived is stored and sent.
 */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/schema.h"

enum { RECORD_VERSION = 1, SIGNATURE_BYTES = 64, NONCE_BYTES = 24, SIGN_SECRET_BYTES = 64 };

struct record {
	struct bytes raw;    /* the whole record */
	struct bytes header; /* as signed */
	const uint8_t *signature;
	struct bytes body; /* nonce and ciphertext, or the clear map; empty when dropped */
	bool has_body;

	enum record_type type;
	enum record_class cls;
	uint8_t author[SCHOOL_BYTES];
	uint32_t generation;
	uint8_t incarnation[INCARNATION_BYTES];
	uint64_t seq;
	uint8_t subject[SUBJECT_BYTES];
	uint64_t time; /* 48 bits of Unix ms, 16 of counter */
	uint16_t period;
	uint8_t ref_count;
	const uint8_t *refs[RECORD_REFS_MAX];
	const uint8_t *key_id; /* NULL: clear body */
	uint32_t body_length;
	const uint8_t *body_hash;

	uint8_t id[ID_BYTES];
};

/* Form, size and body hash; not the signature. in is borrowed by *out. */
enum err record_read(struct bytes in, struct record *out) MUST_USE;

/* ERR_OK or ERR_BAD_SIGNATURE. */
enum err record_verify(const struct record *r, const uint8_t sign_public[32]) MUST_USE;

/* What a new record says beside its body. */
struct draft {
	enum record_type type;
	const uint8_t *author;
	uint32_t generation;
	const uint8_t *incarnation;
	uint64_t seq;
	const uint8_t *subject;
	uint64_t time;
	uint16_t period;
	uint8_t ref_count;
	const uint8_t *refs[RECORD_REFS_MAX];
};

/*
 * Makes and signs a record. body: the clear map. key: NULL leaves it clear,
 * else it is sealed under that subject key with the given fresh nonce of
 * NONCE_BYTES. Appends to out; ERR_TOO_LARGE when it would pass RECORD_BYTES_MAX.
 */
enum err record_make(const struct draft *d, struct bytes body, const uint8_t *key,
		     const uint8_t *nonce, const uint8_t sign_secret[SIGN_SECRET_BYTES],
		     struct buf *out) MUST_USE;

/*
 * Opens a private body into out (the clear map). ERR_NO_KEY when the key is not
 * the one the header commits to, ERR_BAD_SEAL when it does not open.
 */
enum err record_open(const struct record *r, const uint8_t key[KEY_BYTES], struct buf *out) MUST_USE;

/* Appends the record without its body: what stays of one that was erased. */
void record_strip(const struct record *r, struct buf *out);

/* What a header says of the key its body is sealed with. */
void record_key_id(uint8_t out[HASH_BYTES], const uint8_t key[KEY_BYTES]);

/*
 * A quick look at a record that was checked before (out of the store): what
 * it is, by whom and about whom. False if it is no record.
 */
bool record_peek(struct bytes in, enum record_type *type, enum record_class *cls, const uint8_t **author,
		 const uint8_t **subject);

/* Unix ms of a record's time. */
static inline uint64_t record_time_ms(uint64_t time)
{
	return time >> 16;
}

#endif
