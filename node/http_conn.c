#include "node/http_conn.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "proto/require.h"

enum {
	READ_BYTES = 64 * 1024,
	IN_BYTES_MAX = HTTP_HEAD_BYTES_MAX + READ_BYTES,
	SWEEP_MS = 250,
	BACKLOG = 128,
	LOCAL_RESERVE = 16, /* the control socket answers when the network's places are taken */
};

struct http_server {
	uv_loop_t *loop;
	const struct router *router;
	uv_tcp_t tcp;
	uv_pipe_t pipe;
	uv_timer_t sweep;
	bool has_tcp, has_pipe;
	int handles; /* of the three above, still open */
	struct http_conn *conns;
	size_t conn_n;
	uint32_t id_prefix, id_count;
	bool stopping;
	void (*done)(void *arg);
	void *done_arg;
	char read[READ_BYTES]; /* libuv asks for it and fills it in one breath */
};

enum state {
	IN_HEAD,
	IN_BODY,
	HANDLING,  /* a handler has the exchange */
	REPLYING,  /* the reply is on its way */
	STREAMING, /* server-sent events until somebody closes */
	LINGERING, /* said all; waits for the client to read it and close */
	CLOSED,
};

struct http_conn {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} u;
	struct http_server *server;
	struct http_conn *prev, *next;
	enum state state;
	bool local;
	char address[REQUEST_ADDRESS_BYTES];
	bool served; /* has had an answer: then it may idle longer */
	bool keep;   /* after the reply in progress */
	bool eof;
	bool reading;
	bool working; /* inside work(): replies need not call it */
	struct buf in;
	size_t scanned;
	struct exchange *x;
	struct stream *events;
	struct buf out;
	uv_write_t write;
	uv_shutdown_t shutdown;
	uint64_t since_ms; /* the state's deadline counts from here */
	uint64_t pinged_ms;
	uint64_t begun_ns; /* the request in progress */
	size_t queued;	   /* bytes unsent at the last sweep */
	size_t paced;	   /* bytes of the body that had come by since_ms */
};

static void work(struct http_conn *c);

static uint64_t now_ms(const struct http_conn *c)
{
	return uv_now(c->server->loop);
}

static void enter(struct http_conn *c, enum state state)
{
	c->state = state;
	c->since_ms = now_ms(c);
}

/* --- closing ---------------------------------------------------------------------------------- */

static void check_stopped(struct http_server *s)
{
	if (!s->stopping || s->conn_n || s->handles)
		return;
	void (*done)(void *) = s->done;
	void *arg = s->done_arg;
	free(s);
	done(arg);
}

static void on_server_handle_closed(uv_handle_t *h)
{
	struct http_server *s = h->data;
	s->handles--;
	check_stopped(s);
}

static void stop_sweep(struct http_server *s)
{
	if (!s->stopping)
		uv_timer_stop(&s->sweep);
	else if (!uv_is_closing((uv_handle_t *)&s->sweep))
		uv_close((uv_handle_t *)&s->sweep, on_server_handle_closed);
}

static void on_conn_closed(uv_handle_t *h)
{
	struct http_conn *c = h->data;
	struct http_server *s = c->server;
	if (c->events)
		stream_drop(c->events);
	if (c->prev)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	s->conn_n--;
	buf_wipe(&c->in);
	buf_release(&c->out);
	free(c);
	if (s->conn_n == 0)
		stop_sweep(s);
	check_stopped(s);
}

static void conn_close(struct http_conn *c)
{
	if (c->state == CLOSED)
		return;
	if (c->x && c->state == IN_BODY)
		exchange_free(c->x);
	else if (c->x)
		exchange_detach(c->x);
	c->x = NULL;
	c->state = CLOSED;
	uv_close(&c->u.handle, on_conn_closed);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	(void)req;
	(void)status;
}

/* Closing at once would destroy the answer while the client is still sending. */
static void linger(struct http_conn *c)
{
	if (c->eof || uv_shutdown(&c->shutdown, &c->u.stream, on_shutdown) != 0) {
		conn_close(c);
		return;
	}
	buf_reset(&c->in);
	enter(c, LINGERING);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	(void)suggested;
	struct http_conn *c = h->data;
	*b = uv_buf_init(c->server->read, READ_BYTES);
}

static void feed(struct http_conn *c, struct bytes got)
{
	if (c->state == STREAMING || c->state == LINGERING)
		return;
	if (c->state == IN_HEAD && c->in.n == 0)
		c->since_ms = now_ms(c);
	buf_put(&c->in, got.p, got.n);
	if (c->in.err) {
		conn_close(c);
		return;
	}
	work(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct http_conn *c = stream->data;
	if (n == 0 || c->state == CLOSED)
		return;
	if (n == UV_EOF && (c->state == HANDLING || c->state == REPLYING)) {
		c->eof = true; /* it has said all and may still listen */
		c->reading = false;
		uv_read_stop(stream);
		return;
	}
	if (n < 0) {
		conn_close(c);
		return;
	}
	feed(c, bytes_of(b->base, (size_t)n));
}

/* Reads on unless requests are waiting already: their number is the client's to limit. */
static void want_input(struct http_conn *c)
{
	if (c->state == CLOSED || c->eof)
		return;
	bool waiting = c->state == HANDLING || c->state == REPLYING;
	bool want = !waiting || c->in.n < HTTP_HEAD_BYTES_MAX;
	if (want == c->reading)
		return;
	c->reading = want;
	if (!want)
		uv_read_stop(&c->u.stream);
	else if (uv_read_start(&c->u.stream, on_alloc, on_read) != 0)
		conn_close(c);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void reply_sent(struct http_conn *c)
{
	buf_release(&c->out);
	c->served = true;
	if (c->events && c->eof) {
		conn_close(c);
	} else if (c->events) {
		c->pinged_ms = now_ms(c);
		enter(c, STREAMING);
	} else if (c->keep && !c->server->stopping && !c->eof) {
		enter(c, IN_HEAD);
	} else if (c->keep && c->eof && c->in.n) {
		enter(c, IN_HEAD); /* pipelined, then half closed */
	} else {
		linger(c);
	}
	if (!c->working)
		work(c);
}

static void on_reply_written(uv_write_t *req, int status)
{
	struct http_conn *c = req->data;
	if (c->state == CLOSED)
		return;
	if (status < 0)
		conn_close(c);
	else
		reply_sent(c);
}

static void send_out(struct http_conn *c)
{
	enter(c, REPLYING);
	uv_buf_t b = uv_buf_init((char *)c->out.p, (unsigned)c->out.n);
	int n = uv_try_write(&c->u.stream, &b, 1);
	if (n == (int)c->out.n) {
		reply_sent(c);
		return;
	}
	if (n > 0)
		b = uv_buf_init((char *)c->out.p + n, (unsigned)(c->out.n - (size_t)n));
	c->queued = b.len;
	c->write.data = c;
	if ((n < 0 && n != UV_EAGAIN) ||
	    uv_write(&c->write, &c->u.stream, &b, 1, on_reply_written) != 0)
		conn_close(c);
}

static void io_reply(void *conn, struct exchange *x, struct buf *bytes, int status,
		     struct stream *stream)
{
	struct http_conn *c = conn;
	const struct router *router = c->server->router;
	require(c->x == x);
	c->x = NULL;
	c->keep = x->request.keep_alive;
	c->events = stream;
	c->out = *bytes;
	if (router->observe)
		router->observe(router->app, x->route ? x->route->pattern : NULL, status,
				uv_hrtime() - c->begun_ns);
	if (c->out.n == 0)
		conn_close(c);
	else
		send_out(c);
}

struct event_write {
	uv_write_t req;
	char data[];
};

static void on_event_written(uv_write_t *req, int status)
{
	struct http_conn *c = req->handle->data;
	free((struct event_write *)req->data);
	if (status < 0)
		conn_close(c);
}

static void io_stream_write(void *conn, struct bytes text)
{
	struct http_conn *c = conn;
	if (c->state == CLOSED)
		return;
	size_t queued = uv_stream_get_write_queue_size(&c->u.stream);
	if (queued + text.n > HTTP_WRITE_QUEUE_BYTES_MAX) {
		conn_close(c);
		return;
	}
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)text.p, (unsigned)text.n);
	int n = queued ? UV_EAGAIN : uv_try_write(&c->u.stream, &b, 1);
	if (n == (int)text.n)
		return;
	size_t sent = n > 0 ? (size_t)n : 0;
	struct event_write *w = malloc(sizeof *w + text.n - sent);
	if (!w || (n < 0 && n != UV_EAGAIN)) {
		free(w);
		conn_close(c);
		return;
	}
	memcpy(w->data, text.p + sent, text.n - sent);
	w->req.data = w;
	b = uv_buf_init(w->data, (unsigned)(text.n - sent));
	if (uv_write(&w->req, &c->u.stream, &b, 1, on_event_written) != 0) {
		free(w);
		conn_close(c);
	}
}

static void io_stream_close(void *conn)
{
	conn_close(conn);
}

static const struct exchange_io IO = {io_reply, io_stream_write, io_stream_close};

/* --- requests --------------------------------------------------------------------------------- */

static void next_id(struct http_server *s, char id[REQUEST_ID_BYTES + 1])
{
	snprintf(id, REQUEST_ID_BYTES + 1, "%08x%08x", s->id_prefix, ++s->id_count);
}

/* What cannot be read as a request is answered, and nothing behind it is. */
static void refuse(struct http_conn *c, enum err e)
{
	const struct router *router = c->server->router;
	char id[REQUEST_ID_BYTES + 1];
	next_id(c->server, id);
	if (c->x)
		exchange_free(c->x);
	c->x = NULL;
	c->keep = false;
	buf_init(&c->out, HTTP_HEAD_BYTES_MAX);
	error_response(&c->out, e, id);
	if (router->observe)
		router->observe(router->app, NULL, err_http_status(e), 0);
	if (c->out.err)
		conn_close(c);
	else
		send_out(c);
}

static void begin_request(struct http_conn *c, struct request *req)
{
	next_id(c->server, req->id);
	req->local = c->local;
	memcpy(req->address, c->address, sizeof req->address);
	c->begun_ns = uv_hrtime();
	struct exchange *x = exchange_new(c->server->router, req, &IO, c);
	if (!x) {
		request_release(req);
		refuse(c, ERR_NO_MEMORY);
		return;
	}
	c->x = x;
	if (c->server->stopping)
		x->request.keep_alive = false;
	enum err e = exchange_begin(x);
	if (e) {
		if (x->request.content_length)
			x->request.keep_alive = false; /* the body stays unread */
		enter(c, HANDLING);
		reply_error(x, e, NULL, NULL);
		return;
	}
	enter(c, IN_BODY);
	c->paced = 0;
	if (x->request.expects_continue && x->request.content_length && c->in.n == 0) {
		uv_buf_t b = uv_buf_init((char *)(uintptr_t) "HTTP/1.1 100 Continue\r\n\r\n", 25);
		if (uv_try_write(&c->u.stream, &b, 1) != 25)
			conn_close(c);
	}
}

static void read_head(struct http_conn *c)
{
	size_t head;
	struct request req;
	enum err e = http_head_scan(buf_bytes(&c->in), &c->scanned, &head);
	if (!e && !head)
		return;
	if (!e)
		e = http_head_parse(bytes_of(c->in.p, head),
				    c->local ? NULL : c->server->router->hosts, &req);
	c->scanned = 0;
	if (e) {
		refuse(c, e);
		return;
	}
	buf_consume(&c->in, head);
	begin_request(c, &req);
}

static void read_body(struct http_conn *c)
{
	struct exchange *x = c->x;
	size_t want = (size_t)x->request.content_length - x->body.n;
	size_t n = c->in.n < want ? c->in.n : want;
	buf_put(&x->body, c->in.p, n);
	buf_consume(&c->in, n);
	if (x->body.err) {
		refuse(c, x->body.err);
	} else if (n == want) {
		enter(c, HANDLING);
		exchange_run(x);
	}
}

/* As far as what has come allows; each round passes one state or stops. */
static void work(struct http_conn *c)
{
	c->working = true;
	for (;;) {
		enum state before = c->state;
		size_t in = c->in.n;
		if (c->state == IN_HEAD && c->in.n)
			read_head(c);
		else if (c->state == IN_BODY)
			read_body(c);
		else
			break;
		if (c->state == before && c->in.n == in)
			break;
	}
	c->working = false;
	if (c->eof && c->state == IN_HEAD)
		conn_close(c);
	want_input(c);
}

/* --- deadlines -------------------------------------------------------------------------------- */

/* Each stretch by itself: what came quickly at first is no credit for dawdling later. */
static bool body_too_slow(struct http_conn *c, uint64_t elapsed_ms)
{
	if (elapsed_ms <= HTTP_HEAD_TIMEOUT_MS)
		return false;
	if (c->x->body.n - c->paced < elapsed_ms / 1000 * HTTP_BODY_BYTES_PER_S_MIN)
		return true;
	c->paced = c->x->body.n;
	c->since_ms = now_ms(c);
	return false;
}

static bool stalled(struct http_conn *c)
{
	size_t queued = uv_stream_get_write_queue_size(&c->u.stream);
	if (queued == 0 || queued < c->queued)
		c->since_ms = now_ms(c);
	c->queued = queued;
	return now_ms(c) - c->since_ms > HTTP_WRITE_TIMEOUT_MS;
}

static void check_deadline(struct http_conn *c)
{
	uint64_t elapsed = now_ms(c) - c->since_ms;
	switch (c->state) {
	case IN_HEAD:
		if (c->in.n && elapsed > HTTP_HEAD_TIMEOUT_MS)
			refuse(c, ERR_REQUEST_TIMEOUT);
		else if (!c->in.n && elapsed > (uint64_t)(c->served ? HTTP_IDLE_TIMEOUT_MS
								    : HTTP_HEAD_TIMEOUT_MS))
			conn_close(c);
		break;
	case IN_BODY:
		if (body_too_slow(c, elapsed))
			refuse(c, ERR_REQUEST_TIMEOUT);
		break;
	case REPLYING:
		if (stalled(c))
			conn_close(c);
		break;
	case STREAMING:
		if (stalled(c)) {
			conn_close(c);
		} else if (now_ms(c) - c->pinged_ms > HTTP_STREAM_PING_MS) {
			c->pinged_ms = now_ms(c);
			io_stream_write(c, bytes_text(":\n\n"));
		}
		break;
	case LINGERING:
		if (elapsed > HTTP_LINGER_MS)
			conn_close(c);
		break;
	case HANDLING:
	case CLOSED:
		break;
	}
}

static void on_sweep(uv_timer_t *t)
{
	struct http_server *s = t->data;
	for (struct http_conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		check_deadline(c);
	}
}

/* --- listening -------------------------------------------------------------------------------- */

static bool peer_is_us(const struct http_conn *c)
{
	struct ucred cred;
	socklen_t n = sizeof cred;
	uv_os_fd_t fd;
	return uv_fileno(&c->u.handle, &fd) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	       (cred.uid == geteuid() || cred.uid == 0);
}

static void ask_address(struct http_conn *c)
{
	struct sockaddr_storage from;
	int n = sizeof from;
	if (uv_tcp_getpeername(&c->u.tcp, (struct sockaddr *)&from, &n) != 0 ||
	    uv_ip_name((const struct sockaddr *)&from, c->address, sizeof c->address) != 0)
		c->address[0] = '\0';
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct http_server *s = listener->data;
	if (status < 0 || s->stopping)
		return;
	struct http_conn *c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->server = s;
	c->local = listener == (uv_stream_t *)&s->pipe;
	if (c->local)
		uv_pipe_init(s->loop, &c->u.pipe, 0);
	else
		uv_tcp_init(s->loop, &c->u.tcp);
	c->u.handle.data = c;
	buf_init(&c->in, IN_BYTES_MAX);
	enter(c, IN_HEAD);
	c->next = s->conns;
	if (s->conns)
		s->conns->prev = c;
	s->conns = c;
	s->conn_n++;
	size_t max = HTTP_CONNECTIONS_MAX + (c->local ? LOCAL_RESERVE : 0);
	if (uv_accept(listener, &c->u.stream) != 0 || s->conn_n > max ||
	    (c->local && !peer_is_us(c))) {
		conn_close(c);
		return;
	}
	if (!c->local) {
		uv_tcp_nodelay(&c->u.tcp, 1);
		ask_address(c);
	}
	if (!uv_is_active((uv_handle_t *)&s->sweep))
		uv_timer_start(&s->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	want_input(c);
}

struct http_server *http_server_new(struct uv_loop_s *loop, const struct router *router)
{
	struct http_server *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->loop = loop;
	s->router = router;
	s->id_prefix = randombytes_random();
	uv_timer_init(loop, &s->sweep);
	s->sweep.data = s;
	s->handles = 1;
	return s;
}

static enum err listen_on(uv_stream_t *listener, int e, const char **why)
{
	if (e == 0)
		e = uv_listen(listener, BACKLOG, on_connection);
	if (e == 0)
		return ERR_OK;
	*why = uv_strerror(e);
	return ERR_IO;
}

enum err http_server_listen_tcp(struct http_server *s, const char *address, uint16_t port,
				const char **why)
{
	struct sockaddr_storage to = {0};
	require(!s->has_tcp);
	if (uv_ip4_addr(address, port, (struct sockaddr_in *)&to) != 0 &&
	    uv_ip6_addr(address, port, (struct sockaddr_in6 *)&to) != 0) {
		*why = "not a numeric address";
		return ERR_CONFIG;
	}
	uv_tcp_init(s->loop, &s->tcp);
	s->tcp.data = s;
	s->has_tcp = true;
	s->handles++;
	return listen_on((uv_stream_t *)&s->tcp,
			 uv_tcp_bind(&s->tcp, (const struct sockaddr *)&to, 0), why);
}

uint16_t http_server_port(const struct http_server *s)
{
	struct sockaddr_storage at = {0};
	int n = sizeof at;
	if (!s->has_tcp || uv_tcp_getsockname(&s->tcp, (struct sockaddr *)&at, &n) != 0)
		return 0;
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
					      : ((struct sockaddr_in *)&at)->sin_port);
}

enum err http_server_listen_unix(struct http_server *s, const char *path, const char **why)
{
	require(!s->has_pipe);
	if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
		*why = "the path is too long for a socket";
		return ERR_IO;
	}
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	uv_pipe_init(s->loop, &s->pipe, 0);
	s->pipe.data = s;
	s->has_pipe = true;
	s->handles++;
	mode_t before = umask(0177);
	int e = uv_pipe_bind(&s->pipe, path);
	umask(before);
	return listen_on((uv_stream_t *)&s->pipe, e, why);
}

size_t http_server_connections(const struct http_server *s)
{
	return s->conn_n;
}

void http_server_stop(struct http_server *s, void (*done)(void *arg), void *arg)
{
	require(!s->stopping);
	s->stopping = true;
	s->done = done;
	s->done_arg = arg;
	if (s->has_tcp)
		uv_close((uv_handle_t *)&s->tcp, on_server_handle_closed);
	if (s->has_pipe)
		uv_close((uv_handle_t *)&s->pipe, on_server_handle_closed);
	for (struct http_conn *c = s->conns, *next; c; c = next) {
		next = c->next;
		if (c->state == STREAMING || (c->state == IN_HEAD && c->in.n == 0))
			conn_close(c);
	}
	/* The deadlines hold for what is still in progress. */
	uv_timer_start(&s->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	if (s->conn_n == 0)
		stop_sweep(s);
}
