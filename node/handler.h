/*
 * handler - what the handlers of the school's own pages share beside node/api.h.
 */
#ifndef NODE_HANDLER_H
#define NODE_HANDLER_H

#include "node/api.h"
#include "node/show.h"

extern const struct route student_routes[], transfer_routes[], data_routes[], erasure_routes[], people_routes[];
extern const size_t student_route_count, transfer_route_count, data_route_count, erasure_route_count, people_route_count;

struct shower handler_shower(struct node *n);

/* ?limit=, 1 to 200, 50 when absent; replies INVALID and returns 0 otherwise. */
size_t handler_limit(struct exchange *x);

/* The student that a path names; replies NOT_FOUND and returns NULL if there is none here, or none for the caller to know of. */
const struct indexed_person *handler_student(struct exchange *x, uint8_t subject[SUBJECT_BYTES]);

/* StudentCard; NULL: the store failed. And what of it only some may see, guardians and days of coming and going. */
json_t *handler_card(struct node *n, const struct indexed_person *p);
void handler_private(const struct exchange *x, const struct indexed_person *p, json_t *card);

/* The order to erase the student that stands, or null; and the students that are the same child. */
json_t *handler_erasure(struct txn *t, const uint8_t subject[SUBJECT_BYTES]);
json_t *handler_links(struct node *n, struct txn *t, const uint8_t subject[SUBJECT_BYTES]);

/* Who acts, as it will be read in twenty years: copied, since the write outlives the request. */
struct acting {
	char name[NAME_BYTES_MAX + 1], school[NAME_BYTES_MAX + 1];
};
void handler_acting(const struct exchange *x, struct acting *out);
struct actor acting_actor(const struct acting *a);

#endif
