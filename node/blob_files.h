/*
 * blob_files - evidence files on disk, as sealed: blobs/ab/cd/abcd... under the node's directory, and
 * blobs/part/ for what is being written or fetched. A file under its id is whole: it was written
 * aside, synced, renamed, and the directory synced.
 *
 * Blocking; everything but remove and walks belongs on a worker thread.
 */
#ifndef NODE_BLOB_FILES_H
#define NODE_BLOB_FILES_H

#include "core/blobs.h"

/* Makes blobs/ and blobs/part/ in the node's directory. */
enum err blob_files_make(const char *dir) MUST_USE;

enum err blob_files_put(const char *dir, const uint8_t id[ID_BYTES], struct bytes blob) MUST_USE;

/* n bytes from `from`, appended; NOT_FOUND, CORRUPT where there are fewer. n 0: all of it. */
enum err blob_files_read(const char *dir, const uint8_t id[ID_BYTES], uint64_t from, size_t n, struct buf *out) MUST_USE;

/* A file that is being fetched: what is there of it (head appended where it is good), a piece more, and the end. */
enum err blob_files_load(const char *dir, const uint8_t id[ID_BYTES], const struct blob_shape *s, struct buf *head,
			 uint32_t *pieces) MUST_USE;
enum err blob_files_store(const char *dir, const uint8_t id[ID_BYTES], const struct blob_shape *s, uint32_t piece,
			  struct bytes data) MUST_USE;
/* Checks all of it once more. BAD_HASH: the part is gone, and begins anew. */
enum err blob_files_finish(const char *dir, const uint8_t id[ID_BYTES], const struct blob_shape *s) MUST_USE;

/* The file and its part. */
void blob_files_remove(const char *dir, const uint8_t id[ID_BYTES]);

/* Every whole file, or every part; visit may remove what it is told of. */
enum err blob_files_each(const char *dir, bool parts, void (*visit)(void *arg, const uint8_t id[ID_BYTES], uint64_t size),
			 void *arg) MUST_USE;

/* Every whole file into another node's or a backup's directory: by hard link, else a copy. */
enum err blob_files_copy(const char *from, const char *to, uint64_t *bytes) MUST_USE;

#endif
