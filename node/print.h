/*
 * print - pages for paper: plain HTML that any browser prints, made from the same data
 * as the API's answers.
 */
#ifndef NODE_PRINT_H
#define NODE_PRINT_H

#include <jansson.h>

#include "proto/buf.h"

void print_begin(struct buf *out, const char *title);
void print_end(struct buf *out);

/* The text, escaped, in an element. */
void print_text(struct buf *out, const char *element, const char *text);

void print_row(struct buf *out, const char *element, const char *const cells[], size_t n);

/* Hundredths as people read them: "2,33"; an em dash for null. */
void print_hundredths(const json_t *value, char out[32]);

/* A student's whole record, from {"student", "entries"}. */
void print_transcript(struct buf *out, const json_t *student, const json_t *entries, const char *school);

/* The school's analysis, from what GET /api/v1/analysis answers. */
void print_analysis(struct buf *out, const json_t *analysis, const char *school);

#endif
