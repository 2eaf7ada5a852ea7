#include "node/accounts.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/json.h"
#include "node/loop.h"
#include "node/node.h"

static int by_id(const void *id, const void *account)
{
	return memcmp(id, account, ACCOUNT_BYTES);
}
_Static_assert(offsetof(struct account, id) == 0, "by_id reads it there");

const struct account *accounts_find(const struct accounts *s, const uint8_t id[ACCOUNT_BYTES])
{
	return s->count ? bsearch(id, s->at, s->count, sizeof *s->at, by_id) : NULL;
}

/* What held passwords' hashes is wiped before it goes. */
static enum err grow(struct accounts *s)
{
	size_t cap = s->cap ? 2 * s->cap : 64;
	struct account *at = calloc(cap, sizeof *at);
	if (!at)
		return ERR_NO_MEMORY;
	if (s->count)
		memcpy(at, s->at, s->count * sizeof *at);
	if (s->at)
		sodium_memzero(s->at, s->cap * sizeof *at);
	free(s->at);
	s->at = at;
	s->cap = cap;
	return ERR_OK;
}

enum err accounts_keep(struct accounts *s, const struct account *a)
{
	struct account *old = (struct account *)(uintptr_t)accounts_find(s, a->id);
	if (old) {
		*old = *a;
		return ERR_OK;
	}
	enum err e = s->count == s->cap ? grow(s) : ERR_OK;
	if (e)
		return e;
	size_t i = s->count++;
	for (; i > 0 && memcmp(a->id, s->at[i - 1].id, ACCOUNT_BYTES) < 0; i--)
		s->at[i] = s->at[i - 1];
	s->at[i] = *a;
	return ERR_OK;
}

void accounts_forget(struct accounts *s, const uint8_t id[ACCOUNT_BYTES])
{
	const struct account *a = accounts_find(s, id);
	if (!a)
		return;
	size_t i = (size_t)(a - s->at);
	memmove(&s->at[i], &s->at[i + 1], (--s->count - i) * sizeof *a);
	sodium_memzero(&s->at[s->count], sizeof *a);
}

enum err accounts_load(struct accounts *s, struct store *store, const struct vault *v)
{
	struct txn t;
	struct account a;
	enum err e = txn_begin(&t, store, false);
	if (e)
		return e;
	for (e = account_next(&t, v, NULL, &a); !e; e = account_next(&t, v, a.id, &a))
		if ((e = accounts_keep(s, &a)))
			break;
	txn_abort(&t);
	sodium_memzero(&a, sizeof a);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void accounts_release(struct accounts *s)
{
	if (s->at)
		sodium_memzero(s->at, s->cap * sizeof *s->at);
	free(s->at);
	*s = (struct accounts){0};
}

const struct account *accounts_by_login(const struct accounts *s, const char *login)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->at[i].login, login) == 0)
			return &s->at[i];
	return NULL;
}

const struct account *accounts_by_person(const struct accounts *s, const uint8_t id[SUBJECT_BYTES])
{
	if (sodium_is_zero(id, SUBJECT_BYTES))
		return NULL;
	for (size_t i = 0; i < s->count; i++)
		if (memcmp(s->at[i].who, id, SUBJECT_BYTES) == 0 || memcmp(s->at[i].guardian, id, SUBJECT_BYTES) == 0)
			return &s->at[i];
	return NULL;
}

uint32_t accounts_roles(const struct node *n, const struct account *a)
{
	return roles_held(&n->people, a, clock_ms());
}

void accounts_full_name(const char *family, const char *given, const char *patronymic, char out[NAME_BYTES_MAX + 1])
{
	char whole[3 * PERSON_TEXT_MAX + 3];
	snprintf(whole, sizeof whole, "%s %s%s%s", family, given, *patronymic ? " " : "", patronymic);
	snprintf(out, NAME_BYTES_MAX + 1, "%.*s", (int)text_fit(whole, NAME_BYTES_MAX), whole);
}

void accounts_name(const struct node *n, const struct account *a, enum role role, char out[NAME_BYTES_MAX + 1])
{
	const struct guardian *g = role == ROLE_PARENT ? roles_guardian(&n->people, a->guardian, clock_ms(), NULL) : NULL;
	const struct indexed_person *p = role == ROLE_PARENT ? NULL : people_index_find(&n->people, a->who);
	if (g)
		accounts_full_name(g->family, g->given, g->patronymic, out);
	else if (p)
		accounts_full_name(p->person.family, p->person.given, p->person.patronymic, out);
	else
		snprintf(out, NAME_BYTES_MAX + 1, "%s", a->name);
}
