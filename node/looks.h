/*
 * looks - readings of children's data by somebody who is not the child's own parent,
 * teacher or tutor go into the journal.
 *
 * A look at one child is a row that names the child, whether the child's pages were asked
 * for or a table of many in which each has figures of their own; within LOOK_AGAIN_S all
 * pages of a child are one look, and each such table is another. What tells of many at once no more than their cards do, lists,
 * searches that found somebody, tables and exports, is one row that names nobody, and is
 * noted once in LOOK_LIST_AGAIN_S for each account, role and address: an interface asks
 * for its lists over and over. Lists in which everybody is near the reader are not noted.
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
		const char *table; /* the pattern, of a look at many; NULL: the child's own pages */
		uint64_t until_ms; /* noted once until then */
	} at[1024];
	size_t next;
};

/* Whether the caller is one of those whose readings are not noted. */
bool looks_near(const struct permit *p);

/* Before a request about a student is answered; reading goes on whether or not the note could be queued. */
void looks_note(struct exchange *x, const struct permit *p);

/* Before a request about many is answered, of whom somebody is not near. */
void looks_note_list(struct exchange *x);

#endif
