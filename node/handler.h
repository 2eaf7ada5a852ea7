/*
 * handler - what the handlers of the school's own pages share beside node/api.h.
 */
#ifndef NODE_HANDLER_H
#define NODE_HANDLER_H

#include "node/api.h"
#include "node/permit.h"
#include "node/show.h"

extern const struct route student_routes[], people_routes[], entry_routes[], class_routes[], monitor_routes[], public_routes[],
	moderation_routes[], undo_routes[], work_routes[], analysis_routes[], teacher_routes[], journal_routes[], transfer_routes[],
	import_routes[], data_routes[], erasure_routes[], file_routes[], archive_routes[], bulk_routes[], search_routes[];
extern const size_t student_route_count, people_route_count, entry_route_count, class_route_count, monitor_route_count,
	public_route_count, moderation_route_count, undo_route_count, work_route_count, analysis_route_count, teacher_route_count,
	journal_route_count, transfer_route_count, import_route_count, data_route_count, erasure_route_count, file_route_count,
	archive_route_count, bulk_route_count, search_route_count;

struct shower handler_shower(struct node *n);

/* ?limit=, 1 to 200, 50 when absent, no limit for a table; replies INVALID and returns 0 otherwise. */
size_t handler_limit(struct exchange *x);

/* The student that a path names; replies NOT_FOUND and returns NULL if there is none here, or none for the caller to know of. */
const struct indexed_person *handler_student(struct exchange *x, uint8_t subject[SUBJECT_BYTES]);

/* StudentCard; NULL: the store failed. What of it only REL_PRIVATE may see; and the name and class alone. */
json_t *handler_card(struct node *n, const struct indexed_person *p);
void handler_private(uint32_t relations, const struct indexed_person *p, json_t *card);
json_t *handler_named(const struct indexed_person *p);

/* The order to erase the student that stands, or null; and the students that are the same child. */
json_t *handler_erasure(struct txn *t, const uint8_t subject[SUBJECT_BYTES]);
json_t *handler_links(struct node *n, struct txn *t, const uint8_t subject[SUBJECT_BYTES]);

/*
 * Rows of the journal about a student, newest first from the one before *before (UINT64_MAX: all), as many as
 * limit; *before becomes where to go on, 0: that was all.
 */
json_t *handler_looks(const struct node *n, struct txn *t, const uint8_t subject[SUBJECT_BYTES], uint64_t *before, size_t limit);

/* 412 with what is there now and what was sent, so that a form can show both. Takes CURRENT over. */
void handler_changed(struct exchange *x, json_t *current);

#endif
