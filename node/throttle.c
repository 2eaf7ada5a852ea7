#include "node/throttle.h"

#include <stdlib.h>

#include "proto/limits.h"

enum { ALL = 1 }; /* the key of the whole node */

struct slot {
	uint64_t key; /* 0: empty */
	uint32_t failures;
	uint64_t until_ms, last_ms;
};

struct throttle {
	struct slot slots[THROTTLE_SLOTS];
};

struct throttle *throttle_new(void)
{
	return calloc(1, sizeof(struct throttle));
}

void throttle_free(struct throttle *t)
{
	free(t);
}

static uint64_t key_of(char kind, const char *text, const char *more)
{
	struct hash h;
	uint8_t out[HASH_BYTES];
	hash_start(&h, DOMAIN_TOKEN, sizeof out, (struct bytes){0});
	hash_add(&h, &kind, 1);
	hash_add(&h, text, strlen(text) + 1);
	hash_add(&h, more, strlen(more));
	hash_end(&h, out);
	return get_u64(out) | 2; /* neither empty nor ALL */
}

struct attempt throttle_attempt(const char *account, const char *address)
{
	return (struct attempt){key_of('p', account, address), key_of('a', account, ""), key_of('i', address, "")};
}

static struct slot *find(struct throttle *t, uint64_t key)
{
	for (size_t i = 0; i < THROTTLE_SLOTS; i++)
		if (t->slots[i].key == key)
			return &t->slots[i];
	return NULL;
}

/* Its slot, if need be that of the one longest quiet. */
static struct slot *take(struct throttle *t, uint64_t key, uint64_t now_ms)
{
	struct slot *s = find(t, key), *oldest = &t->slots[0];
	if (!s) {
		for (size_t i = 1; i < THROTTLE_SLOTS && oldest->key; i++)
			if (!t->slots[i].key || t->slots[i].last_ms < oldest->last_ms)
				oldest = &t->slots[i];
		s = oldest;
		*s = (struct slot){.key = key};
	}
	if (now_ms > s->last_ms + (uint64_t)THROTTLE_FORGET_S * 1000)
		s->failures = 0;
	s->last_ms = now_ms;
	return s;
}

static void count(struct throttle *t, uint64_t key, uint32_t allowed, uint64_t max_ms, uint64_t now_ms)
{
	struct slot *s = take(t, key, now_ms);
	if (++s->failures <= allowed)
		return;
	uint32_t doublings = s->failures - allowed - 1;
	uint64_t ms = doublings < 16 ? (uint64_t)THROTTLE_FIRST_MS << doublings : max_ms;
	s->until_ms = now_ms + (ms < max_ms ? ms : max_ms);
}

uint64_t throttle_begin(struct throttle *t, const struct attempt *a, uint64_t now_ms)
{
	const uint64_t keys[] = {a->pair, a->account, a->address, ALL};
	uint64_t wait = 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct slot *s = find(t, keys[i]);
		/* a clock set back must not shut anybody out */
		uint64_t ms = s && s->until_ms > now_ms && now_ms >= s->last_ms ? s->until_ms - now_ms : 0;
		wait = ms > wait ? ms : wait;
	}
	if (!wait)
		count(t, a->pair, 0, THROTTLE_PAIR_MS_MAX, now_ms);
	return wait;
}

void throttle_failed(struct throttle *t, const struct attempt *a, uint64_t now_ms)
{
	count(t, a->account, THROTTLE_ACCOUNT_FREE, THROTTLE_ACCOUNT_MS_MAX, now_ms);
	count(t, a->address, THROTTLE_ADDRESS_FREE, THROTTLE_ADDRESS_MS_MAX, now_ms);
	count(t, ALL, THROTTLE_ALL_FREE, THROTTLE_ALL_MS_MAX, now_ms);
}

static void forget(struct throttle *t, uint64_t key)
{
	struct slot *s = find(t, key);
	if (s)
		*s = (struct slot){0};
}

void throttle_succeeded(struct throttle *t, const struct attempt *a)
{
	forget(t, a->pair);
	forget(t, a->account);
}

void throttle_undecided(struct throttle *t, const struct attempt *a)
{
	struct slot *s = find(t, a->pair);
	if (!s)
		return;
	s->failures -= s->failures > 0;
	s->until_ms = 0;
}
