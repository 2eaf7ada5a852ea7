#include "node/lookup.h"

#include <stdlib.h>

/* FNV-1a; the zero that ends a text counts, so that "ab","c" is not "a","bc". */
uint64_t lookup_hash(uint64_t before, const char *text)
{
	uint64_t h = before ? before : 14695981039346656037u;
	do
		h = (h ^ (uint8_t)*text) * 1099511628211u;
	while (*text++);
	return h;
}

static uint32_t *slot(const struct lookup *l, uint64_t hash)
{
	return &l->first[(hash ^ hash >> 32) & l->mask];
}

static bool grow(struct lookup *l)
{
	size_t cap = l->cap ? 2 * l->cap : 64;
	struct lookup_slot *at = cap < UINT32_MAX ? realloc(l->at, cap * sizeof *at) : NULL;
	if (!at)
		return false;
	l->at = at;
	uint32_t *first = calloc(2 * cap, sizeof *first);
	if (!first)
		return false;
	free(l->first);
	l->first = first;
	l->cap = cap;
	l->mask = 2 * cap - 1;
	for (size_t i = 0; i < l->count; i++) {
		uint32_t *s = slot(l, at[i].hash);
		at[i].next = *s;
		*s = (uint32_t)i + 1;
	}
	return true;
}

bool lookup_add(struct lookup *l, uint64_t hash, uint32_t value)
{
	if (l->count == l->cap && !grow(l))
		return false;
	uint32_t *s = slot(l, hash);
	l->at[l->count] = (struct lookup_slot){hash, value, *s};
	*s = (uint32_t)++l->count;
	return true;
}

static uint32_t same(const struct lookup *l, uint32_t handle, uint64_t hash)
{
	while (handle && l->at[handle - 1].hash != hash)
		handle = l->at[handle - 1].next;
	return handle;
}

uint32_t lookup_first(const struct lookup *l, uint64_t hash)
{
	return l->count ? same(l, *slot(l, hash), hash) : 0;
}

uint32_t lookup_next(const struct lookup *l, uint32_t handle)
{
	return same(l, l->at[handle - 1].next, l->at[handle - 1].hash);
}

void lookup_release(struct lookup *l)
{
	free(l->at);
	free(l->first);
	*l = (struct lookup){0};
}
