/*
 * view - what the records of one subject come to, kept as rows so that pages
 * need not read history: view = f(records, keys held), the same bytes for the
 * same set in any order of arrival. Rows hold pseudonymous fields only: no
 * name, mark, level or text; those are decrypted when read.
 *
 *   VIEW  subject | 'C' | 0 | 0       -> custody_row   one per subject
 *         subject | 'E' | time | id8  -> entry_row     one per entry, where any key is held
 *         subject | 'P' | 0 | 0       -> id of the person record that speaks
 *         subject | 'B' | ...         evidence files: core/blob_rows.h
 */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "core/custody.h"
#include "core/vault.h"

enum { KIND_CODE_MAX = 40 };

enum entry_status {
	ENTRY_UNCONFIRMED,
	ENTRY_CONFIRMED,
	ENTRY_RETURNED,
	ENTRY_CONFLICT,	  /* verdicts that do not know of each other differ */
	ENTRY_LATE,	  /* written by a former custodian after the hand-over, not yet confirmed */
	ENTRY_RETRACTED,
	ENTRY_REPLACED,
	ENTRY_UNREADABLE, /* no key held */
	ENTRY_ERASED,	  /* its body is gone for good; counted nowhere */
	ENTRY_UNPROVEN,	  /* signed beyond its author's cuts: counted nowhere */
};

struct entry_row {
	enum entry_status status;
	uint16_t period;
	uint64_t time;
	uint8_t id[ID_BYTES];
	uint8_t author[SCHOOL_BYTES];
	uint8_t other[ID_BYTES]; /* replaced: by which; zeros otherwise */
	uint8_t kind_n;
	char kind[KIND_CODE_MAX + 1];
};

struct custody_row {
	enum custody_state state;
	uint8_t custodian[SCHOOL_BYTES]; /* zeros: none */
	uint8_t head[ID_BYTES];
	uint8_t to[SCHOOL_BYTES];    /* released: where to */
	uint8_t release[ID_BYTES];   /* released: by which record */
	uint32_t records;	     /* all that is held of the subject */
	uint32_t unconfirmed, confirmed, returned, other;
};

/* Rebuilds the subject's rows from its records. keys: what the vault holds for it. */
enum err view_rebuild(struct txn *t, const struct roster *r, const struct custody *c, const uint8_t *subject,
		      const struct subject_keys *keys) MUST_USE;

bool view_custody(struct txn *t, const uint8_t *subject, struct custody_row *out);

/* The person record that speaks for the subject; false if none is readable. */
bool view_person(struct txn *t, const uint8_t *subject, uint8_t out[ID_BYTES]);

/*
 * Entries, newest first, beginning before *at (all ones: the newest). Fills at
 * most max rows and leaves *at where to go on; returns how many.
 */
struct view_position {
	uint64_t time;
	uint8_t id8[8];
};
size_t view_entries(struct txn *t, const uint8_t *subject, struct view_position *at, struct entry_row out[], size_t max);

/* Whether an entry of the kind stands (counts, waits or was returned), without opening any. */
bool view_holds(struct txn *t, const uint8_t *subject, const char *kind);

bool view_entry(struct txn *t, const uint8_t *subject, uint64_t time, const uint8_t *id, struct entry_row *out);

#endif
