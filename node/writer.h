/*
 * writer - the one writer. Jobs gather on the loop's thread; a worker runs what
 * has gathered as one batch and commits it once for all of them. Then, on the
 * loop's thread, every job's done is called in order, and the commit is told.
 *
 * A job that fails before it wrote anything fails alone. One that fails later,
 * or a commit that fails, undoes the batch, and each of its jobs is tried again
 * in a batch of its own. So run may be called twice: what it was given stays as it
 * was, and each result is set anew, also where the first run set it.
 *
 * While a batch runs, struct school belongs to the worker; see node.h for what
 * the loop's thread reads instead.
 */
#ifndef NODE_WRITER_H
#define NODE_WRITER_H

#include "core/batch.h"

struct uv_loop_s;
struct writer;

struct job {
	/* The worker's thread. Touches nothing but the batch and the job. */
	enum err (*run)(struct batch *b, struct job *j);
	/* The loop's thread, after the commit: the job is its owner's again, who frees it. */
	void (*done)(struct job *j, enum err result);
	size_t bytes; /* about what it holds in memory and writes */
	bool wrote;   /* set by a failing run that wrote rows other than records */

	struct job *next;
	enum err result;
};

/* What the batches since the last call came to. */
struct commit {
	uint64_t from, to; /* records with lseq in [from, to) are new */
	bool scope_changed;
	bool network_changed; /* the roster may differ */
	uint64_t forks;	      /* records at a seq that its author had used for another... */
	uint8_t forked[SCHOOL_BYTES]; /* ... the last such author */
};

struct writer_options {
	/* After the done of every job of the commit. */
	void (*committed)(void *arg, const struct commit *c);
	/* The store cannot be relied on any more: the process is to end. Called once. */
	void (*broken)(void *arg, enum err e);
	void *arg;
};

/* school is borrowed until writer_stop is done. NULL: no memory. */
struct writer *writer_new(struct uv_loop_s *loop, struct school *school, const struct writer_options *o);

/* BUSY: the queue is full, or the writer stops; the job stays the caller's. */
enum err writer_submit(struct writer *w, struct job *j) MUST_USE;

/* Writes what is queued, then calls stopped(arg); jobs sent from now on are refused. */
void writer_stop(struct writer *w, void (*stopped)(void *arg), void *arg);

/* Only after stopped, or before the first job. */
void writer_free(struct writer *w);

#endif
