#include "node/people_index.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/card.h"
#include "core/structure.h"
#include "node/letters.h"

enum { NAME_BYTES = 3 * PERSON_TEXT_MAX + 3 };

/* The key is a bare subject; a person begins with its own. */
static int by_subject(const void *key, const void *person)
{
	return memcmp(key, person, SUBJECT_BYTES);
}
_Static_assert(offsetof(struct indexed_person, subject) == 0, "by_subject reads it there");

static const struct indexed_person *find(const struct people_index *p, size_t sorted, const uint8_t *subject)
{
	return sorted ? bsearch(subject, p->at, sorted, sizeof *p->at, by_subject) : NULL;
}

const struct indexed_person *people_index_find(const struct people_index *p, const uint8_t *subject)
{
	return find(p, p->count, subject);
}

const struct indexed_person *people_index_next(const struct people_index *p, const uint8_t *subject)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (by_subject(subject, &p->at[mid]) < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low < p->count ? &p->at[low] : NULL;
}

static void wipe(char *text)
{
	if (text)
		sodium_memzero(text, strlen(text));
	free(text);
}

static void forget(struct indexed_person *at)
{
	wipe(at->folded);
	wipe(at->guardians);
	wipe(at->key);
	sodium_memzero(at, sizeof *at);
}

/* Erased: their names go from memory too. */
static size_t drop_gone(struct people_index *p, size_t sorted)
{
	size_t kept = 0, before = 0;
	for (size_t i = 0; i < p->count; i++) {
		struct indexed_person *at = &p->at[i];
		if (at->gone) {
			forget(at);
		} else {
			before += i < sorted;
			p->at[kept++] = *at;
		}
	}
	sodium_memzero(p->at + kept, (p->count - kept) * sizeof *p->at);
	p->count = kept;
	p->gone = 0;
	return before;
}

/* Brings what was added behind the sorted ones to its place: one by moving, many by sorting. */
static void settle(struct people_index *p, size_t sorted)
{
	if (p->gone)
		sorted = drop_gone(p, sorted);
	if (p->count == sorted)
		return;
	if (p->count > sorted + 1) {
		qsort(p->at, p->count, sizeof *p->at, by_subject);
		return;
	}
	struct indexed_person fresh = p->at[sorted];
	size_t i = sorted;
	while (i > 0 && by_subject(fresh.subject, &p->at[i - 1]) < 0)
		i--;
	memmove(&p->at[i + 1], &p->at[i], (sorted - i) * sizeof *p->at);
	p->at[i] = fresh;
}

static int by_name(const void *a, const void *b, void *arg)
{
	const struct people_index *p = arg;
	const struct indexed_person *x = &p->at[*(const size_t *)a], *y = &p->at[*(const size_t *)b];
	int c = class_compare(x->person.class_name, y->person.class_name);
	if (!c)
		c = strcmp(x->key, y->key);
	return c ? c : memcmp(x->subject, y->subject, SUBJECT_BYTES);
}

static enum err sort(struct people_index *p)
{
	if (!p->count)
		return ERR_OK;
	size_t *order = realloc(p->order, p->count * sizeof *order);
	if (!order)
		return ERR_NO_MEMORY;
	p->order = order;
	for (size_t i = 0; i < p->count; i++)
		order[i] = i;
	qsort_r(order, p->count, sizeof *order, by_name, p);
	return ERR_OK;
}

static enum err fold_names(struct indexed_person *out)
{
	char name[NAME_BYTES], all[GUARDIANS_MAX * NAME_BYTES] = "";
	size_t n = 0;
	for (size_t i = 0; i < out->person.guardian_count; i++) {
		const struct guardian *g = &out->person.guardians[i];
		n += (size_t)snprintf(all + n, sizeof all - n, "%s %s %s\n", g->family, g->given, g->patronymic);
	}
	snprintf(name, sizeof name, "%s %s %s", out->person.family, out->person.given, out->person.patronymic);
	char *folded = letters_fold(name), *key = letters_key(name), *guardians = letters_fold(all);
	bool ok = folded && key && guardians;
	wipe(ok ? out->folded : folded);
	wipe(ok ? out->key : key);
	wipe(ok ? out->guardians : guardians);
	if (!ok)
		return ERR_NO_MEMORY;
	out->folded = folded;
	out->key = key;
	out->guardians = guardians;
	return ERR_OK;
}

/* Fills in what the records say; ERR_NOT_FOUND where no person record opens. */
static enum err read_person(struct indexed_person *out, struct school *s, struct txn *t, struct txn *keys, const uint8_t *me)
{
	struct buf card;
	uint8_t author[SCHOOL_BYTES];
	if (!view_custody(t, out->subject, &out->custody))
		return t->err ? t->err : ERR_NOT_FOUND;
	buf_init(&card, RECORD_BYTES_MAX);
	enum err e = card_read(s, t, keys, out->subject, &card, author);
	if (!e)
		e = person_parse(buf_bytes(&card), &out->person);
	buf_wipe(&card);
	if (e)
		return e == ERR_NO_MEMORY ? e : ERR_NOT_FOUND;
	e = fold_names(out);
	out->former = memcmp(out->custody.custodian, me, SCHOOL_BYTES) != 0;
	/* the class of another school is none of ours, though its name may be the same */
	if (!out->former && memcmp(author, me, SCHOOL_BYTES) != 0)
		out->person.class_name[0] = 0;
	return e;
}

/* One that is not among the sorted ones goes to the end, where settle finds it. */
static enum err put(struct people_index *p, size_t sorted, struct school *s, struct txn *t, struct txn *keys, const uint8_t *me,
		    const uint8_t *subject)
{
	struct indexed_person *at = (struct indexed_person *)(uintptr_t)find(p, sorted, subject);
	if (at) {
		enum err known = read_person(at, s, t, keys, me);
		if (known == ERR_NOT_FOUND && !at->gone) {
			at->gone = true;
			p->gone++;
		}
		return known == ERR_NOT_FOUND ? ERR_OK : known;
	}
	struct indexed_person fresh = {0};
	memcpy(fresh.subject, subject, SUBJECT_BYTES);
	enum err e = read_person(&fresh, s, t, keys, me);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e) {
		forget(&fresh);
		return e;
	}
	if (p->count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 256;
		at = realloc(p->at, cap * sizeof *at);
		if (!at) {
			forget(&fresh);
			return ERR_NO_MEMORY;
		}
		p->at = at;
		p->cap = cap;
	}
	p->at[p->count++] = fresh;
	return ERR_OK;
}

enum err people_index_load(struct people_index *p, struct school *s, const uint8_t *me)
{
	struct txn t, keys;
	uint8_t subject[SUBJECT_BYTES];
	enum err e = txn_begin(&t, s->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, s->vault.store, false);
	if (!e) {
		/* in order of subject, and each once */
		for (bool on = vault_next(&keys, NULL, subject); on && !e; on = vault_next(&keys, subject, subject))
			e = put(p, 0, s, &t, &keys, me, subject);
		txn_abort(&keys);
	}
	txn_abort(&t);
	return e ? e : sort(p);
}

enum err people_index_refresh(struct people_index *p, struct school *s, const uint8_t *me, const struct changes *c)
{
	struct txn t, keys;
	size_t sorted = p->count;
	enum err e = txn_begin(&t, s->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, s->vault.store, false);
	if (!e) {
		for (size_t i = 0; i < c->count && !e; i++)
			e = put(p, sorted, s, &t, &keys, me, c->subjects[i]);
		txn_abort(&keys);
	}
	settle(p, sorted);
	txn_abort(&t);
	return e ? e : sort(p);
}

enum err people_index_update(struct people_index *p, struct school *s, const uint8_t *me, const uint8_t *subject)
{
	struct txn t, keys;
	size_t sorted = p->count;
	enum err e = txn_begin(&t, s->store, false);
	if (e)
		return e;
	e = txn_begin(&keys, s->vault.store, false);
	if (!e) {
		e = put(p, sorted, s, &t, &keys, me, subject);
		txn_abort(&keys);
	}
	settle(p, sorted);
	txn_abort(&t);
	return e ? e : sort(p);
}

void people_index_release(struct people_index *p)
{
	for (size_t i = 0; i < p->count; i++)
		forget(&p->at[i]);
	free(p->at);
	free(p->order);
	*p = (struct people_index){0};
}
