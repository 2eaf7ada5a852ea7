#include "node/summaries.h"

#include <stdlib.h>

#include "core/batch.h"
#include "node/dossiers.h"
#include "node/loop.h"
#include "node/node.h"

enum { WAITING_MAX = 64, SLICE_MS = 8, BETWEEN_MS = 2 };

struct waiting {
	void (*done)(void *arg, enum err e);
	void *arg;
	uint16_t period;
};

struct summaries {
	struct node *node;
	struct timer *timer;
	struct summary *at; /* by subject, then period */
	size_t count, cap;
	struct waiting waiting[WAITING_MAX];
	size_t waiting_count;
	uint8_t last[SUBJECT_BYTES]; /* whom the first that waits got to; zeros: nobody yet */
};

static void work(void *arg);

struct summaries *summaries_new(struct node *n)
{
	struct summaries *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->node = n;
	s->timer = timer_new(n->loop, work, s);
	if (!s->timer) {
		free(s);
		return NULL;
	}
	return s;
}

void summaries_free(struct summaries *s)
{
	if (!s)
		return;
	timer_free(s->timer);
	free(s->at);
	free(s);
}

static size_t place(const struct summaries *s, const uint8_t *subject, uint16_t period)
{
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = memcmp(s->at[mid].subject, subject, SUBJECT_BYTES);
		if (!c)
			c = (int)s->at[mid].period - (int)period;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct summary *summaries_find(const struct summaries *s, const uint8_t *subject, uint16_t period)
{
	size_t i = place(s, subject, period);
	return i < s->count && s->at[i].period == period && memcmp(s->at[i].subject, subject, SUBJECT_BYTES) == 0 ? &s->at[i] : NULL;
}

static enum err keep(struct summaries *s, const struct summary *one)
{
	size_t i = place(s, one->subject, one->period);
	if (i < s->count && s->at[i].period == one->period && memcmp(s->at[i].subject, one->subject, SUBJECT_BYTES) == 0) {
		s->at[i] = *one;
		return ERR_OK;
	}
	if (s->count == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct summary *at = realloc(s->at, cap * sizeof *at);
		if (!at)
			return ERR_NO_MEMORY;
		s->at = at;
		s->cap = cap;
	}
	memmove(&s->at[i + 1], &s->at[i], (s->count - i) * sizeof *s->at);
	s->at[i] = *one;
	s->count++;
	return ERR_OK;
}

/* Opened for this one look, past the cache: a whole school would only push out what is being read. */
static enum err make(struct summaries *s, struct txn *t, struct txn *keys, const uint8_t *subject, uint16_t period)
{
	const struct summary *known = summaries_find(s, subject, period);
	struct digest now = digest_get(t, subject).all;
	struct subject_keys held;
	struct dossier d;
	struct summary one;
	if (known && memcmp(known->digest, now.hash, DIGEST_BYTES) == 0)
		return ERR_OK;
	enum err e = vault_load(&s->node->opened.school.vault, keys, subject, &held);
	if (e)
		return e;
	e = dossier_open(&d, t, &held, subject);
	subject_keys_wipe(&held);
	if (e)
		return e;
	e = summary_of(&one, s->node->catalogue, &d, period);
	dossier_close(&d);
	return e ? e : keep(s, &one);
}

/* People come and go between two slices: a place in their list would skip one. */
static enum err some(struct summaries *s, uint16_t period, bool *more)
{
	struct node *n = s->node;
	struct txn t, keys;
	uint64_t until = clock_ms() + SLICE_MS;
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	e = txn_begin(&keys, n->opened.school.vault.store, false);
	if (!e) {
		const struct indexed_person *p = people_index_next(&n->people, s->last);
		for (; p && !e && clock_ms() < until; p = people_index_next(&n->people, s->last)) {
			if (p->person.kind == PERSON_STUDENT && !p->former)
				e = make(s, &t, &keys, p->subject, period);
			memcpy(s->last, p->subject, SUBJECT_BYTES);
		}
		*more = p != NULL;
		txn_abort(&keys);
	}
	txn_abort(&t);
	return e;
}

static void work(void *arg)
{
	struct summaries *s = arg;
	struct waiting w = s->waiting[0];
	bool more = false;
	enum err e = some(s, w.period, &more);
	if (!e && more) {
		timer_start(s->timer, BETWEEN_MS, 0);
		return;
	}
	s->waiting_count--;
	memmove(s->waiting, s->waiting + 1, s->waiting_count * sizeof *s->waiting);
	memset(s->last, 0, sizeof s->last);
	if (s->waiting_count)
		timer_start(s->timer, BETWEEN_MS, 0);
	w.done(w.arg, e);
}

enum err summaries_make(struct summaries *s, uint16_t period, void (*done)(void *arg, enum err e), void *arg)
{
	if (s->waiting_count == WAITING_MAX)
		return ERR_BUSY;
	s->waiting[s->waiting_count++] = (struct waiting){done, arg, period};
	if (s->waiting_count == 1)
		timer_start(s->timer, 0, 0);
	return ERR_OK;
}
