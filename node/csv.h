/*
 * csv - tables in and out, RFC 4180 with ',' or ';' between fields.
 * https://www.rfc-editor.org/rfc/rfc4180
 */
#ifndef NODE_CSV_H
#define NODE_CSV_H

#include "proto/buf.h"
#include "proto/limits.h"

enum csv_fault {
	CSV_FINE,
	CSV_EMPTY,	     /* no header row */
	CSV_UTF16,	     /* or UTF-32: save it as UTF-8 */
	CSV_NUL,	     /* a zero byte: not a text */
	CSV_CP1251,	     /* looks like Windows-1251: csv_from_cp1251 can convert it */
	CSV_BAD_UTF8,	     /* and does not look like Windows-1251 either */
	CSV_OPEN_QUOTE,	     /* line: where the quote was opened */
	CSV_STRAY_QUOTE,     /* a quote inside an unquoted field, or text behind a closed one */
	CSV_TOO_MANY_FIELDS, /* over CSV_FIELDS_MAX in a row */
	CSV_TOO_MANY_ROWS,   /* over CSV_ROWS_MAX, the header not counted */
};

/* A reader over text that the caller keeps. */
struct csv {
	char separator;
	size_t line; /* of the row last read, or of the fault; from 1 */
	size_t rows; /* read so far, the header included */
	enum csv_fault fault;
	const char *field[CSV_FIELDS_MAX]; /* the row last read, until the next one */
	size_t n;
	/* the reader's own */
	struct bytes rest;
	size_t next_line;
	struct buf text;
};

/*
 * Finds encoding and separator from the text and its first row. BAD_FORM, BAD_UTF8: see fault.
 * csv_release is due in any case.
 */
MUST_USE enum err csv_init(struct csv *c, struct bytes text);

/* The next row that is not blank; *more is false behind the last. BAD_FORM, TOO_LARGE: see fault.
 */
MUST_USE enum err csv_next(struct csv *c, bool *more);

/* Cuts the spaces at the end of the row's fields. */
void csv_trim(struct csv *c);

void csv_release(struct csv *c);

/* "OPEN_QUOTE": the name in the API. */
const char *csv_fault_name(enum csv_fault f);

/* Neither UTF-8 nor UTF-16, and most letters are Russian when read as Windows-1251. */
bool csv_looks_cp1251(struct bytes text);

void csv_from_cp1251(struct bytes text, struct buf *out);

/* A writer. Every row: csv_put for each field, then csv_end_row. */
struct csv_writer {
	struct buf *out;
	char separator;
	bool started; /* the row has a field */
};

/*
 * Quotes where needed, whichever separator a reader will guess. Text that a spreadsheet would run
 * as a formula, blanks before it or not, gets an apostrophe; numbers stay numbers.
 */
void csv_put(struct csv_writer *w, const char *field);
void csv_end_row(struct csv_writer *w);

/* 1 where the text begins with such an apostrophe, which is none of its own; else 0. */
size_t csv_defused(const char *field);

#endif
