#include "node/loop.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

struct timer {
	uv_timer_t uv;
	void (*fire)(void *arg);
	void *arg;
};

static void on_timer(uv_timer_t *uv)
{
	struct timer *t = uv->data;
	t->fire(t->arg);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

struct timer *timer_new(struct uv_loop_s *loop, void (*fire)(void *arg), void *arg)
{
	struct timer *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	uv_timer_init(loop, &t->uv);
	t->uv.data = t;
	t->fire = fire;
	t->arg = arg;
	return t;
}

void timer_start(struct timer *t, uint64_t delay_ms, uint64_t every_ms)
{
	uv_timer_start(&t->uv, on_timer, delay_ms, every_ms);
}

void timer_stop(struct timer *t)
{
	uv_timer_stop(&t->uv);
}

bool timer_active(const struct timer *t)
{
	return uv_is_active((const uv_handle_t *)&t->uv);
}

void timer_free(struct timer *t)
{
	if (t)
		uv_close((uv_handle_t *)&t->uv, on_closed);
}

struct work {
	uv_work_t uv;
	void (*run)(void *arg);
	void (*done)(void *arg);
	void *arg;
};

static void on_work(uv_work_t *uv)
{
	struct work *w = uv->data;
	w->run(w->arg);
}

static void on_worked(uv_work_t *uv, int status)
{
	struct work *w = uv->data;
	void (*done)(void *) = w->done;
	void *arg = w->arg;
	(void)status; /* nobody cancels */
	free(w);
	done(arg);
}

enum err loop_work(struct uv_loop_s *loop, void (*run)(void *arg), void (*done)(void *arg), void *arg)
{
	struct work *w = malloc(sizeof *w);
	if (!w)
		return ERR_NO_MEMORY;
	*w = (struct work){.uv.data = w, .run = run, .done = done, .arg = arg};
	if (uv_queue_work(loop, &w->uv, on_work, on_worked) != 0) {
		free(w);
		return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

uint64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t jitter_ms(uint64_t ms)
{
	return ms - ms / 4 + randombytes_uniform((uint32_t)(ms / 2 + 1));
}

bool clock_right(uint64_t now_ms)
{
	static const uint64_t YEAR_2026_MS = 1767225600000;
	return now_ms >= YEAR_2026_MS;
}
