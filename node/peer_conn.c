#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "node/events.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/metrics.h"
#include "node/peer_conn_state.h"
#include "node/peers.h"

enum {
	READ_BYTES = 64 * 1024,
	IN_BYTES_MAX = 2 * READ_BYTES + FRAME_BYTES_MAX + FRAME_OVERHEAD_BYTES,
	OUT_BYTES_MAX = 32 * 1024 * 1024,
	KEEPALIVE_S = 60,
	CLOSING_MS = 2000,
};

/* The connection and its socket; nobody else sees the second. */
struct socket_conn {
	struct peer_conn c; /* first: the one is found from the other */
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_shutdown_t shutdown;
};

static struct socket_conn *socket_of(struct peer_conn *c)
{
	return (struct socket_conn *)c;
}

static uv_tcp_t *tcp_of(struct peer_conn *c)
{
	return &socket_of(c)->tcp;
}

static void want_input(struct peer_conn *c);
static void arm(struct peer_conn *c);

/* --- the end ---------------------------------------------------------------------------------- */

void conn_release(struct peer_conn *c)
{
	if (!c->closed || c->refs || c->submissions.in_flight)
		return;
	submissions_drop(&c->submissions);
	greet_release(&c->greet);
	blob_link_release(&c->files);
	sync_free(c->sync);
	noise_wipe(&c->noise);
	frame_wipe(&c->framer);
	buf_wipe(&c->in);
	buf_wipe(&c->payload);
	buf_wipe(&c->out);
	sodium_memzero(c, sizeof(struct socket_conn));
	free(c);
}

static void on_closed(uv_handle_t *h)
{
	struct peer_conn *c = h->data;
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->closed = true;
	peers_closed(c->node->peers, c, c->reason, c->told, c->synced);
	conn_release(c);
}

static void hang_up(struct peer_conn *c)
{
	if (uv_is_closing((uv_handle_t *)tcp_of(c)))
		return;
	timer_free(c->timer);
	c->timer = NULL;
	uv_close((uv_handle_t *)tcp_of(c), on_closed);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	(void)req, (void)status;
}

/* The last word is on its way; closing with unread input would destroy it. */
static void part(struct peer_conn *c)
{
	socket_of(c)->shutdown.data = c;
	if (uv_shutdown(&socket_of(c)->shutdown, (uv_stream_t *)tcp_of(c), on_shutdown) != 0) {
		hang_up(c);
		return;
	}
	timer_start(c->timer, CLOSING_MS, 0);
	want_input(c);
}

void conn_close(struct peer_conn *c, enum err reason, bool told)
{
	if (c->phase == CONN_CLOSING)
		return;
	bool can_say = c->phase >= CONN_GREETING && !told && reason != ERR_CLOSED && reason != ERR_BAD_SEAL;
	bool quiet = reason == ERR_CLOSED;
	c->reason = reason;
	c->told = told;
	c->synced = c->phase == CONN_SYNCING;
	log_event(quiet ? LEVEL_INFO : LEVEL_WARNING, "peer_closed", LOG_TEXT("address", c->address),
		  LOG_HEX("peer", c->id, SHORT_ID_BYTES), LOG_ERR(reason), LOG_TEXT("by", told ? "peer" : "us"));
	c->phase = CONN_CLOSING;
	blob_link_release(&c->files); /* others may fetch it now */
	if (!can_say) {
		hang_up(c);
		return;
	}
	greet_bye(reason, &c->out);
	conn_flush(c);
	if (!uv_is_closing((uv_handle_t *)tcp_of(c)))
		part(c);
}

void peer_conn_close(struct peer_conn *c, enum err reason)
{
	conn_close(c, reason, false);
}

/* --- writing ---------------------------------------------------------------------------------- */

struct wire {
	uv_write_t req;
	struct buf bytes;
};

static void sync_event(struct peer_conn *c, const struct sync_event *e);

static size_t queued(const struct peer_conn *c)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&((const struct socket_conn *)c)->tcp);
}

static void on_written(uv_write_t *req, int status)
{
	struct wire *w = (struct wire *)req;
	struct peer_conn *c = req->handle->data;
	buf_release(&w->bytes);
	free(w);
	if (status < 0) {
		if (c->phase == CONN_CLOSING)
			hang_up(c);
		else
			conn_close(c, ERR_CLOSED, false);
		return;
	}
	if (queued(c) == 0 && c->phase == CONN_SYNCING) {
		sync_event(c, &(struct sync_event){.type = SYNC_DRAINED});
		conn_flush(c);
	}
	want_input(c);
}

/* Takes what the buffer holds. */
void conn_send(struct peer_conn *c, struct buf *bytes)
{
	if (bytes->n == 0 || uv_is_closing((uv_handle_t *)tcp_of(c))) {
		buf_release(bytes);
		return;
	}
	metric_add(METRIC_PEER_BYTES_OUT, bytes->n);
	struct wire *w = malloc(sizeof *w);
	if (!w) {
		buf_release(bytes);
		hang_up(c);
		return;
	}
	w->bytes = *bytes;
	uv_buf_t b = uv_buf_init((char *)w->bytes.p, (unsigned)w->bytes.n);
	if (uv_write(&w->req, (uv_stream_t *)tcp_of(c), &b, 1, on_written) != 0) {
		buf_release(&w->bytes);
		free(w);
		hang_up(c);
	}
}

void conn_flush(struct peer_conn *c)
{
	struct buf wire;
	if (c->out.n == 0 && !c->out.err)
		return;
	buf_init(&wire, OUT_BYTES_MAX + OUT_BYTES_MAX / 8);
	enum err e = channel_seal(&c->framer, &c->out, &wire);
	if (!e) {
		conn_send(c, &wire);
		return;
	}
	buf_release(&wire);
	c->framer.failed = true;
	if (c->phase == CONN_CLOSING)
		hang_up(c);
	else
		conn_close(c, ERR_BAD_SEAL, false);
}

static void submitted(void *arg, const struct submission *s, enum err result)
{
	struct peer_conn *c = arg;
	if (result == ERR_OK) {
		metric_add(METRIC_RECORDS_PEER, s->admitted);
		metric_add(METRIC_RECORDS_REFUSED, s->refused);
	}
	if (c->phase == CONN_SYNCING && result) {
		conn_close(c, result, false);
	} else if (c->phase == CONN_SYNCING) {
		sync_event(c, &(struct sync_event){.type = SYNC_SUBMITTED, .submission = s});
		conn_flush(c);
		want_input(c);
	}
	conn_release(c);
}

/* --- replication ------------------------------------------------------------------------------ */

/* One step; what it wants written stays in c->out until flush_out. */
static void sync_event(struct peer_conn *c, const struct sync_event *event)
{
	struct txn t;
	struct sync_event e = *event;
	struct sync_output out = {.messages = &c->out};
	e.now_ms = clock_ms();
	enum err bad = txn_begin(&t, c->node->opened.store, false);
	if (bad) {
		conn_close(c, bad, false);
		return;
	}
	sync_step(c->sync, &t, &e, &out);
	txn_abort(&t);
	if (out.submission && submissions_add(&c->submissions, out.submission))
		out.error = ERR_NO_MEMORY;
	if (out.error && err_peer_action(out.error) == PEER_STRIKE)
		out.strikes++;
	if (out.strikes && peers_strike(c->node->peers, c, out.strikes))
		out.error = ERR_BANNED;
	if (out.error)
		conn_close(c, out.error, false);
	struct sync_status s;
	sync_status(c->sync, &s);
	if (s.complete != c->was_complete) {
		c->was_complete = s.complete;
		arm(c);
		peers_changed(c->node->peers);
	} else if (s.sent + s.received != c->moved && e.now_ms >= c->moved_ms + EVENT_PROGRESS_MS) {
		c->moved = s.sent + s.received;
		c->moved_ms = e.now_ms;
		events_network(c->node->events);
	}
}

/* --- files ------------------------------------------------------------------------------------ */

static void op_done(void *arg, const struct evidence_result *r);

/* Hands the ops of a step out, and judges the peer by it. What is to be said stays in c->out. */
static void end_files_step(struct peer_conn *c, struct blob_output *out)
{
	for (size_t i = 0; i < out->op_count && !out->error; i++) {
		out->error = evidence_op(c->node->evidence, &out->ops[i], op_done, c);
		c->refs += !out->error;
	}
	if (out->error && err_peer_action(out->error) == PEER_STRIKE)
		out->strikes++;
	if (out->strikes && peers_strike(c->node->peers, c, out->strikes))
		out->error = ERR_BANNED;
	if (out->error)
		conn_close(c, out->error, false);
}

/* One step of the link's, `t` and `out` named there. */
#define FILES_STEP(c, call)                                                                        \
	do {                                                                                       \
		struct txn t_, *t = &t_;                                                           \
		struct blob_output out_ = {.messages = &(c)->out}, *out = &out_;                   \
		enum err bad_ = txn_begin(t, (c)->node->opened.store, false);                      \
		if (bad_) {                                                                        \
			conn_close(c, bad_, false);                                                \
			break;                                                                     \
		}                                                                                  \
		call;                                                                              \
		txn_abort(t);                                                                      \
		end_files_step(c, out);                                                            \
	} while (0)

static void op_done(void *arg, const struct evidence_result *r)
{
	struct peer_conn *c = arg;
	c->refs--;
	if (c->phase != CONN_SYNCING) {
		conn_release(c);
		return;
	}
	if (r->op.type == BLOB_OP_LOAD)
		FILES_STEP(c, blob_link_loaded(&c->files, t, &r->op, r->err, buf_bytes(&r->data), r->pieces, out));
	else if (r->op.type == BLOB_OP_READ)
		FILES_STEP(c, blob_link_read(&c->files, t, &r->op, r->err, buf_bytes(&r->data), out));
	else
		FILES_STEP(c, blob_link_done(&c->files, t, &r->op, r->err, out));
	conn_flush(c);
	want_input(c);
}

static void files_message(struct peer_conn *c, const struct message *m)
{
	FILES_STEP(c, blob_link_message(&c->files, t, m, out));
}

void peer_conn_files_again(struct peer_conn *c)
{
	if (c->phase != CONN_SYNCING)
		return;
	FILES_STEP(c, blob_link_again(&c->files, t, out));
	conn_flush(c);
}

void peer_conn_files_held(struct peer_conn *c, const uint8_t *subject, const uint8_t *id)
{
	if (c->phase != CONN_SYNCING)
		return;
	FILES_STEP(c, blob_link_held(&c->files, t, subject, id, out));
	conn_flush(c);
}

static void files_tick(struct peer_conn *c)
{
	FILES_STEP(c, blob_link_tick(&c->files, t, out));
	conn_flush(c);
}

void conn_start_sync(struct peer_conn *c)
{
	struct sync_options o = {.dialer = c->dialer, .program = ESTAFETA_PROGRAM};
	memcpy(o.peer, c->id, SCHOOL_BYTES);
	memcpy(o.incarnation, c->node->opened.school.incarnation, INCARNATION_BYTES);
	c->sync = sync_new(&o);
	if (!c->sync) {
		conn_close(c, ERR_NO_MEMORY, false);
		return;
	}
	blob_link_init(&c->files, evidence_blobs(c->node->evidence), c->sync);
	c->phase = CONN_SYNCING;
	arm(c);
	log_event(LEVEL_INFO, "peer_connected", LOG_TEXT("address", c->address), LOG_HEX("peer", c->id, SHORT_ID_BYTES));
	peers_syncing(c->node->peers, c);
	sync_event(c, &(struct sync_event){.type = SYNC_START});
}

/* --- reading ---------------------------------------------------------------------------------- */

/* One message of the frame at hand. */
static void take_message(struct peer_conn *c)
{
	struct bytes rest = bytes_of(c->payload.p + c->taken, c->payload.n - c->taken);
	size_t before = rest.n;
	struct message m;
	enum err e = message_decode(&rest, &m);
	if (e) {
		peers_strike(c->node->peers, c, 1);
		conn_close(c, e, false);
		return;
	}
	if (c->phase == CONN_GREETING) {
		if (conn_greeting(c, &m)) /* else sync is to have it, once it runs */
			c->taken += before - rest.n;
		return;
	}
	c->taken += before - rest.n;
	if (m.type == MESSAGE_BYE) {
		e = err_from_wire(m.bye.reason);
		conn_close(c, e ? e : ERR_CLOSED, true);
		return;
	}
	if (m.type == MESSAGE_BLOB_WANT || m.type == MESSAGE_BLOB || m.type == MESSAGE_BLOB_HAVE) {
		files_message(c, &m);
		return;
	}
	c->fed = true;
	sync_event(c, &(struct sync_event){.type = SYNC_MESSAGE, .message = &m});
	if ((m.type == MESSAGE_HELLO || m.type == MESSAGE_SCOPE) && c->phase == CONN_SYNCING)
		peer_conn_files_again(c); /* more may be shared now */
}

/* Everything at hand, as far as the phase allows. */
void conn_process(struct peer_conn *c)
{
	struct bytes in = buf_bytes(&c->in);
	while (!c->waiting && c->phase != CONN_CLOSING) {
		if (c->phase == CONN_HANDSHAKE) {
			if (!conn_handshake(c, &in))
				break;
		} else if (c->taken < c->payload.n) {
			take_message(c);
		} else {
			bool whole = false;
			c->taken = 0;
			buf_reset(&c->payload);
			enum err e = frame_feed(&c->framer, &in, &c->payload, &whole);
			if (e) {
				peers_strike(c->node->peers, c, 1);
				conn_close(c, ERR_BAD_SEAL, false);
			}
			if (!whole)
				break;
		}
	}
	buf_consume(&c->in, c->in.n - in.n);
	if (c->phase == CONN_SYNCING && c->fed) {
		c->fed = false;
		sync_event(c, &(struct sync_event){.type = SYNC_FLUSH});
	}
	if (c->phase != CONN_CLOSING)
		conn_flush(c);
	want_input(c);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct peer_conn *c = h->data;
	(void)suggested;
	size_t n = c->in.n;
	char *to = (char *)buf_extend(&c->in, READ_BYTES);
	c->in.n = n;
	*b = uv_buf_init(to, to ? READ_BYTES : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct peer_conn *c = stream->data;
	(void)b;
	if (n == 0)
		return;
	if (n < 0) {
		if (c->phase == CONN_CLOSING)
			hang_up(c);
		else
			conn_close(c, n == UV_ENOBUFS ? ERR_NO_MEMORY : ERR_CLOSED, false);
		return;
	}
	metric_add(METRIC_PEER_BYTES_IN, (uint64_t)n);
	c->heard_ms = clock_ms();
	if (c->phase == CONN_CLOSING)
		return; /* read only so that our last word is not lost */
	c->in.n += (size_t)n;
	conn_process(c);
}

/*
 * The dialer bears sixteen times the queue: were both sides to stop reading at
 * the same mark, neither would go on.
 */
static void want_input(struct peer_conn *c)
{
	size_t most = (size_t)PEER_WRITE_QUEUE_BYTES_MAX * (c->dialer ? 16 : 1);
	if (uv_is_closing((uv_handle_t *)tcp_of(c)) || c->phase == CONN_CONNECTING)
		return;
	bool want = c->phase == CONN_CLOSING || (!c->waiting && c->submissions.pending == 0 && queued(c) <= most);
	if (want == c->reading)
		return;
	c->reading = want;
	if (!want)
		uv_read_stop((uv_stream_t *)tcp_of(c));
	else if (uv_read_start((uv_stream_t *)tcp_of(c), on_alloc, on_read) != 0)
		hang_up(c);
}

/* --- time ------------------------------------------------------------------------------------- */

static void arm(struct peer_conn *c)
{
	if (c->timer && c->phase == CONN_SYNCING)
		timer_start(c->timer, jitter_ms(PEER_TICK_MS), 0);
}

static void on_timer(void *arg)
{
	struct peer_conn *c = arg;
	uint64_t now = clock_ms();
	if (c->phase == CONN_CLOSING) {
		hang_up(c);
		return;
	}
	if (c->phase != CONN_SYNCING || now > c->heard_ms + PEER_IDLE_TIMEOUT_MS) {
		conn_close(c, ERR_TIMEOUT, false);
		return;
	}
	arm(c);
	submissions_retry(&c->submissions);
	peer_conn_judge(c); /* a membership may have run out */
	/* a link in agreement needs no more than a heartbeat */
	if (c->phase == CONN_SYNCING && (!c->was_complete || now > c->ticked_ms + HEARTBEAT_MS)) {
		c->ticked_ms = now;
		sync_event(c, &(struct sync_event){.type = SYNC_TICK});
		conn_flush(c);
	}
	if (c->phase == CONN_SYNCING)
		files_tick(c);
	want_input(c);
}

void peer_conn_committed(struct peer_conn *c, const struct commit *commit)
{
	submissions_retry(&c->submissions);
	if (c->phase != CONN_SYNCING)
		return;
	sync_event(c, &(struct sync_event){.type = SYNC_COMMITTED, .scope_changed = commit->scope_changed});
	if (c->phase == CONN_SYNCING)
		conn_flush(c);
	if (commit->scope_changed)
		peer_conn_files_again(c);
	want_input(c);
}

void peer_conn_judge(struct peer_conn *c)
{
	if (c->phase != CONN_SYNCING)
		return;
	enum err e = conn_judge(c);
	/* just joined, and our own certificate is still on its way */
	if (e == ERR_NOT_MEMBER && c->invite.expires_ms && !c->joining &&
	    roster_standing(&c->node->roster, node_me(c->node), clock_ms()) == ERR_NOT_MEMBER)
		return;
	if (e)
		conn_close(c, e, false);
}

/* --- beginning -------------------------------------------------------------------------------- */

static void note_address(struct peer_conn *c)
{
	struct sockaddr_storage at = {0};
	int n = sizeof at;
	if (uv_tcp_getpeername(tcp_of(c), (struct sockaddr *)&at, &n) == 0)
		uv_ip_name((struct sockaddr *)&at, c->address, sizeof c->address);
}

static struct peer_conn *conn_new(struct node *n, bool dialer)
{
	struct peer_conn *c = calloc(1, sizeof(struct socket_conn));
	if (!c)
		return NULL;
	c->node = n;
	c->dialer = dialer;
	c->heard_ms = clock_ms();
	c->ticked_ms = c->heard_ms;
	submissions_init(&c->submissions, n->writer, submitted, c);
	c->timer = timer_new(n->loop, on_timer, c);
	if (!c->timer) {
		free(c);
		return NULL;
	}
	buf_init(&c->in, IN_BYTES_MAX);
	buf_init(&c->payload, FRAME_PAYLOAD_BYTES_MAX);
	buf_init(&c->out, OUT_BYTES_MAX);
	uv_tcp_init(n->loop, tcp_of(c));
	tcp_of(c)->data = c;
	return c;
}

static void connected(struct peer_conn *c)
{
	note_address(c);
	uv_tcp_nodelay(tcp_of(c), 1);
	uv_tcp_keepalive(tcp_of(c), 1, KEEPALIVE_S);
	timer_start(c->timer, HANDSHAKE_TIMEOUT_MS, 0);
	if (c->dialer)
		channel_dial(&c->noise, c->node->opened.school.kx_secrets[0], c->kx);
	c->phase = CONN_HANDSHAKE;
	want_input(c);
}

static void on_connect(uv_connect_t *req, int status)
{
	struct peer_conn *c = req->data;
	if (c->phase == CONN_CLOSING)
		return;
	if (status < 0) {
		conn_close(c, ERR_UNREACHABLE, false);
		return;
	}
	connected(c);
	if (conn_write_handshake(c))
		conn_close(c, ERR_HANDSHAKE, false);
}

struct peer_conn *peer_conn_dial(struct node *n, const struct dial *d)
{
	struct peer_conn *c = conn_new(n, true);
	if (!c)
		return NULL;
	memcpy(c->id, d->id, SCHOOL_BYTES);
	memcpy(c->kx, d->kx, KEY_BYTES);
	if (d->invite) {
		c->invite = *d->invite;
		c->joining = true;
	}
	uv_ip_name(d->to, c->address, sizeof c->address);
	socket_of(c)->connect.data = c;
	timer_start(c->timer, HANDSHAKE_TIMEOUT_MS, 0);
	/* a failure at once is told as one that comes later */
	if (uv_tcp_connect(&socket_of(c)->connect, tcp_of(c), d->to, on_connect) != 0)
		timer_start(c->timer, 0, 0);
	return c;
}

struct peer_conn *peer_conn_accept(struct node *n, struct uv_stream_s *listener)
{
	struct peer_conn *c = conn_new(n, false);
	if (!c)
		return NULL;
	if (uv_accept(listener, (uv_stream_t *)tcp_of(c)) != 0)
		timer_start(c->timer, 0, 0);
	else
		connected(c);
	return c;
}

/* --- for the owner ---------------------------------------------------------------------------- */

enum conn_phase peer_conn_phase(const struct peer_conn *c)
{
	return c->phase;
}

bool peer_conn_dialer(const struct peer_conn *c)
{
	return c->dialer;
}

bool peer_conn_joining(const struct peer_conn *c)
{
	return c->joining;
}

const uint8_t *peer_conn_id(const struct peer_conn *c)
{
	return c->dialer || c->greet.authentic ? c->id : NULL;
}

const char *peer_conn_address(const struct peer_conn *c)
{
	return c->address;
}

void peer_conn_status(const struct peer_conn *c, struct sync_status *out)
{
	*out = (struct sync_status){0};
	if (c->phase == CONN_SYNCING)
		sync_status(c->sync, out);
}

struct peer_conn *peer_conn_next(const struct peer_conn *c)
{
	return c->next;
}

void peer_conn_link(struct peer_conn *c, struct peer_conn **list)
{
	c->next = *list;
	c->at = list;
	if (c->next)
		c->next->at = &c->next;
	*list = c;
}
