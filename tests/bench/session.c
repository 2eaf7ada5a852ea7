#include "tests/bench/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/channel.h"

enum { QUEUE_MAX = 64, READ_BYTES = 256 * 1024, LINGER_MS = 200 };

/* The writer has its own thread, as in the daemon: what comes while it syncs goes into its next commit. */
struct writer_thread {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct submission *waiting[QUEUE_MAX], *done[QUEUE_MAX];
	size_t waiting_count, done_count;
	bool scope_changed, over;
	int wake[2];
	struct fixture *f;
	bool each;
};

struct session {
	int fd;
	struct writer_thread writer;
	struct framer framer;
	struct buf in, out, wire, payload;
	struct sync *sync;
	bool spoke, listened;
	struct session_result result;
};

static uint64_t now_ms(void)
{
	return 1790000000000 + (uint64_t)(bench_clock() * 1000);
}

static void *write_all(void *arg)
{
	struct writer_thread *w = arg;
	struct submission *taken[QUEUE_MAX];
	pthread_mutex_lock(&w->lock);
	while (!w->over) {
		if (!w->waiting_count) {
			pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		size_t n = w->waiting_count;
		memcpy(taken, w->waiting, n * sizeof *taken);
		w->waiting_count = 0;
		pthread_mutex_unlock(&w->lock);
		struct batch b;
		fixture_batch(w->f, &b, now_ms());
		for (size_t i = 0; i < n; i++) {
			for (size_t k = 0; w->each && k < taken[i]->count; k++)
				taken[i]->records[k].in_leaf = false;
			fixture_must(receive_apply(&b, taken[i]), "receive");
		}
		fixture_must(batch_commit(&b), "commit");
		pthread_mutex_lock(&w->lock);
		memcpy(w->done + w->done_count, taken, n * sizeof *taken);
		w->done_count += n;
		w->scope_changed |= b.scope_changed;
		if (write(w->wake[1], "", 1) != 1)
			bench_die("wake");
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void writer_start(struct writer_thread *w, struct fixture *f, bool each)
{
	*w = (struct writer_thread){.f = f, .each = each};
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	if (pipe(w->wake) || pthread_create(&w->thread, NULL, write_all, w))
		bench_die("writer");
}

static void writer_stop(struct writer_thread *w)
{
	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	close(w->wake[0]);
	close(w->wake[1]);
}

static void writer_put(struct writer_thread *w, struct submission *s)
{
	pthread_mutex_lock(&w->lock);
	if (w->waiting_count + w->done_count >= QUEUE_MAX)
		abort();
	w->waiting[w->waiting_count++] = s;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

static void step(struct session *s, struct sync_event *e)
{
	struct sync_output out = {.messages = &s->out};
	struct txn t;
	e->now_ms = now_ms();
	fixture_must(txn_begin(&t, s->writer.f->store, false), "read");
	sync_step(s->sync, &t, e, &out);
	txn_abort(&t);
	fixture_must(out.error, "session");
	if (out.submission)
		writer_put(&s->writer, out.submission);
}

static void take_done(struct session *s)
{
	struct writer_thread *w = &s->writer;
	struct submission *done[QUEUE_MAX];
	char drain[64];
	if (read(w->wake[0], drain, sizeof drain) < 1)
		bench_die("wake");
	pthread_mutex_lock(&w->lock);
	size_t n = w->done_count;
	bool scope_changed = w->scope_changed;
	memcpy(done, w->done, n * sizeof *done);
	w->done_count = 0;
	w->scope_changed = false;
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < n; i++) {
		step(s, &(struct sync_event){.type = SYNC_SUBMITTED, .submission = done[i]});
		submission_release(done[i]);
		free(done[i]);
	}
	if (n)
		step(s, &(struct sync_event){.type = SYNC_COMMITTED, .scope_changed = scope_changed});
}

/* false once the peer is gone */
static bool listen_once(struct session *s)
{
	uint8_t *at = buf_extend(&s->in, READ_BYTES);
	ssize_t n = read(s->fd, at, READ_BYTES);
	if (n <= 0)
		return false;
	s->in.n -= (size_t)(READ_BYTES - n);
	s->result.wire_bytes += (uint64_t)n;
	s->listened = true;
	struct bytes in = buf_bytes(&s->in);
	for (bool whole = true; whole;) {
		fixture_must(frame_feed(&s->framer, &in, &s->payload, &whole), "frame");
		for (struct bytes rest = whole ? buf_bytes(&s->payload) : (struct bytes){0}; rest.n;) {
			struct message m;
			fixture_must(message_decode(&rest, &m), "message");
			step(s, &(struct sync_event){.type = SYNC_MESSAGE, .message = &m});
		}
	}
	buf_consume(&s->in, s->in.n - in.n);
	step(s, &(struct sync_event){.type = SYNC_FLUSH});
	return true;
}

static bool speak(struct session *s)
{
	if (s->out.n)
		fixture_must(channel_seal(&s->framer, &s->out, &s->wire), "seal");
	while (s->wire.n) {
		ssize_t n = write(s->fd, s->wire.p, s->wire.n);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		s->result.round_trips += s->listened || !s->spoke;
		s->spoke = true;
		s->listened = false;
		s->result.wire_bytes += (uint64_t)n;
		buf_consume(&s->wire, (size_t)n);
		if (!s->wire.n) {
			step(s, &(struct sync_event){.type = SYNC_DRAINED});
			if (s->out.n)
				fixture_must(channel_seal(&s->framer, &s->out, &s->wire), "seal");
		}
	}
	return true;
}

static void send_all(int fd, struct buf *b)
{
	for (size_t at = 0; at < b->n;) {
		ssize_t n = write(fd, b->p + at, b->n - at);
		if (n <= 0)
			bench_die("handshake");
		at += (size_t)n;
	}
	buf_reset(b);
}

static void handshake(struct session *s, const struct session_options *o)
{
	struct noise n;
	uint8_t hash[NOISE_HASH_BYTES];
	const struct school *us = &s->writer.f->school;
	if (o->dialer)
		channel_dial(&n, us->kx_secrets[0], o->peer_kx);
	for (int i = 0; i < NOISE_MESSAGES; i++) {
		if ((i % 2 == 0) == o->dialer) {
			fixture_must(channel_write(&n, &s->wire), "handshake");
			send_all(s->fd, &s->wire);
			continue;
		}
		for (bool whole = false; !whole;) {
			uint8_t one; /* not a byte of what follows the handshake */
			if (read(s->fd, &one, 1) != 1)
				bench_die("handshake");
			buf_put_byte(&s->in, one);
			struct bytes in = buf_bytes(&s->in);
			fixture_must(i == 0 ? channel_answer(&n, us->kx_secrets, us->kx_count, &in, &whole) : channel_read(&n, &in, &whole),
				     "handshake");
			buf_consume(&s->in, s->in.n - in.n);
		}
	}
	noise_split(&n, &s->framer.tx, &s->framer.rx, hash);
	noise_wipe(&n);
}

struct session_result session_run(struct fixture *f, int fd, const struct session_options *o)
{
	struct session s = {.fd = fd};
	struct sync_options options = {.dialer = o->dialer};
	struct session_result *r = &s.result;
	buf_init(&s.in, 4 * 1024 * 1024);
	buf_init(&s.out, 16 * 1024 * 1024);
	buf_init(&s.wire, 16 * 1024 * 1024);
	buf_init(&s.payload, FRAME_PAYLOAD_BYTES_MAX);
	writer_start(&s.writer, f, o->each);
	handshake(&s, o);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	double start = bench_clock();
	memcpy(options.peer, o->peer_id, SCHOOL_BYTES);
	memcpy(options.incarnation, f->school.incarnation, INCARNATION_BYTES);
	s.sync = sync_new(&options);
	step(&s, &(struct sync_event){.type = SYNC_START});
	bool over = false;
	struct session_result counted;
	for (bool on = speak(&s); on;) {
		struct pollfd p[2] = {{.fd = fd, .events = (short)(POLLIN | (s.wire.n ? POLLOUT : 0))},
				      {.fd = s.writer.wake[0], .events = POLLIN}};
		int ready = poll(p, 2, over ? LINGER_MS : -1);
		if (ready < 0)
			bench_die("poll");
		if (ready == 0)
			break;
		if (p[1].revents)
			take_done(&s);
		if (p[0].revents & (POLLIN | POLLHUP | POLLERR))
			on = listen_once(&s);
		on = on && speak(&s);
		sync_status(s.sync, &r->status);
		if (!over && o->done(&r->status, o->arg)) {
			r->seconds = bench_clock() - start;
			counted = *r;
			over = true;
			if (!o->linger)
				break;
		}
	}
	writer_stop(&s.writer);
	sync_free(s.sync);
	close(fd);
	buf_release(&s.in);
	buf_release(&s.out);
	buf_release(&s.wire);
	buf_release(&s.payload);
	frame_wipe(&s.framer);
	return over ? counted : s.result;
}

static int tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	if (fd < 0)
		bench_die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

int session_listen(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = tcp();
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)&a, &n))
		bench_die("listen");
	*port = ntohs(a.sin_port);
	return fd;
}

int session_accept(int listener)
{
	int fd = accept(listener, NULL, NULL), on = 1;
	if (fd < 0)
		bench_die("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

int session_dial(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
	int fd = tcp();
	if (connect(fd, (struct sockaddr *)&a, sizeof a))
		bench_die("connect");
	return fd;
}
