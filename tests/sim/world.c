#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/require.h"

const char *const fault_names[FAULT_COUNT] = {
	[FAULT_LOSS] = "loss",		 [FAULT_DELAY] = "delay",
	[FAULT_DUPLICATE] = "duplicate", [FAULT_REORDER] = "reorder",
	[FAULT_PARTITION] = "partition", [FAULT_CRASH_BEFORE] = "crash before commit",
	[FAULT_CRASH_AFTER] = "crash after commit", [FAULT_RESTART] = "restart",
	[FAULT_FOREIGN] = "foreign record", [FAULT_DAMAGED] = "damaged piece",
};

/* xoshiro256**, seeded through splitmix64: Blackman and Vigna, public domain description */
static uint64_t rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t world_random(struct world *w, uint64_t below)
{
	uint64_t *s = w->random, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return below ? result % below : 0;
}

bool world_chance(struct world *w, unsigned per_thousand)
{
	return world_random(w, 1000) < per_thousand;
}

bool world_faulty(struct world *w, enum fault fault, unsigned per_thousand)
{
	if (w->calm || !world_chance(w, per_thousand))
		return false;
	w->faults[fault]++;
	return true;
}

void world_note(struct world *w, const char *what, uint64_t a, uint64_t b)
{
	uint64_t line[3] = {w->now_ms, a, b};
	hash_add(&w->trace, what, strlen(what));
	hash_add(&w->trace, line, sizeof line);
	w->events++;
	if (w->verbose)
		printf("%10llu %-14s %llu %llu\n", (unsigned long long)w->now_ms, what, (unsigned long long)a,
		       (unsigned long long)b);
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list args;
	if (w->failed[0])
		return;
	va_start(args, format);
	vsnprintf(w->failed, sizeof w->failed, format, args);
	va_end(args);
}

/* --- sessions --------------------------------------------------------------------------------- */

static void drop_side(struct side *s)
{
	for (size_t i = 0; i < s->queued; i++) {
		submission_release(s->queue[i]);
		free(s->queue[i]);
	}
	blob_link_release(&s->blobs);
	sync_free(s->sync);
	*s = (struct side){0};
}

static void drop_pipe(struct pipe *p)
{
	while (p->first) {
		struct packet *next = p->first->next;
		buf_release(&p->first->bytes);
		free(p->first);
		p->first = next;
	}
	*p = (struct pipe){0};
}

static void disconnect(struct world *w, struct link *l, uint64_t for_ms)
{
	if (l->up)
		world_note(w, "disconnect", (uint64_t)l->school[0], (uint64_t)l->school[1]);
	l->up = false;
	l->down_until_ms = w->now_ms + for_ms;
	for (int i = 0; i < 2; i++) {
		drop_pipe(&l->to[i]);
		drop_side(&l->side[i]);
	}
}

static void queue_packet(struct world *w, struct pipe *p, struct bytes message)
{
	struct packet *k = calloc(1, sizeof *k), **at = &p->first;
	require(k);
	buf_init(&k->bytes, FRAME_BYTES_MAX);
	buf_put(&k->bytes, message.p, message.n);
	k->number = p->sent++;
	k->at_ms = w->now_ms + 1 + world_random(w, 40);
	if (world_faulty(w, FAULT_DELAY, 20))
		k->at_ms += world_random(w, 5000);
	if (k->at_ms < p->last_ms)
		k->at_ms = p->last_ms;
	p->last_ms = k->at_ms;
	if (world_faulty(w, FAULT_LOSS, 2)) {
		buf_release(&k->bytes);
		free(k);
		return;
	}
	if (world_faulty(w, FAULT_REORDER, 1))
		k->at_ms = w->now_ms;
	while (*at && (*at)->at_ms <= k->at_ms)
		at = &(*at)->next;
	k->next = *at;
	*at = k;
	if (world_faulty(w, FAULT_DUPLICATE, 1)) {
		struct packet *twin = calloc(1, sizeof *twin);
		require(twin);
		buf_init(&twin->bytes, FRAME_BYTES_MAX);
		buf_put(&twin->bytes, message.p, message.n);
		twin->number = k->number;
		twin->at_ms = k->at_ms;
		twin->next = k->next;
		k->next = twin;
	}
}

/* An acknowledgement must never run ahead of what is durable. */
static void check_ack(struct world *w, const struct side *s, const struct message *m)
{
	if (m->type == MESSAGE_ACK && m->ack.bytes > s->durable_bytes)
		world_fail(w, "acknowledged %llu bytes, %llu durable", (unsigned long long)m->ack.bytes,
			   (unsigned long long)s->durable_bytes);
}

static void step(struct world *w, struct link *l, int i, struct sync_event *e)
{
	struct side *s = &l->side[i];
	struct world_school *school = &w->schools[l->school[i]];
	struct buf messages;
	struct sync_output out = {.messages = &messages};
	struct txn t;
	size_t refused = 0, nacks = 0;
	if (!l->up || !school->up)
		return;
	buf_init(&messages, (size_t)64 * 1024 * 1024);
	e->now_ms = w->now_ms;
	fixture_must(txn_begin(&t, school->f.store, false), "read");
	sync_step(s->sync, &t, e, &out);
	txn_abort(&t);
	if (out.submission) {
		require(s->queued < sizeof s->queue / sizeof *s->queue);
		s->queue[s->queued++] = out.submission;
		if (!school->next_commit_ms)
			school->next_commit_ms = w->now_ms + 1 + world_random(w, 10);
	}
	for (size_t at = 0; at < messages.n;) {
		uint32_t n = get_u32(messages.p + at);
		struct bytes raw = bytes_of(messages.p + at + 4, n);
		struct message m;
		fixture_must(message_decode(&raw, &m), "own message");
		check_ack(w, s, &m);
		nacks += m.type == MESSAGE_NACK;
		queue_packet(w, &l->to[!i], bytes_of(messages.p + at + 4, n));
		at += 4 + n;
	}
	buf_release(&messages);
	if (e->type == SYNC_SUBMITTED) {
		for (size_t k = 0; k < e->submission->count; k++)
			refused += e->submission->records[k].result != ERR_OK &&
				   e->submission->records[k].result != ERR_DUPLICATE;
		w->counts[COUNT_NACKS] += nacks;
		if (nacks != (refused < 64 ? refused : 64))
			world_fail(w, "%zu records refused, %zu of them said so", refused, nacks);
	}
	if (out.error) {
		world_note(w, err_name(out.error), (uint64_t)l->school[i], (uint64_t)l->school[!i]);
		if (w->calm && out.error != ERR_CLOSED)
			world_fail(w, "session ended with %s", err_name(out.error));
		disconnect(w, l, 1000);
	}
}

static void connect(struct world *w, struct link *l)
{
	world_note(w, "connect", (uint64_t)l->school[0], (uint64_t)l->school[1]);
	w->counts[COUNT_SESSIONS]++;
	l->up = true;
	l->next_tick_ms = w->now_ms + 30000;
	for (int i = 0; i < 2; i++) {
		const struct school *me = &w->schools[l->school[i]].f.school;
		const struct school *peer = &w->schools[l->school[!i]].f.school;
		struct sync_options o = {.dialer = i == 0};
		memcpy(o.peer, peer->id, SCHOOL_BYTES);
		memcpy(o.incarnation, me->incarnation, INCARNATION_BYTES);
		l->side[i].sync = sync_new(&o);
		require(l->side[i].sync);
	}
	files_connect(w, l);
	for (int i = 0; i < 2; i++)
		step(w, l, i, &(struct sync_event){.type = SYNC_START});
}

void world_send(struct world *w, struct link *l, int i, const struct buf *messages)
{
	for (size_t at = 0; at < messages->n;) {
		uint32_t n = get_u32(messages->p + at);
		queue_packet(w, &l->to[!i], bytes_of(messages->p + at + 4, n));
		at += 4 + n;
	}
}

void world_break(struct world *w, struct link *l, enum err e, int i)
{
	world_note(w, err_name(e), (uint64_t)l->school[i], (uint64_t)l->school[!i]);
	if (w->calm)
		world_fail(w, "session ended with %s", err_name(e));
	disconnect(w, l, 1000);
}

static void deliver(struct world *w, struct link *l, int i)
{
	struct pipe *p = &l->to[i];
	struct packet *k = p->first;
	p->first = k->next;
	bool in_order = k->number == p->expected++;
	struct bytes raw = buf_bytes(&k->bytes);
	struct message m;
	world_note(w, "deliver", (uint64_t)l->school[i], raw.n);
	if (!in_order) {
		/* the frame's nonce does not fit: the session is over */
		disconnect(w, l, 500 + world_random(w, 3000));
	} else if (message_decode(&raw, &m)) {
		world_fail(w, "a message does not decode");
	} else {
		if (m.type >= MESSAGE_BLOB_WANT)
			files_message(w, l, i, &m);
		else
			step(w, l, i, &(struct sync_event){.type = SYNC_MESSAGE, .message = &m});
		if (l->up && m.type == MESSAGE_SCOPE)
			files_again(w, l->school[i]);
		if (l->up && (!p->first || p->first->at_ms > w->now_ms))
			step(w, l, i, &(struct sync_event){.type = SYNC_FLUSH});
	}
	buf_release(&k->bytes);
	free(k);
}

/* --- machines --------------------------------------------------------------------------------- */

void world_crash(struct world *w, int at, uint64_t for_ms)
{
	struct world_school *s = &w->schools[at];
	world_note(w, "down", (uint64_t)at, for_ms);
	for (size_t i = 0; i < w->link_count; i++)
		if (w->links[i].school[0] == at || w->links[i].school[1] == at)
			disconnect(w, &w->links[i], for_ms + world_random(w, 2000));
	files_down(w, at);
	fixture_close(&s->f);
	s->up = false;
	s->up_at_ms = w->now_ms + for_ms;
	s->next_commit_ms = 0;
}

static void come_up(struct world *w, int at)
{
	struct world_school *s = &w->schools[at];
	world_note(w, "up", (uint64_t)at, 0);
	fixture_open(&s->f);
	s->up = true;
	files_up(w, at);
}

bool world_begin(struct world *w, int at, struct batch *b)
{
	if (!w->schools[at].up)
		return false;
	fixture_batch(&w->schools[at].f, b, w->now_ms);
	return true;
}

static void tell_committed(struct world *w, int at, bool scope_changed)
{
	for (size_t i = 0; i < w->link_count; i++)
		for (int side = 0; side < 2; side++)
			if (w->links[i].up && w->links[i].school[side] == at)
				step(w, &w->links[i], side,
				     &(struct sync_event){.type = SYNC_COMMITTED, .scope_changed = scope_changed});
}

bool world_commit(struct world *w, int at, struct batch *b)
{
	if (world_faulty(w, FAULT_CRASH_BEFORE, 8)) {
		batch_abort(b);
		world_crash(w, at, 1000 + world_random(w, 20000));
		return false;
	}
	uint64_t from = w->schools[at].f.school.next_lseq;
	fixture_must(batch_commit(b), "commit");
	w->counts[COUNT_COMMITS]++;
	check_commit(w, at);
	if (world_faulty(w, FAULT_CRASH_AFTER, 8)) {
		world_crash(w, at, 1000 + world_random(w, 20000));
		return false;
	}
	files_committed(w, at, from, w->schools[at].f.school.next_lseq);
	tell_committed(w, at, b->scope_changed);
	return true;
}

void world_acked(struct world *w, int at, const uint8_t *subject, const uint8_t *id)
{
	struct world_school *s = &w->schools[at];
	if (s->acked_count == s->acked_cap) {
		s->acked_cap = s->acked_cap ? 2 * s->acked_cap : 64;
		s->acked = realloc(s->acked, s->acked_cap * ID_BYTES);
		s->acked_subject = realloc(s->acked_subject, s->acked_cap * SUBJECT_BYTES);
		s->erased = realloc(s->erased, s->acked_cap * sizeof *s->erased);
		require(s->acked && s->acked_subject && s->erased);
	}
	s->erased[s->acked_count] = false;
	memcpy(s->acked[s->acked_count], id, ID_BYTES);
	memcpy(s->acked_subject[s->acked_count++], subject, SUBJECT_BYTES);
}

/* Everything that sessions of this school handed over, in one commit. */
static void write_queued(struct world *w, int at)
{
	struct batch b;
	struct side *sides[2 * WORLD_SCHOOLS_MAX];
	size_t taken[2 * WORLD_SCHOOLS_MAX], n = 0;
	w->schools[at].next_commit_ms = 0;
	if (!world_begin(w, at, &b))
		return;
	for (size_t i = 0; i < w->link_count; i++)
		for (int k = 0; k < 2; k++) {
			struct side *s = &w->links[i].side[k];
			if (!w->links[i].up || w->links[i].school[k] != at || !s->queued)
				continue;
			for (size_t q = 0; q < s->queued; q++)
				fixture_must(receive_apply(&b, s->queue[q]), "receive");
			sides[n] = s;
			taken[n++] = s->queued;
		}
	bool scope_changed;
	if (world_faulty(w, FAULT_CRASH_BEFORE, 4)) {
		batch_abort(&b);
		world_crash(w, at, 1000 + world_random(w, 20000));
		return;
	}
	uint64_t from = w->schools[at].f.school.next_lseq;
	fixture_must(batch_commit(&b), "commit");
	w->counts[COUNT_COMMITS]++;
	check_commit(w, at);
	scope_changed = b.scope_changed;
	if (world_faulty(w, FAULT_CRASH_AFTER, 4)) {
		world_crash(w, at, 1000 + world_random(w, 20000));
		return;
	}
	for (size_t i = 0; i < w->link_count; i++)
		for (int k = 0; k < 2; k++) {
			struct side *s = &w->links[i].side[k];
			size_t count = 0;
			for (size_t q = 0; q < n; q++)
				if (sides[q] == s)
					count = taken[q];
			for (size_t q = 0; q < count && w->links[i].up; q++) {
				struct submission *p = s->queue[0];
				memmove(s->queue, s->queue + 1, --s->queued * sizeof *s->queue);
				s->durable_bytes += p->bytes.n;
				w->counts[COUNT_RECORDS] += p->admitted;
				step(w, &w->links[i], k, &(struct sync_event){.type = SYNC_SUBMITTED, .submission = p});
				submission_release(p);
				free(p);
			}
		}
	tell_committed(w, at, scope_changed);
	files_committed(w, at, from, w->schools[at].f.school.next_lseq);
}

/* A peer that sends what is none of its business: any record it holds. */
static void send_foreign(struct world *w)
{
	struct link *l = &w->links[world_random(w, w->link_count)];
	int i = (int)world_random(w, 2);
	struct world_school *from = &w->schools[l->school[i]];
	struct txn t;
	struct cursor c;
	struct buf out;
	if (!l->up || !from->up || !world_faulty(w, FAULT_FOREIGN, 300))
		return;
	uint8_t key[8];
	fixture_must(txn_begin(&t, from->f.store, false), "read");
	put_u64(key, 1 + world_random(w, from->f.school.next_lseq));
	cursor_open(&c, &t, T_REC);
	buf_init(&out, FRAME_BYTES_MAX);
	if (cursor_seek(&c, bytes_of(key, sizeof key))) {
		struct message m = {.type = MESSAGE_RECORD, .record = {.data = c.value}};
		message_encode(&m, &out);
		queue_packet(w, &l->to[!i], buf_bytes(&out));
	}
	cursor_close(&c);
	txn_abort(&t);
	buf_release(&out);
	/* its flow control no longer adds up: the session will end, and must recover */
}

/* --- time ------------------------------------------------------------------------------------- */

static void make_trouble(struct world *w)
{
	if (w->link_count && world_faulty(w, FAULT_PARTITION, 30)) {
		struct link *l = &w->links[world_random(w, w->link_count)];
		disconnect(w, l, 5000 + world_random(w, 60000));
	}
	size_t at = world_random(w, w->school_count);
	if (w->schools[at].up && world_faulty(w, FAULT_RESTART, 10))
		world_crash(w, (int)at, 500 + world_random(w, 5000));
	if (w->link_count)
		send_foreign(w);
}

static uint64_t earliest(const struct world *w, uint64_t until_ms)
{
	uint64_t at = w->next_work_ms < until_ms ? w->next_work_ms : until_ms;
	for (size_t i = 0; i < w->school_count; i++) {
		const struct world_school *s = &w->schools[i];
		if (!s->up && s->up_at_ms < at)
			at = s->up_at_ms;
		if (s->up && s->next_commit_ms && s->next_commit_ms < at)
			at = s->next_commit_ms;
	}
	for (size_t i = 0; i < w->link_count; i++) {
		const struct link *l = &w->links[i];
		bool both = w->schools[l->school[0]].up && w->schools[l->school[1]].up;
		if (!l->up && both && l->down_until_ms < at)
			at = l->down_until_ms;
		if (l->up && l->next_tick_ms < at)
			at = l->next_tick_ms;
		for (int k = 0; k < 2; k++)
			if (l->to[k].first && l->to[k].first->at_ms < at)
				at = l->to[k].first->at_ms;
	}
	return at;
}

static void run_links(struct world *w)
{
	for (size_t i = 0; i < w->link_count; i++) {
		struct link *l = &w->links[i];
		bool both = w->schools[l->school[0]].up && w->schools[l->school[1]].up;
		if (!l->up && both && l->down_until_ms <= w->now_ms)
			connect(w, l);
		for (int k = 0; k < 2; k++)
			while (l->up && l->to[k].first && l->to[k].first->at_ms <= w->now_ms)
				deliver(w, l, k);
		if (l->up && l->next_tick_ms <= w->now_ms) {
			l->next_tick_ms = w->now_ms + 30000;
			for (int k = 0; k < 2; k++)
				step(w, l, k, &(struct sync_event){.type = SYNC_TICK});
			for (int k = 0; k < 2; k++)
				files_tick(w, l, k);
		}
	}
}

bool world_run(struct world *w, uint64_t until_ms)
{
	while (!w->failed[0]) {
		uint64_t at = earliest(w, until_ms);
		if (at > w->now_ms)
			w->now_ms = at;
		if (w->now_ms >= until_ms)
			break;
		for (size_t i = 0; i < w->school_count; i++)
			if (!w->schools[i].up && w->schools[i].up_at_ms <= w->now_ms)
				come_up(w, (int)i);
		run_links(w);
		for (size_t i = 0; i < w->school_count; i++)
			if (w->schools[i].up && w->schools[i].next_commit_ms && w->schools[i].next_commit_ms <= w->now_ms)
				write_queued(w, (int)i);
		if (w->next_work_ms <= w->now_ms) {
			w->next_work_ms = w->now_ms + 200 + world_random(w, 800);
			workload_step(w);
			make_trouble(w);
			if (!check_now(w))
				break;
		}
	}
	return !w->failed[0];
}

bool world_settle(struct world *w)
{
	w->calm = true;
	for (size_t i = 0; i < w->link_count; i++)
		disconnect(w, &w->links[i], 1);
	/* a generous while: every backlog, several heartbeats */
	if (!world_run(w, w->now_ms + 400000))
		return false;
	return check_final(w);
}

void world_init(struct world *w, uint64_t seed, size_t schools, bool verbose)
{
	uint64_t mix = seed;
	*w = (struct world){.seed = seed, .now_ms = 1790000000000, .verbose = verbose};
	for (int i = 0; i < 4; i++) {
		mix += 0x9e3779b97f4a7c15;
		uint64_t z = mix;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		w->random[i] = z ^ z >> 31;
	}
	hash_start(&w->trace, "sim trace", 16, (struct bytes){0});
	w->next_work_ms = w->now_ms + 1;
	w->school_count = schools;
	for (size_t i = 0; i < schools; i++) {
		struct world_school *s = &w->schools[i];
		fixture_create(&s->f, (unsigned)(seed * 1000 + i), "Школа", w->now_ms);
		s->up = true;
		s->parent = -1;
		files_up(w, (int)i);
		if (i == 0)
			continue;
		/* the founder, satellites, second-wave schools */
		int parent = i <= (schools + 2) / 4 ? 0 : (int)(1 + world_random(w, (schools + 2) / 4));
		s->parent = parent;
		uint32_t depth = parent == 0 ? 4 : 2;
		fixture_join(&w->schools[parent].f, &s->f, POWER_ALL, depth, w->now_ms);
		struct link *l = &w->links[w->link_count++];
		*l = (struct link){.school = {(int)i, parent}};
	}
}

void world_release(struct world *w)
{
	w->calm = true;
	for (size_t i = 0; i < w->link_count; i++)
		disconnect(w, &w->links[i], 1);
	free(w->evidence);
	for (size_t i = 0; i < w->school_count; i++) {
		files_down(w, (int)i);
		files_release(&w->schools[i]);
		fixture_close(&w->schools[i].f);
		free(w->schools[i].acked);
		free(w->schools[i].acked_subject);
		free(w->schools[i].erased);
	}
}
