/*
 * figures - what a student's records come to: levels of competences by year, the
 * integrated indicator, deviations, what a portfolio consists of. Each is a function
 * of the dossier alone, so the same records give the same figures in any order of
 * arrival, and anybody can compute them again from an export.
 *
 * Only entries that count are looked at, and of levels only those that the scale has. Rules: core/rules.h.
 */
#ifndef CORE_FIGURES_H
#define CORE_FIGURES_H

#include "core/catalogue.h"
#include "core/dossier.h"

/* One level that somebody gave. Texts borrow from the dossier. */
struct point {
	struct bytes code, title; /* of the competence, as written then */
	int64_t level;
	bool external; /* not by this or another school's own people */
	uint16_t period;
	const struct dossier_entry *entry;
};

struct points {
	struct point *at; /* by code, period, then the entries' order */
	size_t count, cap;
};

enum err points_of(struct points *out, const struct catalogue *c, const struct dossier *d) MUST_USE;
void points_release(struct points *p);

/* Sum and number of levels, and how they come to a mean. */
struct tally {
	int64_t sum, n;
};

/* All levels of one competence in one school year. */
struct cell {
	struct bytes code, title;
	uint16_t period;
	struct tally all, external, own;
};

/* The cell that begins at point *i, which moves behind it; false at the end. */
bool points_cell(const struct points *p, size_t *i, struct cell *out);

/* The mean in hundredths; -1 where there is nothing. */
int64_t tally_mean(struct tally t);

/* Whether the cell's external and own means lie too far apart; false where one is missing. */
bool cell_deviates(const struct rules *r, const struct cell *c);

/* The integrated indicator of a school year in hundredths, over `competences` of them; -1: nothing was rated. */
int64_t points_indicator(const struct points *p, const struct rules *r, uint16_t period, size_t *competences);

/* How many confirmed entries of the portfolio carry each value of a field. */
struct portion {
	char code[KIND_CODE_MAX + 1];
	size_t count;
};
enum { SHARES_OF_MAX = 64 };
struct portfolio {
	size_t confirmed;
	struct portion groups[SHARES_OF_MAX];	/* of section_group; most first */
	struct portion activities[SHARES_OF_MAX];
	struct portion subjects[SHARES_OF_MAX];
	size_t group_count, activity_count, subject_count;
	bool one_sided;
	const char *leading; /* activity, in activities; NULL: none reaches the least */
};
void portfolio_of(struct portfolio *out, const struct catalogue *c, const struct dossier *d);

/* A portfolio section that an entry belongs to: its kind's, or its own field; "" for none. */
void entry_section(const struct catalogue *c, const struct dossier_entry *e, char out[KIND_CODE_MAX + 1]);

#endif
