/*
 * submissions - what one session hands to the writer, in order: none overtakes
 * another that found the writer busy.
 */
#ifndef NODE_SUBMISSIONS_H
#define NODE_SUBMISSIONS_H

#include "core/receive.h"
#include "node/writer.h"

struct submit_job;

struct submissions {
	struct writer *writer;
	struct submit_job *first, **last;
	size_t pending;	    /* the writer had no room for them yet */
	unsigned in_flight; /* they come back to done */
	/* After the commit; the submission is freed on return. */
	void (*done)(void *arg, const struct submission *s, enum err result);
	void *arg;
};

void submissions_init(struct submissions *q, struct writer *w,
		      void (*done)(void *arg, const struct submission *s, enum err result), void *arg);

/* Takes s over. NO_MEMORY frees it. */
enum err submissions_add(struct submissions *q, struct submission *s) MUST_USE;

/* The writer may have room again. */
void submissions_retry(struct submissions *q);

/* Drops what is pending; what is in flight still comes back. */
void submissions_drop(struct submissions *q);

#endif
