/*
 * accounts - all accounts in memory, on the loop's thread: read at start, kept
 * up by whoever wrote one (accounts_keep, after the commit).
 */
#ifndef NODE_ACCOUNTS_H
#define NODE_ACCOUNTS_H

#include "node/roles.h"

struct node;

struct accounts {
	struct account *at; /* sorted by id */
	size_t count, cap;
};

enum err accounts_load(struct accounts *s, struct store *store, const struct vault *v) MUST_USE;
void accounts_release(struct accounts *s);

/* In the place of the one with the same id. */
enum err accounts_keep(struct accounts *s, const struct account *a) MUST_USE;

void accounts_forget(struct accounts *s, const uint8_t id[ACCOUNT_BYTES]);

const struct account *accounts_find(const struct accounts *s, const uint8_t id[ACCOUNT_BYTES]);
const struct account *accounts_by_login(const struct accounts *s, const char *login);

/* The subject's, or the guardian's. */
const struct account *accounts_by_person(const struct accounts *s, const uint8_t id[SUBJECT_BYTES]);

/* A set of 1 << enum role, as of now. */
uint32_t accounts_roles(const struct node *n, const struct account *a);

/* Family, given name and patronymic as the records have them now; the account's own where they have none. */
void accounts_name(const struct node *n, const struct account *a, enum role role, char out[NAME_BYTES_MAX + 1]);

/* A whole name out of its parts. */
void accounts_full_name(const char *family, const char *given, const char *patronymic, char out[NAME_BYTES_MAX + 1]);

#endif
