/*
 * import - people from CSV, dry run first, and to CSV. Columns are found by their Russian or
 * English names in any order: Фамилия, Имя, Отчество, Дата рождения, Класс for
 * students; Фамилия, Имя, Отчество, Должность for staff. A person is known by
 * names and date of birth; a second import changes only what differs.
 */
#ifndef NODE_IMPORT_H
#define NODE_IMPORT_H

#include <jansson.h>

#include "node/people_index.h"

enum import_outcome { IMPORT_NEW, IMPORT_SAME, IMPORT_CHANGED, IMPORT_CONFLICT, IMPORT_ERROR, IMPORT_OUTCOMES };

struct import_row {
	struct person person;
	enum import_outcome outcome;
	uint8_t subject[SUBJECT_BYTES]; /* CHANGED: who */
};

struct import_plan {
	enum person_kind kind;
	struct import_row *rows;
	size_t count, cap;
	size_t counts[IMPORT_OUTCOMES];
	json_t *report; /* rows as the API shows them */
	char digest[33];
};

/*
 * Reads the text and compares it with the people of this school. On BAD_FORM,
 * BAD_UTF8 or TOO_LARGE *why says what is wrong and where. import_release in any case.
 */
enum err import_plan(struct import_plan *p, enum person_kind kind, struct bytes csv, const struct people_index *people,
		     char why[200]) MUST_USE;
void import_release(struct import_plan *p);

/*
 * The people kept here as a table that import reads back, and finds the same: UTF-8
 * with a mark, so that spreadsheets see it, and semicolons. Errors are out's.
 */
void import_table(struct buf *out, enum person_kind kind, const struct people_index *people);

/* Writes new and changed rows; the rest is left alone. */
enum err import_apply(struct batch *b, const struct import_plan *p, const struct actor *by) MUST_USE;

#endif
