#include "core/recovery.h"

#include <stdlib.h>

struct wrap {
	uint8_t subject[SUBJECT_BYTES];
	uint64_t time;
	uint8_t key[HASH_BYTES]; /* its id */
	uint8_t seal[80];
};

struct wraps {
	struct wrap *at;
	size_t count, cap;
};

static int by_subject_and_time(const void *a, const void *b)
{
	const struct wrap *x = a, *y = b;
	int c = memcmp(x->subject, y->subject, SUBJECT_BYTES);
	return c ? c : x->time < y->time ? -1 : x->time > y->time;
}

static struct wrap *add(struct wraps *w)
{
	if (w->count == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 256;
		struct wrap *p = realloc(w->at, cap * sizeof *p);
		if (!p)
			return NULL;
		w->at = p;
		w->cap = cap;
	}
	return &w->at[w->count++];
}

/* All wraps that we made for that key, in the order in which they were written. Anybody can make others. */
static enum err gather(struct batch *b, const uint8_t public[32], struct wraps *out)
{
	struct cursor c;
	const struct roster *roster;
	enum err e = batch_roster(b, &roster);
	if (e)
		return e;
	cursor_open(&c, &b->txn, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on && !e; on = cursor_next(&c)) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *author, *subject;
		struct record r;
		union body body;
		if (!record_peek(c.value, &type, &cls, &author, &subject) || type != RECORD_KEYWRAP ||
		    memcmp(author, b->school->id, SCHOOL_BYTES) != 0)
			continue;
		if (record_read(c.value, &r) || body_decode(r.type, r.body, &body)) {
			e = ERR_CORRUPT;
			break;
		}
		if (memcmp(body.keywrap.to, public, 32) != 0 || !roster_proven(roster, &r))
			continue;
		struct wrap *w = add(out);
		if (!w) {
			e = ERR_NO_MEMORY;
			break;
		}
		*w = (struct wrap){.time = r.time};
		memcpy(w->subject, r.subject, SUBJECT_BYTES);
		memcpy(w->key, body.keywrap.key, sizeof w->key);
		memcpy(w->seal, body.keywrap.seal, sizeof w->seal);
	}
	cursor_close(&c);
	if (out->count)
		qsort(out->at, out->count, sizeof *out->at, by_subject_and_time);
	return e ? e : b->txn.err;
}

static enum err open_one(struct batch *b, const struct wrap *w, const uint8_t public[32], const uint8_t secret[32], bool *opened)
{
	uint8_t key[KEY_BYTES], id[HASH_BYTES];
	enum err e = ERR_OK;
	*opened = false;
	if (crypto_box_seal_open(key, w->seal, sizeof w->seal, public, secret) == 0) {
		record_key_id(id, key);
		*opened = memcmp(id, w->key, sizeof id) == 0;
	}
	if (*opened)
		e = batch_add_key(b, w->subject, key, true);
	sodium_memzero(key, sizeof key);
	return e;
}

enum err recovery_open(struct batch *b, const uint8_t secret[32], struct recovery_report *out)
{
	struct wraps wraps = {0};
	uint8_t public[32];
	*out = (struct recovery_report){0};
	crypto_scalarmult_base(public, secret);
	if (memcmp(public, b->school->recovery, sizeof public) != 0)
		return ERR_FORBIDDEN;
	enum err e = gather(b, public, &wraps);
	for (size_t i = 0; i < wraps.count && !e; i++) {
		bool opened, first = i == 0 || memcmp(wraps.at[i - 1].subject, wraps.at[i].subject, SUBJECT_BYTES) != 0;
		e = open_one(b, &wraps.at[i], public, secret, &opened);
		out->wraps++;
		out->unreadable += !opened;
		out->subjects += first;
	}
	free(wraps.at);
	return e;
}
