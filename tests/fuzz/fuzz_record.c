/*
 * The record envelope: whatever bytes come, reading them is safe, and what is accepted says the same
 * in every way of reading it and would encode to the same bytes.
 */
#include <stdlib.h>

#include "proto/mp.h"
#include "proto/record.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void put_again(const struct record *r, struct buf *out)
{
	mp_put_array(out, 3);
	mp_put_bin(out, r->header);
	mp_put_bin(out, bytes_of(r->signature, SIGNATURE_BYTES));
	if (r->has_body)
		mp_put_bin(out, r->body);
	else
		mp_put_nil(out);
}

static void check_header(const struct record *r)
{
	struct buf again;
	buf_init(&again, RECORD_BYTES_MAX);
	mp_put_array(&again, 13);
	mp_put_uint(&again, RECORD_VERSION);
	mp_put_uint(&again, r->type);
	mp_put_bin(&again, bytes_of(r->author, SCHOOL_BYTES));
	mp_put_uint(&again, r->generation);
	mp_put_bin(&again, bytes_of(r->incarnation, INCARNATION_BYTES));
	mp_put_uint(&again, r->seq);
	mp_put_bin(&again, bytes_of(r->subject, SUBJECT_BYTES));
	mp_put_uint(&again, r->time);
	mp_put_uint(&again, r->period);
	mp_put_array(&again, r->ref_count);
	for (size_t i = 0; i < r->ref_count; i++)
		mp_put_bin(&again, bytes_of(r->refs[i], ID_BYTES));
	if (r->key_id)
		mp_put_bin(&again, bytes_of(r->key_id, HASH_BYTES));
	else
		mp_put_nil(&again);
	mp_put_uint(&again, r->body_length);
	mp_put_bin(&again, bytes_of(r->body_hash, HASH_BYTES));
	require(bytes_equal(buf_bytes(&again), r->header));
	buf_release(&again);
}

static void check_body(const struct record *r)
{
	union body body;
	struct buf again;
	buf_init(&again, 2 * RECORD_BYTES_MAX);
	if (r->key_id) {
		uint8_t key[KEY_BYTES] = {0};
		require(record_open(r, key, &again) != ERR_OK);
	} else if (r->has_body) {
		require(!body_decode(r->type, r->body, &body));
		body_encode(r->type, &body, &again);
		require(bytes_equal(buf_bytes(&again), r->body));
	}
	buf_release(&again);
}

static void check_peek(const struct record *r, struct bytes in)
{
	enum record_type type;
	enum record_class cls;
	const uint8_t *author, *subject;
	require(record_peek(in, &type, &cls, &author, &subject));
	require(type == r->type && cls == r->cls);
	require(memcmp(author, r->author, SCHOOL_BYTES) == 0 && memcmp(subject, r->subject, SUBJECT_BYTES) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t sign_public[32] = {1};
	struct bytes in = bytes_of(data, n);
	struct record r;
	enum record_type type;
	enum record_class cls;
	const uint8_t *author, *subject;
	enum err canonical = mp_check(in);
	(void)record_peek(in, &type, &cls, &author, &subject);
	if (record_read(in, &r))
		return 0;
	require(!canonical && n <= RECORD_BYTES_MAX);
	enum err e = record_verify(&r, sign_public);
	require(e == ERR_OK || e == ERR_BAD_SIGNATURE);
	struct buf again;
	buf_init(&again, 2 * RECORD_BYTES_MAX);
	put_again(&r, &again);
	require(bytes_equal(buf_bytes(&again), in));
	buf_release(&again);
	check_header(&r);
	check_body(&r);
	check_peek(&r, in);
	return 0;
}
