#include "node/events.h"

#include <stdlib.h>

#include "node/auth.h"
#include "node/loop.h"
#include "node/node.h"
#include "node/permit.h"
#include "proto/text.h"

struct follower {
	struct events *events;
	struct stream *stream;
	uint64_t session;
	uint8_t account[ACCOUNT_BYTES]; /* zeros: none */
	enum role role;
	uint8_t who[SUBJECT_BYTES];
	struct follower *next, **at;
};

struct change {
	uint8_t students[EVENT_STUDENTS_MAX][SUBJECT_BYTES];
	size_t count;
	bool transfers, network, school;
};

struct events {
	struct node *node;
	struct timer *timer, *watch; /* watch: while there are followers */
	struct follower *followers;
	size_t follower_count;
	struct change change;
	uint64_t last_id;
	bool stopped;
};

static void tell(void *arg);
static void watch(void *arg);

struct events *events_new(struct node *n)
{
	struct events *e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->node = n;
	e->last_id = clock_ms();
	e->timer = timer_new(n->loop, tell, e);
	e->watch = timer_new(n->loop, watch, e);
	if (e->timer && e->watch)
		return e;
	events_free(e);
	return NULL;
}

void events_free(struct events *e)
{
	if (!e)
		return;
	timer_free(e->timer);
	timer_free(e->watch);
	free(e);
}

static bool empty(const struct change *c)
{
	return c->count == 0 && !c->transfers && !c->network && !c->school;
}

/* Everybody hears only of those they have something to do with; structure is the administrator's. */
static bool concerns(const struct follower *f, const uint8_t *subject)
{
	struct permit p;
	if (f->role == ROLE_ADMINISTRATOR || f->role == ROLE_LOCAL)
		return true;
	permit_for(f->events->node, f->role, f->who, ABOUT_STUDENT, subject, &p);
	if (!p.relations)
		permit_for(f->events->node, f->role, f->who, ABOUT_TEACHER, subject, &p);
	if (!p.relations)
		permit_for(f->events->node, f->role, f->who, ABOUT_CLASS, subject, &p);
	return p.relations != 0;
}

static char *change_text(const struct change *c, const struct follower *f)
{
	json_t *students = json_array();
	for (size_t i = 0; i < c->count; i++) {
		char id[2 * SUBJECT_BYTES + 1];
		if (!concerns(f, c->students[i]))
			continue;
		hex_encode(c->students[i], SUBJECT_BYTES, id);
		json_array_append_new(students, json_string(id));
	}
	json_t *o = json_pack("{so sb sb sb}", "students", students, "transfers", c->transfers, "network", c->network,
			      "school", c->school);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	return text;
}

/*
 * A stream asks no more: what its request was allowed on is looked at again, before anything is said and from time
 * to time.
 */
static void watch(void *arg)
{
	struct events *e = arg;
	struct txn t;
	bool known = txn_begin(&t, e->node->opened.store, false) == ERR_OK;
	for (struct follower *f = e->followers, *next; f; f = next) {
		next = f->next;
		if (!known || !auth_stands(e->node, &t, f->session, f->role))
			stream_close(f->stream);
	}
	if (known)
		txn_abort(&t);
}

static void tell(void *arg)
{
	struct events *e = arg;
	struct change *change = &e->change;
	if (empty(change))
		return;
	uint64_t now = clock_ms();
	e->last_id = now > e->last_id ? now : e->last_id + 1;
	watch(e);
	for (struct follower *f = e->followers, *next; f; f = next) {
		next = f->next;
		char *text = change_text(change, f);
		if (text)
			stream_send(f->stream, e->last_id, "change", text);
		else
			stream_close(f->stream);
		free(text);
	}
	*change = (struct change){0};
}

static void soon(struct events *e)
{
	if (!empty(&e->change) && !timer_active(e->timer))
		timer_start(e->timer, EVENT_INTERVAL_MS, 0);
}

static void add_student(struct change *c, const uint8_t *subject)
{
	size_t low = 0, high = c->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = memcmp(c->students[mid], subject, SUBJECT_BYTES);
		if (order == 0)
			return;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (c->count == EVENT_STUDENTS_MAX)
		return; /* lists are read anew by then: school and transfers are set */
	memmove(c->students[low + 1], c->students[low], (c->count - low) * SUBJECT_BYTES);
	memcpy(c->students[low], subject, SUBJECT_BYTES);
	c->count++;
}

void events_committed(struct events *e, const struct commit *commit)
{
	struct txn t;
	struct cursor c;
	uint8_t from[8];
	size_t read = 0;
	struct change *change = &e->change;
	if (commit->from >= commit->to)
		return;
	if (!e->followers) {
		e->last_id++; /* whoever comes back has missed something */
		return;
	}
	if (txn_begin(&t, e->node->opened.store, false))
		return;
	put_u64(from, commit->from);
	cursor_open(&c, &t, T_REC);
	for (bool on = cursor_seek(&c, bytes_of(from, sizeof from)); on && get_u64(c.key.p) < commit->to && read < 4096;
	     on = cursor_next(&c), read++) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *author, *subject;
		if (!record_peek(c.value, &type, &cls, &author, &subject))
			continue;
		change->school = true;
		if (cls == CLASS_NETWORK) {
			change->network = true;
			continue;
		}
		change->transfers |= cls == CLASS_CHAIN;
		add_student(change, subject);
	}
	cursor_close(&c);
	txn_abort(&t);
	soon(e);
}

void events_network(struct events *e)
{
	if (!e->followers) {
		e->last_id++;
		return;
	}
	e->change.network = true;
	soon(e);
}

/* --- followers -------------------------------------------------------------------------------- */

static void left(void *arg)
{
	struct follower *f = arg;
	*f->at = f->next;
	if (f->next)
		f->next->at = f->at;
	if (--f->events->follower_count == 0)
		timer_stop(f->events->watch);
	free(f);
}

void events_follow(struct events *e, struct exchange *x)
{
	const char *since = request_header(x->req, "last-event-id");
	if (e->stopped || e->follower_count >= EVENT_STREAMS_MAX) {
		reply_error(x, ERR_BUSY, NULL, NULL);
		return;
	}
	struct follower *f = calloc(1, sizeof *f);
	if (!f) {
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	bool missed = since && strtoull(since, NULL, 10) != e->last_id;
	f->events = e;
	f->session = x->caller.session;
	f->role = x->caller.role;
	memcpy(f->who, x->caller.who, sizeof f->who);
	memcpy(f->account, x->caller.account, sizeof f->account);
	f->stream = reply_stream(x, left, f);
	if (!f->stream) {
		free(f);
		return;
	}
	f->next = e->followers;
	f->at = &e->followers;
	if (f->next)
		f->next->at = &f->next;
	e->followers = f;
	if (e->follower_count++ == 0)
		timer_start(e->watch, EVENT_SESSION_MS, EVENT_SESSION_MS);
	if (missed)
		stream_send(f->stream, e->last_id, "change",
			    "{\"students\":[],\"transfers\":true,\"network\":true,\"school\":true}");
}

void events_end_session(struct events *e, uint64_t session)
{
	for (struct follower *f = e->followers, *next; f; f = next) {
		next = f->next;
		if (f->session == session)
			stream_close(f->stream);
	}
}

void events_end_account(struct events *e, const uint8_t *account, uint64_t session)
{
	for (struct follower *f = e->followers, *next; f; f = next) {
		next = f->next;
		if (memcmp(f->account, account, sizeof f->account) == 0 && f->session != session)
			stream_close(f->stream);
	}
}

void events_stop(struct events *e)
{
	e->stopped = true;
	timer_stop(e->timer);
	timer_stop(e->watch);
	for (struct follower *f = e->followers, *next; f; f = next) {
		next = f->next;
		stream_close(f->stream);
	}
}
