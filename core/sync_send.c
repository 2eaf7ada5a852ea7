#include "core/sync_parts.h"

static bool room(const struct step *x)
{
	return !x->out->error && x->out->messages->n < OUT_HIGH_BYTES &&
	       x->s->sent_bytes - x->s->acked_bytes + RECORD_BYTES_MAX <= CREDIT_BYTES;
}

static void send_record(struct step *x, struct bytes raw, uint64_t cursor)
{
	struct message m = {.type = MESSAGE_RECORD, .record = {.cursor = cursor, .data = raw}};
	x->s->sent_bytes += raw.n;
	x->s->status.sent++;
	x->s->status.complete = false;
	x->s->root_due = true;
	step_send(x, &m);
}

static void send_leaf_mark(struct step *x, const uint8_t *subject, uint16_t period, bool end)
{
	struct message m = {.type = MESSAGE_LEAF, .leaf = {.period = period, .end = end}};
	memcpy(m.leaf.subject, subject, SUBJECT_BYTES);
	step_send(x, &m);
}

/* Sends on from where the task stands; true when the subject is done. */
static bool push_subject(struct step *x, struct task *task)
{
	struct cursor c;
	struct bytes prefix = bytes_of(task->subject, SUBJECT_BYTES);
	cursor_open(&c, x->t, T_LEAF);
	bool on = cursor_seek(&c, task->started ? bytes_of(task->position, sizeof task->position) : prefix);
	if (on && task->started && bytes_equal(c.key, bytes_of(task->position, sizeof task->position)))
		on = cursor_next(&c);
	for (; on && bytes_start(c.key, prefix) && room(x); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		if (!leaf_selected(&l, &task->which) || !leaf_record(x->t, &l, &raw))
			continue;
		if (!task->started || l.period != task->period) {
			if (task->started)
				send_leaf_mark(x, task->subject, task->period, true);
			send_leaf_mark(x, task->subject, l.period, false);
			task->started = true;
			task->period = l.period;
		}
		memcpy(task->position, c.key.p, sizeof task->position);
		send_record(x, raw, 0);
	}
	bool done = !on || !bytes_start(c.key, prefix);
	cursor_close(&c);
	if (done && task->started)
		send_leaf_mark(x, task->subject, task->period, true);
	return done && !x->out->error;
}

static bool send_one(struct step *x, const struct task *task)
{
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 2 + 8];
	memcpy(key, task->subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, task->period);
	memcpy(key + SUBJECT_BYTES + 2, task->position, 8);
	cursor_open(&c, x->t, T_LEAF);
	bool on = cursor_seek(&c, bytes_of(key, sizeof key));
	for (; on && bytes_start(c.key, bytes_of(key, sizeof key)); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		if (leaf_selected(&l, &task->which) && leaf_record(x->t, &l, &raw))
			send_record(x, raw, 0);
	}
	cursor_close(&c);
	return true;
}

static bool run_task(struct step *x, struct task *task)
{
	switch (task->kind) {
	case TASK_OPEN:
	case TASK_PUSH:
		return push_subject(x, task);
	case TASK_ONE:
		return send_one(x, task);
	}
	return true;
}

/* Sends what is wanted of the log above *at, and leaves *at where it came to. */
static void send_log(struct step *x, uint64_t *at, bool (*wanted)(struct step *x, const struct leaf *l, const uint8_t *subject))
{
	struct sync *s = x->s;
	struct cursor c;
	uint8_t from[8];
	put_u64(from, *at + 1);
	cursor_open(&c, x->t, T_REC);
	bool on = cursor_seek(&c, bytes_of(from, sizeof from));
	while (on && room(x)) {
		struct leaf l = {0};
		enum record_class cls;
		const uint8_t *subject;
		uint64_t lseq = get_u64(c.key.p);
		if (record_peek(c.value, &l.type, &cls, &l.author, &subject) && !ranges_has(&s->from_peer, lseq) &&
		    wanted(x, &l, subject))
			send_record(x, c.value, lseq <= s->tail ? 0 : lseq);
		*at = lseq;
		on = cursor_next(&c);
	}
	cursor_close(&c);
}

static bool is_network(struct step *x, const struct leaf *l, const uint8_t *subject)
{
	(void)x, (void)subject;
	return leaf_class(l) == CLASS_NETWORK;
}

static bool is_shared(struct step *x, const struct leaf *l, const uint8_t *subject)
{
	if (leaf_class(l) == CLASS_NETWORK)
		return false;
	struct selection which = step_selection(x, subject);
	return leaf_counts(l, &which);
}

/*
 * Network records in the order in which we admitted them, ahead of all others:
 * every author is known before its word comes.
 */
void send_network(struct step *x)
{
	send_log(x, &x->s->network, is_network);
}

void send_tail(struct step *x)
{
	send_log(x, &x->s->tail, is_shared);
	ranges_trim(&x->s->from_peer, x->s->tail + 1);
}

/* Subjects that wait for our attestation go to the writer first, all at once. */
void send_attest_first(struct step *x)
{
	struct tasks *q = &x->s->tasks;
	struct submission *p = q->due ? step_gather(x) : NULL;
	for (size_t i = q->count; p && q->due && i-- > 0;) {
		struct task *task = tasks_at(q, i);
		if (task->attest == ATTEST_DUE) {
			buf_put(&p->attest, task->subject, SUBJECT_BYTES);
			task->attest = ATTEST_ASKED;
			q->due--;
		}
	}
}

void send_tasks(struct step *x)
{
	struct task *task;
	while (room(x) && (task = tasks_at(&x->s->tasks, 0)) && task->attest != ATTEST_ASKED && run_task(x, task))
		tasks_pop(&x->s->tasks);
}

void send_whole(struct step *x, const uint8_t *subject)
{
	struct sync *s = x->s;
	struct selection which = step_selection(x, subject);
	struct subject_digest d = digest_get(x->t, subject);
	const struct digest *state = digest_of(&d, which.mode);
	if (state->count == 0 || !pushed_note(&s->pushed, subject, state->hash))
		return;
	struct task task = {.kind = TASK_PUSH, .which = which};
	memcpy(task.subject, subject, SUBJECT_BYTES);
	if (memcmp(subject, network_subject, SUBJECT_BYTES) == 0) {
		s->network = 0; /* from the beginning, in order */
		return;
	}
	if (which.mode == MODE_ALL)
		task.attest = ATTEST_DUE;
	enum err e = tasks_add(&s->tasks, &task);
	if (e)
		step_fail(x, e);
}
