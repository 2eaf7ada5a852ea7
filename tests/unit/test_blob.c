/* Evidence files sealed: every length opens again, and nothing that was changed does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/blob.h"
#include "proto/record.h"

static const uint8_t key[KEY_BYTES] = {1, 2, 3}, other[KEY_BYTES] = {1, 2, 4}, salt[BLOB_SALT_BYTES] = {5};

static void fill(struct buf *b, size_t n)
{
	buf_init(b, EVIDENCE_FILE_BYTES_MAX + 1);
	uint8_t *p = buf_extend(b, n);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + i / 251);
}

static void every_length_opens_again(void **state)
{
	(void)state;
	static const size_t lengths[] = {0, 1, 1023, 1024, 5000, BLOB_PLAIN_BYTES - 1025, BLOB_PLAIN_BYTES - 1, BLOB_PLAIN_BYTES,
					 BLOB_PLAIN_BYTES + 1, 3 * BLOB_PLAIN_BYTES, 1000000, EVIDENCE_FILE_BYTES_MAX};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct buf file, blob, again;
		struct blob_shape s;
		uint8_t id[ID_BYTES];
		fill(&file, lengths[i]);
		buf_init(&blob, BLOB_BYTES_MAX);
		buf_init(&again, BLOB_BYTES_MAX);
		assert_int_equal(blob_seal(buf_bytes(&file), key, salt, &blob, id), ERR_OK);
		assert_int_equal(blob.n, blob_bytes(lengths[i]));
		assert_true(blob_shape(blob.n, &s));
		assert_int_equal(blob_piece_at(&s, s.chunks) + blob_piece_bytes(&s, s.chunks), blob.n);
		assert_int_equal(blob_check(id, buf_bytes(&blob)), ERR_OK);
		assert_int_equal(blob_open(buf_bytes(&blob), key, &again), ERR_OK);
		assert_true(bytes_equal(buf_bytes(&file), buf_bytes(&again)));
		buf_reset(&again);
		assert_int_equal(blob_open(buf_bytes(&blob), other, &again), ERR_NO_KEY);
		assert_int_equal(again.n, 0);
		buf_release(&file);
		buf_release(&blob);
		buf_release(&again);
	}
}

static void sizes_tell_little(void **state)
{
	(void)state;
	uint64_t last = 0;
	size_t different = 0;
	for (size_t n = 1; n <= 1 << 20; n += 64) {
		uint64_t size = blob_bytes(n);
		assert_true(size >= last && size >= n);
		different += size != last;
		last = size;
		if (n > 64 * 1024)
			assert_true(size < n + n / 8);
	}
	assert_true(different < 200);
	assert_true(blob_bytes(EVIDENCE_FILE_BYTES_MAX) <= BLOB_BYTES_MAX);
}

static void no_other_size_is_a_blob(void **state)
{
	(void)state;
	struct blob_shape s;
	for (uint64_t size = 0; size <= BLOB_HEAD_BYTES + HASH_BYTES + BLOB_TAG_BYTES; size++)
		assert_false(blob_shape(size, &s));
	assert_false(blob_shape((uint64_t)BLOB_BYTES_MAX + 1, &s));
	assert_false(blob_shape(UINT64_MAX, &s));
}

static void what_was_changed_is_refused(void **state)
{
	(void)state;
	struct buf file, blob, out;
	struct blob_shape s;
	uint8_t id[ID_BYTES];
	fill(&file, 100000);
	buf_init(&blob, BLOB_BYTES_MAX);
	buf_init(&out, BLOB_BYTES_MAX);
	assert_int_equal(blob_seal(buf_bytes(&file), key, salt, &blob, id), ERR_OK);
	assert_true(blob_shape(blob.n, &s) && s.chunks == 3);
	struct bytes head = bytes_of(blob.p, blob_piece_bytes(&s, 0));
	for (size_t at = 0; at < blob.n; at += 1 + at / 50) {
		blob.p[at] ^= 1;
		assert_int_not_equal(blob_check(id, buf_bytes(&blob)), ERR_OK);
		blob.p[at] ^= 1;
	}
	/* one chunk for another, or cut short; and under the key itself: the order of chunks is sealed in */
	for (uint32_t i = 1; i <= 3; i++)
		for (uint32_t k = 1; k <= 3; k++) {
			struct bytes chunk = bytes_of(blob.p + blob_piece_at(&s, k), blob_piece_bytes(&s, k));
			assert_int_equal(blob_check_piece(&s, head, i, chunk), i == k ? ERR_OK : ERR_BAD_HASH);
			chunk.n--;
			assert_int_equal(blob_check_piece(&s, head, i, chunk), ERR_BAD_HASH);
		}
	assert_int_equal(blob_check_piece(&s, head, 4, head), ERR_BAD_HASH);
	uint8_t *a = blob.p + blob_piece_at(&s, 1), *b = blob.p + blob_piece_at(&s, 2);
	for (size_t i = 0; i < BLOB_CHUNK_BYTES; i++) {
		uint8_t c = a[i];
		a[i] = b[i];
		b[i] = c;
	}
	assert_int_equal(blob_open(buf_bytes(&blob), key, &out), ERR_BAD_SEAL);
	assert_int_equal(out.n, 0);
	buf_release(&file);
	buf_release(&blob);
	buf_release(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_opens_again),
		cmocka_unit_test(sizes_tell_little),
		cmocka_unit_test(no_other_size_is_a_blob),
		cmocka_unit_test(what_was_changed_is_refused),
	};
	if (sodium_init() < 0)
		return 70;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
