#include "node/writer.h"

#include <sodium.h>
#include <stdlib.h>
#include <uv.h>

#include "node/log.h"
#include "node/loop.h"
#include "node/metrics.h"
#include "proto/limits.h"
#include "proto/require.h"

struct queue {
	struct job *first, **last;
	size_t count, bytes;
};

struct writer {
	uv_loop_t *loop;
	uv_work_t work;
	struct school *school;
	struct writer_options o;
	struct queue waiting;
	bool running;
	bool stopping;
	enum err broken;
	bool told;
	void (*stopped)(void *arg);
	void *stopped_arg;

	/* the worker's while running */
	struct queue batch;
	struct commit commit;
	bool committed;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.last = &q->first};
}

static void queue_add(struct queue *q, struct job *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
	q->count++;
	q->bytes += j->bytes;
}

static struct job *queue_take(struct queue *q)
{
	struct job *j = q->first;
	if (!j)
		return NULL;
	q->first = j->next;
	if (!q->first)
		q->last = &q->first;
	q->count--;
	q->bytes -= j->bytes;
	return j;
}

/* --- the worker's thread ---------------------------------------------------------------------- */

static bool fatal(enum err e)
{
	return e == ERR_STORE || e == ERR_CORRUPT || e == ERR_IO;
}

static enum err begin(struct writer *w, struct batch *b)
{
	uint8_t seed[32];
	randombytes_buf(seed, sizeof seed);
	enum err e = batch_begin(b, w->school, clock_ms(), seed);
	sodium_memzero(seed, sizeof seed);
	if (fatal(e))
		w->broken = e;
	return e;
}

static enum err commit(struct writer *w, struct batch *b, uint64_t from)
{
	bool network = b->roster_changed;
	uint64_t forks = b->forks;
	uint8_t forked[SCHOOL_BYTES];
	memcpy(forked, b->forked, sizeof forked);
	uint64_t began = uv_hrtime();
	enum err e = batch_commit(b);
	metric_time(METRIC_COMMIT_SECONDS, uv_hrtime() - began);
	if (fatal(e))
		w->broken = e;
	if (e)
		return e;
	w->commit.from = w->committed ? w->commit.from : from;
	w->commit.to = w->school->next_lseq;
	w->commit.network_changed |= network;
	w->commit.scope_changed |= b->scope_changed;
	w->commit.forks += forks;
	if (forks)
		memcpy(w->commit.forked, forked, SCHOOL_BYTES);
	w->committed = true;
	return ERR_OK;
}

/* Runs one job; whether the batch may go on. */
static bool run_one(struct batch *b, struct job *j)
{
	uint64_t lseq = b->next_lseq;
	j->wrote = false;
	j->result = j->run(b, j);
	return !b->txn.err && (!j->result || (b->next_lseq == lseq && !j->wrote));
}

/* All jobs in one commit. false: nothing was done, and each is to be tried alone. */
static bool run_together(struct writer *w)
{
	struct batch b;
	uint64_t from = w->school->next_lseq;
	if (begin(w, &b))
		return false;
	for (struct job *j = w->batch.first; j; j = j->next) {
		if (run_one(&b, j))
			continue;
		batch_abort(&b);
		return false;
	}
	return commit(w, &b, from) == ERR_OK;
}

static void run_alone(struct writer *w, struct job *j)
{
	struct batch b;
	uint64_t from = w->school->next_lseq;
	j->result = w->broken ? w->broken : begin(w, &b);
	if (j->result)
		return;
	bool whole = run_one(&b, j);
	if (!j->result && whole) {
		j->result = commit(w, &b, from);
		return;
	}
	if (b.txn.err)
		j->result = b.txn.err;
	if (fatal(b.txn.err))
		w->broken = b.txn.err;
	batch_abort(&b);
}

static void on_work(uv_work_t *work)
{
	struct writer *w = work->data;
	w->committed = false;
	w->commit = (struct commit){0};
	if (w->batch.count > 1 && run_together(w))
		return;
	for (struct job *j = w->batch.first; j; j = j->next)
		run_alone(w, j);
}

/* --- the loop's thread ------------------------------------------------------------------------ */

static void go_on(struct writer *w);

static void on_worked(uv_work_t *work, int status)
{
	struct writer *w = work->data;
	struct job *j;
	(void)status;
	struct commit c = w->commit;
	bool told = w->committed;
	while ((j = queue_take(&w->batch)))
		j->done(j, j->result);
	if (told)
		w->o.committed(w->o.arg, &c);
	w->running = false;
	if (w->broken && !w->told) {
		w->told = true;
		log_event(LEVEL_ERROR, "store_failed", LOG_ERR(w->broken));
		w->o.broken(w->o.arg, w->broken);
	}
	go_on(w);
}

static void go_on(struct writer *w)
{
	struct job *j;
	if (w->running)
		return;
	if (w->broken)
		while ((j = queue_take(&w->waiting)))
			j->done(j, w->broken);
	if (!w->waiting.first) {
		if (w->stopping && w->stopped) {
			void (*stopped)(void *) = w->stopped;
			w->stopped = NULL;
			stopped(w->stopped_arg);
		}
		return;
	}
	do
		queue_add(&w->batch, queue_take(&w->waiting));
	while (w->waiting.first && w->batch.bytes + w->waiting.first->bytes <= BATCH_BYTES_MAX);
	w->running = true;
	int bad = uv_queue_work(w->loop, &w->work, on_work, on_worked);
	require(bad == 0);
}

struct writer *writer_new(struct uv_loop_s *loop, struct school *school, const struct writer_options *o)
{
	struct writer *w = calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->loop = loop;
	w->school = school;
	w->o = *o;
	w->work.data = w;
	queue_init(&w->waiting);
	queue_init(&w->batch);
	return w;
}

enum err writer_submit(struct writer *w, struct job *j)
{
	if (w->stopping || w->broken || w->waiting.count >= JOBS_MAX ||
	    w->waiting.bytes + j->bytes > WRITER_QUEUE_BYTES_MAX)
		return ERR_BUSY;
	queue_add(&w->waiting, j);
	go_on(w);
	return ERR_OK;
}

void writer_stop(struct writer *w, void (*stopped)(void *arg), void *arg)
{
	w->stopping = true;
	w->stopped = stopped;
	w->stopped_arg = arg;
	go_on(w);
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	require(!w->running && !w->waiting.first);
	free(w);
}
