/*
 * poll - the electronic expert card: of whom observations of a student were asked, who
 * answered, and the mean of the answers so far.
 */
#ifndef CORE_POLL_H
#define CORE_POLL_H

#include "core/catalogue.h"
#include "core/date.h"
#include "core/figures.h"

enum { POLL_ASKED_MAX = 40 };

struct poll {
	const struct dossier_entry *entry;
	uint8_t asked[POLL_ASKED_MAX][SUBJECT_BYTES];
	const struct dossier_entry *answers[POLL_ASKED_MAX]; /* of each asked, NULL: not yet */
	size_t asked_count, answered;
	char deadline[DATE_BYTES]; /* the last day for answers */
	bool open;		   /* it has not passed */
};

/* Of the poll entry. */
void poll_of(struct poll *out, const struct dossier *d, const struct dossier_entry *entry, const char *today);

/* Levels given so far for one of its competences, on a scale from 0 to top. */
struct tally poll_tally(const struct poll *p, struct bytes competence, int64_t top);

/* Whether it waits for that person. */
bool poll_waits(const struct poll *p, const uint8_t who[SUBJECT_BYTES]);

#endif
