#include "node/experts.h"

#include <stdlib.h>

#include "proto/mp.h"

static enum err add(struct experts *x, const uint8_t *subject, const uint8_t *who, struct bytes until)
{
	if (x->count == x->cap) {
		size_t cap = x->cap ? 2 * x->cap : 32;
		struct appointment *at = realloc(x->at, cap * sizeof *at);
		if (!at)
			return ERR_NO_MEMORY;
		x->at = at;
		x->cap = cap;
	}
	struct appointment *a = &x->at[x->count++];
	memcpy(a->subject, subject, SUBJECT_BYTES);
	memcpy(a->who, who, SUBJECT_BYTES);
	bytes_string(until, a->until, sizeof a->until);
	return ERR_OK;
}

static enum err add_procedure(struct experts *x, const struct dossier *d, const struct dossier_entry *e)
{
	struct mp_reader v;
	struct bytes until = entry_text(e, "experts_until");
	enum err err = ERR_OK;
	if (!mp_find(e->fields, "experts", &v))
		return ERR_OK;
	uint32_t n = mp_get_array(&v);
	for (uint32_t i = 0; i < n && !v.err && !err; i++) {
		uint8_t who[SUBJECT_BYTES];
		mp_get_fixed(&v, who, sizeof who);
		err = add(x, d->subject, who, until.n ? until : entry_text(e, "date"));
	}
	return err;
}

static enum err read_subject(struct experts *x, struct txn *t, struct dossiers *dossiers, const uint8_t *subject)
{
	enum err err = ERR_OK;
	if (!view_holds(t, subject, "expertise") && !view_holds(t, subject, "procedure"))
		return ERR_OK;
	const struct dossier *d = dossiers_get(dossiers, subject, &err);
	for (size_t i = 0; d && i < d->count && !err; i++) {
		const struct dossier_entry *e = &d->entries[i];
		uint8_t who[SUBJECT_BYTES];
		if (!entry_stands(e))
			continue;
		if (entry_is(e, "procedure"))
			err = add_procedure(x, d, e);
		else if (entry_is(e, "expertise") && entry_id(e, "expert", who, sizeof who))
			err = add(x, subject, who, entry_text(e, "until"));
	}
	return err;
}

enum err experts_load(struct experts *x, struct school *school, struct dossiers *dossiers)
{
	struct txn t, keys;
	uint8_t subject[SUBJECT_BYTES];
	enum err e = txn_begin(&t, school->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, school->vault.store, false);
	if (!e) {
		for (bool on = vault_next(&keys, NULL, subject); on && !e; on = vault_next(&keys, subject, subject))
			e = read_subject(x, &t, dossiers, subject);
		txn_abort(&keys);
	}
	txn_abort(&t);
	x->loaded = !e;
	return e;
}

enum err experts_refresh(struct experts *x, struct school *school, struct dossiers *dossiers, const struct changes *c)
{
	struct txn t;
	enum err e = x->loaded ? txn_begin(&t, school->store, false) : ERR_OK;
	if (e || !x->loaded)
		return e;
	for (size_t i = 0; i < c->count && !e; i++) {
		size_t kept = 0;
		for (size_t k = 0; k < x->count; k++)
			if (memcmp(x->at[k].subject, c->subjects[i], SUBJECT_BYTES) != 0)
				x->at[kept++] = x->at[k];
		x->count = kept;
		e = read_subject(x, &t, dossiers, c->subjects[i]);
	}
	txn_abort(&t);
	return e;
}

void experts_release(struct experts *x)
{
	free(x->at);
	*x = (struct experts){0};
}

bool experts_has(const struct experts *x, const uint8_t *subject, const uint8_t *who, const char *today)
{
	for (size_t i = 0; i < x->count; i++)
		if (memcmp(x->at[i].subject, subject, SUBJECT_BYTES) == 0 && memcmp(x->at[i].who, who, SUBJECT_BYTES) == 0 &&
		    strcmp(today, x->at[i].until) <= 0)
			return true;
	return false;
}
