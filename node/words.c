#include "node/words.h"

#include <stdio.h>

#include "core/card.h"
#include "node/node.h"
#include "proto/text.h"

static enum err apply(struct node *n, const struct dossier_entry *e)
{
	char list[KIND_CODE_MAX + 1], code[KIND_CODE_MAX + 1], group[KIND_CODE_MAX + 1], ru[4 * NAME_BYTES_MAX], en[4 * NAME_BYTES_MAX];
	bytes_string(entry_text(e, "list"), list, sizeof list);
	bytes_string(entry_text(e, "code"), code, sizeof code);
	bytes_string(entry_text(e, "group"), group, sizeof group);
	bytes_string(entry_text(e, "title_ru"), ru, sizeof ru);
	bytes_string(entry_text(e, "title_en"), en, sizeof en);
	bool shipped = catalogue_word(n->catalogue, list, code, "ru") && !catalogue_own(n->catalogue, list, code);
	if (shipped && !entry_counts(e))
		return ERR_OK;
	struct list_edit edit = {.list = list, .code = code, .group = group, .title_ru = ru,
				 .title_en = *en ? en : shipped ? catalogue_word(n->catalogue, list, code, "en") : ru,
				 .hidden = !entry_counts(e) || entry_flag(e, "hidden")};
	enum err err = catalogue_item(n->catalogue, &edit);
	return err == ERR_NO_MEMORY ? err : ERR_OK; /* of a list that this version has no more */
}

/* First what was withdrawn or replaced: an own item stays known to old entries, and is offered no more. */
static enum err apply_all(struct node *n, const struct dossier *d)
{
	enum err e = ERR_OK;
	for (int counts = 0; counts < 2; counts++)
		for (size_t i = d->count; i > 0 && !e; i--) { /* the oldest first: the last word counts */
			const struct dossier_entry *entry = &d->entries[i - 1];
			bool past = entry->row.status == ENTRY_RETRACTED || entry->row.status == ENTRY_REPLACED;
			if (entry_is(entry, "list_item") && (counts ? entry_counts(entry) : past))
				e = apply(n, entry);
		}
	return e;
}

bool words_subject(const struct node *n, uint8_t subject[SUBJECT_BYTES], enum err *e)
{
	struct txn t;
	*e = txn_begin(&t, n->opened.store, false);
	if (*e)
		return false;
	bool there = card_school(&t, subject);
	txn_abort(&t);
	return there;
}

enum err words_apply(struct node *n)
{
	uint8_t subject[SUBJECT_BYTES];
	enum err e;
	const struct dossier *d = words_subject(n, subject, &e) ? dossiers_get(n->dossiers, subject, &e) : NULL;
	if (!d)
		return e;
	catalogue_reset(n->catalogue);
	return apply_all(n, d);
}

enum err words_refresh(struct node *n, const struct changes *c)
{
	uint8_t subject[SUBJECT_BYTES];
	enum err e;
	bool there = words_subject(n, subject, &e);
	for (size_t i = 0; there && i < c->count; i++)
		if (memcmp(c->subjects[i], subject, SUBJECT_BYTES) == 0)
			return words_apply(n);
	return e;
}

static const char *text_of(const json_t *fields, const char *name)
{
	const char *s = json_string_value(json_object_get(fields, name));
	return s ? s : "";
}

/* What the item is already, it stays; false: *bad and *why are set. */
static bool check_shipped(const struct node *n, const json_t *fields, const char **bad, const char **why)
{
	const char *list = text_of(fields, "list"), *code = text_of(fields, "code"), *en = text_of(fields, "title_en"), *group = text_of(fields, "group");
	const char *grouped = catalogue_group(n->catalogue, list, code);
	bool same_ru = strcmp(text_of(fields, "title_ru"), catalogue_word(n->catalogue, list, code, "ru")) == 0;
	bool same_en = !*en || strcmp(en, catalogue_word(n->catalogue, list, code, "en")) == 0;
	*bad = !same_ru ? "fields.title_ru" : !same_en ? "fields.title_en" : "fields.group";
	*why = "a shipped item may be hidden, but keeps its title and group";
	return same_ru && same_en && (!*group || (grouped && strcmp(group, grouped) == 0));
}

/* XXXX-XXXX of the school's id, so that no other school has that code; false: too long. */
static bool add_prefix(const struct node *n, json_t *fields, const char *code)
{
	char prefixed[KIND_CODE_MAX + 10], school[10];
	size_t k = 0;
	text_short(n->opened.school.id, school);
	for (const char *p = school; *p; p++)
		if (*p != '-')
			prefixed[k++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	snprintf(prefixed + k, sizeof prefixed - k, ".%s", code);
	return strlen(prefixed) <= KIND_CODE_MAX && !json_object_set_new(fields, "code", json_string(prefixed));
}

enum err words_check(struct node *n, json_t *fields, const char **bad, const char **why)
{
	const char *list = text_of(fields, "list"), *code = text_of(fields, "code"), *group = text_of(fields, "group");
	const json_t *declared = json_object_get(json_object_get(catalogue_json(n->catalogue), "lists"), list);
	*bad = "fields.list";
	*why = "an editable list of the catalogue";
	if (!json_is_true(json_object_get(declared, "editable")))
		return ERR_INVALID;
	*bad = "fields.code";
	*why = "small Latin letters, digits, _ and .";
	size_t n_code = strlen(code);
	if (!n_code || n_code > KIND_CODE_MAX || strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_.") != n_code)
		return ERR_INVALID;
	bool known = catalogue_word(n->catalogue, list, code, "ru"), own = known && catalogue_own(n->catalogue, list, code);
	if (known && !own)
		return check_shipped(n, fields, bad, why) ? ERR_OK : ERR_INVALID;
	*bad = "fields.group";
	*why = "one of the groups of the list, see /api/v1/catalogue";
	if (*group && !catalogue_has_group(n->catalogue, list, group))
		return ERR_INVALID;
	*bad = "fields.code";
	*why = "at most 31 characters";
	return own || add_prefix(n, fields, code) ? ERR_OK : ERR_INVALID;
}
