/* Evidence files: up in pieces, down as they were. */
#include <stdio.h>
#include <stdlib.h>

#include "core/blob_rows.h"
#include "node/blob_files.h"
#include "node/entry_files.h"
#include "node/evidence.h"
#include "node/file_notes.h"
#include "node/handler.h"
#include "node/loop.h"
#include "node/upload.h"
#include "proto/text.h"

/* --- beginning -------------------------------------------------------------------------------- */

/* Whether the caller writes any kind of entry of the subject that has files. */
static bool may_upload(const struct permit *p)
{
	const struct kind *k;
	for (size_t i = 0; (k = catalogue_kind_at(p->node->catalogue, i)); i++)
		for (size_t f = 0; f < k->field_count && k->about == p->about; f++)
			if (k->fields[f].type == FIELD_FILES && permit_kind(p, k, VERB_WRITE))
				return true;
	return false;
}

/* Whether the subject is ours to write of, and has room for the file. */
static enum err check_room(struct node *n, struct txn *t, const uint8_t *subject, uint64_t size)
{
	struct custody_row row;
	if (!view_custody(t, subject, &row))
		return ERR_NOT_FOUND;
	if (row.state != CUSTODY_HELD || memcmp(row.custodian, n->opened.school.id, SCHOOL_BYTES) != 0)
		return ERR_READ_ONLY;
	uint64_t all = blob_rows_bytes(t, subject, n->opened.school.id) + file_notes_bytes(t, subject) + blob_bytes(size);
	return all > EVIDENCE_SUBJECT_BYTES_MAX ? ERR_QUOTA : ERR_OK;
}

static json_t *show_upload(const struct upload *u)
{
	return json_pack("{s:o, s:I, s:I, s:i}", "upload", json_hex(u->id, sizeof u->id), "size", (json_int_t)u->size, "received",
			 (json_int_t)u->received, "chunk", (int)UPLOAD_PIECE_BYTES_MAX);
}

struct begin_work {
	struct exchange *x;
	struct node *node;
	struct upload u;
	enum err err;
};

static void run_begin(void *arg)
{
	struct begin_work *w = arg;
	w->err = upload_create(w->node->keyring.dir, w->node->keyring.master, &w->u);
}

static void refuse_begin(struct exchange *x, enum err e)
{
	reply_error(x, e, e == ERR_QUOTA ? "the files of one person may come to 100 MiB, and 256 uploads may be unfinished" : NULL, NULL);
}

static void begun(void *arg)
{
	struct begin_work *w = arg;
	if (w->err)
		refuse_begin(w->x, w->err);
	else
		reply_json(w->x, 201, show_upload(&w->u));
	sodium_memzero(w, sizeof *w);
	free(w);
}

static void post_file(struct exchange *x)
{
	struct permit p;
	json_t *name = NULL;
	const char *type = NULL;
	int64_t size = 0;
	struct txn t;
	const struct input fields[] = {
		{"name", INPUT_ANY, REQUIRED, 0, &name, 0},
		{"size", INPUT_INTEGER, REQUIRED, INT64_MAX, &size, 0},
		{"type", INPUT_LINE, OPTIONAL, 100, &type, 0}, /* what it is is found out */
	};
	if (!permit_path(x, &p) || !api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	struct node *n = api_node(x);
	if (!may_upload(&p)) {
		reply_error(x, ERR_FORBIDDEN, "the catalogue says who writes entries with files", NULL);
		return;
	}
	if (!json_is_string(name) || json_string_length(name) > RECORD_BYTES_MAX) {
		reply_error(x, ERR_INVALID, "the file's name", "name");
		return;
	}
	if (size == 0 || size > EVIDENCE_FILE_BYTES_MAX) {
		reply_error(x, size ? ERR_BODY_TOO_LARGE : ERR_INVALID, size ? "a file is at most 10 MiB" : "the file is empty", "size");
		return;
	}
	if (!api_read(x, &t))
		return;
	enum err e = check_room(n, &t, p.subject, (uint64_t)size);
	txn_abort(&t);
	struct begin_work *w = e ? NULL : calloc(1, sizeof *w);
	if (!e && !w)
		e = ERR_NO_MEMORY;
	if (!e) {
		*w = (struct begin_work){.x = x, .node = n, .u = {.role = (uint8_t)p.role, .about = (uint8_t)p.about, .size = (uint64_t)size}};
		memcpy(w->u.subject, p.subject, SUBJECT_BYTES);
		memcpy(w->u.account, x->caller.account, ACCOUNT_BYTES);
		file_name_clean(json_string_value(name), w->u.name);
		randombytes_buf(w->u.id, sizeof w->u.id);
		e = loop_work(n->loop, run_begin, begun, w);
	}
	if (!e)
		return;
	free(w);
	refuse_begin(x, e);
}

/* --- pieces ----------------------------------------------------------------------------------- */

struct find_work {
	struct exchange *x;
	struct node *node;
	struct upload u;
	enum err err;
	void (*next)(struct exchange *x, const struct upload *u);
};

static void run_find(void *arg)
{
	struct find_work *w = arg;
	w->err = upload_read(w->node->keyring.dir, w->node->keyring.master, &w->u);
}

/* Another's upload does not exist, nor does one for somebody whom the caller has nothing to do with any more. */
static void found(void *arg)
{
	struct find_work *w = arg;
	struct exchange *x = w->x;
	struct permit p;
	if (!w->err && (w->u.role != x->caller.role || memcmp(w->u.account, x->caller.account, ACCOUNT_BYTES) != 0))
		w->err = ERR_NOT_FOUND;
	if (!w->err) {
		permit_of(x, (enum about)w->u.about, w->u.subject, &p);
		w->err = p.relations ? ERR_OK : ERR_NOT_FOUND;
	}
	if (w->err)
		reply_error(x, w->err, w->err == ERR_NOT_FOUND ? "no such upload: it was finished, or is older than a day" : NULL, NULL);
	else
		w->next(x, &w->u);
	sodium_memzero(w, sizeof *w);
	free(w);
}

/* Goes on with the upload of the path, if it is the caller's. */
static void with_upload(struct exchange *x, void (*next)(struct exchange *x, const struct upload *u))
{
	struct find_work *w = calloc(1, sizeof *w);
	enum err e = w ? ERR_OK : ERR_NO_MEMORY;
	if (!e) {
		*w = (struct find_work){.x = x, .node = api_node(x), .next = next};
		if (!api_param_id(x, 0, w->u.id, sizeof w->u.id)) {
			free(w);
			return;
		}
		e = loop_work(w->node->loop, run_find, found, w);
	}
	if (!e)
		return;
	free(w);
	reply_error(x, e, NULL, NULL);
}

static void tell_upload(struct exchange *x, const struct upload *u)
{
	reply_json(x, 200, show_upload(u));
}

static void get_upload(struct exchange *x)
{
	with_upload(x, tell_upload);
}

struct piece_work {
	struct exchange *x;
	struct node *node;
	struct upload u;
	uint64_t offset;
	uint8_t key[KEY_BYTES], salt[BLOB_SALT_BYTES];
	enum err err;
	bool whole;
	struct file_note note; /* whole: what came of it */
};

/* The upload is complete: what it is, without where it was taken, sealed and under its id. */
static enum err seal_upload(struct piece_work *w)
{
	const char *dir = w->node->keyring.dir;
	struct buf plain, stripped, blob;
	buf_init(&plain, EVIDENCE_FILE_BYTES_MAX);
	buf_init(&stripped, EVIDENCE_FILE_BYTES_MAX);
	buf_init(&blob, BLOB_BYTES_MAX);
	enum err e = upload_open(dir, w->node->keyring.master, &w->u, &plain);
	struct bytes file = buf_bytes(&plain);
	if (!e) {
		w->note.type = file_type_of(file);
		e = w->note.type == FILE_UNKNOWN ? ERR_MEDIA_TYPE : ERR_OK;
	}
	if (!e && w->note.type == FILE_JPEG) {
		e = file_strip_jpeg(file, &stripped);
		file = buf_bytes(&stripped);
	}
	if (!e)
		e = blob_seal(file, w->key, w->salt, &blob, w->note.id);
	if (!e)
		e = blob_files_put(dir, w->note.id, buf_bytes(&blob));
	if (e == ERR_MEDIA_TYPE)
		upload_remove(dir, w->u.id);
	w->note.size = file.n;
	w->note.blob_size = blob.n;
	buf_wipe(&plain);
	buf_wipe(&stripped);
	buf_release(&blob);
	return e;
}

static void run_piece(void *arg)
{
	struct piece_work *w = arg;
	w->err = upload_append(w->node->keyring.dir, w->node->keyring.master, &w->u, w->offset, w->x->req->body);
	w->whole = !w->err && w->u.received == w->u.size;
	if (w->whole)
		w->err = seal_upload(w);
}

/* --- the end of an upload --------------------------------------------------------------------- */

struct note_write {
	struct api_write w;
	struct file_note note;
	uint8_t upload[UPLOAD_ID_BYTES];
	struct node *node;
	bool kept;
};

static enum err run_note(struct batch *b, struct api_write *w)
{
	struct note_write *j = (struct note_write *)w;
	uint8_t nonce[24];
	enum err e = subject_writable(b, j->note.subject);
	if (!e)
		e = batch_view(b, j->note.subject);
	if (!e && blob_rows_bytes(&b->txn, j->note.subject, b->school->id) + file_notes_bytes(&b->txn, j->note.subject) + j->note.blob_size >
			  EVIDENCE_SUBJECT_BYTES_MAX)
		e = ERR_QUOTA;
	if (e)
		return e;
	seed_take(&b->seed, nonce, sizeof nonce);
	j->note.ms = b->now_ms;
	return file_note_put(&b->txn, &b->school->vault, &j->note, nonce);
}

static void reply_note(struct api_write *w)
{
	struct note_write *j = (struct note_write *)w;
	struct node *n = api_node(w->x);
	const struct file_note *note = &j->note;
	enum err e = evidence_added(n->evidence, note->id, note->blob_size);
	j->kept = true;
	upload_remove(n->keyring.dir, j->upload);
	if (e)
		reply_error(w->x, e, NULL, NULL);
	else
		reply_json(w->x, 201,
			   json_pack("{s:o, s:s, s:I, s:s, s:b}", "id", json_hex(note->id, ID_BYTES), "name", note->name, "size",
				     (json_int_t)note->size, "type", file_type_name(note->type), "held", 1));
}

static void finish_note(struct api_write *w)
{
	struct note_write *j = (struct note_write *)w;
	/* no note: nothing will ever name the file; the upload may be finished again */
	if (!j->kept && !blobs_held(evidence_blobs(j->node->evidence), j->note.id))
		blob_files_remove(j->node->keyring.dir, j->note.id);
}

static void note_upload(struct piece_work *p)
{
	struct note_write *j = api_write_new(p->x, sizeof *j, run_note, reply_note);
	if (!j)
		return;
	j->w.finish = finish_note;
	j->node = p->node;
	j->note = p->note;
	memcpy(j->note.subject, p->u.subject, SUBJECT_BYTES);
	memcpy(j->note.name, p->u.name, sizeof j->note.name);
	memcpy(j->upload, p->u.id, sizeof j->upload);
	if (p->u.about != ABOUT_SCHOOL)
		memcpy(j->w.journal.subject, p->u.subject, SUBJECT_BYTES);
	api_write_start(&j->w);
}

static void piece_done(void *arg)
{
	struct piece_work *w = arg;
	evidence_end(w->node->evidence, w->u.id);
	if (w->err == ERR_MEDIA_TYPE)
		reply_error(w->x, w->err, "by what is in it, a file is a PDF, a JPEG or a PNG", NULL);
	else if (w->err == ERR_CONFLICT)
		reply_error(w->x, w->err, "a piece begins where the one before ended: ask how far it is", "offset");
	else if (w->err == ERR_INVALID)
		reply_error(w->x, w->err, "a piece but the last has at least 16 KiB", NULL);
	else if (w->err)
		reply_error(w->x, w->err, NULL, NULL);
	else if (w->whole)
		note_upload(w);
	else
		reply_json(w->x, 200, show_upload(&w->u));
	sodium_memzero(w, sizeof *w);
	free(w);
}

/* The subject's key for new bodies. */
static enum err newest_key(struct node *n, const uint8_t *subject, uint8_t out[KEY_BYTES])
{
	struct txn t;
	struct subject_keys keys;
	enum err e = txn_begin(&t, n->opened.keys, false);
	if (e)
		return e;
	e = vault_load(&n->opened.school.vault, &t, subject, &keys);
	txn_abort(&t);
	const struct subject_key *k = e ? NULL : subject_keys_newest_own(&keys);
	if (!e && !k)
		e = ERR_NO_KEY;
	if (k)
		memcpy(out, k->key, KEY_BYTES);
	subject_keys_wipe(&keys);
	return e;
}

static void add_piece(struct exchange *x, const struct upload *u)
{
	struct node *n = api_node(x);
	struct piece_work *w = calloc(1, sizeof *w);
	enum err e = w ? ERR_OK : ERR_NO_MEMORY;
	if (!e) {
		*w = (struct piece_work){.x = x, .node = n, .u = *u, .offset = strtoull(request_query(x->req, "offset"), NULL, 10)};
		randombytes_buf(w->salt, sizeof w->salt);
		e = newest_key(n, u->subject, w->key);
	}
	bool taken = !e && evidence_begin(n->evidence, u->id);
	if (!e && !taken)
		e = ERR_BUSY;
	if (!e)
		e = loop_work(n->loop, run_piece, piece_done, w);
	if (!e)
		return;
	if (taken)
		evidence_end(n->evidence, u->id);
	if (w)
		sodium_memzero(w, sizeof *w);
	free(w);
	reply_error(x, e, NULL, NULL);
}

static void put_piece(struct exchange *x)
{
	const char *text = request_query(x->req, "offset");
	if (text && *text && strlen(text) <= 10 && strspn(text, "0123456789") == strlen(text))
		with_upload(x, add_piece);
	else
		reply_error(x, ERR_INVALID, "where the piece begins", "offset");
}

/* --- down ------------------------------------------------------------------------------------- */

struct file_read {
	struct exchange *x;
	struct node *node;
	uint8_t id[ID_BYTES];
	char name[NAME_BYTES_MAX + 1];
	struct subject_keys keys;
	struct buf plain;
	enum err err;
	bool lost; /* not on the disk, or not as its id says */
};

static void run_read(void *arg)
{
	struct file_read *w = arg;
	struct buf blob;
	buf_init(&blob, BLOB_BYTES_MAX);
	w->err = blob_files_read(w->node->keyring.dir, w->id, 0, 0, &blob);
	const uint8_t *key_id = w->err ? NULL : blob_key_id(buf_bytes(&blob));
	const struct subject_key *key = key_id ? subject_keys_find(&w->keys, key_id) : NULL;
	if (!w->err)
		w->err = key ? blob_open(buf_bytes(&blob), key->key, &w->plain) : ERR_NO_KEY;
	w->lost = w->err == ERR_NOT_FOUND || (w->err && blob_check(w->id, buf_bytes(&blob)));
	buf_release(&blob);
}

/* By its own bytes: what the entry says may have been written anywhere. */
static void reply_file(struct file_read *w)
{
	enum file_type type = file_type_of(buf_bytes(&w->plain));
	char name[NAME_BYTES_MAX + 1];
	struct buf disposition;
	file_name_clean(w->name, name);
	buf_init(&disposition, 1024);
	file_disposition(name, &disposition);
	reply_header(w->x, "Content-Disposition", disposition.err ? "attachment" : (const char *)disposition.p);
	reply_header(w->x, "Content-Security-Policy", "sandbox; default-src 'none'");
	reply_bytes(w->x, 200, type == FILE_UNKNOWN ? "application/octet-stream" : file_type_name(type), NULL, buf_bytes(&w->plain));
	buf_release(&disposition);
}

static void read_done(void *arg)
{
	struct file_read *w = arg;
	evidence_end_reading(w->node->evidence);
	if (w->lost && blobs_held(evidence_blobs(w->node->evidence), w->id))
		evidence_lost(w->node->evidence, w->id);
	if (w->lost)
		reply_error(w->x, ERR_INCOMPLETE, "the file was damaged here: other schools are asked for it", NULL);
	else if (w->err)
		reply_error(w->x, w->err, NULL, NULL);
	else
		reply_file(w);
	buf_wipe(&w->plain);
	sodium_memzero(w, sizeof *w);
	free(w);
}

static enum err read_keys(struct node *n, const uint8_t *subject, struct subject_keys *out)
{
	struct txn t;
	enum err e = txn_begin(&t, n->opened.keys, false);
	if (e)
		return e;
	e = vault_load(&n->opened.school.vault, &t, subject, out);
	txn_abort(&t);
	return e;
}

static void get_file(struct exchange *x)
{
	struct node *n = api_node(x);
	struct permit p;
	uint8_t id[ID_BYTES];
	struct entry_file file;
	enum err e;
	if (!permit_path(x, &p) || !api_param_id(x, 1, id, sizeof id))
		return;
	const struct dossier *d = dossiers_get(n->dossiers, p.subject, &e);
	if (!d || !entry_file_visible(&p, d, id, &file)) {
		reply_error(x, d ? ERR_NOT_FOUND : e, d ? "no such file" : NULL, NULL);
		return;
	}
	if (!blobs_held(evidence_blobs(n->evidence), id)) {
		reply_error(x, ERR_INCOMPLETE, "the file is on its way here: records come first", NULL);
		return;
	}
	struct file_read *w = calloc(1, sizeof *w);
	e = w ? ERR_OK : ERR_NO_MEMORY;
	if (!e) {
		w->x = x;
		w->node = n;
		memcpy(w->id, id, ID_BYTES);
		bytes_string(file.name, w->name, sizeof w->name);
		buf_init(&w->plain, BLOB_BYTES_MAX);
		e = read_keys(n, p.subject, &w->keys);
	}
	bool taken = !e && evidence_begin_reading(n->evidence);
	if (!e && !taken)
		e = ERR_BUSY;
	if (!e)
		e = loop_work(n->loop, run_read, read_done, w);
	if (!e)
		return;
	if (taken)
		evidence_end_reading(n->evidence);
	if (w)
		sodium_memzero(w, sizeof *w);
	free(w);
	reply_error(x, e, NULL, NULL);
}

#define FILES_OF(base)                                                                                                     \
	{METHOD_POST, base "/files", AREA_RECORDS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_file},                             \
	{                                                                                                                  \
		METHOD_GET, base "/files/{file}", AREA_RECORDS, BODY_NONE, 0, get_file                                     \
	}

const struct route file_routes[] = {
	FILES_OF("/api/v1/students/{id}"),
	FILES_OF("/api/v1/staff/{id}"),
	FILES_OF("/api/v1/classes/{id}"),
	{METHOD_GET, "/api/v1/uploads/{upload}", AREA_RECORDS, BODY_NONE, 0, get_upload},
	{METHOD_PUT, "/api/v1/uploads/{upload}", AREA_RECORDS, BODY_OCTETS, UPLOAD_PIECE_BYTES_MAX, put_piece},
};
const size_t file_route_count = sizeof file_routes / sizeof *file_routes;
