/*
 * catalogue - what a school may write: kinds of entries with their fields, reference
 * lists, and the numbers of the rules, declared in JSON files (configs/catalogue/).
 * The form of a declaration is described in configs/catalogue/README.md.
 *
 * Unknown kinds and fields from other schools are never looked at here: they are
 * stored and shown as they are. This decides only what may be written now.
 *
 * Kinds never change while the catalogue lives and may be read from any thread.
 * Lists belong to the thread that changes them (catalogue_item).
 */
#ifndef CORE_CATALOGUE_H
#define CORE_CATALOGUE_H

#include <jansson.h>

#include "core/access.h"
#include "core/rules.h"
#include "proto/buf.h"

enum about { ABOUT_STUDENT, ABOUT_TEACHER, ABOUT_CLASS, ABOUT_SCHOOL, ABOUT_NETWORK, ABOUT_COUNT };

enum field_type {
	FIELD_TEXT,
	FIELD_INT,
	FIELD_DATE,
	FIELD_FLAG,
	FIELD_LIST,
	FIELD_LISTS,
	FIELD_LEVEL,
	FIELD_MARKS,
	FIELD_FILES,
	FIELD_ENTRY,
	FIELD_PERSON,
	FIELD_PERSONS,
	FIELD_LINK,
};

struct field {
	const char *code, *list; /* list: its code, or NULL */
	enum field_type type;
	enum about of; /* ENTRY: whose */
	const char *kind; /* ENTRY: of which kind; NULL: any */
	uint32_t who;  /* PERSON, PERSONS: what those named must be, 1 << enum role each; 0: not looked at */
	bool required;
	int64_t min, max;
};

enum measure { MEASURE_NONE, MEASURE_COMPETENCE, MEASURE_MARK, MEASURE_HOURS };
enum source { SOURCE_INTERNAL, SOURCE_EXTERNAL, SOURCE_EXPERT };
enum once { ONCE_NEVER, ONCE_A_YEAR, ONCE_EVER };

struct kind {
	const char *code, *title_ru, *title_en;
	const char *section; /* code, or NULL */
	enum about about;
	struct access_rule access;
	bool moderated, publish;
	enum once once;
	enum measure measure;
	enum source source;
	const char *table_field, *table_list; /* table_by, or NULL */
	const char *template_of;	      /* the kind that its entries are templates of, or NULL */
	struct field *fields;
	size_t field_count;
};

struct catalogue;

struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *c);

/*
 * Adds one file's declarations. file: its name, for errors. On an error *why,
 * of at least CATALOGUE_WHY_BYTES, holds "file:line: field: what is wrong".
 */
enum { CATALOGUE_WHY_BYTES = 300 };
enum err catalogue_add(struct catalogue *c, const char *file, struct bytes json, char *why) MUST_USE;

/* After the last file: every list that is named must be there, and every rule. */
enum err catalogue_finish(struct catalogue *c, char *why) MUST_USE;

/* {"kinds": [...], "lists": {...}, "rules": [...]} as the API serves it; borrowed. */
const json_t *catalogue_json(const struct catalogue *c);

const struct rules *catalogue_rules(const struct catalogue *c);

/* NULL if unknown; lives as long as the catalogue. */
const struct kind *catalogue_kind(const struct catalogue *c, const char *code);

/* The i-th kind, NULL past the end. */
const struct kind *catalogue_kind_at(const struct catalogue *c, size_t i);

const struct field *kind_field(const struct kind *k, const char *code);

/* "student", ... and back; ABOUT_COUNT for any other text. */
const char *about_name(enum about about);

/* The item's title in a language ("ru", "en"), its group; NULL where there is none. */
const char *catalogue_word(const struct catalogue *c, const char *list, const char *code, const char *language);
const char *catalogue_group(const struct catalogue *c, const char *list, const char *code);

/* The items of a list, hidden ones too; NULL if there is none. */
const json_t *catalogue_items(const struct catalogue *c, const char *list);

/* The item of kind->table_list in whose table a value stands; NULL where the kind has none. */
const char *catalogue_table(const struct catalogue *c, const struct kind *k, int64_t value);

/* Whether an item of the list is the school's own. */
bool catalogue_own(const struct catalogue *c, const char *list, const char *code);

/* Whether the list has groups, and that is one of them. */
bool catalogue_has_group(const struct catalogue *c, const char *list, const char *group);

/*
 * The school's own word on a list: adds an item of its own, or hides and shows a
 * shipped one. NOT_FOUND: no such list; FORBIDDEN: it is not editable, or the item
 * is a shipped one and would be renamed. group: of an own item; one that the list
 * does not have is left out.
 */
struct list_edit {
	const char *list, *code, *group, *title_ru, *title_en;
	bool hidden;
};
enum err catalogue_item(struct catalogue *c, const struct list_edit *edit) MUST_USE;

/* Takes the school's own word back: the lists are as they were shipped. */
void catalogue_reset(struct catalogue *c);

/*
 * Checks fields against the kind and appends the canonical map. On ERR_INVALID or
 * ERR_UNKNOWN_FIELD *bad names the field (borrowed) and why, of CATALOGUE_WHY_BYTES,
 * says what it takes.
 */
enum err catalogue_encode(const struct catalogue *c, const struct kind *kind, const json_t *fields, struct buf *out,
			  const char **bad, char *why) MUST_USE;

#endif
