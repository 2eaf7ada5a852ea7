/*
 * rules - how figures come from records: each rule has a version, its numbers
 * stand in the catalogue, and its text is shown beside the result. Levels are
 * whole numbers; means are kept in hundredths, half up.
 */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rules {
	unsigned mean, deviation, indicator, one_sided, leading; /* versions; 0: not declared */
	int64_t deviation_from;				 /* hundredths */
	int64_t indicator_scale, indicator_top;		 /* to which the top level comes */
	int64_t one_sided_share, one_sided_least;	 /* percent; entries */
	int64_t leading_least;				 /* entries */
};

/* sum of levels over n of them, in hundredths; n > 0. */
int64_t rules_mean(int64_t sum, int64_t n);

/* The mean of n means (hundredths, summed), as a share of the scale in hundredths; n > 0. */
int64_t rules_indicator(const struct rules *r, int64_t sum_of_means, int64_t n);

/* Whether an external and an expert mean lie too far apart. */
bool rules_deviates(const struct rules *r, int64_t external, int64_t expert);

/* Whether `most` of `all` confirmed entries in one section make a portfolio one-sided. */
bool rules_one_sided(const struct rules *r, size_t most, size_t all);

#endif
