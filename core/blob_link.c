#include "core/blobs_parts.h"

#include "proto/require.h"

static void say(struct blob_output *out, const struct message *m)
{
	struct buf *b = out->messages;
	uint8_t *length = buf_extend(b, 4);
	size_t from = b->n, at = from - 4;
	if (length)
		message_encode(m, b);
	if (b->err && !out->error)
		out->error = b->err;
	else if (!b->err)
		put_u32(b->p + at, (uint32_t)(b->n - from));
}

static struct blob_op *op(struct blob_output *out, enum blob_op_type type, const struct blob_ask *at, const struct blob_shape *s)
{
	require(out->op_count < BLOB_OPS_MAX);
	struct blob_op *o = &out->ops[out->op_count++];
	*o = (struct blob_op){.type = type, .shape = *s, .piece = at->piece};
	memcpy(o->id, at->id, ID_BYTES);
	memcpy(o->subject, at->subject, SUBJECT_BYTES);
	return o;
}

void blob_link_init(struct blob_link *l, struct blobs *b, const struct sync *s)
{
	*l = (struct blob_link){.blobs = b, .sync = s};
	buf_init(&l->head, BLOB_CHUNK_BYTES);
}

static struct blob_name *name_of(const struct blob_link *l)
{
	return blobs_find_name(l->blobs, l->at.subject, l->at.id);
}

/* The file is here, gone, or not to be had from this peer now. */
static void give_up(struct blob_link *l)
{
	struct blob_name *n = l->busy && l->ours ? name_of(l) : NULL;
	if (n)
		blobs_take(l->blobs, n, false);
	l->busy = l->ours = l->loading = l->finishing = false;
	buf_reset(&l->head);
}

void blob_link_release(struct blob_link *l)
{
	if (!l->blobs)
		return;
	give_up(l);
	buf_release(&l->head);
	*l = (struct blob_link){0};
}

/* --- fetching --------------------------------------------------------------------------------- */

static bool shared(const struct blob_link *l, struct txn *t, const uint8_t *subject, const uint8_t *id)
{
	struct selection which = sync_shares(l->sync, t, subject);
	return which.mode >= MODE_FORMER && blob_rows_find(t, subject, id, &which, NULL);
}

static bool take(struct blob_link *l, struct txn *t, struct blob_name *n, struct blob_output *out)
{
	if (!blob_shape(n->size, &l->shape) || !blobs_fits(l->blobs, n) || !shared(l, t, n->subject, n->id))
		return false;
	l->busy = l->loading = l->moved = true;
	l->asked = l->got = l->stored = 0;
	memcpy(l->at.subject, n->subject, SUBJECT_BYTES);
	memcpy(l->at.id, n->id, ID_BYTES);
	op(out, BLOB_OP_LOAD, &l->at, &l->shape);
	return true;
}

/* Takes the next of the round that the peer may have. */
static void next(struct blob_link *l, struct txn *t, struct blob_output *out)
{
	while (!l->busy && l->round && !out->error) {
		struct blob_name *n = blobs_next_missing(l->blobs, l->at.subject, l->at.id);
		if (!n) {
			l->round = l->again;
			l->again = false;
			memset(&l->at, 0, sizeof l->at);
			continue;
		}
		if (take(l, t, n, out))
			return;
		memcpy(l->at.subject, n->subject, SUBJECT_BYTES);
		memcpy(l->at.id, n->id, ID_BYTES);
	}
}

static void skip(struct blob_link *l, struct txn *t, struct blob_output *out)
{
	give_up(l);
	next(l, t, out);
}

/* Asks for as much as the window lets. The head comes alone: the rest is checked by it. */
static void ask(struct blob_link *l, struct blob_output *out)
{
	while (l->asked <= l->shape.chunks && l->asked - l->stored < BLOB_WINDOW && l->unanswered < BLOB_WINDOW &&
	       (l->asked == 0 || l->head.n)) {
		l->unanswered++;
		struct message m = {.type = MESSAGE_BLOB_WANT, .blob_want = {.piece = l->asked++}};
		memcpy(m.blob_want.subject, l->at.subject, SUBJECT_BYTES);
		memcpy(m.blob_want.id, l->at.id, ID_BYTES);
		say(out, &m);
	}
}

static bool is_at(const struct blob_link *l, const uint8_t *id)
{
	return l->busy && memcmp(l->at.id, id, ID_BYTES) == 0;
}

/* Goes on with the file, as long as it is still wanted. */
static void go_on(struct blob_link *l, struct txn *t, struct blob_output *out)
{
	struct blob_name *n = name_of(l);
	if (!n || n->held) {
		skip(l, t, out);
	} else if (l->loading) {
		return;
	} else if (l->stored > l->shape.chunks) {
		if (!l->finishing)
			op(out, BLOB_OP_FINISH, &l->at, &l->shape);
		l->finishing = true;
	} else {
		ask(l, out);
	}
}

void blob_link_loaded(struct blob_link *l, struct txn *t, const struct blob_op *o, enum err e, struct bytes head, uint32_t pieces,
		      struct blob_output *out)
{
	if (!is_at(l, o->id) || !l->loading)
		return;
	l->loading = false;
	if (e == ERR_DISK_FULL) {
		give_up(l);
		l->round = l->again = false;
		return;
	}
	if (e) {
		skip(l, t, out);
		return;
	}
	if (pieces) {
		buf_put(&l->head, head.p, head.n);
		if (l->head.err) {
			out->error = l->head.err;
			return;
		}
	}
	l->asked = l->got = l->stored = pieces;
	go_on(l, t, out);
}

/* Of several that ask, the first that gets a piece fetches it: a peer may have nothing, and others may fill the room. */
static bool make_ours(struct blob_link *l)
{
	struct blob_name *n = name_of(l);
	if (!n || n->held || (!l->ours && (n->taken || !blobs_fits(l->blobs, n))))
		return false;
	blobs_take(l->blobs, n, true);
	return l->ours = true;
}

static void on_piece(struct blob_link *l, struct txn *t, const struct message_blob *m, struct blob_output *out)
{
	if (l->unanswered == 0) {
		out->error = ERR_PROTOCOL;
		return;
	}
	l->unanswered--;
	if (!is_at(l, m->id) || l->loading || m->piece != l->got || l->got >= l->asked) {
		if (l->busy && !l->loading) /* to a question about what was given up since */
			ask(l, out);
		return;
	}
	if (m->data.n == 0 || !make_ours(l)) {
		skip(l, t, out);
		return;
	}
	enum err e = l->got == 0 ? blob_check_head(&l->shape, l->at.id, m->data)
				 : blob_check_piece(&l->shape, buf_bytes(&l->head), l->got, m->data);
	if (e) {
		out->strikes += e == ERR_BAD_HASH; /* else who named the file is at fault, not who has it */
		skip(l, t, out);
		return;
	}
	if (l->got == 0)
		buf_put(&l->head, m->data.p, m->data.n);
	l->at.piece = l->got++;
	l->moved = true;
	op(out, BLOB_OP_STORE, &l->at, &l->shape)->data = m->data;
}

void blob_link_done(struct blob_link *l, struct txn *t, const struct blob_op *o, enum err e, struct blob_output *out)
{
	if (!is_at(l, o->id))
		return;
	if (e || o->type == BLOB_OP_FINISH) {
		skip(l, t, out); /* a disk that is full now is tried at the next tick */
		return;
	}
	l->stored++;
	go_on(l, t, out);
}

void blob_link_again(struct blob_link *l, struct txn *t, struct blob_output *out)
{
	if (l->busy) {
		l->again = l->round = true;
		return;
	}
	memset(&l->at, 0, sizeof l->at);
	l->round = true;
	next(l, t, out);
}

void blob_link_tick(struct blob_link *l, struct txn *t, struct blob_output *out)
{
	if (l->busy && !l->moved && !l->loading && !l->finishing)
		give_up(l);
	l->moved = false;
	blob_link_again(l, t, out);
}

static void on_have(struct blob_link *l, struct txn *t, const struct message_blob_have *m, struct blob_output *out)
{
	struct blob_name *n = blobs_find_name(l->blobs, m->subject, m->id);
	if (!n || n->held || n->taken)
		return;
	if (l->busy)
		l->again = l->round = true;
	else
		take(l, t, n, out);
}

/* --- answering -------------------------------------------------------------------------------- */

static void answer(struct blob_output *out, const struct blob_ask *a, struct bytes data)
{
	struct message m = {.type = MESSAGE_BLOB, .blob = {.piece = a->piece, .data = data}};
	memcpy(m.blob.subject, a->subject, SUBJECT_BYTES);
	memcpy(m.blob.id, a->id, ID_BYTES);
	say(out, &m);
}

static void drop_want(struct blob_link *l)
{
	memmove(l->wants, l->wants + 1, --l->want_count * sizeof *l->wants);
}

/* One at a time, so that answers keep the order of the questions. */
static void serve(struct blob_link *l, struct txn *t, struct blob_output *out)
{
	while (l->want_count && !l->reading) {
		const struct blob_ask *a = &l->wants[0];
		struct selection which = sync_shares(l->sync, t, a->subject);
		struct blob_shape s;
		uint64_t size;
		if (which.mode >= MODE_FORMER && blob_rows_find(t, a->subject, a->id, &which, &size) && blob_shape(size, &s) &&
		    a->piece <= s.chunks && blobs_held_as(l->blobs, a->id, size)) {
			op(out, BLOB_OP_READ, a, &s);
			l->reading = true;
		} else {
			answer(out, a, (struct bytes){0});
			drop_want(l);
		}
	}
}

static void on_want(struct blob_link *l, struct txn *t, const struct message_blob_want *m, struct blob_output *out)
{
	if (l->want_count == BLOB_WANTS_MAX || m->piece > UINT16_MAX) {
		out->error = ERR_PROTOCOL;
		return;
	}
	struct blob_ask *a = &l->wants[l->want_count++];
	memcpy(a->subject, m->subject, SUBJECT_BYTES);
	memcpy(a->id, m->id, ID_BYTES);
	a->piece = (uint32_t)m->piece;
	serve(l, t, out);
}

void blob_link_read(struct blob_link *l, struct txn *t, const struct blob_op *o, enum err e, struct bytes data,
		    struct blob_output *out)
{
	(void)o;
	if (!l->reading)
		return;
	l->reading = false;
	answer(out, &l->wants[0], e ? (struct bytes){0} : data);
	drop_want(l);
	serve(l, t, out);
}

void blob_link_held(struct blob_link *l, struct txn *t, const uint8_t *subject, const uint8_t *id, struct blob_output *out)
{
	struct message m = {.type = MESSAGE_BLOB_HAVE};
	if (!shared(l, t, subject, id))
		return;
	memcpy(m.blob_have.subject, subject, SUBJECT_BYTES);
	memcpy(m.blob_have.id, id, ID_BYTES);
	say(out, &m);
}

void blob_link_message(struct blob_link *l, struct txn *t, const struct message *m, struct blob_output *out)
{
	if (m->type == MESSAGE_BLOB_WANT)
		on_want(l, t, &m->blob_want, out);
	else if (m->type == MESSAGE_BLOB)
		on_piece(l, t, &m->blob, out);
	else if (m->type == MESSAGE_BLOB_HAVE)
		on_have(l, t, &m->blob_have, out);
	else
		out->error = ERR_PROTOCOL;
}

uint32_t blob_good_pieces(const uint8_t id[ID_BYTES], const struct blob_shape *s, struct bytes part)
{
	uint32_t good = 0;
	struct bytes head = bytes_of(part.p, blob_piece_bytes(s, 0));
	if (part.n < head.n || blob_check_head(s, id, head))
		return 0;
	for (good = 1; good <= s->chunks; good++) {
		size_t at = blob_piece_at(s, good), n = blob_piece_bytes(s, good);
		if (part.n < at + n || blob_check_piece(s, head, good, bytes_of(part.p + at, n)))
			break;
	}
	return good;
}
