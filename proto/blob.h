/*
 * blob - an evidence file as it is stored and travels: sealed under its subject's
 * key in chunks, behind a head that names each chunk's hash. The blob's id is the
 * head's hash, so that any piece can be verified on its own by who cannot open it.
 *
 *     blob = head | chunk | chunk | ...        piece 0 is the head, piece i chunk i - 1
 *     head = version | key id | salt | hash of each chunk
 *
 * The plain text is padded, so that a size tells little; the number of chunks and
 * the padded length are authenticated with every chunk.
 */
#ifndef PROTO_BLOB_H
#define PROTO_BLOB_H

#include "proto/buf.h"
#include "proto/hash.h"
#include "proto/limits.h"

enum {
	BLOB_VERSION = 1,
	BLOB_SALT_BYTES = 24,
	BLOB_HEAD_BYTES = 1 + HASH_BYTES + BLOB_SALT_BYTES, /* and a hash for each chunk */
	BLOB_CHUNK_BYTES = 48 * 1024,
	BLOB_TAG_BYTES = 16,
	BLOB_PLAIN_BYTES = BLOB_CHUNK_BYTES - BLOB_TAG_BYTES,
};

/* What a blob's size says. */
struct blob_shape {
	uint64_t size;
	uint32_t chunks; /* pieces: one more */
};

/* False: no blob has that size. */
bool blob_shape(uint64_t size, struct blob_shape *out) MUST_USE;

/* piece is at most chunks. */
size_t blob_piece_at(const struct blob_shape *s, uint32_t piece);
size_t blob_piece_bytes(const struct blob_shape *s, uint32_t piece);

/* ERR_OK, BAD_HASH; BAD_FORM: a head that hashes right and is none, or of another size. head was checked. */
enum err blob_check_head(const struct blob_shape *s, const uint8_t id[ID_BYTES], struct bytes head) MUST_USE;
enum err blob_check_piece(const struct blob_shape *s, struct bytes head, uint32_t piece, struct bytes data) MUST_USE;

/* The whole blob, piece by piece. */
enum err blob_check(const uint8_t id[ID_BYTES], struct bytes blob) MUST_USE;

/* Bytes that a file of n bytes takes as a blob. */
uint64_t blob_bytes(uint64_t n);

/* Seals a file under the key, with a fresh salt; appends the blob to out. TOO_LARGE beyond EVIDENCE_FILE_BYTES_MAX. */
enum err blob_seal(struct bytes file, const uint8_t key[KEY_BYTES], const uint8_t salt[BLOB_SALT_BYTES], struct buf *out,
		   uint8_t id[ID_BYTES]) MUST_USE;

/* What the blob is sealed with, as record_key_id makes it; NULL: too short for a head. */
const uint8_t *blob_key_id(struct bytes blob);

/* Appends the file. NO_KEY, BAD_SEAL, BAD_FORM. */
enum err blob_open(struct bytes blob, const uint8_t key[KEY_BYTES], struct buf *out) MUST_USE;

#endif
