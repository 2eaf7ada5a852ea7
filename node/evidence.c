#include "node/evidence.h"

#include <stdlib.h>

#include "core/changes.h"
#include "node/blob_files.h"
#include "node/disk.h"
#include "node/file_notes.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/node.h"
#include "node/peers.h"
#include "node/upload.h"

struct evidence {
	struct node *node;
	struct blobs *blobs;
	enum err err; /* of a walk */
	uint8_t busy[UPLOADS_MAX][UPLOAD_ID_BYTES];
	size_t busy_count;
	unsigned reading;
	bool full;     /* the disk, when a file was last to be fetched */
	uint64_t over; /* files that their subjects have no room for, as last said */
};

struct blobs *evidence_blobs(struct evidence *v)
{
	return v->blobs;
}

/* --- what is here ----------------------------------------------------------------------------- */

static void on_whole(void *arg, const uint8_t id[ID_BYTES], uint64_t size)
{
	struct evidence *v = arg;
	if (!v->err)
		v->err = blobs_hold(v->blobs, id, size);
}

/* A part that no record asks for any more. */
static void on_part(void *arg, const uint8_t id[ID_BYTES], uint64_t size)
{
	struct evidence *v = arg;
	(void)size;
	if (!blobs_named(v->blobs, id) && !blobs_held(v->blobs, id))
		blob_files_remove(v->node->keyring.dir, id);
}

/* Those that records ceased to name; an upload waits for its entry. */
static void clear(struct evidence *v, struct txn *t)
{
	uint8_t id[ID_BYTES];
	while (blobs_gone(v->blobs, id)) {
		if (file_notes_any(t, id))
			continue;
		blob_files_remove(v->node->keyring.dir, id);
		blobs_lose(v->blobs, id);
		log_event(LEVEL_INFO, "file_removed", LOG_HEX("file", id, SHORT_ID_BYTES));
	}
}

static enum err load(struct evidence *v)
{
	struct txn t;
	bool fresh = false;
	const char *dir = v->node->keyring.dir;
	enum err e = blob_files_make(dir);
	if (!e)
		e = uploads_make(dir);
	if (!e)
		e = blob_files_each(dir, false, on_whole, v);
	if (!e)
		e = v->err;
	if (!e)
		e = txn_begin(&t, v->node->opened.store, false);
	if (e)
		return e;
	e = blobs_refresh_all(v->blobs, &t, &fresh);
	if (!e)
		e = blobs_sweep(v->blobs);
	if (!e)
		clear(v, &t);
	txn_abort(&t);
	return e ? e : blob_files_each(dir, true, on_part, v);
}

enum err evidence_new(struct node *n, struct evidence **out)
{
	struct evidence *v = calloc(1, sizeof *v);
	*out = v;
	if (!v)
		return ERR_NO_MEMORY;
	v->node = n;
	v->blobs = blobs_new();
	return v->blobs ? load(v) : ERR_NO_MEMORY;
}

void evidence_free(struct evidence *v)
{
	if (!v)
		return;
	blobs_free(v->blobs);
	free(v);
}

enum err evidence_added(struct evidence *v, const uint8_t id[ID_BYTES], uint64_t size)
{
	return blobs_hold(v->blobs, id, size);
}

void evidence_lost(struct evidence *v, const uint8_t id[ID_BYTES])
{
	log_event(LEVEL_ERROR, "file_damaged", LOG_HEX("file", id, SHORT_ID_BYTES));
	blob_files_remove(v->node->keyring.dir, id);
	blobs_lose(v->blobs, id);
	peers_files_again(v->node->peers);
}

/* --- after commits, and in time --------------------------------------------------------------- */

static enum err refresh(struct evidence *v, struct txn *t, const struct commit *c, bool *fresh)
{
	struct changes changes = {0};
	if (c->network_changed)
		return blobs_refresh_all(v->blobs, t, fresh);
	enum err e = changes_read(&changes, t, c->from, c->to);
	for (size_t i = 0; i < changes.count && !e; i++)
		e = blobs_refresh(v->blobs, t, changes.subjects[i], fresh);
	changes_release(&changes);
	return e;
}

/* Records name more of some subject than is kept; whose it is stays out of the log. */
static void note_over(struct evidence *v)
{
	uint64_t over = blobs_count(v->blobs).over;
	if (over > v->over)
		log_event(LEVEL_WARNING, "files_over_quota", LOG_NUMBER("files", over));
	v->over = over;
}

void evidence_committed(struct evidence *v, const struct commit *c)
{
	struct txn t;
	bool fresh = false;
	if (c->from >= c->to && !c->network_changed)
		return;
	enum err e = txn_begin(&t, v->node->opened.store, false);
	if (!e) {
		e = refresh(v, &t, c, &fresh);
		clear(v, &t);
		txn_abort(&t);
	}
	if (e)
		log_event(LEVEL_ERROR, "files_failed", LOG_ERR(e));
	if (fresh) {
		note_over(v);
		peers_files_again(v->node->peers);
	}
}

void evidence_sweep(struct evidence *v)
{
	struct txn t;
	const char *dir = v->node->keyring.dir;
	enum err e = txn_begin(&t, v->node->opened.store, false);
	if (!e) {
		e = blobs_sweep(v->blobs);
		clear(v, &t);
		txn_abort(&t);
	}
	if (!e)
		e = blob_files_each(dir, true, on_part, v);
	uploads_sweep(dir, clock_ms());
	note_over(v);
	if (e)
		log_event(LEVEL_WARNING, "files_failed", LOG_ERR(e));
}

bool evidence_begin(struct evidence *v, const uint8_t *upload)
{
	for (size_t i = 0; i < v->busy_count; i++)
		if (memcmp(v->busy[i], upload, UPLOAD_ID_BYTES) == 0)
			return false;
	if (v->busy_count == UPLOADS_MAX)
		return false;
	memcpy(v->busy[v->busy_count++], upload, UPLOAD_ID_BYTES);
	return true;
}

void evidence_end(struct evidence *v, const uint8_t *upload)
{
	for (size_t i = 0; i < v->busy_count; i++)
		if (memcmp(v->busy[i], upload, UPLOAD_ID_BYTES) == 0) {
			memmove(v->busy[i], v->busy[--v->busy_count], UPLOAD_ID_BYTES);
			return;
		}
}

bool evidence_begin_reading(struct evidence *v)
{
	if (v->reading == FILES_READING_MAX)
		return false;
	v->reading++;
	return true;
}

void evidence_end_reading(struct evidence *v)
{
	v->reading--;
}

/* --- ops -------------------------------------------------------------------------------------- */

struct op_work {
	struct evidence *evidence;
	struct evidence_result r;
	void (*done)(void *arg, const struct evidence_result *r);
	void *arg;
	uint8_t data[];
};

static void run_op(void *arg)
{
	struct op_work *w = arg;
	const struct blob_op *op = &w->r.op;
	const char *dir = w->evidence->node->keyring.dir;
	switch (op->type) {
	case BLOB_OP_LOAD:
		w->r.err = disk_has_room(dir, op->shape.size + EVIDENCE_SPARE_BYTES)
				   ? blob_files_load(dir, op->id, &op->shape, &w->r.data, &w->r.pieces)
				   : ERR_DISK_FULL;
		break;
	case BLOB_OP_STORE:
		w->r.err = blob_files_store(dir, op->id, &op->shape, op->piece, op->data);
		break;
	case BLOB_OP_FINISH:
		w->r.err = blob_files_finish(dir, op->id, &op->shape);
		break;
	case BLOB_OP_READ:
		w->r.err = blob_files_read(dir, op->id, blob_piece_at(&op->shape, op->piece), blob_piece_bytes(&op->shape, op->piece),
					   &w->r.data);
		break;
	}
}

/* Once each time that it turns full, not for each file at each tick. */
static void note_room(struct evidence *v, bool full)
{
	if (full && !v->full)
		log_event(LEVEL_WARNING, "files_disk_full");
	v->full = full;
}

static void op_done(void *arg)
{
	struct op_work *w = arg;
	struct evidence *v = w->evidence;
	const struct blob_op *op = &w->r.op;
	if (op->type == BLOB_OP_LOAD)
		note_room(v, w->r.err == ERR_DISK_FULL);
	if (w->r.err && !(op->type == BLOB_OP_LOAD && w->r.err == ERR_DISK_FULL))
		log_event(LEVEL_WARNING, "file_failed", LOG_HEX("file", op->id, SHORT_ID_BYTES), LOG_ERR(w->r.err));
	else if (op->type == BLOB_OP_FINISH)
		w->r.err = blobs_hold(v->blobs, op->id, op->shape.size);
	bool came = op->type == BLOB_OP_FINISH && !w->r.err;
	bool lost = op->type == BLOB_OP_READ && (w->r.err == ERR_NOT_FOUND || w->r.err == ERR_CORRUPT) && blobs_held(v->blobs, op->id);
	w->done(w->arg, &w->r);
	if (lost)
		evidence_lost(v, op->id);
	if (came) {
		log_event(LEVEL_INFO, "file_received", LOG_HEX("file", op->id, SHORT_ID_BYTES), LOG_NUMBER("bytes", op->shape.size));
		peers_files_held(v->node->peers, op->subject, op->id);
	}
	buf_release(&w->r.data);
	free(w);
}

enum err evidence_op(struct evidence *v, const struct blob_op *op, void (*done)(void *arg, const struct evidence_result *r), void *arg)
{
	struct op_work *w = malloc(sizeof *w + op->data.n);
	if (!w)
		return ERR_NO_MEMORY;
	*w = (struct op_work){.evidence = v, .r.op = *op, .done = done, .arg = arg};
	if (op->data.n)
		memcpy(w->data, op->data.p, op->data.n);
	w->r.op.data = bytes_of(w->data, op->data.n);
	buf_init(&w->r.data, BLOB_CHUNK_BYTES);
	enum err e = loop_work(v->node->loop, run_op, op_done, w);
	if (e)
		free(w);
	return e;
}
