/*
 * room - a school with the shipped catalogue and one student of whom things are written,
 * under the rules of core/life.h and with fields as JSON has them.
 */
#ifndef TESTS_LIB_ROOM_H
#define TESTS_LIB_ROOM_H

#include "core/life.h"
#include "tests/lib/fixture.h"

#define ROOM_TODAY "2026-11-25"

struct room {
	struct fixture f;
	struct catalogue *catalogue;
	uint8_t student[SUBJECT_BYTES];
	uint64_t now_ms;
	const char *field; /* after an error: what was wrong */
};

void room_open(struct room *r);
void room_close(struct room *r);

/* Who is known by a number, 0: the operator. Borrowed until the next 16 are asked for. */
const uint8_t *room_who(unsigned n);

/* What a sentence leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
struct says {
	const char *kind;
	unsigned who;
	enum relation as;
	const char *fields; /* JSON in which each %s stands for the next of ids */
	const uint8_t *ids[3];
	size_t id_n[3]; /* bytes of each; 0: ID_BYTES */
	const uint8_t *replaces;
	uint16_t period;
	const char *today; /* NULL: ROOM_TODAY */
};

/* Within a batch, or NULL: in one of its own, kept if it succeeds. */
enum err room_write(struct room *r, struct batch *b, const struct says *s, uint8_t id[ID_BYTES]);
/* fields as of `says`, or NULL. */
enum err room_judge(struct room *r, struct batch *b, const char *kind, const uint8_t *entry, unsigned who, const char *verdict,
		    const struct says *corrected, uint8_t id[ID_BYTES]);
enum err room_retract(struct room *r, const char *kind, const uint8_t *entry, unsigned who, enum relation as);

/* Must succeed; returns the id, borrowed until the next 64. */
const uint8_t *room_wrote(struct room *r, const struct says *s);

/* The student's dossier as it is; dossier_close it. */
void room_dossier(struct room *r, struct dossier *d);

/* The same school, in a store of its own to which the same records came in another order, in batches of any size. */
void room_shuffled(const struct room *r, uint64_t *dice, struct room *out);

#endif
