#include "core/sync.h"

#include <stdlib.h>

#include "core/agreed.h"
#include "core/leaf.h"
#include "core/root.h"
#include "core/task.h"
#include "core/view.h"
#include "proto/require.h"

enum {
	PROTOCOL_VERSION = 1,
	OUT_HIGH_BYTES = 96 * 1024,
	SUBMIT_BYTES = 192 * 1024,
	SUBJECT_ENTRY_BYTES = SUBJECT_BYTES + 4 + DIGEST_BYTES,
	LEAF_ENTRY_BYTES = 2 + 2 + 4 + 8,
	ID_ENTRY_BYTES = 8 + 1,
	WANT_ENTRY_BYTES = 2 + 8,
	IDS_WHOLE_MAX = 4096,
	SUBMISSIONS_MAX = 64,
	NACKS_MAX = 64,
};

struct sync {
	struct sync_options o;
	bool greeted; /* the peer's HELLO came */

	struct scope_list mine, theirs;
	uint64_t epoch_mine, epoch_theirs;

	uint8_t peer_incarnation[INCARNATION_BYTES];

	struct tasks tasks;	/* what to send beside the tail */
	struct pushed pushed;	/* whole subjects already sent, and in which state */
	uint64_t network;	/* every network record up to this lseq was sent: identities go first */
	uint64_t tail;		/* every other agreed record up to this lseq was sent or skipped */
	struct ranges from_peer; /* lseqs that came from this peer: not sent back */

	uint64_t sent_bytes, acked_bytes;
	uint64_t got_bytes, taken_bytes; /* of the peer's records: received; committed */
	uint64_t tail_taken;  /* the peer's lseq up to which TAIL was committed */

	struct submission *open; /* gathering */
	bool in_leaf;
	size_t submitted; /* handed out, not yet back */

	bool root_due;	  /* something changed since our last ROOT */
	bool compare_due; /* one of the two roots is newer than the last comparison */
	bool repairing;	  /* BUCKETS sent, nothing moved since */
	bool persist_due; /* roots are equal: note it with the writer */
	struct message_root peer_root;
	bool peer_root_known;
	bool peer_root_fresh; /* not compared yet: only then does a difference call for repair */
	uint64_t moved, moved_at_repair; /* records that went either way */
	uint64_t verified_lseq;

	struct sync_status status;
};

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

/* One step's surroundings. */
struct step {
	struct sync *s;
	struct txn *t;
	struct sync_output *out;
	uint64_t now_ms;
};

static void fail(struct step *x, enum err e)
{
	if (!x->out->error)
		x->out->error = e;
}

static void send(struct step *x, const struct message *m)
{
	struct buf *b = x->out->messages;
	uint8_t *length = buf_extend(b, 4);
	size_t from = b->n, at = from - 4;
	if (length)
		message_encode(m, b);
	if (b->err)
		fail(x, b->err);
	else
		put_u32(b->p + at, (uint32_t)(b->n - from));
}

static struct submission *gather(struct step *x)
{
	struct sync *s = x->s;
	if (!s->open) {
		s->open = malloc(sizeof *s->open);
		if (s->open)
			submission_init(s->open, s->o.peer);
		else
			fail(x, ERR_NO_MEMORY);
	}
	return s->open;
}

static uint64_t last_lseq(struct txn *t)
{
	struct cursor c;
	cursor_open(&c, t, T_REC);
	uint64_t last = cursor_last(&c) ? get_u64(c.key.p) : 0;
	cursor_close(&c);
	return last;
}

/* --- what we send ----------------------------------------------------------------------------- */

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
	send(x, &m);
}

static void send_leaf_mark(struct step *x, const uint8_t *subject, uint16_t period, bool end)
{
	struct message m = {.type = MESSAGE_LEAF, .leaf = {.period = period, .end = end}};
	memcpy(m.leaf.subject, subject, SUBJECT_BYTES);
	send(x, &m);
}

/* What the link shares of a subject now. */
static struct selection selection_of(struct step *x, const uint8_t *subject)
{
	struct selection s = {.mode = agreed_mode(&x->s->mine, &x->s->theirs, subject)};
	struct custody_row row;
	if (s.mode == MODE_FORMER && view_custody(x->t, subject, &row))
		memcpy(s.custodian, row.custodian, AUTHOR_BYTES);
	return s;
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

/*
 * Network records in the order in which we admitted them, ahead of all others:
 * every author is known before its word comes.
 */
static void send_network(struct step *x)
{
	struct sync *s = x->s;
	struct cursor c;
	uint8_t from[8];
	put_u64(from, s->network + 1);
	cursor_open(&c, x->t, T_REC);
	bool on = cursor_seek(&c, bytes_of(from, sizeof from));
	while (on && room(x)) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *subject, *author;
		uint64_t lseq = get_u64(c.key.p);
		if (record_peek(c.value, &type, &cls, &author, &subject) && cls == CLASS_NETWORK && !ranges_has(&s->from_peer, lseq))
			send_record(x, c.value, lseq <= s->tail ? 0 : lseq);
		s->network = lseq;
		on = cursor_next(&c);
	}
	cursor_close(&c);
}

static void send_tail(struct step *x)
{
	struct sync *s = x->s;
	struct cursor c;
	uint8_t from[8];
	put_u64(from, s->tail + 1);
	cursor_open(&c, x->t, T_REC);
	bool on = cursor_seek(&c, bytes_of(from, sizeof from));
	while (on && room(x)) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *subject, *author;
		uint64_t lseq = get_u64(c.key.p);
		if (record_peek(c.value, &type, &cls, &author, &subject) && cls != CLASS_NETWORK && type != RECORD_ATTEST &&
		    !ranges_has(&s->from_peer, lseq)) {
			struct selection which = selection_of(x, subject);
			struct leaf l = {.type = type, .author = author};
			if (leaf_selected(&l, &which))
				send_record(x, c.value, lseq);
		}
		s->tail = lseq;
		on = cursor_next(&c);
	}
	ranges_trim(&s->from_peer, s->tail + 1);
	cursor_close(&c);
}

/* Subjects that wait for our attestation go to the writer first, all at once. */
static void attest_first(struct step *x)
{
	struct tasks *q = &x->s->tasks;
	struct submission *p = q->due ? gather(x) : NULL;
	for (size_t i = q->count; p && q->due && i-- > 0;) {
		struct task *task = tasks_at(q, i);
		if (task->attest == ATTEST_DUE) {
			buf_put(&p->attest, task->subject, SUBJECT_BYTES);
			task->attest = ATTEST_ASKED;
			q->due--;
		}
	}
}

static void run_tasks(struct step *x)
{
	struct task *task;
	while (room(x) && (task = tasks_at(&x->s->tasks, 0)) && task->attest != ATTEST_ASKED && run_task(x, task))
		tasks_pop(&x->s->tasks);
}

static void push(struct step *x, const uint8_t *subject)
{
	struct sync *s = x->s;
	struct selection which = selection_of(x, subject);
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
	if (tasks_add(&s->tasks, &task))
		fail(x, ERR_NO_MEMORY);
}

/* --- scope ------------------------------------------------------------------------------------ */

struct scope_writer {
	struct step *x;
	struct buf entries;
	bool reset;
};

static void scope_flush(struct scope_writer *w, bool last)
{
	struct message m = {.type = MESSAGE_SCOPE,
			    .scope = {.reset = w->reset, .more = !last, .epoch = w->x->s->epoch_mine, .entries = buf_bytes(&w->entries)}};
	send(w->x, &m);
	w->reset = false;
	buf_reset(&w->entries);
}

static void scope_write(struct scope_writer *w, const uint8_t *subject, uint8_t right)
{
	buf_put(&w->entries, subject, SUBJECT_BYTES);
	buf_put_byte(&w->entries, right);
	if (w->entries.n + SUBJECT_BYTES + 1 > MESSAGE_LIST_BYTES_MAX)
		scope_flush(w, false);
}

static void open_subject(struct step *x, const uint8_t *subject)
{
	struct task task = {.kind = TASK_OPEN, .which.mode = MODE_CHAIN};
	memcpy(task.subject, subject, SUBJECT_BYTES);
	if (tasks_add(&x->s->tasks, &task))
		fail(x, ERR_NO_MEMORY);
}

/* Our whole list, for a peer that holds another. */
static void send_whole_scope(struct step *x)
{
	struct sync *s = x->s;
	struct scope_writer w = {.x = x, .reset = true};
	buf_init(&w.entries, MESSAGE_LIST_BYTES_MAX);
	s->epoch_mine++;
	for (size_t i = 0; i < s->mine.count; i++)
		scope_write(&w, s->mine.at[i].subject, s->mine.at[i].right);
	scope_flush(&w, true);
	buf_release(&w.entries);
}

/* Both lists are known: what only we name must be opened, what both name is compared by roots. */
static void lists_known(struct step *x)
{
	struct sync *s = x->s;
	for (size_t i = 0; i < s->mine.count; i++)
		if (scope_list_get(&s->theirs, s->mine.at[i].subject) == RIGHT_NONE)
			open_subject(x, s->mine.at[i].subject);
	s->root_due = true;
}

static void ask_subject(struct step *x, struct buf *entries, const uint8_t *subject, enum mode mode)
{
	struct subject_digest d = digest_get(x->t, subject);
	const struct digest *mine = digest_of(&d, mode);
	uint8_t count[4];
	put_u32(count, mine->count);
	buf_put(entries, subject, SUBJECT_BYTES);
	buf_put(entries, count, sizeof count);
	buf_put(entries, mine->hash, DIGEST_BYTES);
}

static void send_subjects(struct step *x, struct buf *entries)
{
	struct message m = {.type = MESSAGE_SUBJECTS, .subjects = {.entries = buf_bytes(entries)}};
	if (entries->n)
		send(x, &m);
	buf_reset(entries);
}

/* Our own grants moved: tell the peer, open what it has not agreed to. */
static void scope_moved(struct step *x)
{
	struct sync *s = x->s;
	struct scope_list now = {.known = true};
	if (!s->mine.known)
		return;
	enum err e = scope_list_load(&now, x->t, T_SCOPE, s->o.peer);
	struct scope_writer w = {.x = x};
	buf_init(&w.entries, MESSAGE_LIST_BYTES_MAX);
	bool any = false;
	for (size_t i = 0, j = 0; !e && (i < s->mine.count || j < now.count);) {
		int c = i == s->mine.count ? 1
			: j == now.count ? -1
					 : memcmp(s->mine.at[i].subject, now.at[j].subject, SUBJECT_BYTES);
		bool differs = c != 0 || s->mine.at[i].right != now.at[j].right;
		if (differs && !any) {
			any = true;
			s->epoch_mine++;
		}
		if (c < 0) {
			scope_write(&w, s->mine.at[i].subject, RIGHT_NONE);
		} else if (differs) {
			scope_write(&w, now.at[j].subject, now.at[j].right);
			if (s->theirs.known && scope_list_get(&s->theirs, now.at[j].subject) == RIGHT_NONE)
				open_subject(x, now.at[j].subject);
		}
		i += c <= 0;
		j += c >= 0;
	}
	if (any)
		scope_flush(&w, true);
	buf_release(&w.entries);
	scope_list_release(&s->mine);
	s->mine = now;
	s->root_due |= any;
	if (any)
		s->status.complete = false;
	if (e)
		fail(x, e);
}

static void on_scope(struct step *x, const struct message_scope *m)
{
	struct sync *s = x->s;
	struct submission *p = gather(x);
	struct buf ask;
	bool was_known = s->theirs.known;
	if (m->entries.n % (SUBJECT_BYTES + 1)) {
		fail(x, ERR_BAD_FORM);
		return;
	}
	if (m->reset) {
		s->theirs.count = 0;
		s->theirs.known = was_known = false;
	}
	s->epoch_theirs = m->epoch;
	if (p) {
		if (m->reset) {
			buf_reset(&p->offers);
			p->offers_reset = true;
		}
		buf_put(&p->offers, m->entries.p, m->entries.n);
	}
	buf_init(&ask, MESSAGE_LIST_BYTES_MAX);
	for (size_t i = 0; i < m->entries.n; i += SUBJECT_BYTES + 1) {
		const uint8_t *entry = m->entries.p + i;
		enum mode before = was_known ? agreed_mode(&s->mine, &s->theirs, entry) : MODE_NONE;
		if (entry[SUBJECT_BYTES] > RIGHT_READ || scope_list_set(&s->theirs, entry, entry[SUBJECT_BYTES])) {
			fail(x, ERR_BAD_FORM);
			break;
		}
		enum mode after = was_known ? agreed_mode(&s->mine, &s->theirs, entry) : MODE_NONE;
		if (after <= before)
			continue;
		ask_subject(x, &ask, entry, after);
		if (ask.n + SUBJECT_ENTRY_BYTES > MESSAGE_LIST_BYTES_MAX)
			send_subjects(x, &ask);
	}
	send_subjects(x, &ask);
	buf_release(&ask);
	s->root_due = true;
	s->status.complete = false;
	if (!m->more && !s->theirs.known) {
		s->theirs.known = true;
		if (s->mine.known)
			lists_known(x);
	}
}

/* --- greeting --------------------------------------------------------------------------------- */

static void start(struct step *x)
{
	struct sync *s = x->s;
	struct peer_row row;
	struct message m = {.type = MESSAGE_HELLO, .hello = {.version = PROTOCOL_VERSION, .credit = CREDIT_BYTES}};
	enum err e = scope_list_load(&s->mine, x->t, T_SCOPE, s->o.peer);
	if (!e)
		e = scope_list_load(&s->theirs, x->t, T_OFFER, s->o.peer);
	if (e) {
		fail(x, e);
		return;
	}
	s->mine.known = true;
	s->tail = last_lseq(x->t);
	memcpy(m.hello.incarnation, s->o.incarnation, INCARNATION_BYTES);
	if (peer_row_get(x->t, s->o.peer, &row)) {
		memcpy(m.hello.held_incarnation, row.incarnation, INCARNATION_BYTES);
		m.hello.held_cursor = row.cursor;
	}
	scope_list_hash(&s->mine, m.hello.scope_mine);
	scope_list_hash(&s->theirs, m.hello.scope_yours);
	send(x, &m);
}

static void on_hello(struct step *x, const struct message_hello *m)
{
	struct sync *s = x->s;
	uint8_t mine[DIGEST_BYTES], theirs[DIGEST_BYTES];
	if (s->greeted || m->version != PROTOCOL_VERSION) {
		fail(x, s->greeted ? ERR_PROTOCOL : ERR_BAD_VERSION);
		return;
	}
	s->greeted = true;
	memcpy(s->peer_incarnation, m->incarnation, INCARNATION_BYTES);
	/* the log goes on from where the peer holds it; else digests find what it lacks */
	if (memcmp(m->held_incarnation, s->o.incarnation, INCARNATION_BYTES) == 0 && m->held_cursor <= s->tail)
		s->network = s->tail = m->held_cursor;
	scope_list_hash(&s->mine, mine);
	scope_list_hash(&s->theirs, theirs);
	if (memcmp(m->scope_yours, mine, sizeof mine) != 0)
		send_whole_scope(x);
	if (memcmp(m->scope_mine, theirs, sizeof theirs) == 0) {
		s->theirs.known = true;
		lists_known(x);
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

static void on_record(struct step *x, const struct message_record *m)
{
	struct sync *s = x->s;
	struct submission *p = gather(x);
	if (!p)
		return;
	s->status.complete = false;
	s->status.received++;
	s->status.received_ms = x->now_ms;
	s->got_bytes += m->data.n;
	if (s->got_bytes - s->taken_bytes > CREDIT_BYTES)
		fail(x, ERR_PROTOCOL); /* more than the credit we gave */
	else if (submission_add(p, m->data, m->cursor, s->in_leaf))
		fail(x, ERR_NO_MEMORY);
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
	send(x, &m);
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
		if (err_peer_action(rec->result) == PEER_STRIKE)
			x->out->strikes++;
		s->status.reason = rec->result;
		if (nacks++ < NACKS_MAX)
			nack(x, p, rec);
	}
	if (p->admitted) {
		if (ranges_add(&s->from_peer, p->lseq_from, p->lseq_to))
			fail(x, ERR_NO_MEMORY);
		s->moved += p->admitted;
		s->root_due = true;
	}
	if (p->count) {
		s->taken_bytes += p->bytes.n;
		struct message m = {.type = MESSAGE_ACK, .ack = {.cursor = s->tail_taken, .bytes = s->taken_bytes}};
		send(x, &m);
	}
	tasks_attested(&s->tasks, p->attest.n / SUBJECT_BYTES);
	if (p->verified)
		s->status.verified_ms = x->now_ms;
}

static void on_ack(struct step *x, const struct message_ack *m)
{
	struct sync *s = x->s;
	if (m->bytes > s->sent_bytes || m->bytes < s->acked_bytes) {
		fail(x, ERR_PROTOCOL);
		return;
	}
	s->moved++;
	s->acked_bytes = m->bytes;
	s->status.acked_ms = x->now_ms;
}

/* --- truth ------------------------------------------------------------------------------------ */

void sync_root(const struct sync *s, struct txn *t, uint8_t root[DIGEST_BYTES], uint64_t *count)
{
	struct root r;
	root_compute(&r, t, &s->mine, &s->theirs);
	memcpy(root, r.root, DIGEST_BYTES);
	*count = r.count;
}

/* Nothing under way in our direction, and nothing of the peer's half taken. */
static bool quiet(struct step *x)
{
	struct sync *s = x->s;
	return s->greeted && s->mine.known && s->theirs.known && tasks_empty(&s->tasks) && s->sent_bytes == s->acked_bytes &&
	       s->submitted == 0 && (!s->open || submission_empty(s->open)) && last_lseq(x->t) <= s->tail;
}

static void send_root(struct step *x)
{
	struct sync *s = x->s;
	struct message m = {.type = MESSAGE_ROOT,
			    .root = {.epoch_mine = s->epoch_mine, .epoch_yours = s->epoch_theirs, .cursor = s->tail}};
	sync_root(s, x->t, m.root.root, &m.root.count);
	send(x, &m);
	s->root_due = false;
}

static void send_buckets(struct step *x, const struct root *r)
{
	struct sync *s = x->s;
	struct message m = {.type = MESSAGE_BUCKETS,
			    .buckets = {.epoch_mine = s->epoch_mine, .epoch_yours = s->epoch_theirs,
					.digests = bytes_of(r->buckets, sizeof r->buckets)}};
	send(x, &m);
}

static void compare_roots(struct step *x)
{
	struct sync *s = x->s;
	struct root mine;
	bool fresh = s->peer_root_fresh;
	if (!s->compare_due || !s->peer_root_known || s->peer_root.epoch_mine != s->epoch_theirs ||
	    s->peer_root.epoch_yours != s->epoch_mine)
		return;
	root_compute(&mine, x->t, &s->mine, &s->theirs);
	s->compare_due = s->peer_root_fresh = false;
	s->status.shared = mine.subjects;
	if (memcmp(mine.root, s->peer_root.root, DIGEST_BYTES) == 0) {
		s->status.complete = true;
		s->status.missing = 0;
		s->status.reason = ERR_OK;
		s->status.verified_ms = x->now_ms;
		s->verified_lseq = s->tail;
		s->repairing = false;
		s->persist_due = true;
		return;
	}
	s->status.complete = false;
	s->status.missing = s->peer_root.count > mine.count ? s->peer_root.count - mine.count : 0;
	if (!s->o.dialer || !fresh)
		return;
	if (s->repairing && s->moved == s->moved_at_repair) {
		if (!s->status.reason)
			s->status.reason = ERR_INCOMPLETE;
		return; /* the last repair moved nothing: wait for a commit or the heartbeat */
	}
	s->repairing = true;
	s->moved_at_repair = s->moved;
	send_buckets(x, &mine);
}

static void on_root(struct step *x, const struct message_root *m)
{
	struct sync *s = x->s;
	s->peer_root = *m;
	s->peer_root_known = s->peer_root_fresh = s->compare_due = true;
}

static void on_buckets(struct step *x, const struct message_buckets *m)
{
	struct sync *s = x->s;
	struct root mine;
	struct agreed_walk w = {0};
	struct buf entries;
	if (m->digests.n != sizeof mine.buckets) {
		fail(x, ERR_BAD_FORM);
		return;
	}
	if (m->epoch_mine != s->epoch_theirs || m->epoch_yours != s->epoch_mine)
		return; /* said of another scope; roots are exchanged again after the change */
	root_compute(&mine, x->t, &s->mine, &s->theirs);
	buf_init(&entries, MESSAGE_LIST_BYTES_MAX);
	while (agreed_next(&s->mine, &s->theirs, &w)) {
		size_t at = (size_t)w.subject[0] * ROOT_BUCKET_BYTES;
		if (memcmp(m->digests.p + at, mine.buckets + at, ROOT_BUCKET_BYTES) == 0)
			continue;
		ask_subject(x, &entries, w.subject, w.mode);
		if (entries.n + SUBJECT_ENTRY_BYTES > MESSAGE_LIST_BYTES_MAX)
			send_subjects(x, &entries);
	}
	send_subjects(x, &entries);
	buf_release(&entries);
}

static void put_leaf_entry(void *arg, const struct leaf_digest *d)
{
	uint8_t e[LEAF_ENTRY_BYTES];
	put_u16(e, d->period);
	put_u16(e + 2, d->part);
	put_u32(e + 4, d->digest.count);
	memcpy(e + 8, d->digest.hash, 8);
	buf_put(arg, e, sizeof e);
}

static void send_leaves(struct step *x, const uint8_t *subject, const struct selection *which)
{
	struct message m = {.type = MESSAGE_LEAVES};
	struct buf entries;
	buf_init(&entries, MESSAGE_LIST_BYTES_MAX);
	leaf_digests(x->t, subject, which, put_leaf_entry, &entries);
	memcpy(m.leaves.subject, subject, SUBJECT_BYTES);
	m.leaves.entries = buf_bytes(&entries);
	if (entries.err)
		push(x, subject); /* too many leaves to list: send all */
	else
		send(x, &m);
	buf_release(&entries);
}

static void want_whole(struct step *x, struct buf *subjects)
{
	struct message m = {.type = MESSAGE_WANT, .want = {.whole = 1, .ids = buf_bytes(subjects)}};
	if (subjects->n)
		send(x, &m);
	buf_reset(subjects);
}

static void on_subjects(struct step *x, const struct message_subjects *m)
{
	struct buf want;
	if (m->entries.n % SUBJECT_ENTRY_BYTES) {
		fail(x, ERR_BAD_FORM);
		return;
	}
	buf_init(&want, MESSAGE_LIST_BYTES_MAX);
	for (size_t i = 0; i < m->entries.n; i += SUBJECT_ENTRY_BYTES) {
		const uint8_t *entry = m->entries.p + i;
		struct selection which = selection_of(x, entry);
		struct subject_digest d = digest_get(x->t, entry);
		const struct digest *mine = digest_of(&d, which.mode);
		bool only_chain = which.mode == MODE_ALL && d.all.count == d.chain.count;
		uint32_t count = get_u32(entry + SUBJECT_BYTES);
		if (which.mode == MODE_NONE ||
		    (count == mine->count && memcmp(mine->hash, entry + SUBJECT_BYTES + 4, DIGEST_BYTES) == 0))
			continue;
		if (count > mine->count && (mine->count == 0 || only_chain)) {
			buf_put(&want, entry, SUBJECT_BYTES);
			if (want.n + SUBJECT_BYTES > MESSAGE_LIST_BYTES_MAX)
				want_whole(x, &want);
		} else if (count == 0) {
			push(x, entry);
		} else {
			send_leaves(x, entry, &which);
		}
	}
	want_whole(x, &want);
	buf_release(&want);
}

/* Our ids of one leaf or part. */
static void send_ids(struct step *x, const uint8_t *subject, uint16_t period, uint16_t part,
		     const struct selection *which)
{
	struct message m = {.type = MESSAGE_IDS, .ids = {.period = period, .part = part}};
	struct buf ids;
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 3];
	size_t n = SUBJECT_BYTES + 2;
	buf_init(&ids, MESSAGE_LIST_BYTES_MAX);
	memcpy(key, subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, period);
	if (part != PART_WHOLE)
		key[n++] = (uint8_t)part;
	cursor_open(&c, x->t, T_LEAF);
	for (bool on = cursor_seek(&c, bytes_of(key, n)); on && bytes_start(c.key, bytes_of(key, n)); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (!leaf_counts(&l, which))
			continue;
		buf_put(&ids, l.id, 8);
		buf_put_byte(&ids, (uint8_t)l.state);
	}
	cursor_close(&c);
	memcpy(m.ids.subject, subject, SUBJECT_BYTES);
	m.ids.ids = buf_bytes(&ids);
	if (ids.err)
		push(x, subject);
	else
		send(x, &m);
	buf_release(&ids);
}

/* The entries of one period in a LEAVES list. */
static struct bytes of_period(struct bytes entries, uint16_t period)
{
	size_t from = 0, to;
	while (from < entries.n && get_u16(entries.p + from) < period)
		from += LEAF_ENTRY_BYTES;
	for (to = from; to < entries.n && get_u16(entries.p + to) == period; to += LEAF_ENTRY_BYTES)
		;
	return bytes_of(entries.p + from, to - from);
}

static bool split(struct bytes entries)
{
	return entries.n && get_u16(entries.p + 2) != PART_WHOLE;
}

static bool part_equal(struct bytes a, struct bytes b, uint16_t part)
{
	const uint8_t *x = NULL, *y = NULL;
	for (size_t i = 0; i < a.n; i += LEAF_ENTRY_BYTES)
		if (get_u16(a.p + i + 2) == part)
			x = a.p + i;
	for (size_t i = 0; i < b.n; i += LEAF_ENTRY_BYTES)
		if (get_u16(b.p + i + 2) == part)
			y = b.p + i;
	return x == y || (x && y && memcmp(x, y, LEAF_ENTRY_BYTES) == 0);
}

static void compare_period(struct step *x, const uint8_t *subject, uint16_t period, struct bytes mine, struct bytes theirs,
			   const struct selection *which)
{
	if (bytes_equal(mine, theirs))
		return;
	if (!split(mine) && !split(theirs)) {
		send_ids(x, subject, period, PART_WHOLE, which);
		return;
	}
	for (uint16_t part = 0; part < PART_WHOLE; part++)
		if (!split(mine) || !split(theirs) || !part_equal(mine, theirs, part))
			send_ids(x, subject, period, part, which);
}

static void on_leaves(struct step *x, const struct message_leaves *m)
{
	struct selection which = selection_of(x, m->subject);
	struct buf mine;
	if (m->entries.n % LEAF_ENTRY_BYTES) {
		fail(x, ERR_BAD_FORM);
		return;
	}
	if (which.mode == MODE_NONE)
		return;
	buf_init(&mine, MESSAGE_LIST_BYTES_MAX);
	leaf_digests(x->t, m->subject, &which, put_leaf_entry, &mine);
	struct bytes a = buf_bytes(&mine), b = m->entries;
	for (size_t i = 0, j = 0; !mine.err && (i < a.n || j < b.n);) {
		uint16_t p = i < a.n ? get_u16(a.p + i) : UINT16_MAX, q = j < b.n ? get_u16(b.p + j) : UINT16_MAX;
		uint16_t period = i == a.n ? q : j == b.n ? p : p < q ? p : q;
		struct bytes left = of_period(a, period), right = of_period(b, period);
		compare_period(x, m->subject, period, left, right, &which);
		i += left.n;
		j += right.n;
		if (left.n + right.n == 0)
			break; /* a list out of order */
	}
	if (mine.err)
		push(x, m->subject);
	buf_release(&mine);
}

static bool listed(struct bytes ids, const uint8_t *id)
{
	for (size_t i = 0; i < ids.n; i += ID_ENTRY_BYTES)
		if (memcmp(ids.p + i, id, 8) == 0)
			return true;
	return false;
}

static void send_wanted(struct step *x, const uint8_t *subject, uint16_t period, const uint8_t *id8,
			const struct selection *which)
{
	struct task task = {.kind = TASK_ONE, .which = *which, .period = period};
	memcpy(task.subject, subject, SUBJECT_BYTES);
	memcpy(task.position, id8, 8);
	if (tasks_add(&x->s->tasks, &task))
		fail(x, ERR_NO_MEMORY);
}

static bool held(struct step *x, const uint8_t *subject, uint16_t period, const uint8_t *id8)
{
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 2 + 8];
	memcpy(key, subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, period);
	memcpy(key + SUBJECT_BYTES + 2, id8, 8);
	cursor_open(&c, x->t, T_LEAF);
	bool on = cursor_seek(&c, bytes_of(key, sizeof key)) && bytes_start(c.key, bytes_of(key, sizeof key));
	cursor_close(&c);
	return on;
}

static void on_ids(struct step *x, const struct message_ids *m)
{
	struct selection which = selection_of(x, m->subject);
	struct message want = {.type = MESSAGE_WANT};
	struct buf ids;
	struct cursor c;
	uint8_t key[SUBJECT_BYTES + 3];
	size_t n = SUBJECT_BYTES + 2;
	if (m->ids.n % ID_ENTRY_BYTES || m->period > UINT16_MAX || m->part > PART_WHOLE) {
		fail(x, ERR_BAD_FORM);
		return;
	}
	if (which.mode == MODE_NONE)
		return;
	memcpy(key, m->subject, SUBJECT_BYTES);
	put_u16(key + SUBJECT_BYTES, (uint16_t)m->period);
	if (m->part != PART_WHOLE)
		key[n++] = (uint8_t)m->part;
	cursor_open(&c, x->t, T_LEAF);
	for (bool on = cursor_seek(&c, bytes_of(key, n)); on && bytes_start(c.key, bytes_of(key, n)); on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		if (leaf_counts(&l, &which) && !listed(m->ids, l.id))
			send_wanted(x, m->subject, l.period, l.id, &which);
	}
	cursor_close(&c);
	buf_init(&ids, MESSAGE_LIST_BYTES_MAX + 16);
	for (size_t i = 0; i < m->ids.n; i += ID_ENTRY_BYTES) {
		if (held(x, m->subject, (uint16_t)m->period, m->ids.p + i))
			continue;
		uint8_t period[2];
		put_u16(period, (uint16_t)m->period);
		buf_put(&ids, period, sizeof period);
		buf_put(&ids, m->ids.p + i, 8);
		if (ids.n + WANT_ENTRY_BYTES > MESSAGE_LIST_BYTES_MAX)
			break; /* the rest is found by the next repair */
	}
	memcpy(want.want.subject, m->subject, SUBJECT_BYTES);
	want.want.ids = buf_bytes(&ids);
	if (ids.n)
		send(x, &want);
	buf_release(&ids);
}

static void on_want(struct step *x, const struct message_want *m)
{
	size_t entry = m->whole ? SUBJECT_BYTES : WANT_ENTRY_BYTES;
	if (m->ids.n % entry) {
		fail(x, ERR_BAD_FORM);
		return;
	}
	for (size_t i = 0; i < m->ids.n; i += entry) {
		const uint8_t *subject = m->whole ? m->ids.p + i : m->subject;
		struct selection which = selection_of(x, subject);
		if (which.mode == MODE_NONE)
			continue;
		if (m->whole)
			push(x, subject);
		else
			send_wanted(x, subject, get_u16(m->ids.p + i), m->ids.p + i + 2, &which);
	}
}

/* --- the step --------------------------------------------------------------------------------- */

static void on_message(struct step *x, const struct message *m)
{
	struct sync *s = x->s;
	if (!s->greeted && m->type != MESSAGE_HELLO) {
		fail(x, ERR_PROTOCOL);
		return;
	}
	switch (m->type) {
	case MESSAGE_HELLO:
		on_hello(x, &m->hello);
		return;
	case MESSAGE_SCOPE:
		on_scope(x, &m->scope);
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
		on_root(x, &m->root);
		return;
	case MESSAGE_BUCKETS:
		on_buckets(x, &m->buckets);
		return;
	case MESSAGE_SUBJECTS:
		on_subjects(x, &m->subjects);
		return;
	case MESSAGE_LEAVES:
		on_leaves(x, &m->leaves);
		return;
	case MESSAGE_IDS:
		on_ids(x, &m->ids);
		return;
	case MESSAGE_WANT:
		on_want(x, &m->want);
		return;
	case MESSAGE_LEAF:
		s->in_leaf = !m->leaf.end;
		if (s->open && s->open->bytes.n >= SUBMIT_BYTES / 4)
			flush(x);
		return;
	case MESSAGE_BYE:
		fail(x, ERR_CLOSED);
		return;
	case MESSAGE_AUTH:
	case MESSAGE_JOIN:
	case MESSAGE_JOINED:
		break; /* these belong before the session */
	}
	fail(x, ERR_PROTOCOL);
}

static void note_verified(struct step *x)
{
	struct sync *s = x->s;
	struct submission *p = gather(x);
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
	attest_first(x);
	if (s->open && s->open->attest.n && !s->in_leaf)
		submit(x);
	send_network(x);
	run_tasks(x);
	if (tasks_empty(&s->tasks))
		send_tail(x);
	if (!quiet(x))
		return;
	pushed_release(&s->pushed); /* all of it was acknowledged */
	s->compare_due |= s->root_due;
	compare_roots(x);
	if (s->persist_due)
		note_verified(x);
	if (s->root_due)
		send_root(x);
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
			lists_known(&x);
		break;
	}
	go_on(&x);
	if (t->err)
		fail(&x, t->err);
}

void sync_status(const struct sync *s, struct sync_status *out)
{
	*out = s->status;
	out->pending_out = tasks_count(&s->tasks) + (s->sent_bytes != s->acked_bytes);
	out->wire_records_bytes = s->sent_bytes;
}
