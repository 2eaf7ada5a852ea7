#include "proto/blob.h"

#include "proto/record.h"

enum { PAD_BYTES = 1024, AD_BYTES = 1 + BLOB_SALT_BYTES + 4 + 4 + 8 };

bool blob_shape(uint64_t size, struct blob_shape *out)
{
	static const uint64_t each = HASH_BYTES + BLOB_CHUNK_BYTES;
	if (size <= BLOB_HEAD_BYTES || size > BLOB_BYTES_MAX)
		return false;
	uint64_t rest = size - BLOB_HEAD_BYTES;
	*out = (struct blob_shape){size, (uint32_t)((rest + each - 1) / each)};
	uint64_t last = rest - (out->chunks - 1) * each;
	return last > HASH_BYTES + BLOB_TAG_BYTES;
}

static size_t head_bytes(const struct blob_shape *s)
{
	return BLOB_HEAD_BYTES + (size_t)s->chunks * HASH_BYTES;
}

size_t blob_piece_at(const struct blob_shape *s, uint32_t piece)
{
	return piece == 0 ? 0 : head_bytes(s) + (size_t)(piece - 1) * BLOB_CHUNK_BYTES;
}

size_t blob_piece_bytes(const struct blob_shape *s, uint32_t piece)
{
	if (piece == 0)
		return head_bytes(s);
	return piece < s->chunks ? BLOB_CHUNK_BYTES : s->size - blob_piece_at(s, piece);
}

enum err blob_check_head(const struct blob_shape *s, const uint8_t id[ID_BYTES], struct bytes head)
{
	uint8_t hash[ID_BYTES];
	hash_of(hash, sizeof hash, DOMAIN_BLOB, head);
	if (memcmp(hash, id, ID_BYTES) != 0)
		return ERR_BAD_HASH;
	return head.n == head_bytes(s) && head.p[0] == BLOB_VERSION ? ERR_OK : ERR_BAD_FORM;
}

enum err blob_check_piece(const struct blob_shape *s, struct bytes head, uint32_t piece, struct bytes data)
{
	uint8_t hash[HASH_BYTES];
	if (piece == 0 || piece > s->chunks || head.n != head_bytes(s) || data.n != blob_piece_bytes(s, piece))
		return ERR_BAD_HASH;
	hash_of(hash, sizeof hash, DOMAIN_PIECE, data);
	return memcmp(hash, head.p + BLOB_HEAD_BYTES + (size_t)(piece - 1) * HASH_BYTES, HASH_BYTES) == 0 ? ERR_OK : ERR_BAD_HASH;
}

static struct bytes piece_of(const struct blob_shape *s, struct bytes blob, uint32_t piece)
{
	return bytes_of(blob.p + blob_piece_at(s, piece), blob_piece_bytes(s, piece));
}

enum err blob_check(const uint8_t id[ID_BYTES], struct bytes blob)
{
	struct blob_shape s;
	if (!blob_shape(blob.n, &s))
		return ERR_BAD_FORM;
	struct bytes head = piece_of(&s, blob, 0);
	enum err e = blob_check_head(&s, id, head);
	for (uint32_t i = 1; i <= s.chunks && !e; i++)
		e = blob_check_piece(&s, head, i, piece_of(&s, blob, i));
	return e;
}

/* --- sealing ---------------------------------------------------------------------------------- */

static unsigned log2_of(uint64_t n)
{
	unsigned bits = 0;
	while (n >>= 1)
		bits++;
	return bits;
}

/* Padmé (https://lbarman.ch/blog/padme/) over whole KiB: of the length only the first few bits show. */
static uint64_t padded(uint64_t n)
{
	uint64_t p = (n + 1 + PAD_BYTES - 1) / PAD_BYTES * PAD_BYTES;
	unsigned e = log2_of(p);
	uint64_t mask = ((uint64_t)1 << (e - (log2_of(e) + 1))) - 1;
	return (p + mask) & ~mask;
}

static uint32_t chunks_of(uint64_t padded_bytes)
{
	return (uint32_t)((padded_bytes + BLOB_PLAIN_BYTES - 1) / BLOB_PLAIN_BYTES);
}

uint64_t blob_bytes(uint64_t n)
{
	uint64_t p = padded(n);
	return BLOB_HEAD_BYTES + p + chunks_of(p) * (uint64_t)(HASH_BYTES + BLOB_TAG_BYTES);
}

static void file_key(uint8_t out[KEY_BYTES], const uint8_t key[KEY_BYTES], const uint8_t *salt)
{
	hash_keyed(out, KEY_BYTES, DOMAIN_FILE, bytes_of(key, KEY_BYTES), bytes_of(salt, BLOB_SALT_BYTES));
}

static void chunk_words(uint8_t ad[AD_BYTES], uint8_t nonce[24], const uint8_t *salt, uint32_t i, uint32_t chunks, uint64_t length)
{
	ad[0] = BLOB_VERSION;
	memcpy(ad + 1, salt, BLOB_SALT_BYTES);
	put_u32(ad + 1 + BLOB_SALT_BYTES, i);
	put_u32(ad + 1 + BLOB_SALT_BYTES + 4, chunks);
	put_u64(ad + 1 + BLOB_SALT_BYTES + 8, length);
	memset(nonce, 0, 24);
	put_u64(nonce, i);
}

enum err blob_seal(struct bytes file, const uint8_t key[KEY_BYTES], const uint8_t salt[BLOB_SALT_BYTES], struct buf *out,
		   uint8_t id[ID_BYTES])
{
	uint8_t own[KEY_BYTES], ad[AD_BYTES], nonce[24], plain[BLOB_PLAIN_BYTES];
	if (file.n > EVIDENCE_FILE_BYTES_MAX)
		return ERR_TOO_LARGE;
	uint64_t length = padded(file.n);
	uint32_t chunks = chunks_of(length);
	struct blob_shape s = {blob_bytes(file.n), chunks};
	uint8_t *blob = buf_extend(out, (size_t)s.size);
	if (!blob)
		return out->err;
	blob[0] = BLOB_VERSION;
	record_key_id(blob + 1, key);
	memcpy(blob + 1 + HASH_BYTES, salt, BLOB_SALT_BYTES);
	file_key(own, key, salt);
	for (uint32_t i = 0; i < chunks; i++) {
		size_t from = (size_t)i * BLOB_PLAIN_BYTES, n = blob_piece_bytes(&s, i + 1) - BLOB_TAG_BYTES;
		size_t have = from >= file.n ? 0 : file.n - from < n ? file.n - from : n;
		uint8_t *chunk = blob + blob_piece_at(&s, i + 1);
		if (have)
			memcpy(plain, file.p + from, have);
		memset(plain + have, 0, n - have);
		if (file.n >= from && file.n < from + n)
			plain[file.n - from] = 0x80;
		chunk_words(ad, nonce, salt, i, chunks, length);
		crypto_aead_xchacha20poly1305_ietf_encrypt(chunk, NULL, plain, n, ad, sizeof ad, NULL, nonce, own);
		hash_of(blob + BLOB_HEAD_BYTES + (size_t)i * HASH_BYTES, HASH_BYTES, DOMAIN_PIECE, bytes_of(chunk, n + BLOB_TAG_BYTES));
	}
	hash_of(id, ID_BYTES, DOMAIN_BLOB, bytes_of(blob, head_bytes(&s)));
	sodium_memzero(own, sizeof own);
	sodium_memzero(plain, sizeof plain);
	return ERR_OK;
}

const uint8_t *blob_key_id(struct bytes blob)
{
	return blob.n > BLOB_HEAD_BYTES ? blob.p + 1 : NULL;
}

enum err blob_open(struct bytes blob, const uint8_t key[KEY_BYTES], struct buf *out)
{
	struct blob_shape s;
	uint8_t own[KEY_BYTES], key_id[HASH_BYTES], ad[AD_BYTES], nonce[24];
	if (!blob_shape(blob.n, &s) || blob.p[0] != BLOB_VERSION)
		return ERR_BAD_FORM;
	record_key_id(key_id, key);
	if (memcmp(key_id, blob.p + 1, sizeof key_id) != 0)
		return ERR_NO_KEY;
	const uint8_t *salt = blob.p + 1 + HASH_BYTES;
	size_t before = out->n;
	uint64_t length = s.size - head_bytes(&s) - (uint64_t)s.chunks * BLOB_TAG_BYTES;
	enum err e = ERR_OK;
	file_key(own, key, salt);
	for (uint32_t i = 0; i < s.chunks && !e; i++) {
		struct bytes chunk = piece_of(&s, blob, i + 1);
		uint8_t *to = buf_extend(out, chunk.n - BLOB_TAG_BYTES);
		chunk_words(ad, nonce, salt, i, s.chunks, length);
		if (!to)
			e = out->err;
		else if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, NULL, NULL, chunk.p, chunk.n, ad, sizeof ad, nonce, own))
			e = ERR_BAD_SEAL;
	}
	sodium_memzero(own, sizeof own);
	while (!e && out->n > before && out->p[out->n - 1] == 0)
		out->n--;
	if (!e && (out->n == before || out->p[--out->n] != 0x80))
		e = ERR_BAD_FORM;
	if (e && !out->err) {
		sodium_memzero(out->p + before, out->n - before);
		out->n = before;
	}
	return e;
}
