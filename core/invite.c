#include "core/invite.h"

#include "proto/hash.h"
#include "proto/mp.h"

enum { TOKEN_VERSION = 1, TOKEN_FIELDS = 7, TOKEN_CHECK_BYTES = 4, TOKEN_BINARY_MAX = INVITE_TOKEN_BYTES_MAX * 3 / 4,
       ROW_BYTES = SECRET_BYTES + SEALED_EXTRA + 4 + 4 + 8 + 8 + 1 + SCHOOL_BYTES };

static const char PREFIX[] = "estafeta1-";

static void check_of(uint8_t out[TOKEN_CHECK_BYTES], struct bytes in)
{
	uint8_t hash[DIGEST_BYTES];
	hash_of(hash, sizeof hash, DOMAIN_CHECK, in);
	memcpy(out, hash, TOKEN_CHECK_BYTES);
}

enum err invite_encode(const struct invite *i, struct buf *out)
{
	struct buf b;
	uint8_t check[TOKEN_CHECK_BYTES];
	buf_init(&b, TOKEN_BINARY_MAX);
	mp_put_array(&b, TOKEN_FIELDS);
	mp_put_uint(&b, TOKEN_VERSION);
	mp_put_text(&b, bytes_text(i->address));
	mp_put_bin(&b, bytes_of(i->school, sizeof i->school));
	mp_put_bin(&b, bytes_of(i->kx, sizeof i->kx));
	mp_put_bin(&b, bytes_of(i->secret, sizeof i->secret));
	mp_put_uint(&b, i->expires_ms);
	/* everything before the check's own bytes, its msgpack head included */
	static const uint8_t bin4[] = {0xc4, TOKEN_CHECK_BYTES};
	buf_put(&b, bin4, sizeof bin4);
	if (!b.err)
		check_of(check, buf_bytes(&b));
	buf_put(&b, check, sizeof check);
	enum err e = b.err;
	if (!e) {
		size_t n = sodium_base64_encoded_len(b.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		buf_put_text(out, PREFIX);
		char *text = (char *)buf_extend(out, n);
		if (text) {
			sodium_bin2base64(text, n, b.p, b.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
			out->n--; /* the terminator */
		}
		e = out->err;
	}
	buf_wipe(&b);
	return e;
}

static enum err parse(struct bytes in, struct invite *out)
{
	struct mp_reader r;
	uint8_t check[TOKEN_CHECK_BYTES];
	mp_read(&r, in);
	if (mp_get_array(&r) != TOKEN_FIELDS)
		mp_fail(&r, ERR_BAD_FORM);
	if (mp_get_uint(&r) != TOKEN_VERSION)
		mp_fail(&r, ERR_BAD_VERSION);
	struct bytes address = mp_get_text(&r, INVITE_ADDRESS_BYTES_MAX);
	mp_get_fixed(&r, out->school, sizeof out->school);
	mp_get_fixed(&r, out->kx, sizeof out->kx);
	mp_get_fixed(&r, out->secret, sizeof out->secret);
	out->expires_ms = mp_get_uint(&r);
	mp_get_fixed(&r, check, sizeof check);
	enum err e = mp_end(&r);
	if (e)
		return e == ERR_BAD_VERSION ? e : ERR_BAD_FORM;
	if (address.n == 0 || memchr(address.p, '\0', address.n))
		return ERR_BAD_FORM;
	memcpy(out->address, address.p, address.n);
	out->address[address.n] = '\0';
	return ERR_OK;
}

enum err invite_decode(const char *text, struct invite *out)
{
	static const char SPACE[] = " \t\r\n";
	uint8_t bin[TOKEN_BINARY_MAX], check[TOKEN_CHECK_BYTES];
	size_t n = 0;
	*out = (struct invite){0};
	text += strspn(text, SPACE);
	size_t length = strlen(text);
	while (length && strchr(SPACE, text[length - 1]))
		length--;
	if (length < sizeof PREFIX || strncmp(text, PREFIX, sizeof PREFIX - 1) != 0)
		return ERR_BAD_FORM;
	text += sizeof PREFIX - 1;
	length -= sizeof PREFIX - 1;
	enum err e = ERR_OK;
	if (sodium_base642bin(bin, sizeof bin, text, length, SPACE, &n, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    n < TOKEN_CHECK_BYTES)
		e = ERR_BAD_CHECK;
	if (!e) {
		check_of(check, bytes_of(bin, n - TOKEN_CHECK_BYTES));
		if (memcmp(check, bin + n - TOKEN_CHECK_BYTES, TOKEN_CHECK_BYTES) != 0)
			e = ERR_BAD_CHECK;
	}
	if (!e)
		e = parse(bytes_of(bin, n), out);
	sodium_memzero(bin, sizeof bin);
	if (e)
		sodium_memzero(out, sizeof *out);
	return e;
}

void invite_id(uint8_t out[INVITE_ID_BYTES], const uint8_t secret[SECRET_BYTES])
{
	hash_of(out, INVITE_ID_BYTES, DOMAIN_TOKEN, bytes_of(secret, SECRET_BYTES));
}

void invite_mac(uint8_t out[INVITE_MAC_BYTES], const uint8_t secret[SECRET_BYTES], const uint8_t session[HASH_BYTES],
		const uint8_t joiner[SCHOOL_BYTES])
{
	struct hash h;
	hash_start(&h, DOMAIN_JOIN_MAC, INVITE_MAC_BYTES, bytes_of(secret, SECRET_BYTES));
	hash_add(&h, session, HASH_BYTES);
	hash_add(&h, joiner, SCHOOL_BYTES);
	hash_end(&h, out);
}

bool invite_row_get(struct txn *t, const uint8_t id[INVITE_ID_BYTES], struct invite_row *out)
{
	struct bytes v;
	if (!local_get(t, LOCAL_INVITE, bytes_of(id, INVITE_ID_BYTES), &v) || v.n != ROW_BYTES)
		return false;
	const uint8_t *p = v.p;
	memcpy(out->secret, p, sizeof out->secret);
	p += sizeof out->secret;
	out->powers = get_u32(p);
	out->depth = get_u32(p + 4);
	out->created_ms = get_u64(p + 8);
	out->expires_ms = get_u64(p + 16);
	out->used = p[24];
	memcpy(out->used_by, p + 25, SCHOOL_BYTES);
	return true;
}

void invite_row_put(struct txn *t, const uint8_t id[INVITE_ID_BYTES], const struct invite_row *row)
{
	uint8_t v[ROW_BYTES], *p = v;
	memcpy(p, row->secret, sizeof row->secret);
	p += sizeof row->secret;
	put_u32(p, row->powers);
	put_u32(p + 4, row->depth);
	put_u64(p + 8, row->created_ms);
	put_u64(p + 16, row->expires_ms);
	p[24] = row->used;
	memcpy(p + 25, row->used_by, SCHOOL_BYTES);
	local_put(t, LOCAL_INVITE, bytes_of(id, INVITE_ID_BYTES), bytes_of(v, sizeof v));
}

enum err invite_check(struct txn *t, const struct vault *v, const uint8_t id[INVITE_ID_BYTES],
		      const uint8_t mac[INVITE_MAC_BYTES], const uint8_t session[HASH_BYTES],
		      const uint8_t joiner[SCHOOL_BYTES], uint64_t now_ms, struct invite_row *out)
{
	uint8_t secret[SECRET_BYTES], wanted[INVITE_MAC_BYTES];
	if (!invite_row_get(t, id, out))
		return t->err ? t->err : ERR_BAD_CODE;
	enum err e = vault_unseal(v, bytes_of(out->secret, sizeof out->secret), secret, sizeof secret);
	if (e)
		return e;
	invite_mac(wanted, secret, session, joiner);
	sodium_memzero(secret, sizeof secret);
	if (sodium_memcmp(wanted, mac, sizeof wanted) != 0)
		return ERR_BAD_MAC;
	if (out->used)
		return memcmp(out->used_by, joiner, SCHOOL_BYTES) == 0 ? ERR_OK : ERR_CODE_USED;
	return now_ms >= out->expires_ms ? ERR_CODE_EXPIRED : ERR_OK;
}
