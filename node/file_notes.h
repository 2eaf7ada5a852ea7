/*
 * file_notes - what was uploaded for a subject and is named by no entry yet: rows of LOCAL, sealed
 * since a file's name may be a child's. The entry takes the note's place.
 *
 *   "f" | subject | blob id -> blob size u64, ms u64, sealed (type u8, size u64, name)
 */
#ifndef NODE_FILE_NOTES_H
#define NODE_FILE_NOTES_H

#include "core/vault.h"
#include "node/file_type.h"

struct file_note {
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	uint64_t blob_size, size, ms;
	enum file_type type;
	char name[NAME_BYTES_MAX + 1];
};

enum err file_note_put(struct txn *t, const struct vault *v, const struct file_note *note, const uint8_t nonce[24]) MUST_USE;

/* v NULL: only whether it is there, and its sizes. */
bool file_note_get(struct txn *t, const struct vault *v, const uint8_t *subject, const uint8_t *id, struct file_note *out);
void file_note_drop(struct txn *t, const uint8_t *subject, const uint8_t *id);

/* Whether there is one for the file, of whatever subject. */
bool file_notes_any(struct txn *t, const uint8_t *id);

/* Bytes on disk of the subject's. */
uint64_t file_notes_bytes(struct txn *t, const uint8_t *subject);

/* Drops those older than UPLOAD_S, and those of subjects that were erased. */
void file_notes_sweep(struct txn *t, uint64_t now_ms);

#endif
