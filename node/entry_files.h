/*
 * entry_files - the files that an entry to be written names: what the request says of them is replaced
 * by what the node knows, and beside the entry stands a record for each (core/blob_rows.h).
 */
#ifndef NODE_ENTRY_FILES_H
#define NODE_ENTRY_FILES_H

#include "core/batch.h"
#include "node/permit.h"

struct entry_files {
	struct {
		uint8_t id[ID_BYTES];
		uint64_t blob_size;
	} at[2 * EVIDENCE_FILES_MAX];
	size_t count;
};

/*
 * In values: {id, name?} of each file becomes {id, name, size, type}. It was uploaded for that subject,
 * or an entry names it that the caller may see. False: it has replied 422 with the field.
 */
bool entry_files_resolve(struct exchange *x, const struct permit *p, const struct kind *k, json_t *values, struct entry_files *out);

/* In the batch that wrote the entry. INVALID: one of them is there no more. */
enum err entry_files_name(struct batch *b, const uint8_t *subject, const uint8_t entry[ID_BYTES], const struct entry_files *f) MUST_USE;

/* A file as an entry of the subject names it. */
struct entry_file {
	uint8_t id[ID_BYTES];
	uint64_t size;
	struct bytes name, type; /* borrowed */
};
bool entry_file_find(const struct dossier_entry *e, const uint8_t id[ID_BYTES], struct entry_file *out);

/* The same in any entry that the caller may see; NULL where there is none. */
bool entry_file_visible(const struct permit *p, const struct dossier *d, const uint8_t id[ID_BYTES], struct entry_file *out);

#endif
