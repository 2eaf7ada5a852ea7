#include "node/words.h"

#include <stdio.h>

#include "core/card.h"
#include "node/node.h"
#include "proto/text.h"

static enum err apply(struct node *n, const struct dossier_entry *e)
{
	char list[KIND_CODE_MAX + 1], code[KIND_CODE_MAX + 1], ru[4 * NAME_BYTES_MAX], en[4 * NAME_BYTES_MAX];
	bytes_string(entry_text(e, "list"), list, sizeof list);
	bytes_string(entry_text(e, "code"), code, sizeof code);
	bytes_string(entry_text(e, "title_ru"), ru, sizeof ru);
	bytes_string(entry_text(e, "title_en"), en, sizeof en);
	struct list_edit edit = {.list = list, .code = code, .title_ru = ru, .title_en = *en ? en : ru, .hidden = entry_flag(e, "hidden")};
	enum err err = catalogue_item(n->catalogue, &edit);
	return err == ERR_NO_MEMORY ? err : ERR_OK; /* of a list that this version has no more */
}

enum err words_apply(struct node *n)
{
	struct txn t;
	uint8_t subject[SUBJECT_BYTES];
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	bool there = card_school(&t, subject);
	txn_abort(&t);
	const struct dossier *d = there ? dossiers_get(n->dossiers, subject, &e) : NULL;
	for (size_t i = d ? d->count : 0; i > 0 && !e; i--) /* the oldest first: the last word counts */
		if (entry_is(&d->entries[i - 1], "list_item") && entry_counts(&d->entries[i - 1]))
			e = apply(n, &d->entries[i - 1]);
	return e;
}

enum err words_refresh(struct node *n, const struct changes *c)
{
	struct txn t;
	uint8_t subject[SUBJECT_BYTES];
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	bool there = card_school(&t, subject);
	txn_abort(&t);
	for (size_t i = 0; there && i < c->count; i++)
		if (memcmp(c->subjects[i], subject, SUBJECT_BYTES) == 0)
			return words_apply(n);
	return ERR_OK;
}

static const char *text_of(const json_t *fields, const char *name)
{
	const char *s = json_string_value(json_object_get(fields, name));
	return s ? s : "";
}

enum err words_check(struct node *n, json_t *fields, const char **bad, const char **why)
{
	const char *list = text_of(fields, "list"), *code = text_of(fields, "code");
	const json_t *declared = json_object_get(json_object_get(catalogue_json(n->catalogue), "lists"), list);
	char prefixed[NAME_BYTES_MAX], school[10];
	*bad = "fields.list";
	*why = "an editable list of the catalogue";
	if (!json_is_true(json_object_get(declared, "editable")))
		return ERR_INVALID;
	*bad = "fields.code";
	*why = "small Latin letters, digits, _ and .";
	size_t n_code = strlen(code);
	if (!n_code || strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_.") != n_code)
		return ERR_INVALID;
	const char *shipped = catalogue_word(n->catalogue, list, code, "ru");
	text_short(n->opened.school.id, school);
	if (shipped) {
		*bad = "fields.title_ru";
		*why = "a shipped item may be hidden, but keeps its title";
		size_t m = strcspn(code, ".");
		bool own = m == 8 && strlen(code) > 9;
		return own || strcmp(shipped, text_of(fields, "title_ru")) == 0 ? ERR_OK : ERR_INVALID;
	}
	/* XXXX-XXXX, so that no other school has that code */
	char prefix[9];
	size_t k = 0;
	for (const char *p = school; *p && k < 8; p++)
		if (*p != '-')
			prefix[k++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	prefix[k] = 0;
	if (n_code + k + 1 > KIND_CODE_MAX) {
		*why = "at most 31 characters";
		return ERR_INVALID;
	}
	snprintf(prefixed, sizeof prefixed, "%s.%s", prefix, code);
	json_object_set_new(fields, "code", json_string(prefixed));
	return ERR_OK;
}
