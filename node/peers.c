#include "node/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "core/local.h"
#include "node/bans.h"
#include "node/events.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/metrics.h"
#include "node/node.h"
#include "node/peer_jobs.h"
#include "proto/require.h"

enum { BACKLOG = 64, STEADY_MS = 10 * 1000, DOUBLINGS_MAX = 16 };

struct peer {
	uint8_t id[SCHOOL_BYTES];
	enum peer_relation relation;
	bool current;	 /* a neighbour by the roster as it now is */
	bool joining;	 /* with the pending invitation */
	bool given_up;	 /* it refused for good: not called again */
	bool has_called; /* some session came about since the start */
	bool refused;
	char address[INVITE_ADDRESS_BYTES_MAX + 1];
	struct peer_conn *conn; /* the one to speak of */
	bool resolving;
	unsigned failures;
	uint64_t next_ms, synced_ms; /* 0: none */
	enum err reason;
	char reason_text[96]; /* empty: the error's own */
};

struct peers {
	struct node *node;
	uv_tcp_t listener;
	bool listening;
	struct timer *timer;
	struct peer **list;
	size_t count, cap;
	struct peer_conn *conns;
	size_t incoming, resolving;
	struct invite invite; /* the pending one; expires_ms 0: none */
	struct bans bans;
	bool started, stopping;
	unsigned handles;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

static void schedule(struct peers *p);

/* --- the list --------------------------------------------------------------------------------- */

static struct peer *find(const struct peers *p, const uint8_t *id)
{
	for (size_t i = 0; i < p->count; i++)
		if (memcmp(p->list[i]->id, id, SCHOOL_BYTES) == 0)
			return p->list[i];
	return NULL;
}

static struct peer *add(struct peers *p, const uint8_t *id)
{
	struct peer *peer = find(p, id);
	if (peer)
		return peer;
	if (p->count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 8;
		struct peer **list = realloc(p->list, cap * sizeof *list);
		if (!list)
			return NULL;
		p->list = list;
		p->cap = cap;
	}
	peer = calloc(1, sizeof *peer);
	if (!peer)
		return NULL;
	memcpy(peer->id, id, SCHOOL_BYTES);
	p->list[p->count++] = peer;
	return peer;
}

static void read_address(struct peers *p, struct peer *peer)
{
	struct txn t;
	struct bytes v;
	if (*peer->address || txn_begin(&t, p->node->opened.store, false))
		return;
	if (local_get(&t, LOCAL_ADDRESS, bytes_of(peer->id, SCHOOL_BYTES), &v) && v.n < sizeof peer->address) {
		memcpy(peer->address, v.p, v.n);
		peer->address[v.n] = '\0';
	}
	txn_abort(&t);
}

static enum err run_clear(struct batch *b, struct job *j)
{
	(void)j;
	pending_join_clear(&b->txn);
	return b->txn.err;
}

static void cleared(struct job *j, enum err e)
{
	(void)e; /* then the next start asks again, and is told that we are a member */
	free(j);
}

/* The invitation did its work, or never will. */
static void forget_invite(struct peers *p)
{
	struct job *j = calloc(1, sizeof *j);
	sodium_memzero(&p->invite, sizeof p->invite);
	if (!j)
		return;
	*j = (struct job){.run = run_clear, .done = cleared, .bytes = sizeof *j};
	if (writer_submit(p->node->writer, j))
		free(j);
}

static void note(struct peers *p, int i, enum peer_relation relation)
{
	const struct roster *r = &p->node->roster;
	struct peer *peer = i == NO_SCHOOL || r->members[i].revoked ? NULL : add(p, r->members[i].id);
	if (!peer || peer->current)
		return;
	peer->current = true;
	peer->relation = relation;
	read_address(p, peer);
}

/* Brings the list in line with the roster. */
static void refresh(struct peers *p)
{
	const struct roster *r = &p->node->roster;
	int me = node_me(p->node);
	for (size_t i = 0; i < p->count; i++)
		p->list[i]->current = false;
	note(p, r->members[me].parents[0], PEER_PARENT);
	note(p, r->members[me].parents[1], PEER_SECOND_PARENT);
	for (size_t i = 0; i < r->count; i++)
		if (r->members[i].member && (r->members[i].parents[0] == me || r->members[i].parents[1] == me))
			note(p, (int)i, PEER_CHILD);
	if (p->invite.expires_ms && roster_standing(r, me, clock_ms()) == ERR_OK &&
	    memcmp(r->root, p->node->opened.school.id, SCHOOL_BYTES) != 0) {
		struct peer *peer = find(p, p->invite.school);
		if (peer)
			peer->joining = false;
		forget_invite(p);
	}
	for (size_t i = 0; i < p->count;) {
		struct peer *peer = p->list[i];
		bool keep = peer->current || peer->joining || peer->conn || peer->resolving;
		if (keep) {
			i++;
			continue;
		}
		free(peer);
		p->list[i] = p->list[--p->count];
	}
	metric_set(METRIC_PEERS, (int64_t)p->count);
}

void peers_changed(struct peers *p)
{
	size_t connected = 0, equal = 0;
	for (struct peer_conn *c = p->conns; c; c = peer_conn_next(c)) {
		struct sync_status s;
		peer_conn_status(c, &s);
		connected += peer_conn_phase(c) == CONN_SYNCING;
		equal += s.complete;
	}
	metric_set(METRIC_PEERS_CONNECTED, (int64_t)connected);
	metric_set(METRIC_PEERS_EQUAL, (int64_t)equal);
	events_network(p->node->events);
}

/* --- calling ---------------------------------------------------------------------------------- */

struct resolving {
	uv_getaddrinfo_t req;
	struct peers *peers;
	uint8_t id[SCHOOL_BYTES];
};

static void explain(struct peer *peer, enum err e, const char *text)
{
	peer->reason = e;
	snprintf(peer->reason_text, sizeof peer->reason_text, "%s", text ? text : "");
}

/* Full jitter: schools that lost one parent together do not come back together. */
static void back_off(struct peer *peer)
{
	unsigned doublings = peer->failures < DOUBLINGS_MAX ? peer->failures : DOUBLINGS_MAX;
	uint64_t most = (uint64_t)BACKOFF_MIN_MS << doublings;
	if (most > BACKOFF_MAX_MS)
		most = BACKOFF_MAX_MS;
	peer->failures++;
	peer->next_ms = clock_ms() + BACKOFF_MIN_MS / 4 + randombytes_uniform((uint32_t)most);
}

static bool kx_of(const struct peers *p, const struct peer *peer, uint8_t out[KEY_BYTES])
{
	const struct roster *r = &p->node->roster;
	if (peer->joining) {
		memcpy(out, p->invite.kx, KEY_BYTES);
		return true;
	}
	int at = roster_find(r, peer->id);
	if (at == NO_SCHOOL || r->members[at].key_count == 0)
		return false;
	memcpy(out, r->members[at].keys[r->members[at].key_count - 1].kx, KEY_BYTES);
	return true;
}

static void call(struct peers *p, struct peer *peer, const struct sockaddr *to)
{
	struct dial d = {.to = to, .invite = peer->joining ? &p->invite : NULL};
	memcpy(d.id, peer->id, SCHOOL_BYTES);
	if (!kx_of(p, peer, d.kx)) {
		explain(peer, ERR_UNKNOWN_AUTHOR, "its network key has not arrived yet");
		back_off(peer);
		return;
	}
	peer->conn = peer_conn_dial(p->node, &d);
	if (peer->conn) {
		peer_conn_link(peer->conn, &p->conns);
	} else {
		explain(peer, ERR_NO_MEMORY, NULL);
		back_off(peer);
	}
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct resolving *x = (struct resolving *)req;
	struct peers *p = x->peers;
	struct peer *peer = find(p, x->id);
	p->resolving--;
	if (peer)
		peer->resolving = false;
	if (peer && !peer->conn && !p->stopping) {
		size_t n = 0;
		for (struct addrinfo *a = found; a; a = a->ai_next)
			n++;
		if (status < 0 || n == 0) {
			explain(peer, ERR_UNREACHABLE, status < 0 ? uv_strerror(status) : NULL);
			back_off(peer);
		} else {
			struct addrinfo *a = found;
			for (size_t i = peer->failures % n; i > 0; i--)
				a = a->ai_next;
			call(p, peer, a->ai_addr);
		}
		peers_changed(p);
	}
	uv_freeaddrinfo(found);
	free(x);
	schedule(p);
}

static void resolve(struct peers *p, struct peer *peer)
{
	struct address a;
	char port[8];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
	if (!address_parse(peer->address, &a)) {
		explain(peer, ERR_NO_ADDRESS, NULL);
		back_off(peer);
		return;
	}
	struct resolving *x = calloc(1, sizeof *x);
	snprintf(port, sizeof port, "%u", a.port);
	if (x) {
		x->peers = p;
		memcpy(x->id, peer->id, SCHOOL_BYTES);
	}
	if (!x || uv_getaddrinfo(p->node->loop, &x->req, on_resolved, a.host, port, &hints) != 0) {
		free(x);
		explain(peer, ERR_UNREACHABLE, NULL);
		back_off(peer);
		return;
	}
	peer->resolving = true;
	peer->next_ms = 0;
	p->resolving++;
}

static bool to_be_called(const struct peer *peer)
{
	return !peer->conn && !peer->resolving && *peer->address && !peer->given_up && (peer->current || peer->joining);
}

/* Calls who is due, and wakes for the next. */
static void on_due(void *arg)
{
	struct peers *p = arg;
	uint64_t now = clock_ms();
	for (size_t i = 0; i < p->count && p->resolving < RESOLVING_MAX; i++)
		if (to_be_called(p->list[i]) && p->list[i]->next_ms <= now)
			resolve(p, p->list[i]);
	schedule(p);
}

static void schedule(struct peers *p)
{
	uint64_t now = clock_ms(), next = UINT64_MAX;
	if (!p->started || p->stopping)
		return;
	for (size_t i = 0; i < p->count; i++)
		if (to_be_called(p->list[i]) && p->list[i]->next_ms < next)
			next = p->list[i]->next_ms;
	if (next == UINT64_MAX || p->resolving >= RESOLVING_MAX)
		timer_stop(p->timer);
	else
		timer_start(p->timer, next > now ? next - now : 1, 0);
}

/* --- being called ----------------------------------------------------------------------------- */

/* Behind one loopback address may stand a proxy, and everybody with it. */
static struct bytes ban_address(const struct peer_conn *c)
{
	const char *a = peer_conn_address(c);
	bool local = strncmp(a, "127.", 4) == 0 || strcmp(a, "::1") == 0 || strncmp(a, "::ffff:127.", 11) == 0;
	return local || !*a ? (struct bytes){0} : bytes_text(a);
}

static bool banned(struct peers *p, const struct peer_conn *c)
{
	struct bytes address = ban_address(c);
	const uint8_t *id = peer_conn_id(c);
	uint64_t now = clock_ms();
	return (address.n && !peer_conn_dialer(c) && bans_has(&p->bans, address, now)) ||
	       (id && bans_has(&p->bans, bytes_of(id, SCHOOL_BYTES), now));
}

bool peers_strike(struct peers *p, struct peer_conn *c, unsigned strikes)
{
	const uint8_t *id = peer_conn_phase(c) >= CONN_GREETING ? peer_conn_id(c) : NULL;
	struct bytes who = id ? bytes_of(id, SCHOOL_BYTES) : ban_address(c);
	metric_add(METRIC_PEER_STRIKES, strikes);
	return who.n && bans_strike(&p->bans, who, strikes, clock_ms());
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct peers *p = listener->data;
	if (status < 0 || p->stopping)
		return;
	struct peer_conn *c = peer_conn_accept(p->node, listener);
	if (!c)
		return;
	peer_conn_link(c, &p->conns);
	p->incoming++;
	if (p->incoming > PEERS_INCOMING_MAX || banned(p, c))
		peer_conn_close(c, p->incoming > PEERS_INCOMING_MAX ? ERR_BUSY : ERR_BANNED);
}

/* Of two, the one to keep; both ends come to the same. */
static struct peer_conn *keep(const struct peers *p, struct peer_conn *old, struct peer_conn *new)
{
	if (peer_conn_dialer(old) == peer_conn_dialer(new))
		return new;
	bool ours = memcmp(p->node->opened.school.id, peer_conn_id(new), SCHOOL_BYTES) < 0;
	return peer_conn_dialer(new) == ours ? new : old;
}

enum err peers_known(struct peers *p, struct peer_conn *c)
{
	if (banned(p, c))
		return ERR_BANNED;
	struct peer *peer = find(p, peer_conn_id(c));
	if (!peer)
		return ERR_OK; /* a stranger: the greeting goes on to say so, or to admit it */
	/* one that has not shown whom it reached may yet fail: it does not count */
	if (peer->conn && peer->conn != c && peer_conn_phase(peer->conn) >= CONN_GREETING &&
	    peer_conn_phase(peer->conn) != CONN_CLOSING) {
		if (keep(p, peer->conn, c) != c)
			return ERR_CLOSED;
		peer_conn_close(peer->conn, ERR_CLOSED);
	}
	peer->conn = c;
	return ERR_OK;
}

void peers_syncing(struct peers *p, struct peer_conn *c)
{
	struct peer *peer = find(p, peer_conn_id(c));
	if (peer) {
		peer->conn = c;
		peer->has_called = true;
		peer->refused = peer->given_up = false;
		peer->synced_ms = clock_ms();
		peer->next_ms = 0;
		explain(peer, ERR_OK, NULL);
	}
	peers_changed(p);
}

/* Answers that asking again will not change. */
static bool final(enum err e)
{
	return e == ERR_BAD_CODE || e == ERR_CODE_USED || e == ERR_CODE_EXPIRED || e == ERR_BAD_MAC || e == ERR_REVOKED ||
	       e == ERR_NO_POWER || e == ERR_BAD_FORM || e == ERR_SELF || e == ERR_WRONG_STATE;
}

static void check_stopped(struct peers *p)
{
	if (!p->stopping || p->conns || p->handles || !p->stopped)
		return;
	void (*stopped)(void *) = p->stopped;
	p->stopped = NULL;
	stopped(p->stopped_arg);
}

void peers_closed(struct peers *p, struct peer_conn *c, enum err reason, bool told, bool synced)
{
	const uint8_t *id = peer_conn_id(c);
	struct peer *peer = id ? find(p, id) : NULL;
	if (!peer_conn_dialer(c))
		p->incoming--;
	if (peer && peer->conn == c) {
		peer->conn = NULL;
		uint64_t now = clock_ms();
		if (synced && now > peer->synced_ms + STEADY_MS)
			peer->failures = 0;
		peer->refused = reason != ERR_CLOSED && reason != ERR_UNREACHABLE && reason != ERR_TIMEOUT && reason != ERR_BUSY &&
				reason != ERR_UNAVAILABLE;
		explain(peer, reason, NULL);
		if (told && peer->refused)
			snprintf(peer->reason_text, sizeof peer->reason_text, "the other school answers: %s", err_text(reason));
		back_off(peer);
		if (peer->joining && final(reason)) {
			peer->given_up = true;
			if (p->invite.expires_ms && memcmp(p->invite.school, peer->id, SCHOOL_BYTES) == 0)
				forget_invite(p);
		}
	}
	if (p->stopping) {
		check_stopped(p);
		return;
	}
	refresh(p);
	schedule(p);
	peers_changed(p);
}

/* --- what others say -------------------------------------------------------------------------- */

void peers_committed(struct peers *p, const struct commit *commit)
{
	if (commit->network_changed) {
		refresh(p);
		schedule(p);
		peers_changed(p);
	}
	for (struct peer_conn *c = p->conns, *next; c; c = next) {
		next = peer_conn_next(c);
		peer_conn_committed(c, commit);
		if (commit->network_changed)
			peer_conn_judge(c);
	}
}

void peers_files_again(struct peers *p)
{
	for (struct peer_conn *c = p->conns, *next; c; c = next) {
		next = peer_conn_next(c);
		peer_conn_files_again(c);
	}
}

void peers_files_held(struct peers *p, const uint8_t *subject, const uint8_t *id)
{
	for (struct peer_conn *c = p->conns, *next; c; c = next) {
		next = peer_conn_next(c);
		peer_conn_files_held(c, subject, id);
	}
}

static void call_soon(struct peers *p, struct peer *peer)
{
	peer->failures = 0;
	peer->next_ms = 0;
	peer->given_up = peer->refused = false;
	explain(peer, ERR_OK, NULL);
	schedule(p);
	peers_changed(p);
}

void peers_address(struct peers *p, const uint8_t id[SCHOOL_BYTES], const char *address)
{
	struct peer *peer = find(p, id);
	if (!peer)
		return;
	snprintf(peer->address, sizeof peer->address, "%s", address);
	call_soon(p, peer);
}

void peers_join(struct peers *p, const struct invite *i)
{
	for (size_t k = 0; k < p->count; k++) /* a newer invitation takes the place of the former */
		p->list[k]->joining = false;
	refresh(p);
	struct peer *peer = add(p, i->school);
	if (!peer)
		return;
	p->invite = *i;
	peer->joining = true;
	peer->relation = PEER_PARENT;
	snprintf(peer->address, sizeof peer->address, "%s", i->address);
	call_soon(p, peer);
}

/* --- life ------------------------------------------------------------------------------------- */

struct peers *peers_new(struct node *n)
{
	struct peers *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->node = n;
	p->timer = timer_new(n->loop, on_due, p);
	if (!p->timer) {
		free(p);
		return NULL;
	}
	return p;
}

enum err peers_listen(struct peers *p, const char *address, uint16_t port, const char **why)
{
	struct sockaddr_storage to = {0};
	if (uv_ip4_addr(address, port, (struct sockaddr_in *)&to) != 0 &&
	    uv_ip6_addr(address, port, (struct sockaddr_in6 *)&to) != 0) {
		*why = "not a numeric address";
		return ERR_CONFIG;
	}
	uv_tcp_init(p->node->loop, &p->listener);
	p->listener.data = p;
	p->listening = true;
	int e = uv_tcp_bind(&p->listener, (const struct sockaddr *)&to, 0);
	if (e == 0)
		e = uv_listen((uv_stream_t *)&p->listener, BACKLOG, on_connection);
	*why = e ? uv_strerror(e) : "";
	return e ? ERR_IO : ERR_OK;
}

uint16_t peers_port(const struct peers *p)
{
	struct sockaddr_storage at = {0};
	int n = sizeof at;
	if (!p->listening || uv_tcp_getsockname(&p->listener, (struct sockaddr *)&at, &n) != 0)
		return 0;
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port : ((struct sockaddr_in *)&at)->sin_port);
}

void peers_start(struct peers *p)
{
	struct txn t;
	struct invite i;
	p->started = true;
	refresh(p);
	if (txn_begin(&t, p->node->opened.store, false) == ERR_OK) {
		bool pending = pending_join_get(&t, &p->node->opened.school.vault, &i);
		txn_abort(&t);
		if (pending) {
			peers_join(p, &i);
			refresh(p); /* perhaps the certificate is here already */
		}
		sodium_memzero(&i, sizeof i);
	}
	schedule(p);
}

static void on_listener_closed(uv_handle_t *h)
{
	struct peers *p = h->data;
	p->handles--;
	check_stopped(p);
}

void peers_stop(struct peers *p, void (*stopped)(void *arg), void *arg)
{
	p->stopping = true;
	p->stopped = stopped;
	p->stopped_arg = arg;
	timer_free(p->timer);
	p->timer = NULL;
	if (p->listening) {
		p->handles++;
		uv_close((uv_handle_t *)&p->listener, on_listener_closed);
	}
	for (struct peer_conn *c = p->conns, *next; c; c = next) {
		next = peer_conn_next(c);
		peer_conn_close(c, ERR_UNAVAILABLE);
	}
	check_stopped(p);
}

void peers_free(struct peers *p)
{
	if (!p)
		return;
	require(!p->conns);
	for (size_t i = 0; i < p->count; i++)
		free(p->list[i]);
	free(p->list);
	sodium_memzero(p, sizeof *p);
	free(p);
}

/* --- for showing ------------------------------------------------------------------------------ */

static void status_of(const struct peer *peer, struct txn *t, struct peer_status *out)
{
	struct peer_row row;
	enum conn_phase phase = peer->conn ? peer_conn_phase(peer->conn) : CONN_CLOSING;
	*out = (struct peer_status){.relation = peer->relation, .address = *peer->address ? peer->address : NULL};
	memcpy(out->id, peer->id, SCHOOL_BYTES);
	if (peer_row_get(t, peer->id, &row))
		out->last_success_ms = row.verified_ms;
	if (phase == CONN_SYNCING) {
		peer_conn_status(peer->conn, &out->sync);
		out->state = PEER_CONNECTED;
		if (out->sync.verified_ms > out->last_success_ms)
			out->last_success_ms = out->sync.verified_ms;
		out->reason = out->sync.complete ? ERR_OK : out->sync.reason;
	} else {
		bool before = peer->has_called || out->last_success_ms;
		out->state = (peer->conn && phase != CONN_CLOSING) || peer->resolving ? PEER_CONNECTING
			     : peer->refused				     ? PEER_REFUSED
			     : before || peer->failures			     ? PEER_WAITING
									     : PEER_NEVER;
		out->reason = peer->reason;
		if (!out->reason)
			out->reason = !*peer->address && peer->relation != PEER_CHILD ? ERR_NO_ADDRESS : ERR_CLOSED;
		if (to_be_called(peer))
			out->next_attempt_ms = peer->next_ms ? peer->next_ms : clock_ms();
	}
	out->reason_text = phase != CONN_SYNCING && *peer->reason_text ? peer->reason_text
			   : out->reason == ERR_CLOSED && peer->relation == PEER_CHILD && !*peer->address
			       ? "waiting for that school to call"
			       : err_text(out->reason);
}

bool peers_status(const struct peers *p, struct txn *t, size_t i, struct peer_status *out)
{
	if (i >= p->count)
		return false;
	status_of(p->list[i], t, out);
	return true;
}

bool peers_find(const struct peers *p, struct txn *t, const uint8_t id[SCHOOL_BYTES], struct peer_status *out)
{
	const struct peer *peer = find(p, id);
	if (peer)
		status_of(peer, t, out);
	return peer != NULL;
}
