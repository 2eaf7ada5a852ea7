/*
 * import_csv - plans from CSV, and the same tables out. Columns are found by their Russian or English names, in any order;
 * a column that is not there, and a row too short for it, says nothing of its field.
 */
#ifndef NODE_IMPORT_CSV_H
#define NODE_IMPORT_CSV_H

#include "node/import.h"

/*
 * A whole plan; what: students, staff or classes. On BAD_FORM, BAD_UTF8 or TOO_LARGE why says what is wrong and where.
 * import_release in any case.
 */
enum err import_csv(struct import_plan *p, enum import_what what, struct bytes text, const struct import_base *base,
		    char why[200]) MUST_USE;

/* What is wrong with a table, in words. */
struct csv;
const char *import_csv_fault(const struct csv *c);

/*
 * What is kept here as a table that import reads back, and finds the same: UTF-8 with a mark, so that spreadsheets see
 * it, and semicolons. Errors are out's.
 */
void import_csv_write(struct buf *out, enum import_what what, const struct import_base *base);

#endif
