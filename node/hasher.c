#include "node/hasher.h"

#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "node/passwords.h"

struct queue {
	struct hashing *first, **last;
};

struct hasher {
	uv_thread_t thread;
	uv_async_t async;
	uv_mutex_t mutex;
	uv_cond_t cond;
	/* under the mutex */
	struct queue waiting, ready;
	size_t count; /* waiting or being worked on */
	bool stopping;
	/* the thread's */
	char dummy[PASSWORD_HASH_BYTES];
	size_t memory;
	/* the loop's */
	void (*stopped)(void *arg);
	void *arg;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.last = &q->first};
}

static void queue_add(struct queue *q, struct hashing *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
}

static struct hashing *queue_take(struct queue *q)
{
	struct hashing *j = q->first;
	if (!j)
		return NULL;
	q->first = j->next;
	if (!q->first)
		q->last = &q->first;
	return j;
}

/* --- the thread ------------------------------------------------------------------------------- */

static enum err make(struct hasher *h, const char *password, char out[PASSWORD_HASH_BYTES])
{
	return crypto_pwhash_str(out, password, strlen(password), HASH_PASSES, h->memory) ? ERR_NO_MEMORY : ERR_OK;
}

static void work(struct hasher *h, struct hashing *j)
{
	if (!j->verify) {
		j->result = make(h, j->password, j->hash);
	} else {
		bool real = j->hash[0] && password_hash_affordable(j->hash);
		bool same = crypto_pwhash_str_verify(real ? j->hash : h->dummy, j->password, strlen(j->password)) == 0;
		j->matched = real && same;
		j->result = ERR_OK;
	}
	sodium_memzero(j->password, sizeof j->password);
}

static void run(void *arg)
{
	struct hasher *h = arg;
	char nothing[33];
	uint8_t random[16];
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(nothing, sizeof nothing, random, sizeof random);
	if (make(h, nothing, h->dummy))
		h->dummy[0] = '\0';
	uv_mutex_lock(&h->mutex);
	for (;;) {
		struct hashing *j = queue_take(&h->waiting);
		if (!j && h->stopping)
			break;
		if (!j) {
			uv_cond_wait(&h->cond, &h->mutex);
			continue;
		}
		bool late = h->stopping;
		uv_mutex_unlock(&h->mutex);
		if (late)
			j->result = ERR_BUSY;
		else
			work(h, j);
		uv_mutex_lock(&h->mutex);
		h->count--;
		queue_add(&h->ready, j);
		uv_async_send(&h->async);
	}
	uv_mutex_unlock(&h->mutex);
	uv_async_send(&h->async);
}

/* --- the loop's thread ------------------------------------------------------------------------ */

static void on_closed(uv_handle_t *handle)
{
	struct hasher *h = handle->data;
	void (*stopped)(void *) = h->stopped;
	void *arg = h->arg;
	uv_cond_destroy(&h->cond);
	uv_mutex_destroy(&h->mutex);
	sodium_memzero(h, sizeof *h);
	free(h);
	if (stopped)
		stopped(arg);
}

static void on_ready(uv_async_t *async)
{
	struct hasher *h = async->data;
	struct hashing *j;
	do {
		uv_mutex_lock(&h->mutex);
		j = queue_take(&h->ready);
		uv_mutex_unlock(&h->mutex);
		if (j)
			j->done(j, j->result);
	} while (j);
}

struct hasher *hasher_new(struct uv_loop_s *loop)
{
	struct hasher *h = calloc(1, sizeof *h);
	if (!h)
		return NULL;
	uint64_t mib = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) >> 20;
	h->memory = (size_t)(mib < HASH_MACHINE_MIB_MIN ? HASH_KIB_SMALL : HASH_KIB) * 1024;
	queue_init(&h->waiting);
	queue_init(&h->ready);
	if (uv_mutex_init(&h->mutex)) {
		free(h);
		return NULL;
	}
	uv_cond_init(&h->cond);
	uv_async_init(loop, &h->async, on_ready);
	h->async.data = h;
	if (uv_thread_create(&h->thread, run, h) == 0)
		return h;
	uv_close((uv_handle_t *)&h->async, on_closed);
	return NULL;
}

enum err hasher_submit(struct hasher *h, struct hashing *job)
{
	enum err e = ERR_BUSY;
	uv_mutex_lock(&h->mutex);
	if (!h->stopping && h->count < HASH_QUEUE_MAX) {
		h->count++;
		queue_add(&h->waiting, job);
		uv_cond_signal(&h->cond);
		e = ERR_OK;
	}
	uv_mutex_unlock(&h->mutex);
	return e;
}

void hasher_stop(struct hasher *h, void (*stopped)(void *arg), void *arg)
{
	h->stopped = stopped;
	h->arg = arg;
	uv_mutex_lock(&h->mutex);
	h->stopping = true;
	uv_cond_signal(&h->cond);
	uv_mutex_unlock(&h->mutex);
	uv_thread_join(&h->thread); /* at most one hash long */
	on_ready(&h->async);
	uv_close((uv_handle_t *)&h->async, on_closed);
}
