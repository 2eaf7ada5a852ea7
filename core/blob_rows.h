/*
 * blob_rows - which evidence files the records of a subject name, kept as rows of
 * VIEW beside the others:
 *
 *   subject | 'B' | blob id | author's first bytes -> size u64
 *
 * A record names its file as long as it is proven and the entry that it refers to
 * was not erased (PROTOCOL.md, section 8). A relay needs no key to know that.
 */
#ifndef CORE_BLOB_ROWS_H
#define CORE_BLOB_ROWS_H

#include "core/batch.h"
#include "core/custody.h"

struct blob_row {
	uint8_t subject[SUBJECT_BYTES];
	uint8_t id[ID_BYTES];
	uint8_t author[AUTHOR_BYTES];
	uint64_t size;
};

/* Adds the subject's rows; view_rebuild has removed those before. */
enum err blob_rows_rebuild(struct txn *t, const struct roster *r, const uint8_t *subject) MUST_USE;

/* The row after *at, of any subject or, with only, of at->subject; zeros in *at: the first. False at the end. */
bool blob_rows_next(struct txn *t, struct blob_row *at, bool only);

/* Whether a record of the selection names the file; size may be NULL. */
bool blob_rows_find(struct txn *t, const uint8_t *subject, const uint8_t *id, const struct selection *which, uint64_t *size);

/* Bytes of the subject's files that the school names, each counted once. */
uint64_t blob_rows_bytes(struct txn *t, const uint8_t *subject, const uint8_t school[SCHOOL_BYTES]);

/* Writes the record by which an entry names a file. */
enum err blob_rows_name(struct batch *b, const uint8_t *subject, const uint8_t entry[ID_BYTES], const uint8_t id[ID_BYTES],
			uint64_t size) MUST_USE;

#endif
