/*
 * steps - the last step of each session, so that it can be taken back while it is fresh.
 * In memory: a restart forgets.
 */
#ifndef NODE_STEPS_H
#define NODE_STEPS_H

#include "core/catalogue.h"
#include "proto/hash.h"

enum step_what { STEP_WROTE, STEP_CHANGED, STEP_JUDGED, STEP_WITHDREW };

struct last_step {
	uint64_t session, time_ms;
	enum step_what what;
	enum about about;
	uint8_t subject[SUBJECT_BYTES], entry[ID_BYTES];
	uint8_t before[ID_BYTES]; /* CHANGED: the version that was replaced */
	const struct kind *kind;
};

struct steps {
	struct last_step at[1024];
	size_t next;
};

void steps_note(struct steps *s, const struct last_step *step);

/* The session's last step of at most STEP_FRESH_S ago; NULL if there is none. */
struct last_step *steps_last(struct steps *s, uint64_t session, uint64_t now_ms);

#endif
