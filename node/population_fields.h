/*
 * population_fields - believable values for the fields of any kind, drawn from the catalogue
 * itself, so that a kind added to it is lived in too.
 */
#ifndef NODE_POPULATION_FIELDS_H
#define NODE_POPULATION_FIELDS_H

#include "core/catalogue.h"
#include "core/date.h"
#include "core/seed.h"
#include "proto/hash.h"

/* What values may refer to. Zeros and 0: nothing yet, and no such field is filled. */
struct made_of {
	struct seed *dice;
	const struct catalogue *catalogue;
	char today[DATE_BYTES];
	int year; /* school year */
	const uint8_t (*staff)[SUBJECT_BYTES];
	size_t staff_count;
	uint8_t achievement[ID_BYTES], poll[ID_BYTES], goal[ID_BYTES];
};

/* 0 to below - 1. */
unsigned made_roll(struct seed *dice, unsigned below);

/* NULL where a required field has nothing to refer to. */
json_t *made_fields(const struct made_of *m, const struct kind *k);

#endif
