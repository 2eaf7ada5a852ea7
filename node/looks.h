/*
 * looks - readings of a child's data by somebody who is not the child's own parent,
 * teacher or tutor go into the journal. The same look within LOOK_AGAIN_S is noted once.
 */
#ifndef NODE_LOOKS_H
#define NODE_LOOKS_H

#include "proto/hash.h"
#include "proto/limits.h"

struct exchange;
struct permit;

struct looks {
	struct {
		uint8_t account[ACCOUNT_BYTES], subject[SUBJECT_BYTES];
		int role;
		uint64_t time_ms;
	} at[256];
	size_t next;
};

/* Before a request about a student is answered; reading goes on whether or not the note could be queued. */
void looks_note(struct exchange *x, const struct permit *p);

#endif
