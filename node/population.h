/*
 * population - made-up schools for the demonstration: the same people and the
 * same history every time, written through the same door as everything else.
 */
#ifndef NODE_POPULATION_H
#define NODE_POPULATION_H

#include <stdio.h>

#include "core/batch.h"
#include "core/catalogue.h"

struct population {
	unsigned number; /* of the school: another number, other people */
	const char *school_name;
	unsigned students, staff;
	unsigned records_each; /* about so many records for every student */
	unsigned mover_records; /* one more student with exactly so many; 0: none */
};

enum { POPULATION_MOVER_MIN = 8 };

/* What was written of the kind that is written least. */
struct population_least {
	unsigned kinds, records, years;
};

/*
 * Writes everything. now_ms: the present; history reaches several years back.
 * log, when not NULL, gets one JSON object a line for every record of the mover:
 * id, type, raw and plain bytes in hex. *records: how many were written.
 */
enum err population_write(struct school *s, const struct catalogue *c, const struct population *p, uint64_t now_ms, FILE *log,
			  uint8_t mover[SUBJECT_BYTES], uint64_t *records, struct population_least *least) MUST_USE;

#endif
