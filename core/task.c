#include "core/task.h"

#include <stdlib.h>

#include "proto/limits.h"
#include "proto/require.h"

void tasks_release(struct tasks *q)
{
	free(q->at);
	*q = (struct tasks){0};
}

enum err tasks_add(struct tasks *q, const struct task *task)
{
	if (q->count == TASKS_MAX)
		return ERR_QUOTA;
	if (q->first + q->count == q->cap) {
		if (q->first > q->cap / 2) {
			memmove(q->at, q->at + q->first, q->count * sizeof *q->at);
			q->first = 0;
		} else {
			size_t cap = q->cap ? 2 * q->cap : 32;
			struct task *p = realloc(q->at, cap * sizeof *p);
			if (!p)
				return ERR_NO_MEMORY;
			q->at = p;
			q->cap = cap;
		}
	}
	q->at[q->first + q->count++] = *task;
	q->due += task->attest == ATTEST_DUE;
	return ERR_OK;
}

struct task *tasks_at(struct tasks *q, size_t i)
{
	return i < q->count ? &q->at[q->first + i] : NULL;
}

void tasks_pop(struct tasks *q)
{
	require(q->count > 0);
	q->first++;
	if (--q->count == 0)
		q->first = 0;
}

void tasks_attested(struct tasks *q, size_t n)
{
	for (size_t i = 0; i < q->count && n; i++) {
		struct task *task = tasks_at(q, i);
		if (task->attest != ATTEST_ASKED)
			continue;
		task->attest = ATTEST_NONE;
		n--;
	}
}

void pushed_release(struct pushed *p)
{
	free(p->at);
	*p = (struct pushed){0};
}

bool pushed_note(struct pushed *p, const uint8_t *subject, const uint8_t *hash)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (memcmp(p->at[mid].subject, subject, SUBJECT_BYTES) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < p->count && memcmp(p->at[low].subject, subject, SUBJECT_BYTES) == 0) {
		bool same = memcmp(p->at[low].hash, hash, DIGEST_BYTES) == 0;
		memcpy(p->at[low].hash, hash, DIGEST_BYTES);
		return !same;
	}
	if (p->count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct pushed_entry *at = realloc(p->at, cap * sizeof *at);
		if (!at)
			return true; /* at worst it is sent twice */
		p->at = at;
		p->cap = cap;
	}
	memmove(&p->at[low + 1], &p->at[low], (p->count++ - low) * sizeof *p->at);
	memcpy(p->at[low].subject, subject, SUBJECT_BYTES);
	memcpy(p->at[low].hash, hash, DIGEST_BYTES);
	return true;
}

void ranges_release(struct ranges *r)
{
	free(r->at);
	*r = (struct ranges){0};
}

enum err ranges_add(struct ranges *r, uint64_t from, uint64_t to)
{
	if (from == to)
		return ERR_OK;
	if (r->count && r->at[r->first + r->count - 1].to == from) {
		r->at[r->first + r->count - 1].to = to;
		return ERR_OK;
	}
	if (r->first + r->count == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 16;
		struct range *p = realloc(r->at, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		r->at = p;
		r->cap = cap;
	}
	r->at[r->first + r->count++] = (struct range){from, to};
	return ERR_OK;
}

bool ranges_has(const struct ranges *r, uint64_t n)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct range *at = &r->at[r->first + i];
		if (n < at->from)
			return false;
		if (n < at->to)
			return true;
	}
	return false;
}

void ranges_trim(struct ranges *r, uint64_t n)
{
	while (r->count && r->at[r->first].to <= n) {
		r->first++;
		r->count--;
	}
	if (!r->count)
		r->first = 0;
}
