/*
 * summary - one student in one school year, in figures that can be added up.
 */
#ifndef CORE_SUMMARY_H
#define CORE_SUMMARY_H

#include "core/figures.h"

enum { SUMMARY_GROUPS_MAX = 8 };

struct summary {
	uint8_t subject[SUBJECT_BYTES];
	uint8_t digest[DIGEST_BYTES]; /* of the records it was made from */
	uint16_t period;
	uint32_t confirmed, waiting, returned; /* entries of the portfolio in that year */
	uint32_t deviations;		       /* that nobody has closed */
	uint32_t goals, reached;
	int64_t indicator; /* hundredths, -1: nothing rated */
	bool one_sided;	   /* over all years */
	char leading[KIND_CODE_MAX + 1];
	size_t group_count;
	struct {
		char code[KIND_CODE_MAX + 1];
		struct tally means; /* of competences' means in hundredths */
	} groups[SUMMARY_GROUPS_MAX];
};

enum err summary_of(struct summary *out, const struct catalogue *c, const struct dossier *d, uint16_t period) MUST_USE;

/* Whether the deviation of a competence in a year was seen to. */
bool deviation_closed(const struct dossier *d, struct bytes competence, uint16_t period);

#endif
