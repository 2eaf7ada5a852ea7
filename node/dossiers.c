#include "node/dossiers.h"

#include <stdlib.h>

struct kept {
	struct dossier dossier;
	uint64_t used;
};

struct dossiers {
	struct school *school;
	struct kept **at; /* sorted by subject */
	size_t count, cap;
	struct kept **retired; /* overtaken, but perhaps still read */
	size_t retired_count, retired_cap;
	uint64_t clock;
	size_t bytes;
};

static void drop(struct kept *k)
{
	dossier_close(&k->dossier);
	free(k);
}

struct dossiers *dossiers_new(struct school *school)
{
	struct dossiers *c = calloc(1, sizeof *c);
	if (c)
		c->school = school;
	return c;
}

void dossiers_clear(struct dossiers *c)
{
	for (size_t i = 0; i < c->count; i++)
		drop(c->at[i]);
	for (size_t i = 0; i < c->retired_count; i++)
		drop(c->retired[i]);
	c->count = c->retired_count = c->bytes = 0;
}

void dossiers_free(struct dossiers *c)
{
	if (!c)
		return;
	dossiers_clear(c);
	free(c->at);
	free(c->retired);
	free(c);
}

static int by_use(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;
	return (x->used < y->used) - (x->used > y->used);
}

static int by_subject(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;
	return memcmp(x->dossier.subject, y->dossier.subject, SUBJECT_BYTES);
}

void dossiers_trim(struct dossiers *c)
{
	for (size_t i = 0; i < c->retired_count; i++)
		drop(c->retired[i]);
	c->retired_count = 0;
	if (c->bytes <= DOSSIERS_BYTES_MAX)
		return;
	/* down to three quarters, so that this is not done at every step */
	qsort(c->at, c->count, sizeof *c->at, by_use);
	while (c->count && c->bytes > DOSSIERS_BYTES_MAX / 4 * 3) {
		struct kept *last = c->at[--c->count];
		c->bytes -= dossier_bytes(&last->dossier);
		drop(last);
	}
	if (c->count)
		qsort(c->at, c->count, sizeof *c->at, by_subject);
}

/* Where the subject is, or would be. */
static size_t place(const struct dossiers *c, const uint8_t *subject, bool *found)
{
	size_t low = 0, high = c->count;
	*found = false;
	while (low < high && !*found) {
		size_t mid = (low + high) / 2;
		int order = memcmp(c->at[mid]->dossier.subject, subject, SUBJECT_BYTES);
		*found = order == 0;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return *found ? high : low;
}

static bool room(struct kept ***at, size_t *cap, size_t count)
{
	if (count < *cap)
		return true;
	size_t bigger = *cap ? 2 * *cap : 64;
	struct kept **p = realloc(*at, bigger * sizeof *p);
	if (!p)
		return false;
	*at = p;
	*cap = bigger;
	return true;
}

static enum err open_kept(struct dossiers *c, struct txn *t, const uint8_t *subject, struct kept **out)
{
	struct txn keys;
	struct subject_keys held;
	struct kept *k = calloc(1, sizeof *k);
	if (!k)
		return ERR_NO_MEMORY;
	enum err e = txn_begin(&keys, c->school->vault.store, false);
	if (!e) {
		e = vault_load(&c->school->vault, &keys, subject, &held);
		txn_abort(&keys);
	}
	if (!e) {
		e = dossier_open(&k->dossier, t, &held, subject);
		subject_keys_wipe(&held);
	}
	if (e)
		free(k);
	else
		*out = k;
	return e;
}

static enum err get(struct dossiers *c, struct txn *t, const uint8_t *subject, struct kept **out)
{
	bool found;
	size_t i = place(c, subject, &found);
	struct digest now = digest_get(t, subject).all;
	if (found && memcmp(c->at[i]->dossier.digest.hash, now.hash, DIGEST_BYTES) == 0) {
		*out = c->at[i];
		return ERR_OK;
	}
	if (!room(&c->at, &c->cap, c->count) || !room(&c->retired, &c->retired_cap, c->retired_count))
		return ERR_NO_MEMORY;
	enum err e = open_kept(c, t, subject, out);
	if (e)
		return e;
	if (found) {
		c->bytes -= dossier_bytes(&c->at[i]->dossier);
		c->retired[c->retired_count++] = c->at[i];
	} else {
		memmove(&c->at[i + 1], &c->at[i], (c->count - i) * sizeof *c->at);
		c->count++;
	}
	c->at[i] = *out;
	c->bytes += dossier_bytes(&(*out)->dossier);
	return ERR_OK;
}

const struct dossier *dossiers_get(struct dossiers *c, const uint8_t *subject, enum err *e)
{
	struct txn t;
	struct kept *k = NULL;
	*e = txn_begin(&t, c->school->store, false);
	if (*e)
		return NULL;
	*e = get(c, &t, subject, &k);
	txn_abort(&t);
	if (*e)
		return NULL;
	k->used = ++c->clock;
	return &k->dossier;
}
