/* Data in and out: bundles for a USB stick, backup. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bundle.h"
#include "node/blob_files.h"
#include "node/handler.h"
#include "node/identity_file.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/offline.h"
#include "proto/text.h"

/* --- bundles ---------------------------------------------------------------------------------- */

static void post_bundle(struct exchange *x)
{
	struct node *n = api_node(x);
	const char *to = NULL, *subject = NULL, *bad = NULL;
	uint8_t school[SCHOOL_BYTES], id[SUBJECT_BYTES];
	const struct input fields[] = {
		{"to", INPUT_LINE, REQUIRED, 2 * SCHOOL_BYTES, &to, 0},
		{"subject", INPUT_LINE, OPTIONAL, 2 * SUBJECT_BYTES, &subject, 0},
	};
	enum err e = json_fields(x->json, fields, 2, &bad);
	if (!e && !hex_decode(to, school, sizeof school)) {
		e = ERR_INVALID;
		bad = "to";
	}
	if (!e && subject && !hex_decode(subject, id, sizeof id)) {
		e = ERR_INVALID;
		bad = "subject";
	}
	struct buf out;
	struct txn t;
	size_t count;
	buf_init(&out, HTTP_BUNDLE_BYTES_MAX);
	if (!e)
		e = txn_begin(&t, n->opened.store, false);
	if (!e) {
		e = bundle_write(&t, &n->roster, school, subject ? id : NULL, &out, &count);
		txn_abort(&t);
	}
	if (e) {
		reply_error(x, e, e == ERR_NOT_FOUND ? "no such school in the network" : NULL, bad);
	} else {
		char text[24];
		snprintf(text, sizeof text, "%zu", count);
		reply_header(x, "X-Estafeta-Records", text);
		reply_header(x, "Content-Disposition", "attachment; filename=\"estafeta.bundle\"");
		reply_bytes(x, 200, "application/octet-stream", NULL, buf_bytes(&out));
	}
	buf_release(&out);
}

struct ingest_write {
	struct api_write w;
	struct buf bytes;
	struct bundle_report report;
};

static enum err run_ingest(struct batch *b, struct api_write *w)
{
	struct ingest_write *j = (struct ingest_write *)w;
	enum err e = bundle_read(b, buf_bytes(&j->bytes), &j->report);
	w->job.wrote = e != ERR_OK;
	if (e == ERR_BAD_FORM)
		w->detail = "this is not a file of estafeta bundle";
	else if (e == ERR_TRUNCATED || e == ERR_TOO_LARGE)
		w->detail = "the file is cut short or damaged; nothing of it was taken in";
	return e;
}

static void reply_ingest(struct api_write *w)
{
	const struct bundle_report *r = &((struct ingest_write *)w)->report;
	json_t *refused = json_array();
	for (int i = 0; i < ERR_COUNT; i++)
		if (r->refused[i])
			json_array_append_new(refused, json_pack("{s:o, s:I}", "code", api_code((enum err)i), "count", (json_int_t)r->refused[i]));
	reply_json(w->x, 200, json_pack("{s:I, s:I, s:I, s:I, s:o}", "records", (json_int_t)r->records, "new", (json_int_t)r->fresh,
					"duplicate", (json_int_t)r->duplicate, "pending", (json_int_t)r->pending, "refused", refused));
}

static void finish_ingest(struct api_write *w)
{
	buf_release(&((struct ingest_write *)w)->bytes);
}

static void post_ingest(struct exchange *x)
{
	struct ingest_write *j = api_write_new(x, sizeof *j, run_ingest, reply_ingest);
	if (!j)
		return;
	j->w.finish = finish_ingest;
	buf_init(&j->bytes, HTTP_BUNDLE_BYTES_MAX);
	buf_put(&j->bytes, x->req->body.p, x->req->body.n);
	j->w.job.bytes = 4096; /* large, but the queue must not refuse it for that */
	api_write_start(&j->w);
}

/* --- backup ----------------------------------------------------------------------------------- */

static enum err of_mkdir(int no)
{
	return no == EEXIST		      ? ERR_CONFLICT
	       : no == ENOSPC || no == EDQUOT ? ERR_DISK_FULL
	       : no == EACCES || no == EROFS  ? ERR_PERMISSION
					      : ERR_IO;
}

/*
 * The records, compacted, into a new directory, the evidence files as they are sealed, and the school's
 * own keys, for the recovery sheet only.
 * Subject keys stay out: they lie in keys/, which is backed up apart and kept 30 days at most; the
 * sheet opens what is wrapped for it.
 */
struct backup_work {
	struct exchange *x;
	struct node *node;
	char path[DATA_PATH_BYTES_MAX];
	enum err err;
	uint64_t bytes;
};

/* Files after records: each that a record of the copy names was whole by then, or is still to come. */
static void run_backup(void *arg)
{
	struct backup_work *w = arg;
	struct node *n = w->node;
	char file[DATA_PATH_BYTES_MAX + 16];
	struct stat st;
	snprintf(file, sizeof file, "%s/data.mdb", w->path);
	w->err = store_copy(n->opened.store, w->path);
	if (!w->err && chmod(file, 0600))
		w->err = ERR_IO;
	if (!w->err) {
		uint8_t box[IDENTITY_BOX_BYTES];
		identity_box_seal(n->keyring.master, &n->keyring.identity, box);
		w->err = keyring_write_file(w->path, "identity.box", bytes_of(box, sizeof box));
	}
	if (!w->err)
		w->err = blob_files_copy(n->keyring.dir, w->path, &w->bytes);
	if (w->err)
		remove_tree(w->path); /* half a copy is worse than none */
	else if (stat(file, &st) == 0)
		w->bytes += (uint64_t)st.st_size;
}

struct backup_note {
	struct job job;
	uint64_t bytes;
};

static enum err run_note(struct batch *b, struct job *j)
{
	uint8_t v[16];
	put_u64(v, b->now_ms);
	put_u64(v + 8, ((struct backup_note *)j)->bytes);
	meta_put(&b->txn, META_BACKUP, bytes_of(v, sizeof v));
	return b->txn.err;
}

static void noted(struct job *j, enum err e)
{
	if (e)
		log_event(LEVEL_WARNING, "backup_not_noted", LOG_ERR(e));
	free(j);
}

/* So that the administrator's page can say when the last one was made. */
static void note_backup(struct node *n, uint64_t bytes)
{
	struct backup_note *j = calloc(1, sizeof *j);
	if (!j)
		return;
	*j = (struct backup_note){.job = {.run = run_note, .done = noted, .bytes = sizeof *j}, .bytes = bytes};
	if (writer_submit(n->writer, &j->job))
		noted(&j->job, ERR_BUSY);
}

static void backed_up(void *arg)
{
	struct backup_work *w = arg;
	if (!w->err)
		note_backup(w->node, w->bytes);
	if (w->err)
		reply_error(w->x, w->err, w->path, NULL);
	else
		reply_json(w->x, 200, json_pack("{s:s, s:I}", "path", w->path, "bytes", (json_int_t)w->bytes));
	free(w);
}

static void post_backup(struct exchange *x)
{
	const char *path = NULL, *bad = NULL;
	const struct input fields[] = {{"path", INPUT_LINE, REQUIRED, DATA_PATH_BYTES_MAX, &path, 0}};
	enum err e = json_fields(x->json, fields, 1, &bad);
	if (!e && path[0] != '/') {
		e = ERR_INVALID;
		bad = "path";
	}
	if (e) {
		reply_error(x, e, e == ERR_INVALID ? "an absolute path in plain text" : NULL, bad);
		return;
	}
	if (mkdir(path, 0700)) {
		char why[200];
		snprintf(why, sizeof why, "%.*s: %s", (int)text_fit(path, 100), path, strerror(errno));
		reply_error(x, of_mkdir(errno), why, "path");
		return;
	}
	struct backup_work *w = calloc(1, sizeof *w);
	e = w ? ERR_OK : ERR_NO_MEMORY;
	if (!e) {
		w->x = x;
		w->node = api_node(x);
		snprintf(w->path, sizeof w->path, "%s", path);
		e = loop_work(w->node->loop, run_backup, backed_up, w);
	}
	if (!e)
		return;
	free(w);
	rmdir(path);
	reply_error(x, e, NULL, NULL);
}

const struct route data_routes[] = {
	{METHOD_POST, "/api/v1/bundles", AREA_EXCHANGE, BODY_JSON, HTTP_BODY_BYTES_MAX, post_bundle},
	{METHOD_POST, "/api/v1/ingest", AREA_EXCHANGE, BODY_OCTETS, HTTP_BUNDLE_BYTES_MAX, post_ingest},
	{METHOD_POST, "/api/v1/backup", AREA_CONTROL, BODY_JSON, HTTP_BODY_BYTES_MAX, post_backup},
};
const size_t data_route_count = sizeof data_routes / sizeof *data_routes;
