/*
 * loop - timers and work on other threads, for those who need nothing else of the event loop.
 */
#ifndef NODE_LOOP_H
#define NODE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

struct uv_loop_s;
struct timer;

/* Calls fire(arg) on the loop's thread. NULL: no memory. */
struct timer *timer_new(struct uv_loop_s *loop, void (*fire)(void *arg), void *arg);

/* Once after delay_ms, then each every_ms unless that is 0. Starting again replaces the former. */
void timer_start(struct timer *t, uint64_t delay_ms, uint64_t every_ms);
void timer_stop(struct timer *t);
bool timer_active(const struct timer *t);

/* Never fires again; the memory goes with the loop's next turn. NULL is harmless. */
void timer_free(struct timer *t);

/*
 * Calls run(arg) on a worker thread, then done(arg) on the loop's. NO_MEMORY: neither was called.
 */
enum err loop_work(struct uv_loop_s *loop, void (*run)(void *arg), void (*done)(void *arg), void *arg) MUST_USE;

/* Unix time. */
uint64_t clock_ms(void);

/* Whether that can be: a clock that stands before this program was made has lost its battery. */
bool clock_right(uint64_t now_ms);

/* A delay about ms long, from 3/4 to 5/4 of it, so that many nodes do not act at once. */
uint64_t jitter_ms(uint64_t ms);

#endif
