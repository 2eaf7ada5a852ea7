/*
 * dossier - all entries of one subject, opened: the one form in which the rules of
 * the school's life read records. A pure function of the records and keys held.
 *
 * Plain bodies lie in the dossier's own memory, which dossier_close zeroes.
 */
#ifndef CORE_DOSSIER_H
#define CORE_DOSSIER_H

#include "core/leaf.h"
#include "core/view.h"

/* A verdict on an entry, or its withdrawal. */
struct dossier_step {
	enum record_type type; /* VERDICT or RETRACT */
	uint8_t id[ID_BYTES], author[SCHOOL_BYTES], entry[ID_BYTES];
	uint64_t time;
	struct bytes body;
};

struct dossier_entry {
	struct entry_row row;
	struct bytes body;   /* empty: it does not open */
	struct bytes fields; /* the map in it */
	uint8_t replaces[ID_BYTES];
	bool replacing;
	const struct dossier_step *steps; /* of this entry, oldest first */
	size_t step_count;
};

struct dossier {
	uint8_t subject[SUBJECT_BYTES];
	struct digest digest; /* of what it was made from */
	struct dossier_entry *entries; /* newest first, by (time, id) */
	size_t count;
	struct dossier_step *steps;
	size_t step_count;
	struct buf plain;
};

/* t: of the store; keys: those held for the subject. An unknown subject has an empty dossier. */
enum err dossier_open(struct dossier *out, struct txn *t, const struct subject_keys *keys, const uint8_t *subject) MUST_USE;
void dossier_close(struct dossier *d);

/* Bytes of memory it holds. */
size_t dossier_bytes(const struct dossier *d);

const struct dossier_entry *dossier_find(const struct dossier *d, const uint8_t *id);

/* Who wrote the entry first: the id in `by` of the oldest that it replaces; false where none is said. */
bool dossier_first_author(const struct dossier *d, const struct dossier_entry *e, uint8_t who[SUBJECT_BYTES]);

/* Whether the later entry is the earlier one, or took its place by however many versions. */
bool dossier_follows(const struct dossier *d, const uint8_t *later, const uint8_t *earlier);

/* Whether the entry counts: settled or confirmed, and nothing took its place. */
static inline bool entry_counts(const struct dossier_entry *e)
{
	return e->row.status == ENTRY_CONFIRMED;
}

/* Whether it stands: neither withdrawn, replaced, erased nor unreadable. */
bool entry_stands(const struct dossier_entry *e);

bool entry_is(const struct dossier_entry *e, const char *kind);

/* Another one as soon as something is said of the entry or its state changes. */
void entry_version(const struct dossier_entry *e, uint8_t out[DIGEST_BYTES]);

/* Values of fields: the code of a list value, a text or date as it is; empty where absent. */
struct bytes entry_text(const struct dossier_entry *e, const char *field);
/* The title of a list value as it read then. */
struct bytes entry_words(const struct dossier_entry *e, const char *field);
int64_t entry_number(const struct dossier_entry *e, const char *field, int64_t otherwise);
/* A number of a scale; otherwise, too, where another school says one that the scale does not have. */
int64_t entry_within(const struct dossier_entry *e, const char *field, int64_t least, int64_t most, int64_t otherwise);
bool entry_flag(const struct dossier_entry *e, const char *field);
/* An id of n bytes (ENTRY, PERSON fields); false where absent. */
bool entry_id(const struct dossier_entry *e, const char *field, uint8_t *out, size_t n);
/* Whether a PERSONS field names that person. */
bool entry_names(const struct dossier_entry *e, const char *field, const uint8_t person[SUBJECT_BYTES]);

/* The acting person's id in a body's `by`; false where none is said. */
bool body_who(struct bytes body, uint8_t who[SUBJECT_BYTES]);

/* The text as a C string of at most size - 1 bytes. */
void bytes_string(struct bytes in, char *out, size_t size);

#endif
