#include "core/sync_parts.h"

#include <stdlib.h>

#include "core/view.h"
#include "proto/require.h"

struct sync *sync_new(const struct sync_options *o)
{
	struct sync *s = calloc(1, sizeof *s);
	if (s)
		s->o = *o;
	return s;
}

static void free_submission(struct submission *p)
{
	if (!p)
		return;
	submission_release(p);
	free(p);
}

void sync_free(struct sync *s)
{
	if (!s)
		return;
	scope_list_release(&s->mine);
	scope_list_release(&s->theirs);
	tasks_release(&s->tasks);
	pushed_release(&s->pushed);
	ranges_release(&s->from_peer);
	free_submission(s->open);
	free(s);
}

void step_fail(struct step *x, enum err e)
{
	if (!x->out->error)
		x->out->error = e;
}

void step_send(struct step *x, const struct message *m)
{
	struct buf *b = x->out->messages;
	uint8_t *length = buf_extend(b, 4);
	size_t from = b->n, at = from - 4;
	if (length)
		message_encode(m, b);
	if (b->err)
		step_fail(x, b->err);
	else
		put_u32(b->p + at, (uint32_t)(b->n - from));
}

struct submission *step_gather(struct step *x)
{
	struct sync *s = x->s;
	if (!s->open) {
		s->open = malloc(sizeof *s->open);
		if (s->open)
			submission_init(s->open, s->o.peer);
		else
			step_fail(x, ERR_NO_MEMORY);
	}
	return s->open;
}

uint64_t step_last_lseq(struct txn *t)
{
	struct cursor c;
	cursor_open(&c, t, T_REC);
	uint64_t last = cursor_last(&c) ? get_u64(c.key.p) : 0;
	cursor_close(&c);
	return last;
}

/* What the link shares of a subject now. */
struct selection step_selection(struct step *x, const uint8_t *subject)
{
	struct selection s = {.mode = agreed_mode(&x->s->mine, &x->s->theirs, subject)};
	struct custody_row row;
	if (s.mode == MODE_FORMER && view_custody(x->t, subject, &row))
		memcpy(s.custodian, row.custodian, AUTHOR_BYTES);
	return s;
}

struct selection sync_shares(const struct sync *s, struct txn *t, const uint8_t *subject)
{
	struct step x = {.s = (struct sync *)(uintptr_t)s, .t = t};
	return s->mine.known && s->theirs.known ? step_selection(&x, subject) : (struct selection){.mode = MODE_NONE};
}

/* Nothing under way in our direction, and nothing of the peer's half taken. */
bool step_quiet(struct step *x)
{
	struct sync *s = x->s;
	return s->greeted && s->mine.known && s->theirs.known && tasks_empty(&s->tasks) && s->sent_bytes == s->acked_bytes &&
	       s->submitted == 0 && (!s->open || submission_empty(s->open)) && step_last_lseq(x->t) <= s->tail;
}

/* --- greeting --------------------------------------------------------------------------------- */

static void start(struct step *x)
{
	struct sync *s = x->s;
	struct peer_row row;
	struct message m = {.type = MESSAGE_HELLO, .hello = {.version = PROTOCOL_VERSION, .credit = CREDIT_BYTES}};
	m.hello.features = (uint64_t)s->o.program << 32;
	enum err e = scope_list_load(&s->mine, x->t, T_SCOPE, s->o.peer);
	if (!e)
		e = scope_list_load(&s->theirs, x->t, T_OFFER, s->o.peer);
	if (e) {
		step_fail(x, e);
		return;
	}
	s->mine.known = true;
	s->tail = step_last_lseq(x->t);
	memcpy(m.hello.incarnation, s->o.incarnation, INCARNATION_BYTES);
	if (peer_row_get(x->t, s->o.peer, &row)) {
		memcpy(m.hello.held_incarnation, row.incarnation, INCARNATION_BYTES);
		m.hello.held_cursor = row.cursor;
	}
	scope_list_hash(&s->mine, m.hello.scope_mine);
	scope_list_hash(&s->theirs, m.hello.scope_yours);
	step_send(x, &m);
}

static void on_hello(struct step *x, const struct message_hello *m)
{
	struct sync *s = x->s;
	uint8_t mine[DIGEST_BYTES], theirs[DIGEST_BYTES];
	if (s->greeted || m->version != PROTOCOL_VERSION) {
		step_fail(x, s->greeted ? ERR_PROTOCOL : ERR_BAD_VERSION);
		return;
	}
	s->greeted = true;
	s->status.program = (uint32_t)(m->features >> 32);
	memcpy(s->peer_incarnation, m->incarnation, INCARNATION_BYTES);
	/* the log goes on from where the peer holds it; else digests find what it lacks */
	if (memcmp(m->held_incarnation, s->o.incarnation, INCARNATION_BYTES) == 0 && m->held_cursor <= s->tail)
		s->network = s->tail = m->held_cursor;
	scope_list_hash(&s->mine, mine);
	scope_list_hash(&s->theirs, theirs);
	if (memcmp(m->scope_yours, mine, sizeof mine) != 0)
		scope_send_all(x);
	if (memcmp(m->scope_mine, theirs, sizeof theirs) == 0) {
		s->theirs.known = true;
		scope_lists_known(x);
	} else {
		s->theirs.count = 0;
	}
}

/* --- what we receive -------------------------------------------------------------------------- */

static void submit(struct step *x)
{
	struct sync *s = x->s;
	if (!s->open || submission_empty(s->open) || x->out->submission || s->submitted == SUBMISSIONS_MAX)
		return;
	x->out->submission = s->open;
	s->open = NULL;
	s->submitted++;
}

/* A private record of a subject that we do not share, from a peer that compared roots under our list as it is. */
static bool knows_better(const struct sync *s, struct bytes data)
{
	enum record_type type;
	enum record_class cls;
	const uint8_t *author, *subject;
	return s->mine.known && s->peer_root_known && s->peer_root.epoch_yours == s->epoch_mine &&
	       record_peek(data, &type, &cls, &author, &subject) && cls == CLASS_PRIVATE &&
	       scope_list_get(&s->mine, subject) == RIGHT_NONE;
}

static void on_record(struct step *x, const struct message_record *m)
{
	struct sync *s = x->s;
	struct submission *p = step_gather(x);
	if (!p)
		return;
	s->status.complete = false;
	s->status.received++;
	s->status.received_ms = x->now_ms;
	s->got_bytes += m->data.n;
	x->out->strikes += knows_better(s, m->data);
	if (s->got_bytes - s->taken_bytes > CREDIT_BYTES)
		step_fail(x, ERR_PROTOCOL); /* more than the credit we gave */
	else if (submission_add(p, m->data, m->cursor, s->in_leaf))
		step_fail(x, ERR_NO_MEMORY);
}

static void flush(struct step *x)
{
	struct sync *s = x->s;
	if (s->open && (!s->in_leaf || s->open->bytes.n >= SUBMIT_BYTES))
		submit(x);
}

static void nack(struct step *x, const struct submission *p, const struct received *rec)
{
	struct message m = {.type = MESSAGE_NACK, .nack = {.reason = rec->result}};
	struct record r;
	if (!record_read(bytes_of(p->bytes.p + rec->at, rec->n), &r)) {
		memcpy(m.nack.id, r.id, ID_BYTES);
		memcpy(m.nack.subject, r.subject, SUBJECT_BYTES);
	}
	step_send(x, &m);
}

/* A false signature is its author's fault: whoever forwarded it may have believed an attestation. */
static bool at_fault(const struct sync *s, const struct submission *p, const struct received *rec)
{
	struct record r;
	return rec->result != ERR_BAD_SIGNATURE || record_read(bytes_of(p->bytes.p + rec->at, rec->n), &r) ||
	       memcmp(r.author, s->o.peer, SCHOOL_BYTES) == 0;
}

static void on_submitted(struct step *x, const struct submission *p)
{
	struct sync *s = x->s;
	size_t nacks = 0;
	require(s->submitted > 0);
	s->submitted--;
	for (size_t i = 0; i < p->count; i++) {
		const struct received *rec = &p->records[i];
		if (rec->cursor > s->tail_taken)
			s->tail_taken = rec->cursor;
		if (rec->result == ERR_OK || rec->result == ERR_DUPLICATE)
			continue;
		if (err_peer_action(rec->result) == PEER_STRIKE && at_fault(s, p, rec))
			x->out->strikes++;
		s->status.reason = rec->result;
		if (nacks++ < NACKS_MAX)
			nack(x, p, rec);
	}
	if (p->admitted) {
		if (ranges_add(&s->from_peer, p->lseq_from, p->lseq_to))
			step_fail(x, ERR_NO_MEMORY);
		s->moved += p->admitted;
		s->root_due = true;
	}
	if (p->count) {
		s->taken_bytes += p->bytes.n;
		struct message m = {.type = MESSAGE_ACK, .ack = {.cursor = s->tail_taken, .bytes = s->taken_bytes}};
		step_send(x, &m);
	}
	tasks_attested(&s->tasks, p->attest.n / SUBJECT_BYTES);
	if (p->verified)
		s->status.verified_ms = x->now_ms;
}

static void on_ack(struct step *x, const struct message_ack *m)
{
	struct sync *s = x->s;
	if (m->bytes > s->sent_bytes || m->bytes < s->acked_bytes) {
		step_fail(x, ERR_PROTOCOL);
		return;
	}
	s->moved++;
	s->acked_bytes = m->bytes;
	s->status.acked_ms = x->now_ms;
}

/* --- the step --------------------------------------------------------------------------------- */

static void on_message(struct step *x, const struct message *m)
{
	struct sync *s = x->s;
	if (!s->greeted && m->type != MESSAGE_HELLO) {
		step_fail(x, ERR_PROTOCOL);
		return;
	}
	switch (m->type) {
	case MESSAGE_HELLO:
		on_hello(x, &m->hello);
		return;
	case MESSAGE_SCOPE:
		scope_received(x, &m->scope);
		return;
	case MESSAGE_RECORD:
		on_record(x, &m->record);
		return;
	case MESSAGE_ACK:
		on_ack(x, &m->ack);
		return;
	case MESSAGE_NACK:
		s->status.reason = err_from_wire(m->nack.reason);
		return;
	case MESSAGE_ROOT:
		repair_on_root(x, &m->root);
		return;
	case MESSAGE_BUCKETS:
		repair_on_buckets(x, &m->buckets);
		return;
	case MESSAGE_SUBJECTS:
		repair_on_subjects(x, &m->subjects);
		return;
	case MESSAGE_LEAVES:
		repair_on_leaves(x, &m->leaves);
		return;
	case MESSAGE_IDS:
		repair_on_ids(x, &m->ids);
		return;
	case MESSAGE_WANT:
		repair_on_want(x, &m->want);
		return;
	case MESSAGE_LEAF:
		s->in_leaf = !m->leaf.end;
		if (s->open && s->open->bytes.n >= SUBMIT_BYTES / 4)
			flush(x);
		return;
	case MESSAGE_BYE:
		step_fail(x, ERR_CLOSED);
		return;
	case MESSAGE_AUTH:
	case MESSAGE_JOIN:
	case MESSAGE_JOINED:
		break; /* these belong before the session */
	case MESSAGE_BLOB_WANT:
	case MESSAGE_BLOB:
	case MESSAGE_BLOB_HAVE:
		break; /* and these to core/blobs.h */
	}
	step_fail(x, ERR_PROTOCOL);
}

static void note_verified(struct step *x)
{
	struct sync *s = x->s;
	struct submission *p = step_gather(x);
	if (!p)
		return;
	p->verified = true;
	memcpy(p->peer_incarnation, s->peer_incarnation, INCARNATION_BYTES);
	p->peer_cursor = s->peer_root.cursor;
	p->own_lseq = s->verified_lseq;
	s->persist_due = false;
	submit(x);
}

/* What the state calls for, whatever the event was. */
static void go_on(struct step *x)
{
	struct sync *s = x->s;
	if (!s->greeted || x->out->error)
		return;
	send_attest_first(x);
	if (s->open && s->open->attest.n && !s->in_leaf)
		submit(x);
	send_network(x);
	send_tasks(x);
	if (tasks_empty(&s->tasks))
		send_tail(x);
	if (!step_quiet(x))
		return;
	pushed_release(&s->pushed); /* all of it was acknowledged */
	s->compare_due |= s->root_due;
	repair_compare(x);
	if (s->persist_due)
		note_verified(x);
	if (s->root_due)
		repair_send_root(x);
}

void sync_step(struct sync *s, struct txn *t, const struct sync_event *e, struct sync_output *out)
{
	struct step x = {.s = s, .t = t, .out = out, .now_ms = e->now_ms};
	switch (e->type) {
	case SYNC_START:
		start(&x);
		break;
	case SYNC_MESSAGE:
		on_message(&x, e->message);
		return; /* the rest waits for SYNC_FLUSH */
	case SYNC_FLUSH:
		flush(&x);
		break;
	case SYNC_SUBMITTED:
		on_submitted(&x, e->submission);
		flush(&x);
		break;
	case SYNC_COMMITTED:
		s->repairing = false;
		if (e->scope_changed)
			scope_moved(&x);
		break;
	case SYNC_DRAINED:
		break;
	case SYNC_TICK:
		s->repairing = false;
		s->root_due = true;
		if (s->mine.known && s->theirs.known && tasks_empty(&s->tasks))
			scope_lists_known(&x);
		break;
	}
	go_on(&x);
	if (t->err)
		step_fail(&x, t->err);
}

void sync_status(const struct sync *s, struct sync_status *out)
{
	*out = s->status;
	out->pending_out = tasks_count(&s->tasks) + (s->sent_bytes != s->acked_bytes);
	out->wire_records_bytes = s->sent_bytes;
}
