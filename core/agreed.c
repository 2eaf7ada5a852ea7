#include "core/agreed.h"

#include <stdlib.h>

void scope_list_release(struct scope_list *l)
{
	free(l->at);
	*l = (struct scope_list){0};
}

/* Where the subject is or belongs. */
static size_t place(const struct scope_list *l, const uint8_t *subject)
{
	size_t low = 0, high = l->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (memcmp(l->at[mid].subject, subject, SUBJECT_BYTES) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool stands_at(const struct scope_list *l, size_t i, const uint8_t *subject)
{
	return i < l->count && memcmp(l->at[i].subject, subject, SUBJECT_BYTES) == 0;
}

enum err scope_list_merge(struct scope_list *l, struct bytes entries)
{
	const struct scope_entry *in = (const struct scope_entry *)entries.p;
	size_t n = entries.n / sizeof *in, cap = l->count + n, count = 0;
	struct scope_entry *all = malloc((cap ? cap : 1) * sizeof *all);
	if (!all)
		return ERR_NO_MEMORY;
	for (size_t i = 0, j = 0; i < l->count || j < n;) {
		int c = i == l->count ? 1 : j == n ? -1 : memcmp(l->at[i].subject, in[j].subject, SUBJECT_BYTES);
		const struct scope_entry *one = c < 0 ? &l->at[i] : &in[j];
		if (one->right != RIGHT_NONE)
			all[count++] = *one;
		i += c <= 0;
		j += c >= 0;
	}
	free(l->at);
	l->at = all;
	l->count = count;
	l->cap = cap;
	return ERR_OK;
}

enum err scope_list_load(struct scope_list *l, struct txn *t, enum table table, const uint8_t *peer)
{
	struct cursor c;
	struct bytes prefix = bytes_of(peer, PEER_BYTES);
	l->count = 0;
	cursor_open(&c, t, table);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix); on = cursor_next(&c)) {
		if (l->count == l->cap) {
			size_t cap = l->cap ? 2 * l->cap : 64;
			struct scope_entry *p = realloc(l->at, cap * sizeof *p);
			if (!p) {
				cursor_close(&c);
				return ERR_NO_MEMORY;
			}
			l->at = p;
			l->cap = cap;
		}
		memcpy(l->at[l->count].subject, c.key.p + PEER_BYTES, SUBJECT_BYTES);
		l->at[l->count++].right = c.value.p[0];
	}
	cursor_close(&c);
	return t->err;
}

enum right scope_list_get(const struct scope_list *l, const uint8_t *subject)
{
	size_t i = place(l, subject);
	return stands_at(l, i, subject) ? (enum right)l->at[i].right : RIGHT_NONE;
}

void scope_list_hash(const struct scope_list *l, uint8_t out[DIGEST_BYTES])
{
	struct hash h;
	hash_start(&h, DOMAIN_SCOPE, DIGEST_BYTES, (struct bytes){0});
	for (size_t i = 0; i < l->count; i++) {
		hash_add(&h, l->at[i].subject, SUBJECT_BYTES);
		hash_add(&h, &l->at[i].right, 1);
	}
	hash_end(&h, out);
}

static enum mode mode_of(enum right a, enum right b)
{
	enum right least = a < b ? a : b;
	switch (least) {
	case RIGHT_NONE:
		return MODE_NONE;
	case RIGHT_CHAIN:
		return MODE_CHAIN;
	case RIGHT_FORMER:
		return MODE_FORMER;
	case RIGHT_FORWARD:
	case RIGHT_READ:
		return MODE_ALL;
	}
	return MODE_NONE;
}

enum mode agreed_mode_under(const struct scope_list *mine, enum right theirs, const uint8_t *subject)
{
	if (memcmp(subject, network_subject, SUBJECT_BYTES) == 0)
		return MODE_ALL;
	return mine->known ? mode_of(scope_list_get(mine, subject), theirs) : MODE_NONE;
}

enum mode agreed_mode(const struct scope_list *mine, const struct scope_list *theirs, const uint8_t *subject)
{
	return agreed_mode_under(mine, theirs->known ? scope_list_get(theirs, subject) : RIGHT_NONE, subject);
}

bool agreed_next(const struct scope_list *mine, const struct scope_list *theirs, struct agreed_walk *w)
{
	if (w->at == 0) {
		memcpy(w->subject, network_subject, SUBJECT_BYTES);
		w->mode = MODE_ALL;
		w->at = 1;
		return true;
	}
	if (!mine->known || !theirs->known)
		return false;
	while (w->at <= mine->count) {
		const struct scope_entry *e = &mine->at[w->at++ - 1];
		w->mode = mode_of((enum right)e->right, scope_list_get(theirs, e->subject));
		if (w->mode != MODE_NONE) {
			memcpy(w->subject, e->subject, SUBJECT_BYTES);
			return true;
		}
	}
	return false;
}
