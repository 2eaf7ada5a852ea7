/*
 * undo - taking back a large change of cards: an import, a promotion. While b->undo
 * is set, core/card.c notes what it writes; undo_save keeps that in LOCAL for
 * UNDO_KEEP_S. Taking back writes each card as it was before, as a new version by
 * whoever takes back, and erases subjects that were opened and hold nothing else.
 * What was changed since by somebody else stays, and is counted.
 */
#ifndef CORE_UNDO_H
#define CORE_UNDO_H

#include "core/people.h"

enum { UNDO_ID_BYTES = 8, UNDO_WHAT_MAX = 16 };

struct undo_step {
	uint8_t subject[SUBJECT_BYTES];
	uint8_t before[ID_BYTES]; /* the card before; zeros: the subject was opened */
	uint8_t after[ID_BYTES];
};

struct undo {
	struct undo_step *steps;
	size_t count, cap;
	enum err err; /* sticky: NO_MEMORY */
};

void undo_note(struct undo *u, const uint8_t *subject, const uint8_t *before, const uint8_t *after);
void undo_release(struct undo *u);

/* what: "import", "promotion". The id comes from the batch's seed. */
enum err undo_save(struct batch *b, const struct undo *u, const char *what, uint8_t id[UNDO_ID_BYTES]) MUST_USE;

struct undo_report {
	size_t undone, kept; /* kept: changed since */
};

/* NOT_FOUND: no such change, or it is taken back already. */
enum err undo_apply(struct batch *b, const uint8_t id[UNDO_ID_BYTES], const struct actor *by, struct undo_report *out) MUST_USE;

/* What can be taken back: the one after that id in the table, NULL for the first. */
struct undo_row {
	uint8_t id[UNDO_ID_BYTES];
	char what[UNDO_WHAT_MAX];
	uint64_t time_ms;
	size_t count;
};
bool undo_next(struct txn *t, const uint8_t *after, struct undo_row *out);

/* Forgets what is too old. */
void undo_sweep(struct txn *t, uint64_t now_ms);

#endif
