/*
 * upload - a file on its way in, piece by piece, in uploads/ under the node's directory. What came is
 * sealed at once under a key of the master key, so that no document lies there in clear, and a node
 * that stops in between goes on where it was.
 *
 *     file = frame ...        frame = length u32 | nonce 24 | XChaCha20-Poly1305 (IETF) of a piece
 *
 * The first frame says what the upload is; each other's associated data is where its piece begins.
 * Blocking: for worker threads.
 */
#ifndef NODE_UPLOAD_H
#define NODE_UPLOAD_H

#include "core/access.h"
#include "node/file_type.h"
#include "proto/hash.h"

enum { UPLOAD_ID_BYTES = 16 };

struct upload {
	uint8_t id[UPLOAD_ID_BYTES];
	uint8_t subject[SUBJECT_BYTES];
	uint8_t role, account[ACCOUNT_BYTES]; /* whose it is */
	uint8_t about;			/* enum about */
	uint64_t size;
	char name[NAME_BYTES_MAX + 1]; /* clean */
	uint64_t received;
};

enum err uploads_make(const char *dir) MUST_USE;

/* QUOTA: there are too many unfinished ones; DISK_FULL. received is taken as 0. */
enum err upload_create(const char *dir, const uint8_t master[KEY_BYTES], const struct upload *u) MUST_USE;

/* NOT_FOUND, CORRUPT. u->id is given, all else filled in. */
enum err upload_read(const char *dir, const uint8_t master[KEY_BYTES], struct upload *u) MUST_USE;

/*
 * Adds a piece, durable on return, and u->received with it. A piece that is there already is none.
 * CONFLICT: it begins elsewhere than where the file ends so far; TOO_LARGE: it passes the size;
 * INVALID: too small for one that is not the last.
 */
enum err upload_append(const char *dir, const uint8_t master[KEY_BYTES], struct upload *u, uint64_t offset, struct bytes piece) MUST_USE;

/* Appends all that came. */
enum err upload_open(const char *dir, const uint8_t master[KEY_BYTES], const struct upload *u, struct buf *out) MUST_USE;

void upload_remove(const char *dir, const uint8_t id[UPLOAD_ID_BYTES]);

/* Removes those that nothing was added to for UPLOAD_S. */
void uploads_sweep(const char *dir, uint64_t now_ms);

#endif
