/*
 * dossiers - the subjects opened lately, kept in memory so that a page need not decrypt
 * a history again. Nothing of it is ever written; what is dropped is zeroed.
 *
 * The loop's thread only. A dossier is valid until dossiers_trim, which each request
 * begins with; one that a commit has overtaken is opened anew by the next get.
 */
#ifndef NODE_DOSSIERS_H
#define NODE_DOSSIERS_H

#include "core/dossier.h"
#include "core/school.h"

struct dossiers;

/* school is borrowed. NULL: no memory. */
struct dossiers *dossiers_new(struct school *school);
void dossiers_free(struct dossiers *c);

/* NULL and *e: STORE, CORRUPT, NO_MEMORY. A subject that is not there has an empty one. */
const struct dossier *dossiers_get(struct dossiers *c, const uint8_t *subject, enum err *e);

/* Drops the least recently used beyond DOSSIERS_BYTES_MAX. */
void dossiers_trim(struct dossiers *c);

/* Drops all: what schools are believed has changed, and with it every status. */
void dossiers_clear(struct dossiers *c);

#endif
