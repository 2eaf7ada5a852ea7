#include "proto/record.h"

#include "proto/mp.h"
#include "proto/require.h"

enum { HEADER_FIELDS = 13, TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES };

static const uint8_t *get_exact(struct mp_reader *r, size_t n)
{
	struct bytes v = mp_get_bin(r, n);
	if (!r->err && v.n != n)
		mp_fail(r, ERR_BAD_FORM);
	return v.p;
}

static uint64_t get_bounded(struct mp_reader *r, uint64_t max)
{
	uint64_t v = mp_get_uint(r);
	if (v > max)
		mp_fail(r, ERR_BAD_FORM);
	return v;
}

static enum err read_header(struct record *out)
{
	struct mp_reader r;
	mp_read(&r, out->header);
	if (mp_get_array(&r) != HEADER_FIELDS)
		mp_fail(&r, ERR_BAD_FORM);
	uint64_t version = mp_get_uint(&r);
	uint64_t type = mp_get_uint(&r);
	if (!r.err && (version != RECORD_VERSION || !record_shape(type)))
		return ERR_BAD_VERSION;
	mp_get_fixed(&r, out->author, SCHOOL_BYTES);
	out->generation = (uint32_t)get_bounded(&r, UINT32_MAX);
	mp_get_fixed(&r, out->incarnation, INCARNATION_BYTES);
	out->seq = mp_get_uint(&r);
	mp_get_fixed(&r, out->subject, SUBJECT_BYTES);
	out->time = mp_get_uint(&r);
	out->period = (uint16_t)get_bounded(&r, UINT16_MAX);
	uint32_t refs = mp_get_array(&r);
	if (refs > RECORD_REFS_MAX)
		mp_fail(&r, ERR_BAD_FORM);
	for (uint32_t i = 0; i < refs && !r.err; i++)
		out->refs[i] = get_exact(&r, ID_BYTES);
	out->ref_count = (uint8_t)refs;
	if (mp_peek(&r) == MP_NIL) {
		mp_get_nil(&r);
		out->key_id = NULL;
	} else {
		out->key_id = get_exact(&r, HASH_BYTES);
	}
	out->body_length = (uint32_t)get_bounded(&r, RECORD_BYTES_MAX);
	out->body_hash = get_exact(&r, HASH_BYTES);
	enum err e = mp_end(&r);
	if (e)
		return e;
	out->type = (enum record_type)type;
	out->cls = record_shape(type)->cls;
	/* exactly the private types are sealed */
	return (out->key_id != NULL) == (out->cls == CLASS_PRIVATE) ? ERR_OK : ERR_BAD_FORM;
}

static enum err check_body(const struct record *r)
{
	uint8_t hash[HASH_BYTES];
	if (r->body.n != r->body_length)
		return ERR_BAD_HASH;
	hash_of(hash, sizeof hash, DOMAIN_BODY, r->body);
	if (memcmp(hash, r->body_hash, sizeof hash) != 0)
		return ERR_BAD_HASH;
	if (r->key_id) {
		size_t clear = NONCE_BYTES + TAG_BYTES;
		return r->body.n > clear && (r->body.n - clear) % BODY_PAD_BYTES == 0 ? ERR_OK
										      : ERR_BAD_FORM;
	}
	union body ignored;
	return body_decode(r->type, r->body, &ignored);
}

enum err record_read(struct bytes in, struct record *out)
{
	if (in.n > RECORD_BYTES_MAX)
		return ERR_TOO_LARGE;
	*out = (struct record){.raw = in};
	struct mp_reader r;
	mp_read(&r, in);
	if (mp_get_array(&r) != 3)
		mp_fail(&r, ERR_BAD_FORM);
	out->header = mp_get_bin(&r, RECORD_HEADER_BYTES_MAX);
	out->signature = get_exact(&r, SIGNATURE_BYTES);
	if (mp_peek(&r) == MP_NIL) {
		mp_get_nil(&r);
	} else {
		out->body = mp_get_bin(&r, RECORD_BYTES_MAX);
		out->has_body = true;
	}
	enum err e = mp_end(&r);
	if (e)
		return e;
	e = read_header(out);
	if (e)
		return e;
	if (out->has_body) {
		e = check_body(out);
		if (e)
			return e;
	}
	hash_of(out->id, sizeof out->id, DOMAIN_RECORD, out->header);
	return ERR_OK;
}

bool record_peek(struct bytes in, enum record_type *type, enum record_class *cls, const uint8_t **author,
		 const uint8_t **subject)
{
	struct mp_reader r;
	mp_read(&r, in);
	mp_get_array(&r);
	struct bytes header = mp_get_bin(&r, RECORD_HEADER_BYTES_MAX);
	if (r.err)
		return false;
	mp_read(&r, header);
	mp_get_array(&r);
	mp_get_uint(&r);
	const struct shape *shape = record_shape(mp_get_uint(&r));
	*author = get_exact(&r, SCHOOL_BYTES);
	mp_get_uint(&r);
	get_exact(&r, INCARNATION_BYTES);
	mp_get_uint(&r);
	*subject = get_exact(&r, SUBJECT_BYTES);
	if (r.err || !shape)
		return false;
	*type = (enum record_type)shape->number;
	*cls = shape->cls;
	return true;
}

static void signed_text(uint8_t out[16 + ID_BYTES], const uint8_t id[ID_BYTES])
{
	memset(out, 0, 16);
	memcpy(out, DOMAIN_SIGN, sizeof DOMAIN_SIGN - 1);
	memcpy(out + 16, id, ID_BYTES);
}

enum err record_verify(const struct record *r, const uint8_t sign_public[32])
{
	uint8_t text[16 + ID_BYTES];
	signed_text(text, r->id);
	return crypto_sign_ed25519_verify_detached(r->signature, text, sizeof text, sign_public)
		       ? ERR_BAD_SIGNATURE
		       : ERR_OK;
}

void record_strip(const struct record *r, struct buf *out)
{
	mp_put_array(out, 3);
	mp_put_bin(out, r->header);
	mp_put_bin(out, bytes_of(r->signature, SIGNATURE_BYTES));
	mp_put_nil(out);
}

void record_key_id(uint8_t out[HASH_BYTES], const uint8_t key[KEY_BYTES])
{
	hash_keyed(out, HASH_BYTES, DOMAIN_KEYID, bytes_of(key, KEY_BYTES), (struct bytes){0});
}

static void cipher_key(uint8_t out[KEY_BYTES], const uint8_t key[KEY_BYTES])
{
	hash_keyed(out, KEY_BYTES, DOMAIN_CIPHER, bytes_of(key, KEY_BYTES), (struct bytes){0});
}

static void put_header(const struct draft *d, const uint8_t *key_id, size_t body_length,
		       struct buf *out)
{
	static const uint8_t zero[HASH_BYTES];
	mp_put_array(out, HEADER_FIELDS);
	mp_put_uint(out, RECORD_VERSION);
	mp_put_uint(out, d->type);
	mp_put_bin(out, bytes_of(d->author, SCHOOL_BYTES));
	mp_put_uint(out, d->generation);
	mp_put_bin(out, bytes_of(d->incarnation, INCARNATION_BYTES));
	mp_put_uint(out, d->seq);
	mp_put_bin(out, bytes_of(d->subject, SUBJECT_BYTES));
	mp_put_uint(out, d->time);
	mp_put_uint(out, d->period);
	mp_put_array(out, d->ref_count);
	for (size_t i = 0; i < d->ref_count; i++)
		mp_put_bin(out, bytes_of(d->refs[i], ID_BYTES));
	if (key_id)
		mp_put_bin(out, bytes_of(key_id, HASH_BYTES));
	else
		mp_put_nil(out);
	mp_put_uint(out, body_length);
	mp_put_bin(out, bytes_of(zero, HASH_BYTES));
}

/* nonce and ciphertext over the padded body, bound to the header */
static void seal_body(struct bytes body, size_t padded, const uint8_t *key, const uint8_t *nonce,
		      struct bytes header, struct buf *out)
{
	buf_put(out, nonce, NONCE_BYTES);
	uint8_t *at = buf_extend(out, padded + TAG_BYTES);
	if (!at)
		return;
	memcpy(at, body.p, body.n);
	memset(at + body.n, 0, padded - body.n);
	at[body.n] = 0x80;
	uint8_t cipher[KEY_BYTES];
	cipher_key(cipher, key);
	crypto_aead_xchacha20poly1305_ietf_encrypt(at, NULL, at, padded, header.p, header.n, NULL,
						   nonce, cipher);
	sodium_memzero(cipher, sizeof cipher);
}

enum err record_make(const struct draft *d, struct bytes body, const uint8_t *key,
		     const uint8_t *nonce, const uint8_t sign_secret[SIGN_SECRET_BYTES],
		     struct buf *out)
{
	require(record_shape(d->type));
	require((key != NULL) == (record_shape(d->type)->cls == CLASS_PRIVATE));
	if (body.n > RECORD_BYTES_MAX)
		return ERR_TOO_LARGE;
	uint8_t key_id[HASH_BYTES];
	size_t padded = (body.n / BODY_PAD_BYTES + 1) * BODY_PAD_BYTES;
	if (key)
		record_key_id(key_id, key);

	struct buf header, stored;
	buf_init(&header, RECORD_HEADER_BYTES_MAX);
	buf_init(&stored, RECORD_BYTES_MAX);
	put_header(d, key ? key_id : NULL, key ? NONCE_BYTES + padded + TAG_BYTES : body.n, &header);
	if (key)
		seal_body(body, padded, key, nonce, buf_bytes(&header), &stored);
	else
		buf_put(&stored, body.p, body.n);
	enum err e = header.err ? header.err : stored.err;
	if (!e) {
		hash_of(header.p + header.n - HASH_BYTES, HASH_BYTES, DOMAIN_BODY, buf_bytes(&stored));
		uint8_t id[ID_BYTES], text[16 + ID_BYTES], signature[SIGNATURE_BYTES];
		hash_of(id, sizeof id, DOMAIN_RECORD, buf_bytes(&header));
		signed_text(text, id);
		crypto_sign_ed25519_detached(signature, NULL, text, sizeof text, sign_secret);
		size_t from = out->n;
		mp_put_array(out, 3);
		mp_put_bin(out, buf_bytes(&header));
		mp_put_bin(out, bytes_of(signature, sizeof signature));
		mp_put_bin(out, buf_bytes(&stored));
		e = out->err ? out->err : out->n - from > RECORD_BYTES_MAX ? ERR_TOO_LARGE : ERR_OK;
		if (e)
			out->n = from;
	}
	buf_release(&header);
	buf_release(&stored);
	return e;
}

enum err record_open(const struct record *r, const uint8_t key[KEY_BYTES], struct buf *out)
{
	require(r->key_id);
	uint8_t key_id[HASH_BYTES];
	record_key_id(key_id, key);
	if (memcmp(key_id, r->key_id, sizeof key_id) != 0)
		return ERR_NO_KEY;
	if (!r->has_body)
		return ERR_ERASED;
	uint8_t header[RECORD_HEADER_BYTES_MAX];
	memcpy(header, r->header.p, r->header.n);
	memset(header + r->header.n - HASH_BYTES, 0, HASH_BYTES);
	size_t padded = r->body.n - NONCE_BYTES - TAG_BYTES;
	size_t from = out->n;
	uint8_t *at = buf_extend(out, padded);
	if (!at)
		return out->err;
	uint8_t cipher[KEY_BYTES];
	cipher_key(cipher, key);
	int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(at, NULL, NULL, r->body.p + NONCE_BYTES,
							     r->body.n - NONCE_BYTES, header,
							     r->header.n, r->body.p, cipher);
	sodium_memzero(cipher, sizeof cipher);
	size_t n;
	if (bad || sodium_unpad(&n, at, padded, BODY_PAD_BYTES) || mp_check(bytes_of(at, n))) {
		sodium_memzero(at, padded);
		out->n = from;
		return ERR_BAD_SEAL;
	}
	out->n = from + n;
	return ERR_OK;
}
