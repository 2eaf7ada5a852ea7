/*
 * commons - what schools publish to each other: entries as clear network records,
 * which every school holds. What is published cannot be taken back, only followed by
 * a newer version of the same entry.
 *
 * data of the record: {author, entry, fields, kind, title}, canonical msgpack; entry:
 * the id of what was published, by which versions are told apart.
 */
#ifndef NODE_COMMONS_H
#define NODE_COMMONS_H

#include <jansson.h>

#include "core/batch.h"
#include "core/catalogue.h"

enum err commons_publish(struct batch *b, const struct kind *k, struct bytes fields, const char *author,
			 const uint8_t entry[ID_BYTES]) MUST_USE;

/* The newest version of each, newest first, of one kind (NULL: all). */
json_t *commons_list(struct txn *t, const struct roster *r, const char *kind);

#endif
