/*
 * experts - who is named an expert for a student's work or a class's procedure, in
 * memory, so that asking costs no look into records. Read when first asked for, kept
 * up with every commit.
 */
#ifndef NODE_EXPERTS_H
#define NODE_EXPERTS_H

#include "core/changes.h"
#include "core/date.h"
#include "node/dossiers.h"

struct appointment {
	uint8_t subject[SUBJECT_BYTES]; /* student or class */
	uint8_t who[SUBJECT_BYTES];
	char until[DATE_BYTES]; /* the last day */
};

struct experts {
	struct appointment *at;
	size_t count, cap;
	bool loaded;
};

/* Every subject that a key is held for. */
enum err experts_load(struct experts *x, struct school *school, struct dossiers *dossiers) MUST_USE;
/* Does nothing before the first load. */
enum err experts_refresh(struct experts *x, struct school *school, struct dossiers *dossiers, const struct changes *c) MUST_USE;
void experts_release(struct experts *x);

bool experts_has(const struct experts *x, const uint8_t *subject, const uint8_t *who, const char *today);

#endif
