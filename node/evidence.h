/*
 * evidence - the evidence files of this node: which are here, the work of sessions on the disk, and
 * clearing away what no record names. The loop's thread only; the disk is worked on by others.
 */
#ifndef NODE_EVIDENCE_H
#define NODE_EVIDENCE_H

#include "core/blobs.h"
#include "node/writer.h"

struct node;
struct evidence;

/* Reads what lies on disk and what the records name; clears what nobody names. */
enum err evidence_new(struct node *n, struct evidence **out) MUST_USE;
void evidence_free(struct evidence *v);

/* For links and for showing. */
struct blobs *evidence_blobs(struct evidence *v);

/* After each commit. */
void evidence_committed(struct evidence *v, const struct commit *c);

/* From time to time: what no record names, and what was uploaded and not used. */
void evidence_sweep(struct evidence *v);

/* A file that was uploaded here lies on disk under its id. */
enum err evidence_added(struct evidence *v, const uint8_t id[ID_BYTES], uint64_t size) MUST_USE;

/* It was found damaged or gone: other schools are asked for it. */
void evidence_lost(struct evidence *v, const uint8_t id[ID_BYTES]);

/* One request at a time works on an upload, and FILES_READING_MAX open a file; false: not now. */
bool evidence_begin(struct evidence *v, const uint8_t *upload);
void evidence_end(struct evidence *v, const uint8_t *upload);
bool evidence_begin_reading(struct evidence *v);
void evidence_end_reading(struct evidence *v);

/* The result of an op; done gets it once, in any order. */
struct evidence_result {
	struct blob_op op;
	enum err err;
	struct buf data; /* LOAD: the head; READ: the piece. Freed on return. */
	uint32_t pieces; /* LOAD */
};
enum err evidence_op(struct evidence *v, const struct blob_op *op, void (*done)(void *arg, const struct evidence_result *r),
		     void *arg) MUST_USE;

#endif
