/* Evidence files in the simulated world: a disk of memory for each school, and the ops of its sessions. */
#include <stdlib.h>

#include "core/changes.h"
#include "proto/require.h"
#include "tests/sim/world.h"

static struct world_file *find(const struct world_school *s, const uint8_t *id)
{
	for (size_t i = 0; i < s->file_count; i++)
		if (memcmp(s->files[i].id, id, ID_BYTES) == 0)
			return &s->files[i];
	return NULL;
}

static struct world_file *make(struct world_school *s, const uint8_t *id, size_t n)
{
	struct world_file *f = find(s, id);
	if (f)
		return f;
	if (s->file_count == s->file_cap) {
		s->file_cap = s->file_cap ? 2 * s->file_cap : 16;
		s->files = realloc(s->files, s->file_cap * sizeof *s->files);
		require(s->files);
	}
	f = &s->files[s->file_count++];
	*f = (struct world_file){.bytes = calloc(1, n), .n = n};
	require(f->bytes);
	memcpy(f->id, id, ID_BYTES);
	return f;
}

static void drop(struct world_school *s, struct world_file *f)
{
	free(f->bytes);
	*f = s->files[--s->file_count];
}

bool files_has(const struct world_school *s, const uint8_t *id)
{
	const struct world_file *f = find(s, id);
	return f && f->whole;
}

void files_release(struct world_school *s)
{
	while (s->file_count)
		drop(s, &s->files[0]);
	free(s->files);
}

/* What no record names goes; parts too. */
static void clear(struct world *w, struct world_school *s)
{
	uint8_t id[ID_BYTES];
	while (blobs_gone(s->blobs, id)) {
		blobs_lose(s->blobs, id);
		drop(s, find(s, id));
		w->counts[COUNT_DROPPED]++;
	}
	for (size_t i = s->file_count; i-- > 0;)
		if (!s->files[i].whole && !blobs_named(s->blobs, s->files[i].id))
			drop(s, &s->files[i]);
}

void files_up(struct world *w, int at)
{
	struct world_school *s = &w->schools[at];
	struct txn t;
	bool fresh = false;
	s->blobs = blobs_new();
	require(s->blobs);
	for (size_t i = 0; i < s->file_count; i++)
		if (s->files[i].whole)
			fixture_must(blobs_hold(s->blobs, s->files[i].id, s->files[i].n), "hold");
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	fixture_must(blobs_refresh_all(s->blobs, &t, &fresh), "files");
	txn_abort(&t);
	fixture_must(blobs_sweep(s->blobs), "sweep");
	clear(w, s);
}

void files_down(struct world *w, int at)
{
	blobs_free(w->schools[at].blobs);
	w->schools[at].blobs = NULL;
}

void files_connect(struct world *w, struct link *l)
{
	for (int i = 0; i < 2; i++)
		blob_link_init(&l->side[i].blobs, w->schools[l->school[i]].blobs, l->side[i].sync);
}

/* --- ops -------------------------------------------------------------------------------------- */

static void held(struct world *w, int at, const struct blob_op *op);

/* Carries out what a step wants, and what that leads to, and sends what there is to say. */
static void settle(struct world *w, struct link *l, int i, struct txn *t, struct blob_output *out)
{
	struct side *side = &l->side[i];
	struct world_school *s = &w->schools[l->school[i]];
	uint8_t piece[BLOB_CHUNK_BYTES];
	while (out->op_count && !out->error && !out->strikes) {
		struct blob_op o = out->ops[0];
		memmove(out->ops, out->ops + 1, --out->op_count * sizeof *out->ops);
		struct world_file *f = o.type == BLOB_OP_STORE ? make(s, o.id, (size_t)o.shape.size) : find(s, o.id);
		size_t from = blob_piece_at(&o.shape, o.piece), n = blob_piece_bytes(&o.shape, o.piece);
		switch (o.type) {
		case BLOB_OP_LOAD: {
			uint32_t good = f && f->n == o.shape.size ? blob_good_pieces(o.id, &o.shape, bytes_of(f->bytes, f->n)) : 0;
			w->counts[COUNT_RESUMED] += good > 0;
			blob_link_loaded(&side->blobs, t, &o, ERR_OK, bytes_of(f ? f->bytes : NULL, blob_piece_bytes(&o.shape, 0)), good, out);
			break;
		}
		case BLOB_OP_STORE:
			require(o.data.n == n && f->n == o.shape.size);
			memcpy(f->bytes + from, o.data.p, n);
			blob_link_done(&side->blobs, t, &o, ERR_OK, out);
			break;
		case BLOB_OP_FINISH:
			if (blob_check(o.id, bytes_of(f->bytes, f->n)))
				world_fail(w, "school %d finished a file that is damaged", l->school[i]);
			f->whole = true;
			w->counts[COUNT_FETCHED]++;
			world_note(w, "file", (uint64_t)l->school[i], f->n);
			fixture_must(blobs_hold(s->blobs, o.id, f->n), "hold");
			held(w, l->school[i], &o);
			blob_link_done(&side->blobs, t, &o, ERR_OK, out);
			break;
		case BLOB_OP_READ:
			require(f && f->whole);
			memcpy(piece, f->bytes + from, n);
			if (world_faulty(w, FAULT_DAMAGED, 10))
				piece[world_random(w, n)] ^= 1;
			blob_link_read(&side->blobs, t, &o, ERR_OK, bytes_of(piece, n), out);
			break;
		}
	}
	world_send(w, l, i, out->messages);
	if (out->error || out->strikes)
		world_break(w, l, out->error ? out->error : ERR_BAD_HASH, i);
}

/* One step of a side's link. */
#define STEP(w, l, i, call)                                                                        \
	do {                                                                                       \
		struct buf messages_;                                                              \
		struct blob_output out_ = {.messages = &messages_}, *out = &out_;                  \
		struct txn t_, *t = &t_;                                                           \
		buf_init(&messages_, (size_t)16 * 1024 * 1024);                                    \
		fixture_must(txn_begin(t, (w)->schools[(l)->school[i]].f.store, false), "read");   \
		call;                                                                              \
		settle(w, l, i, t, out);                                                           \
		txn_abort(t);                                                                      \
		buf_release(&messages_);                                                           \
	} while (0)

static void held(struct world *w, int at, const struct blob_op *op)
{
	for (size_t n = 0; n < w->link_count; n++)
		for (int k = 0; k < 2; k++)
			if (w->links[n].up && w->links[n].school[k] == at)
				STEP(w, &w->links[n], k, blob_link_held(&w->links[n].side[k].blobs, t, op->subject, op->id, out));
}

void files_message(struct world *w, struct link *l, int i, const struct message *m)
{
	STEP(w, l, i, blob_link_message(&l->side[i].blobs, t, m, out));
}

void files_tick(struct world *w, struct link *l, int i)
{
	if (l->up)
		STEP(w, l, i, blob_link_tick(&l->side[i].blobs, t, out));
}

void files_again(struct world *w, int at)
{
	for (size_t n = 0; n < w->link_count; n++)
		for (int k = 0; k < 2; k++)
			if (w->links[n].up && w->links[n].school[k] == at)
				STEP(w, &w->links[n], k, blob_link_again(&w->links[n].side[k].blobs, t, out));
}

void files_committed(struct world *w, int at, uint64_t from, uint64_t to)
{
	struct world_school *s = &w->schools[at];
	struct changes c;
	struct txn t;
	bool fresh = false;
	fixture_must(txn_begin(&t, s->f.store, false), "read");
	fixture_must(changes_read(&c, &t, from, to), "changes");
	for (size_t i = 0; i < c.count; i++)
		fixture_must(blobs_refresh(s->blobs, &t, c.subjects[i], &fresh), "files");
	changes_release(&c);
	txn_abort(&t);
	clear(w, s);
	if (fresh)
		files_again(w, at);
}

void files_entry(struct world *w, int at, struct batch *b, const uint8_t *subject, uint8_t entry[ID_BYTES])
{
	struct world_school *s = &w->schools[at];
	struct subject_keys keys;
	struct buf plain, sealed;
	uint8_t salt[BLOB_SALT_BYTES], id[ID_BYTES];
	/* mostly small, some of several pieces */
	size_t n = 1 + world_random(w, world_chance(w, 300) ? 200000 : 3000);
	buf_init(&plain, n);
	buf_init(&sealed, BLOB_BYTES_MAX);
	memset(buf_extend(&plain, n), (int)world_random(w, 256), n);
	seed_take(&b->seed, salt, sizeof salt);
	fixture_must(batch_load_keys(b, subject, &keys), "keys");
	fixture_must(blob_seal(buf_bytes(&plain), subject_keys_newest_own(&keys)->key, salt, &sealed, id), "seal");
	subject_keys_wipe(&keys);
	/* on disk first: who commits a name has the file */
	struct world_file *f = make(s, id, sealed.n);
	memcpy(f->bytes, sealed.p, sealed.n);
	f->whole = true;
	fixture_must(blobs_hold(s->blobs, id, sealed.n), "hold");
	fixture_entry(b, subject, (unsigned)world_random(w, 100), entry);
	fixture_must(blob_rows_name(b, subject, entry, id, sealed.n), "name");
	if (w->evidence_count == w->evidence_cap) {
		w->evidence_cap = w->evidence_cap ? 2 * w->evidence_cap : 64;
		w->evidence = realloc(w->evidence, w->evidence_cap * sizeof *w->evidence);
		require(w->evidence);
	}
	struct world_evidence *v = &w->evidence[w->evidence_count++];
	memcpy(v->subject, subject, SUBJECT_BYTES);
	memcpy(v->entry, entry, ID_BYTES);
	memcpy(v->file, id, ID_BYTES);
	w->counts[COUNT_FILES]++;
	buf_release(&plain);
	buf_release(&sealed);
}
