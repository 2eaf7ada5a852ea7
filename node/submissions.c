#include "node/submissions.h"

#include <stdlib.h>

struct submit_job {
	struct job job;
	struct submissions *queue;
	struct submission *submission;
	struct submit_job *next;
};

static void free_submission(struct submission *s)
{
	submission_release(s);
	free(s);
}

void submissions_init(struct submissions *q, struct writer *w,
		      void (*done)(void *arg, const struct submission *s, enum err result), void *arg)
{
	*q = (struct submissions){.writer = w, .last = &q->first, .done = done, .arg = arg};
}

static enum err run(struct batch *b, struct job *j)
{
	enum err e = receive_apply(b, ((struct submit_job *)j)->submission);
	j->wrote = e != ERR_OK;
	return e;
}

static void applied(struct job *job, enum err result)
{
	struct submit_job *j = (struct submit_job *)job;
	struct submissions *q = j->queue;
	struct submission *s = j->submission;
	free(j);
	q->in_flight--;
	q->done(q->arg, s, result); /* the queue may be gone on return */
	free_submission(s);
}

void submissions_retry(struct submissions *q)
{
	while (q->first) {
		struct submit_job *j = q->first;
		if (writer_submit(q->writer, &j->job))
			break;
		q->first = j->next;
		if (!q->first)
			q->last = &q->first;
		q->pending--;
		q->in_flight++;
	}
}

enum err submissions_add(struct submissions *q, struct submission *s)
{
	struct submit_job *j = calloc(1, sizeof *j);
	if (!j) {
		free_submission(s);
		return ERR_NO_MEMORY;
	}
	j->job = (struct job){.run = run, .done = applied, .bytes = sizeof *j + s->bytes.n + s->offers.n + s->attest.n};
	j->queue = q;
	j->submission = s;
	*q->last = j;
	q->last = &j->next;
	q->pending++;
	submissions_retry(q);
	return ERR_OK;
}

void submissions_drop(struct submissions *q)
{
	while (q->first) {
		struct submit_job *j = q->first;
		q->first = j->next;
		free_submission(j->submission);
		free(j);
	}
	q->last = &q->first;
	q->pending = 0;
}
