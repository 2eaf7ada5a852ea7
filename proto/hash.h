/*
 * hash - BLAKE2b-256 with a domain. The domain, at most 16 ASCII characters,
 * is BLAKE2b's personalisation (RFC 7693, libsodium's salt_personal form), so
 * that no hash made for one purpose is ever valid for another.
 */
#ifndef PROTO_HASH_H
#define PROTO_HASH_H

#include <sodium.h>

#include "proto/bytes.h"

enum { HASH_BYTES = 32, ID_BYTES = 32, SCHOOL_BYTES = 32, SUBJECT_BYTES = 16, KEY_BYTES = 32,
       INCARNATION_BYTES = 8, SHORT_ID_BYTES = 5, SECRET_BYTES = 16, DIGEST_BYTES = 16 };

struct hash {
	crypto_generichash_blake2b_state state;
	size_t size;
};

/* size: 16 or 32 bytes. key: NULL, or 16 to 64 bytes. */
void hash_start(struct hash *h, const char *domain, size_t size, struct bytes key);
void hash_add(struct hash *h, const void *p, size_t n);
void hash_end(struct hash *h, uint8_t *out);

/* All at once, unkeyed, over one piece. */
void hash_of(uint8_t *out, size_t size, const char *domain, struct bytes in);

/* The same, keyed. */
void hash_keyed(uint8_t *out, size_t size, const char *domain, struct bytes key, struct bytes in);

/* Domains. */
#define DOMAIN_SCHOOL "estafeta school"
#define DOMAIN_RECORD "estafeta record"
#define DOMAIN_SIGN "estafeta sign"
#define DOMAIN_BODY "estafeta body"
#define DOMAIN_KEYID "estafeta keyid"
#define DOMAIN_CIPHER "estafeta cipher"
#define DOMAIN_NEXT "estafeta next"
#define DOMAIN_ROTATE "estafeta rotate"
#define DOMAIN_SUBJECT "estafeta subject"
#define DOMAIN_CLAIM "estafeta claim"
#define DOMAIN_CLAIM_MAC "estafeta mac"
#define DOMAIN_JOIN_MAC "estafeta join"
#define DOMAIN_AUTH "estafeta auth"
#define DOMAIN_MANIFEST "estafeta list"
#define DOMAIN_MANIFEST_PART "estafeta part"
#define DOMAIN_ATTEST "estafeta attest"
#define DOMAIN_DIGEST "estafeta digest"
#define DOMAIN_LEAF "estafeta leaf"
#define DOMAIN_SCOPE "estafeta scope"
#define DOMAIN_CHECK "estafeta check"
#define DOMAIN_TOKEN "estafeta token"
#define DOMAIN_JOURNAL "estafeta journal"
#define DOMAIN_SEED "estafeta seed"
#define DOMAIN_PAPER "estafeta paper"
#define DOMAIN_FILE "estafeta file"
#define DOMAIN_PIECE "estafeta piece"
#define DOMAIN_BLOB "estafeta blob"
#define DOMAIN_UPLOAD "estafeta upload"

#endif
