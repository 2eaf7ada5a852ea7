/*
 * page - public pages without log-in: of a class, a student, a teacher. A page has a
 * random address, which ends with the page; what stands on it is decided anew at
 * every request (core/consent.h). Local rows: another school opens its own.
 */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include "core/catalogue.h"
#include "core/local.h"

enum { PAGE_TOKEN_BYTES = 16, PAGE_HIDDEN_MAX = 500 };

struct page {
	enum about about;
	uint8_t subject[SUBJECT_BYTES];
	uint8_t token[PAGE_TOKEN_BYTES];
	size_t hidden_count; /* of a teacher's: entries left out */
	uint8_t hidden[PAGE_HIDDEN_MAX][ID_BYTES];
};

bool page_of(struct txn *t, const uint8_t subject[SUBJECT_BYTES], struct page *out);
bool page_find(struct txn *t, const uint8_t token[PAGE_TOKEN_BYTES], struct page *out);

/* Opens or changes it; an open page keeps its address. */
void page_put(struct txn *t, const struct page *p);
void page_close(struct txn *t, const uint8_t subject[SUBJECT_BYTES]);

#endif
