/*
 * handler - what the handlers of the school's own pages share beside node/api.h.
 */
#ifndef NODE_HANDLER_H
#define NODE_HANDLER_H

#include "node/api.h"
#include "node/permit.h"
#include "node/show.h"

extern const struct route student_routes[], entry_routes[], transfer_routes[], data_routes[], erasure_routes[], file_routes[];
extern const size_t student_route_count, entry_route_count, transfer_route_count, data_route_count, erasure_route_count, file_route_count;

struct shower handler_shower(struct node *n);

/* ?limit=, 1 to 200, 50 when absent; replies INVALID and returns 0 otherwise. */
size_t handler_limit(struct exchange *x);

/* The student that a path names; replies NOT_FOUND and returns NULL if there is none here. */
const struct indexed_person *handler_student(struct exchange *x, uint8_t subject[SUBJECT_BYTES]);

/* The order to erase the student that stands, or null; and the students that are the same child. */
json_t *handler_erasure(struct txn *t, const uint8_t subject[SUBJECT_BYTES]);
json_t *handler_links(struct node *n, struct txn *t, const uint8_t subject[SUBJECT_BYTES]);

#endif
