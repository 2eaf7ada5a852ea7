/*
 * catalogue - what a school may write: kinds of entries with their fields, and
 * reference lists, declared in JSON files (configs/catalogue/). The form of a
 * declaration is described in configs/catalogue/README.md.
 *
 * Unknown kinds and fields from other schools are never looked at here: they
 * are stored and shown as they are. This decides only what may be written now.
 */
#ifndef CORE_CATALOGUE_H
#define CORE_CATALOGUE_H

#include <jansson.h>

#include "proto/buf.h"

struct catalogue;

struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *c);

/*
 * Adds one file's declarations. file: its name, for errors. On an error *why,
 * of at least CATALOGUE_WHY_BYTES, holds "file:line: field: what is wrong".
 */
enum { CATALOGUE_WHY_BYTES = 300 };
enum err catalogue_add(struct catalogue *c, const char *file, struct bytes json, char *why) MUST_USE;

/* After the last file: every list that a field names must be there. */
enum err catalogue_finish(struct catalogue *c, char *why) MUST_USE;

/* {"kinds": [...], "lists": {...}} as the API serves it; borrowed. */
const json_t *catalogue_json(const struct catalogue *c);

/* The kind's declaration, NULL if unknown; borrowed. */
const json_t *catalogue_kind(const struct catalogue *c, const char *code);

/* Whether entries of the kind wait for confirmation; unknown kinds do. */
bool catalogue_moderated(const struct catalogue *c, const char *code);

/* The title in Russian and English of a kind; the code itself where unknown. */
const char *catalogue_title(const struct catalogue *c, const char *code, const char *language);

/*
 * Checks fields against the kind and appends the canonical map: texts and
 * numbers as they are, of a list {"code", "title"} as it reads today. On
 * ERR_INVALID or ERR_UNKNOWN_FIELD *bad names the field (borrowed).
 */
enum err catalogue_encode(const struct catalogue *c, const json_t *kind, const json_t *fields, struct buf *out,
			  const char **bad) MUST_USE;

#endif
