#include "core/local.h"

#include "proto/require.h"

enum { LOCAL_KEY_MAX = 65 };

static struct bytes key_of(uint8_t out[LOCAL_KEY_MAX], enum local_name name, struct bytes key)
{
	require(key.n < LOCAL_KEY_MAX);
	out[0] = (uint8_t)name;
	memcpy(out + 1, key.p, key.n);
	return bytes_of(out, key.n + 1);
}

bool local_get(struct txn *t, enum local_name name, struct bytes key, struct bytes *value)
{
	uint8_t k[LOCAL_KEY_MAX];
	return txn_get(t, T_LOCAL, key_of(k, name, key), value);
}

void local_put(struct txn *t, enum local_name name, struct bytes key, struct bytes value)
{
	uint8_t k[LOCAL_KEY_MAX];
	txn_put(t, T_LOCAL, key_of(k, name, key), value);
}

bool local_del(struct txn *t, enum local_name name, struct bytes key)
{
	uint8_t k[LOCAL_KEY_MAX];
	return txn_del(t, T_LOCAL, key_of(k, name, key));
}

bool local_next(struct txn *t, enum local_name name, const uint8_t *after, size_t after_n, uint8_t *key, size_t key_n,
		struct bytes *value)
{
	uint8_t k[LOCAL_KEY_MAX + 1];
	struct cursor c;
	require(after_n + 2 <= sizeof k);
	k[0] = (uint8_t)name;
	if (after_n)
		memcpy(k + 1, after, after_n);
	k[1 + after_n] = 0; /* the smallest key beyond `after` */
	cursor_open(&c, t, T_LOCAL);
	bool on = cursor_seek(&c, bytes_of(k, after_n ? after_n + 2 : 1)) && c.key.p[0] == (uint8_t)name &&
		  c.key.n == key_n + 1;
	if (on) {
		memcpy(key, c.key.p + 1, key_n);
		*value = c.value;
	}
	cursor_close(&c);
	return on;
}

/* Rows are fixed fields one after another. */
enum { CODE_ROW = SUBJECT_BYTES + 8 + 8 + 1 + SECRET_BYTES + SEALED_EXTRA,
       CLAIM_ROW = ID_BYTES + SCHOOL_BYTES + 8 + 1 + SUBJECT_BYTES + KEY_BYTES + SEALED_EXTRA };

static void parse_code(struct bytes v, struct local_code *out)
{
	require(v.n == CODE_ROW);
	memcpy(out->student, v.p, SUBJECT_BYTES);
	out->created_ms = get_u64(v.p + 16);
	out->expires_ms = get_u64(v.p + 24);
	out->closed = v.p[32];
	memcpy(out->secret, v.p + 33, sizeof out->secret);
}

bool local_get_code(struct txn *t, const uint8_t *claim_subject, struct local_code *out)
{
	struct bytes v;
	if (!local_get(t, LOCAL_CODE, bytes_of(claim_subject, SUBJECT_BYTES), &v))
		return false;
	parse_code(v, out);
	return true;
}

void local_put_code(struct txn *t, const uint8_t *claim_subject, const struct local_code *row)
{
	uint8_t v[CODE_ROW];
	memcpy(v, row->student, SUBJECT_BYTES);
	put_u64(v + 16, row->created_ms);
	put_u64(v + 24, row->expires_ms);
	v[32] = row->closed;
	memcpy(v + 33, row->secret, sizeof row->secret);
	local_put(t, LOCAL_CODE, bytes_of(claim_subject, SUBJECT_BYTES), bytes_of(v, sizeof v));
}

void local_close_codes(struct txn *t, const uint8_t *student)
{
	uint8_t key[SUBJECT_BYTES];
	struct bytes v;
	for (bool on = local_next(t, LOCAL_CODE, NULL, 0, key, sizeof key, &v); on;
	     on = local_next(t, LOCAL_CODE, key, sizeof key, key, sizeof key, &v)) {
		struct local_code row;
		parse_code(v, &row);
		if (row.closed || memcmp(row.student, student, SUBJECT_BYTES) != 0)
			continue;
		row.closed = true;
		local_put_code(t, key, &row);
	}
}

static void parse_claim(struct bytes v, struct local_claim *out)
{
	require(v.n == CLAIM_ROW);
	memcpy(out->claim, v.p, ID_BYTES);
	memcpy(out->origin, v.p + 32, SCHOOL_BYTES);
	out->created_ms = get_u64(v.p + 64);
	out->has_student = v.p[72];
	memcpy(out->student, v.p + 73, SUBJECT_BYTES);
	memcpy(out->one_time, v.p + 89, sizeof out->one_time);
}

bool local_get_claim(struct txn *t, const uint8_t *claim_subject, struct local_claim *out)
{
	struct bytes v;
	if (!local_get(t, LOCAL_CLAIM, bytes_of(claim_subject, SUBJECT_BYTES), &v))
		return false;
	if (out)
		parse_claim(v, out);
	return true;
}

void local_put_claim(struct txn *t, const uint8_t *claim_subject, const struct local_claim *row)
{
	uint8_t v[CLAIM_ROW];
	memcpy(v, row->claim, ID_BYTES);
	memcpy(v + 32, row->origin, SCHOOL_BYTES);
	put_u64(v + 64, row->created_ms);
	v[72] = row->has_student;
	memcpy(v + 73, row->student, SUBJECT_BYTES);
	memcpy(v + 89, row->one_time, sizeof row->one_time);
	local_put(t, LOCAL_CLAIM, bytes_of(claim_subject, SUBJECT_BYTES), bytes_of(v, sizeof v));
}

bool local_find_claim(struct txn *t, const uint8_t *claim, uint8_t claim_subject[SUBJECT_BYTES], struct local_claim *out)
{
	struct bytes v;
	for (bool on = local_next(t, LOCAL_CLAIM, NULL, 0, claim_subject, SUBJECT_BYTES, &v); on;
	     on = local_next(t, LOCAL_CLAIM, claim_subject, SUBJECT_BYTES, claim_subject, SUBJECT_BYTES, &v)) {
		parse_claim(v, out);
		if (memcmp(out->claim, claim, ID_BYTES) == 0)
			return true;
	}
	return false;
}

bool local_get_cascade(struct txn *t, const uint8_t *student, const uint8_t *release, uint64_t *ms)
{
	struct bytes v;
	if (!local_get(t, LOCAL_CASCADE, bytes_of(student, SUBJECT_BYTES), &v) || v.n != ID_BYTES + 8 ||
	    memcmp(v.p, release, ID_BYTES) != 0)
		return false;
	*ms = get_u64(v.p + ID_BYTES);
	return true;
}

void local_put_cascade(struct txn *t, const uint8_t *student, const uint8_t *release, uint64_t ms)
{
	uint8_t v[ID_BYTES + 8];
	memcpy(v, release, ID_BYTES);
	put_u64(v + ID_BYTES, ms);
	local_put(t, LOCAL_CASCADE, bytes_of(student, SUBJECT_BYTES), bytes_of(v, sizeof v));
}
