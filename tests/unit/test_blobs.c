/* Files between two schools: which are named, who may have them, and what a peer may not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/blobs.h"
#include "core/erasure.h"
#include "tests/lib/link.h"

static const uint64_t now = 1790000000000;
static struct fixture parent, child;
static struct link l;
static uint8_t student[SUBJECT_BYTES], entry[2][ID_BYTES], file[ID_BYTES], stranger[SUBJECT_BYTES] = {9};
static struct buf blob;
static struct blobs *blobs[2]; /* of the child, of the parent */
static struct blob_link files[2];
static struct buf messages;
static struct blob_output out;

static void seal(struct batch *b, const uint8_t *subject)
{
	struct subject_keys keys;
	struct buf plain;
	uint8_t salt[BLOB_SALT_BYTES] = {4};
	buf_init(&plain, 1 << 20);
	memset(buf_extend(&plain, 120000), 'x', 120000);
	fixture_must(batch_load_keys(b, subject, &keys), "keys");
	fixture_must(blob_seal(buf_bytes(&plain), subject_keys_newest_own(&keys)->key, salt, &blob, file), "seal");
	subject_keys_wipe(&keys);
	buf_release(&plain);
}

static int setup(void **state)
{
	struct batch b;
	(void)state;
	if (sodium_init() < 0)
		return 1;
	fixture_create(&parent, 1, "Школа", now);
	fixture_create(&child, 2, "Школа", now);
	fixture_join(&parent, &child, POWER_ALL, 2, now);
	buf_init(&blob, BLOB_BYTES_MAX);
	buf_init(&messages, 1 << 20);
	fixture_batch(&child, &b, now);
	fixture_student(&child, &b, 1, student);
	seal(&b, student);
	for (unsigned i = 0; i < 2; i++) {
		fixture_entry(&b, student, i, entry[i]);
		fixture_must(blob_rows_name(&b, student, entry[i], file, blob.n), "name");
	}
	fixture_must(batch_commit(&b), "commit");
	link_open(&l, &child, &parent, now);
	link_pump(&l);
	for (int i = 0; i < 2; i++) {
		blobs[i] = blobs_new();
		blob_link_init(&files[i], blobs[i], l.end[i].sync);
	}
	return blobs[0] && blobs[1] ? 0 : 1;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		blob_link_release(&files[i]);
		blobs_free(blobs[i]);
	}
	link_close(&l);
	fixture_close(&parent);
	fixture_close(&child);
	buf_release(&blob);
	buf_release(&messages);
	return 0;
}

static struct txn read_at(int i)
{
	struct txn t;
	fixture_must(txn_begin(&t, l.end[i].f->store, false), "read");
	return t;
}

/* What an end's step says and wants, in `out`. */
#define STEP(i, call)                                                                              \
	do {                                                                                       \
		struct txn t_ = read_at(i), *t = &t_;                                              \
		buf_reset(&messages);                                                              \
		out = (struct blob_output){.messages = &messages};                                 \
		call;                                                                              \
		txn_abort(t);                                                                      \
	} while (0)

static void refresh(int i, bool *fresh)
{
	struct txn t = read_at(i);
	*fresh = false;
	fixture_must(blobs_refresh(blobs[i], &t, student, fresh), "refresh");
	txn_abort(&t);
}

/* The n-th message of the last step; NULL if there is none. */
static const struct message *said(size_t n)
{
	static struct message m;
	for (size_t at = 0; at < messages.n; n--) {
		struct bytes raw = bytes_of(messages.p + at + 4, get_u32(messages.p + at));
		at += 4 + raw.n;
		if (n == 0) {
			fixture_must(message_decode(&raw, &m), "message");
			return &m;
		}
	}
	return NULL;
}

static struct message piece_of(uint32_t piece)
{
	struct blob_shape s;
	struct message m = {.type = MESSAGE_BLOB, .blob = {.piece = piece}};
	assert_true(blob_shape(blob.n, &s));
	memcpy(m.blob.subject, student, SUBJECT_BYTES);
	memcpy(m.blob.id, file, ID_BYTES);
	m.blob.data = bytes_of(blob.p + blob_piece_at(&s, piece), blob_piece_bytes(&s, piece));
	return m;
}

static struct message want_of(const uint8_t *subject, const uint8_t *id, uint64_t piece)
{
	struct message m = {.type = MESSAGE_BLOB_WANT, .blob_want = {.piece = piece}};
	memcpy(m.blob_want.subject, subject, SUBJECT_BYTES);
	memcpy(m.blob_want.id, id, ID_BYTES);
	return m;
}

/* The parent has begun to fetch: it has asked for the head. */
static void begin(void)
{
	bool fresh;
	refresh(1, &fresh);
	assert_true(fresh);
	STEP(1, blob_link_again(&files[1], t, &out));
	assert_int_equal(out.op_count, 1);
	assert_int_equal(out.ops[0].type, BLOB_OP_LOAD);
	struct blob_op op = out.ops[0];
	STEP(1, blob_link_loaded(&files[1], t, &op, ERR_OK, (struct bytes){0}, 0, &out));
	assert_int_equal(said(0)->type, MESSAGE_BLOB_WANT);
	assert_int_equal(said(0)->blob_want.piece, 0);
	assert_null(said(1)); /* the head alone */
}

static void fetched_piece_by_piece(void **state)
{
	(void)state;
	begin();
	struct buf got;
	buf_init(&got, BLOB_BYTES_MAX);
	for (uint32_t piece = 0; piece <= 3; piece++) {
		struct message m = piece_of(piece);
		STEP(1, blob_link_message(&files[1], t, &m, &out));
		assert_int_equal(out.error, ERR_OK);
		assert_int_equal(out.op_count, 1);
		assert_int_equal(out.ops[0].type, BLOB_OP_STORE);
		buf_put(&got, out.ops[0].data.p, out.ops[0].data.n);
		struct blob_op op = out.ops[0];
		STEP(1, blob_link_done(&files[1], t, &op, ERR_OK, &out));
		if (piece == 0)
			assert_true(said(2) && !said(3)); /* three chunks, all in the window */
	}
	assert_int_equal(out.op_count, 1);
	assert_int_equal(out.ops[0].type, BLOB_OP_FINISH);
	assert_true(bytes_equal(buf_bytes(&got), buf_bytes(&blob)));
	fixture_must(blobs_hold(blobs[1], file, blob.n), "hold");
	struct blob_op op = out.ops[0];
	STEP(1, blob_link_done(&files[1], t, &op, ERR_OK, &out));
	assert_int_equal(blobs_count(blobs[1]).missing, 0);
	buf_release(&got);
}

static void goes_on_where_it_broke_off(void **state)
{
	(void)state;
	struct blob_shape s;
	bool fresh;
	refresh(1, &fresh);
	STEP(1, blob_link_again(&files[1], t, &out));
	struct blob_op op = out.ops[0];
	assert_true(blob_shape(blob.n, &s));
	struct bytes part = bytes_of(blob.p, blob_piece_at(&s, 3) + 5);
	assert_int_equal(blob_good_pieces(file, &s, part), 3);
	STEP(1, blob_link_loaded(&files[1], t, &op, ERR_OK, bytes_of(blob.p, blob_piece_bytes(&s, 0)), 3, &out));
	assert_int_equal(said(0)->blob_want.piece, 3);
	assert_null(said(1));
}

static void a_bad_piece_is_refused(void **state)
{
	(void)state;
	for (uint32_t bad = 0; bad <= 2; bad++) {
		if (bad)
			teardown(NULL), setup(NULL);
		begin();
		for (uint32_t piece = 0; piece < bad; piece++) {
			struct message m = piece_of(piece);
			STEP(1, blob_link_message(&files[1], t, &m, &out));
			struct blob_op op = out.ops[0];
			STEP(1, blob_link_done(&files[1], t, &op, ERR_OK, &out));
		}
		struct message m = piece_of(bad);
		((uint8_t *)(uintptr_t)m.blob.data.p)[7] ^= 1;
		STEP(1, blob_link_message(&files[1], t, &m, &out));
		assert_int_equal(out.strikes, 1);
		assert_int_equal(out.op_count, 0);
		assert_false(blobs_held(blobs[1], file));
	}
}

static void nothing_that_was_not_asked_for(void **state)
{
	(void)state;
	struct message m = piece_of(0);
	STEP(1, blob_link_message(&files[1], t, &m, &out));
	assert_int_equal(out.error, ERR_PROTOCOL);
	assert_int_equal(out.op_count, 0);
}

static void only_what_is_shared_is_answered(void **state)
{
	(void)state;
	bool fresh;
	uint8_t other[ID_BYTES] = {1};
	refresh(0, &fresh);
	const struct message table[] = {want_of(student, other, 0), want_of(stranger, file, 0), want_of(student, file, 4),
					want_of(student, file, 0) /* not here yet */};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		STEP(0, blob_link_message(&files[0], t, &table[i], &out));
		assert_int_equal(out.op_count, 0);
		assert_int_equal(said(0)->type, MESSAGE_BLOB);
		assert_int_equal(said(0)->blob.data.n, 0);
	}
	fixture_must(blobs_hold(blobs[0], file, blob.n), "hold");
	struct message want = want_of(student, file, 1);
	STEP(0, blob_link_message(&files[0], t, &want, &out));
	assert_int_equal(out.op_count, 1);
	assert_int_equal(out.ops[0].type, BLOB_OP_READ);
	/* one is read at a time, the others wait, and too many are too many */
	for (unsigned i = 1; i < BLOB_WANTS_MAX; i++) {
		STEP(0, blob_link_message(&files[0], t, &want, &out));
		assert_int_equal(out.op_count, 0);
		assert_int_equal(out.error, ERR_OK);
	}
	STEP(0, blob_link_message(&files[0], t, &want, &out));
	assert_int_equal(out.error, ERR_PROTOCOL);
}

static void a_file_goes_with_the_last_entry_that_names_it(void **state)
{
	(void)state;
	bool fresh;
	uint8_t gone[ID_BYTES];
	fixture_must(blobs_hold(blobs[0], file, blob.n), "hold");
	refresh(0, &fresh);
	assert_false(fresh);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(FIXTURE_BATCH(child, now, erasure_of_record(in, student, entry[i])), ERR_OK);
		refresh(0, &fresh);
		assert_int_equal(blobs_named(blobs[0], file), i == 0);
		assert_int_equal(blobs_gone(blobs[0], gone), i == 1);
		assert_true(fixture_rebuilds(&child, now));
	}
	assert_memory_equal(gone, file, ID_BYTES);
	assert_false(blobs_gone(blobs[0], gone));
}

static void a_file_goes_with_the_student(void **state)
{
	(void)state;
	bool fresh;
	uint8_t gone[ID_BYTES];
	fixture_must(blobs_hold(blobs[0], file, blob.n), "hold");
	refresh(0, &fresh);
	assert_int_equal(FIXTURE_BATCH(child, now, erasure_of_subject(in, student)), ERR_OK);
	refresh(0, &fresh);
	assert_true(blobs_gone(blobs[0], gone));
}

enum { LARGE_FILES = 40 };

/* Records of the child's that name many more files than the subject has room for, all before `file` in order of id. */
static void name_large(uint8_t ids[LARGE_FILES][ID_BYTES], uint64_t size)
{
	struct batch b;
	fixture_batch(&child, &b, now);
	for (unsigned i = 0; i < LARGE_FILES; i++) {
		memset(ids[i], 0, ID_BYTES);
		ids[i][ID_BYTES - 1] = (uint8_t)(i + 1);
		fixture_must(blob_rows_name(&b, student, entry[0], ids[i], size), "name");
	}
	link_work(&l, 0, &b);
	link_pump(&l);
}

/* How many files of that size the parent has asked to load in one round, when none of them comes. */
static size_t loads(void)
{
	size_t n = 0;
	STEP(1, blob_link_again(&files[1], t, &out));
	while (out.op_count) {
		struct blob_op op = out.ops[0];
		assert_int_equal(op.type, BLOB_OP_LOAD);
		n++;
		STEP(1, blob_link_loaded(&files[1], t, &op, ERR_IO, (struct bytes){0}, 0, &out));
	}
	return n;
}

static void a_subject_has_room_for_so_much(void **state)
{
	(void)state;
	uint8_t ids[LARGE_FILES][ID_BYTES];
	uint64_t size = blob_bytes(EVIDENCE_FILE_BYTES_MAX), room = EVIDENCE_SUBJECT_BYTES_MAX / size;
	bool fresh;
	name_large(ids, size);
	refresh(1, &fresh);
	/* what is only claimed takes nobody's place */
	assert_int_equal(loads(), LARGE_FILES + 1);
	assert_int_equal(blobs_count(blobs[1]).over, 0);
	for (uint64_t i = 0; i < room; i++)
		fixture_must(blobs_hold(blobs[1], ids[LARGE_FILES - 1 - i], size), "hold");
	assert_int_equal(blobs_count(blobs[1]).over, LARGE_FILES - room + (blob.n > EVIDENCE_SUBJECT_BYTES_MAX - room * size));
	assert_int_equal(blobs_count(blobs[1]).missing, LARGE_FILES - room + 1);
	assert_int_equal(loads(), blob.n <= EVIDENCE_SUBJECT_BYTES_MAX - room * size);
	struct message have = {.type = MESSAGE_BLOB_HAVE};
	memcpy(have.blob_have.subject, student, SUBJECT_BYTES);
	memcpy(have.blob_have.id, ids[0], ID_BYTES);
	STEP(1, blob_link_message(&files[1], t, &have, &out));
	assert_int_equal(out.op_count, 0);
	/* room again: it goes on */
	blobs_lose(blobs[1], ids[LARGE_FILES - 1]);
	assert_int_equal(loads(), LARGE_FILES - room + 2);
	STEP(1, blob_link_message(&files[1], t, &have, &out));
	assert_int_equal(out.op_count, 1);
}

/* Others may have filled the room between the question and the answer. */
static void room_is_looked_at_again_when_the_file_comes(void **state)
{
	(void)state;
	uint8_t ids[LARGE_FILES][ID_BYTES];
	uint64_t size = blob_bytes(EVIDENCE_FILE_BYTES_MAX);
	bool fresh;
	begin();
	name_large(ids, size);
	refresh(1, &fresh);
	for (uint64_t i = 0; i <= EVIDENCE_SUBJECT_BYTES_MAX / size; i++)
		fixture_must(blobs_hold(blobs[1], ids[i], size), "hold");
	struct message m = piece_of(0);
	STEP(1, blob_link_message(&files[1], t, &m, &out));
	assert_int_equal(out.op_count, 0);
	assert_int_equal(out.strikes, 0);
	assert_int_equal(out.error, ERR_OK);
}

static void a_full_disk_ends_the_round(void **state)
{
	(void)state;
	uint8_t ids[LARGE_FILES][ID_BYTES];
	bool fresh;
	name_large(ids, blob.n);
	refresh(1, &fresh);
	STEP(1, blob_link_again(&files[1], t, &out));
	struct blob_op op = out.ops[0];
	STEP(1, blob_link_loaded(&files[1], t, &op, ERR_DISK_FULL, (struct bytes){0}, 0, &out));
	assert_int_equal(out.op_count, 0);
	assert_null(said(0));
	STEP(1, blob_link_tick(&files[1], t, &out));
	assert_int_equal(out.op_count, 1);
	op = out.ops[0];
	STEP(1, blob_link_loaded(&files[1], t, &op, ERR_OK, (struct bytes){0}, 0, &out));
	assert_int_equal(said(0)->type, MESSAGE_BLOB_WANT);
}

/* Of a real file a record says a smaller size: neither fetched as larger, nor served as smaller, and no peer's fault. */
static void another_size_than_the_record_says(void **state)
{
	(void)state;
	struct batch b;
	bool fresh;
	static const uint64_t smaller = BLOB_HEAD_BYTES + HASH_BYTES + 1040;
	fixture_batch(&child, &b, now);
	fixture_must(blob_rows_name(&b, student, entry[1], file, smaller), "name");
	link_work(&l, 0, &b);
	link_pump(&l);
	begin();
	struct message m = piece_of(0);
	STEP(1, blob_link_message(&files[1], t, &m, &out));
	assert_int_equal(out.op_count, 0);
	assert_int_equal(out.strikes, 0);
	refresh(0, &fresh);
	fixture_must(blobs_hold(blobs[0], file, blob.n), "hold");
	struct message want = want_of(student, file, 0);
	STEP(0, blob_link_message(&files[0], t, &want, &out));
	assert_int_equal(out.op_count, 0);
	assert_int_equal(said(0)->blob.data.n, 0);
}

/* Another job of the batch wrote of the subject before: what it has of files is as whole as after the commit. */
static void a_batch_sees_files_too(void **state)
{
	(void)state;
	struct batch b;
	uint8_t other[ID_BYTES] = {7}, id[ID_BYTES];
	fixture_batch(&child, &b, now);
	fixture_entry(&b, student, 5, id);
	struct subject_digest before = digest_get(&b.txn, student);
	fixture_must(batch_view(&b, student), "view");
	assert_true(blob_rows_find(&b.txn, student, file, &select_all, NULL));
	assert_int_equal(blob_rows_bytes(&b.txn, student, child.school.id), blob.n);
	assert_int_equal(blob_rows_bytes(&b.txn, student, parent.school.id), 0); /* what another school names takes none of its room */
	assert_int_not_equal(digest_get(&b.txn, student).all.count, before.all.count);
	fixture_must(blob_rows_name(&b, student, id, other, blob.n), "name");
	fixture_must(batch_view(&b, student), "view");
	assert_true(blob_rows_find(&b.txn, student, other, &select_all, NULL));
	assert_int_equal(blob_rows_bytes(&b.txn, student, child.school.id), 2 * blob.n);
	fixture_must(batch_commit(&b), "commit");
	assert_true(fixture_rebuilds(&child, now));
}

static void sizes_that_no_file_has_name_nothing(void **state)
{
	(void)state;
	static const uint64_t sizes[] = {0, BLOB_HEAD_BYTES, (uint64_t)BLOB_BYTES_MAX + 1, UINT64_MAX};
	uint8_t other[ID_BYTES] = {3};
	bool fresh;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		assert_int_equal(FIXTURE_BATCH(child, now, blob_rows_name(in, student, entry[0], other, sizes[i])), ERR_OK);
	refresh(0, &fresh);
	assert_false(blobs_named(blobs[0], other));
	assert_int_equal(blobs_count(blobs[0]).missing, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(fetched_piece_by_piece),
		TEST(goes_on_where_it_broke_off),
		TEST(a_bad_piece_is_refused),
		TEST(nothing_that_was_not_asked_for),
		TEST(only_what_is_shared_is_answered),
		TEST(a_file_goes_with_the_last_entry_that_names_it),
		TEST(a_file_goes_with_the_student),
		TEST(a_subject_has_room_for_so_much),
		TEST(room_is_looked_at_again_when_the_file_comes),
		TEST(a_full_disk_ends_the_round),
		TEST(another_size_than_the_record_says),
		TEST(a_batch_sees_files_too),
		TEST(sizes_that_no_file_has_name_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
