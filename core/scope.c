#include "core/scope.h"

#include <stdlib.h>

#include "core/leaf.h"

static void scope_key(uint8_t out[SCOPE_KEY_BYTES], const uint8_t *peer, const uint8_t *subject)
{
	memcpy(out, peer, PEER_BYTES);
	memcpy(out + PEER_BYTES, subject, SUBJECT_BYTES);
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

void scope_apply(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *subject, const struct walked *w,
		 bool *changed)
{
	struct share shares[SHARES_MAX];
	int at = roster_find(r, me);
	size_t count = custody_shares(r, &w->custody, w->chain, w->count, at, shares);
	for (size_t i = 0, s = 0; i < r->count; i++) {
		enum right right = RIGHT_NONE;
		if (s < count && shares[s].peer == (int)i)
			right = shares[s++].right;
		if (at != NO_SCHOOL && neighbours(r, at, (int)i))
			put_right(t, r->members[i].id, subject, right, changed);
	}
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

enum right scope_offer(struct txn *t, const uint8_t *peer, const uint8_t *subject)
{
	uint8_t key[SCOPE_KEY_BYTES];
	struct bytes v;
	scope_key(key, peer, subject);
	return txn_get(t, T_OFFER, bytes_of(key, sizeof key), &v) ? (enum right)v.p[0] : RIGHT_NONE;
}

enum err scope_opens(struct txn *t, const struct roster *r, const uint8_t *me, const uint8_t *peer,
		     const uint8_t *subject, const struct chain_record *more, size_t more_count, enum right *right)
{
	struct walked *w;
	struct share shares[SHARES_MAX];
	int peer_at = roster_find(r, peer);
	enum err e = custody_load(&w, t, r, subject);
	*right = RIGHT_NONE;
	for (size_t i = 0; !e && i < more_count; i++) {
		if (w->count == CHAIN_RECORDS_MAX)
			e = ERR_QUOTA;
		else
			w->chain[w->count++] = more[i];
	}
	if (!e) {
		custody_walk(r, subject, w->chain, w->count, &w->custody);
		size_t count = custody_shares(r, &w->custody, w->chain, w->count, roster_find(r, me), shares);
		for (size_t i = 0; i < count; i++)
			if (shares[i].peer == peer_at)
				*right = shares[i].right;
	}
	free(w);
	return e;
}
