#include "tests/lib/link.h"

#include <stdlib.h>

#include "proto/require.h"

static void note(struct link *l, int from, const struct message *m)
{
	struct link_end *a = &l->end[from], *b = &l->end[!from];
	a->said[m->type]++;
	if (m->type == MESSAGE_RECORD)
		a->sent_bytes += m->record.data.n;
	if (m->type == MESSAGE_ACK) {
		l->ack_early |= m->ack.bytes > a->durable_bytes;
		b->acked_bytes = m->ack.bytes;
	}
	if (m->type == MESSAGE_NACK)
		b->nack = err_from_wire(m->nack.reason);
	if (a->sent_bytes - a->acked_bytes > a->in_flight_max)
		a->in_flight_max = a->sent_bytes - a->acked_bytes;
}

static void step(struct link *l, int i, struct sync_event *e)
{
	struct link_end *a = &l->end[i];
	struct buf messages;
	struct sync_output out = {.messages = &messages};
	struct txn t;
	if (a->error)
		return;
	buf_init(&messages, (size_t)64 * 1024 * 1024);
	e->now_ms = l->now_ms;
	fixture_must(txn_begin(&t, a->f->store, false), "read");
	sync_step(a->sync, &t, e, &out);
	txn_abort(&t);
	if (out.submission) {
		require(a->queued < LINK_QUEUE_MAX);
		a->queue[a->queued++] = out.submission;
	}
	a->strikes += out.strikes;
	a->error = out.error;
	for (size_t at = 0; at < messages.n;) {
		uint32_t n = get_u32(messages.p + at);
		struct bytes raw = bytes_of(messages.p + at + 4, n);
		struct message m;
		fixture_must(message_decode(&raw, &m), "own message");
		note(l, i, &m);
		a->bytes += n;
		at += 4 + n;
	}
	buf_put(&l->end[!i].inbox, messages.p, messages.n);
	buf_release(&messages);
}

void link_open(struct link *l, struct fixture *dialer, struct fixture *listener, uint64_t now_ms)
{
	*l = (struct link){.now_ms = now_ms, .end = {{.f = dialer}, {.f = listener}}};
	for (int i = 0; i < 2; i++) {
		struct sync_options o = {.dialer = i == 0};
		memcpy(o.peer, l->end[!i].f->school.id, SCHOOL_BYTES);
		memcpy(o.incarnation, l->end[i].f->school.incarnation, INCARNATION_BYTES);
		l->end[i].sync = sync_new(&o);
		require(l->end[i].sync);
		buf_init(&l->end[i].inbox, (size_t)256 * 1024 * 1024);
	}
	for (int i = 0; i < 2; i++)
		step(l, i, &(struct sync_event){.type = SYNC_START});
}

void link_close(struct link *l)
{
	for (int i = 0; i < 2; i++) {
		for (size_t q = 0; q < l->end[i].queued; q++) {
			submission_release(l->end[i].queue[q]);
			free(l->end[i].queue[q]);
		}
		sync_free(l->end[i].sync);
		buf_release(&l->end[i].inbox);
		l->end[i] = (struct link_end){0};
	}
}

bool link_commit(struct link *l, int i)
{
	struct link_end *a = &l->end[i];
	struct submission *taken[LINK_QUEUE_MAX];
	size_t n = a->queued;
	struct batch b;
	if (!n)
		return false;
	memcpy(taken, a->queue, n * sizeof *taken);
	a->queued = 0;
	fixture_batch(a->f, &b, l->now_ms);
	for (size_t q = 0; q < n; q++)
		fixture_must(receive_apply(&b, taken[q]), "receive");
	fixture_must(batch_commit(&b), "commit");
	for (size_t q = 0; q < n; q++) {
		a->durable_bytes += taken[q]->bytes.n;
		step(l, i, &(struct sync_event){.type = SYNC_SUBMITTED, .submission = taken[q]});
		submission_release(taken[q]);
		free(taken[q]);
	}
	step(l, i, &(struct sync_event){.type = SYNC_COMMITTED, .scope_changed = b.scope_changed});
	return true;
}

/* Everything that lies in the inbox; true if there was anything. */
static bool hear(struct link *l, int i)
{
	struct link_end *a = &l->end[i];
	struct buf now = a->inbox;
	if (!now.n)
		return false;
	buf_init(&a->inbox, now.max);
	l->volleys++;
	for (size_t at = 0; at < now.n;) {
		uint32_t n = get_u32(now.p + at);
		struct bytes raw = bytes_of(now.p + at + 4, n);
		struct message m;
		fixture_must(message_decode(&raw, &m), "message");
		step(l, i, &(struct sync_event){.type = SYNC_MESSAGE, .message = &m});
		at += 4 + n;
	}
	buf_release(&now);
	step(l, i, &(struct sync_event){.type = SYNC_FLUSH});
	/* the wire towards us is empty again */
	step(l, !i, &(struct sync_event){.type = SYNC_DRAINED});
	return true;
}

void link_pump(struct link *l)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (int i = 0; i < 2; i++) {
			moved |= hear(l, i);
			if (!l->hold_commits)
				while (link_commit(l, i))
					moved = true;
		}
	}
}

void link_work(struct link *l, int i, struct batch *b)
{
	fixture_must(batch_commit(b), "commit");
	step(l, i, &(struct sync_event){.type = SYNC_COMMITTED, .scope_changed = b->scope_changed});
}

void link_tell(struct link *l, int i)
{
	step(l, i, &(struct sync_event){.type = SYNC_COMMITTED, .scope_changed = true});
}

void link_tick(struct link *l, int i)
{
	step(l, i, &(struct sync_event){.type = SYNC_TICK});
}

void link_inject(struct link *l, int i, const struct message *m)
{
	struct buf *b = &l->end[i].inbox;
	size_t from = b->n + 4;
	require(buf_extend(b, 4));
	message_encode(m, b);
	require(!b->err);
	put_u32(b->p + from - 4, (uint32_t)(b->n - from));
}

bool link_complete(const struct link *l)
{
	for (int i = 0; i < 2; i++) {
		struct sync_status st;
		sync_status(l->end[i].sync, &st);
		if (l->end[i].error || !st.complete)
			return false;
	}
	return true;
}
