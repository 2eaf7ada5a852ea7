#include "core/scope.h"

#include <stdlib.h>

#include "core/leaf.h"

struct walked {
	struct chain_record chain[CHAIN_RECORDS_MAX];
	size_t count;
	struct custody custody;
	struct share shares[SHARES_MAX];
	size_t share_count;
};

static void scope_key(uint8_t out[SCOPE_KEY_BYTES], const uint8_t *peer, const uint8_t *subject)
{
	memcpy(out, peer, PEER_BYTES);
	memcpy(out + PEER_BYTES, subject, SUBJECT_BYTES);
}

static enum err walk(struct walked *w, struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *subject)
{
	enum err e = chain_load(t, subject, w->chain, &w->count);
	if (e)
		return e;
	custody_walk(r, subject, w->chain, w->count, &w->custody);
	w->share_count = custody_shares(r, &w->custody, w->chain, w->count, roster_find(r, me), w->shares);
	return ERR_OK;
}

static bool neighbours(const struct roster *r, int a, int b)
{
	for (int p = 0; p < PARENTS_MAX; p++)
		if (r->members[a].parents[p] == b || r->members[b].parents[p] == a)
			return true;
	return false;
}

static void put_right(struct txn *t, const uint8_t *peer, const uint8_t *subject, enum right right, bool *changed)
{
	uint8_t key[SCOPE_KEY_BYTES], value = (uint8_t)right;
	scope_key(key, peer, subject);
	enum right was = scope_right(t, peer, subject);
	if (was == right)
		return;
	*changed = true;
	if (right == RIGHT_NONE)
		txn_del(t, T_SCOPE, bytes_of(key, sizeof key));
	else
		txn_put(t, T_SCOPE, bytes_of(key, sizeof key), bytes_of(&value, 1));
}

static void apply(struct txn *t, const struct roster *r, int me, const uint8_t *subject, const struct walked *w,
		  bool *changed)
{
	for (size_t i = 0, s = 0; i < r->count; i++) {
		enum right right = RIGHT_NONE;
		if (s < w->share_count && w->shares[s].peer == (int)i)
			right = w->shares[s++].right;
		if (me != NO_SCHOOL && neighbours(r, me, (int)i))
			put_right(t, r->members[i].id, subject, right, changed);
	}
}

enum err scope_update(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *subject, bool *changed)
{
	struct walked *w = malloc(sizeof *w);
	enum err e = w ? walk(w, t, r, me, subject) : ERR_NO_MEMORY;
	if (!e)
		apply(t, r, roster_find(r, me), subject, w, changed);
	free(w);
	return e ? e : t->err;
}

enum err scope_update_all(struct txn *t, const struct roster *r, const uint8_t *me, bool *changed)
{
	uint8_t subject[SUBJECT_BYTES];
	struct cursor c;
	enum err e = ERR_OK;
	cursor_open(&c, t, T_DIGEST);
	bool on = cursor_seek(&c, (struct bytes){0});
	while (on && !e) {
		memcpy(subject, c.key.p, SUBJECT_BYTES);
		if (memcmp(subject, network_subject, SUBJECT_BYTES) != 0)
			e = scope_update(t, r, me, subject, changed);
		on = cursor_next(&c);
	}
	cursor_close(&c);
	return e ? e : t->err;
}

enum right scope_right(struct txn *t, const uint8_t *peer, const uint8_t *subject)
{
	uint8_t key[SCOPE_KEY_BYTES];
	struct bytes v;
	if (memcmp(subject, network_subject, SUBJECT_BYTES) == 0)
		return RIGHT_READ;
	scope_key(key, peer, subject);
	return txn_get(t, T_SCOPE, bytes_of(key, sizeof key), &v) ? (enum right)v.p[0] : RIGHT_NONE;
}

enum err scope_opens(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *peer,
		     const uint8_t *subject, const struct chain_record *more, size_t more_count)
{
	struct walked *w = malloc(sizeof *w);
	int peer_at = roster_find(r, peer);
	if (!w)
		return ERR_NO_MEMORY;
	enum err e = chain_load(t, subject, w->chain, &w->count);
	for (size_t i = 0; !e && i < more_count; i++) {
		if (w->count == CHAIN_RECORDS_MAX)
			e = ERR_QUOTA;
		else
			w->chain[w->count++] = more[i];
	}
	if (!e) {
		custody_walk(r, subject, w->chain, w->count, &w->custody);
		w->share_count = custody_shares(r, &w->custody, w->chain, w->count, roster_find(r, me), w->shares);
		e = ERR_OUT_OF_SCOPE;
		for (size_t i = 0; i < w->share_count; i++)
			if (w->shares[i].peer == peer_at)
				e = ERR_OK;
	}
	free(w);
	return e;
}
