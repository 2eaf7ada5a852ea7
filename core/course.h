/*
 * course - the individual route: each goal, planned against what the records say came of it.
 */
#ifndef CORE_COURSE_H
#define CORE_COURSE_H

#include "core/dossier.h"

enum { COURSE_GOALS_MAX = 256, MARK_LEAST = 2, MARK_MOST = 5 /* of a Russian school */ };

struct course_goal {
	const struct dossier_entry *goal;
	const struct dossier_entry *step;   /* the latest step, or NULL */
	const struct dossier_entry *result; /* the mark or achievement that speaks to it, or NULL */
	struct bytes stage;		    /* the step's, else the goal's: a code of goal_stage */
	int64_t target, actual;		    /* marks; 0: none */
	bool reached;
	int percent; /* how near */
};

/* Goals of one school year (0: all), newest first; at most max. */
size_t course_of(const struct dossier *d, uint16_t period, struct course_goal out[], size_t max);

#endif
