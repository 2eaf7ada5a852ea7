/*
 * words - the school's own items of reference lists: entries of the kind list_item,
 * signed and attributed like all others, put over the shipped catalogue. Old records
 * keep the words of their time, since they hold them; an item whose entry was withdrawn
 * or replaced is hidden, so that what counts them still knows its title and group.
 */
#ifndef NODE_WORDS_H
#define NODE_WORDS_H

#include <jansson.h>

#include "core/changes.h"
#include "node/dossiers.h"

struct node;

/* The subject whose entries are the school's own; false: none yet, or *e. */
bool words_subject(const struct node *n, uint8_t subject[SUBJECT_BYTES], enum err *e);

/* Reads them anew; the school's subject need not be there yet. */
enum err words_apply(struct node *n) MUST_USE;

/* The same, where the school's subject is among them. */
enum err words_refresh(struct node *n, const struct changes *c) MUST_USE;

/*
 * Checks the fields of a list_item and gives its code the school's prefix, unless it is a
 * shipped one. INVALID with *bad and *why, static.
 */
enum err words_check(struct node *n, json_t *fields, const char **bad, const char **why) MUST_USE;

#endif
