/*
 * draft - an entry as somebody would have it written, checked as far as can be said
 * before the batch: the kind, who may, the fields, the procedure that a rating belongs to.
 */
#ifndef NODE_DRAFT_H
#define NODE_DRAFT_H

#include "node/permit.h"

/* What is wrong, and how to mend it. */
struct fault {
	enum err err;
	char field[NAME_BYTES_MAX];
	char why[CATALOGUE_WHY_BYTES]; /* empty: the error's own text says it */
};

/* The kind, and in what relation the caller writes it. */
bool draft_kind(const struct permit *p, const char *code, const struct kind **kind, enum relation *relation, struct fault *f);

/*
 * The canonical map of the fields, appended to out; values may be added to (whom a poll asks, a list item's prefix).
 * replaces: the entry whose place it takes, or NULL; people and templates that this names already stay as they are,
 * though they may be gone since.
 */
bool draft_fields(const struct permit *p, const struct kind *kind, enum relation relation, json_t *values, const uint8_t *replaces,
		  struct buf *out, struct fault *f);

/* What the batch found wrong. */
void draft_refused(const struct kind *kind, const struct life *l, enum err e, struct fault *f);

#endif
