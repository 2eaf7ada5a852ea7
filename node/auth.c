#include "node/auth.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/local.h"
#include "node/loop.h"
#include "node/node.h"
#include "proto/text.h"

enum { LINK_ROW = 8 + 1, SESSION_ROW = 8 + 8 + 16, SEEN_EVERY_MS = 60 * 1000 };

static void key_of(uint8_t out[HASH_BYTES], const uint8_t *secret, size_t n)
{
	hash_of(out, HASH_BYTES, DOMAIN_TOKEN, bytes_of(secret, n));
}

/* --- links ------------------------------------------------------------------------------------ */

static void put_link(struct txn *t, const uint8_t key[HASH_BYTES], uint64_t expires_ms, bool used)
{
	uint8_t v[LINK_ROW];
	put_u64(v, expires_ms);
	v[8] = used;
	local_put(t, LOCAL_LINK, bytes_of(key, HASH_BYTES), bytes_of(v, sizeof v));
}

enum err auth_link_put(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES], char out[LINK_TEXT_BYTES])
{
	uint8_t key[HASH_BYTES];
	key_of(key, secret, LINK_SECRET_BYTES);
	put_link(t, key, now_ms + (uint64_t)ADMIN_LINK_S * 1000, false);
	text_encode(bytes_of(secret, LINK_SECRET_BYTES), out, LINK_TEXT_BYTES);
	return t->err;
}

enum err auth_link_parse(const char *text, uint8_t secret[LINK_SECRET_BYTES])
{
	return text_decode(text, secret, LINK_SECRET_BYTES);
}

enum err auth_link_state(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES])
{
	uint8_t key[HASH_BYTES];
	struct bytes v;
	key_of(key, secret, LINK_SECRET_BYTES);
	if (!local_get(t, LOCAL_LINK, bytes_of(key, sizeof key), &v) || v.n != LINK_ROW)
		return t->err ? t->err : ERR_BAD_CODE;
	if (v.p[8])
		return ERR_CODE_USED;
	return now_ms >= get_u64(v.p) ? ERR_CODE_EXPIRED : ERR_OK;
}

/* --- sessions --------------------------------------------------------------------------------- */

static void put_session(struct txn *t, const uint8_t key[HASH_BYTES], const struct session *s)
{
	uint8_t v[SESSION_ROW];
	put_u64(v, s->created_ms);
	put_u64(v + 8, s->seen_ms);
	memcpy(v + 16, s->csrf, sizeof s->csrf);
	local_put(t, LOCAL_SESSION, bytes_of(key, HASH_BYTES), bytes_of(v, sizeof v));
}

static bool parse_session(struct bytes v, struct session *out)
{
	if (v.n != SESSION_ROW)
		return false;
	out->created_ms = get_u64(v.p);
	out->seen_ms = get_u64(v.p + 8);
	memcpy(out->csrf, v.p + 16, sizeof out->csrf);
	return true;
}

uint64_t auth_expires(const struct session *s)
{
	uint64_t idle = s->seen_ms + (uint64_t)SESSION_IDLE_S * 1000;
	uint64_t whole = s->created_ms + (uint64_t)SESSION_ABSOLUTE_S * 1000;
	return idle < whole ? idle : whole;
}

enum err auth_open(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES], const uint8_t token[TOKEN_BYTES],
		   const uint8_t csrf[16], struct session *out)
{
	uint8_t key[HASH_BYTES], at[HASH_BYTES];
	struct bytes v;
	size_t open = 0;
	enum err e = auth_link_state(t, now_ms, secret);
	if (e)
		return e;
	for (bool on = local_next(t, LOCAL_SESSION, NULL, 0, at, sizeof at, &v); on;
	     on = local_next(t, LOCAL_SESSION, at, sizeof at, at, sizeof at, &v))
		open++;
	if (open >= SESSIONS_MAX)
		return ERR_BUSY;
	key_of(key, secret, LINK_SECRET_BYTES);
	put_link(t, key, now_ms, true);
	*out = (struct session){.created_ms = now_ms, .seen_ms = now_ms};
	memcpy(out->csrf, csrf, sizeof out->csrf);
	key_of(key, token, TOKEN_BYTES);
	put_session(t, key, out);
	return t->err;
}

bool auth_find(struct txn *t, uint64_t now_ms, const uint8_t token[TOKEN_BYTES], struct session *out)
{
	uint8_t key[HASH_BYTES];
	struct bytes v;
	key_of(key, token, TOKEN_BYTES);
	return local_get(t, LOCAL_SESSION, bytes_of(key, sizeof key), &v) && parse_session(v, out) && now_ms < auth_expires(out);
}

void auth_touch(struct txn *t, uint64_t now_ms, const uint8_t token[TOKEN_BYTES])
{
	uint8_t key[HASH_BYTES];
	struct session s;
	if (!auth_find(t, now_ms, token, &s) || now_ms <= s.seen_ms)
		return;
	s.seen_ms = now_ms;
	key_of(key, token, TOKEN_BYTES);
	put_session(t, key, &s);
}

void auth_close(struct txn *t, const uint8_t token[TOKEN_BYTES])
{
	uint8_t key[HASH_BYTES];
	key_of(key, token, TOKEN_BYTES);
	local_del(t, LOCAL_SESSION, bytes_of(key, sizeof key));
}

void auth_sweep(struct txn *t, uint64_t now_ms)
{
	uint8_t key[HASH_BYTES];
	struct bytes v;
	struct session s;
	for (bool on = local_next(t, LOCAL_SESSION, NULL, 0, key, sizeof key, &v); on;
	     on = local_next(t, LOCAL_SESSION, key, sizeof key, key, sizeof key, &v))
		if (!parse_session(v, &s) || now_ms >= auth_expires(&s))
			local_del(t, LOCAL_SESSION, bytes_of(key, sizeof key));
	/* a spent or late link is remembered for a while, to say so rather than "no such code" */
	for (bool on = local_next(t, LOCAL_LINK, NULL, 0, key, sizeof key, &v); on;
	     on = local_next(t, LOCAL_LINK, key, sizeof key, key, sizeof key, &v))
		if (v.n != LINK_ROW || now_ms >= get_u64(v.p) + 30 * (uint64_t)ADMIN_LINK_S * 1000)
			local_del(t, LOCAL_LINK, bytes_of(key, sizeof key));
}

/* --- requests --------------------------------------------------------------------------------- */

static const char *cookie_name(const struct node *n)
{
	return n->keyring.config.secure_cookies ? "__Host-estafeta" : "estafeta";
}

bool auth_token(const struct node *n, const struct request *req, uint8_t out[TOKEN_BYTES])
{
	const char *text = request_cookie(req, cookie_name(n));
	return text && hex_decode(text, out, TOKEN_BYTES);
}

void auth_cookie(const struct node *n, const uint8_t *token, char out[COOKIE_BYTES])
{
	char text[2 * TOKEN_BYTES + 1] = "";
	if (token)
		hex_encode(token, TOKEN_BYTES, text);
	snprintf(out, COOKIE_BYTES, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", cookie_name(n), text,
		 n->keyring.config.secure_cookies ? "; Secure" : "", token ? "" : "; Max-Age=0");
	sodium_memzero(text, sizeof text);
}

/* One refresh at a time is enough: whoever comes meanwhile asks again within the minute. */
struct touch {
	struct job job;
	struct node *node;
	uint8_t token[TOKEN_BYTES];
};

static enum err run_touch(struct batch *b, struct job *j)
{
	struct touch *x = (struct touch *)j;
	auth_touch(&b->txn, b->now_ms, x->token);
	return b->txn.err;
}

static void touched(struct job *j, enum err e)
{
	struct touch *x = (struct touch *)j;
	(void)e; /* a session that is not prolonged only ends sooner */
	x->node->touching = false;
	sodium_memzero(x, sizeof *x);
	free(x);
}

static void prolong(struct node *n, const uint8_t token[TOKEN_BYTES])
{
	struct touch *x = n->touching ? NULL : calloc(1, sizeof *x);
	if (!x)
		return;
	x->job = (struct job){.run = run_touch, .done = touched, .bytes = sizeof *x};
	x->node = n;
	memcpy(x->token, token, TOKEN_BYTES);
	if (writer_submit(n->writer, &x->job))
		free(x);
	else
		n->touching = true;
}

enum err auth_check(void *app, const struct request *req, struct caller *out)
{
	struct node *n = app;
	uint8_t token[TOKEN_BYTES], key[HASH_BYTES];
	struct session s;
	struct txn t;
	uint64_t now = clock_ms();
	if (!auth_token(n, req, token))
		return ERR_UNAUTHENTICATED;
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	bool known = auth_find(&t, now, token, &s);
	e = t.err;
	txn_abort(&t);
	if (!e && !known)
		e = ERR_UNAUTHENTICATED;
	if (!e) {
		key_of(key, token, TOKEN_BYTES);
		out->role = ROLE_ADMINISTRATOR;
		out->session = get_u64(key);
		hex_encode(s.csrf, sizeof s.csrf, out->csrf);
		if (now > s.seen_ms + SEEN_EVERY_MS)
			prolong(n, token);
		sodium_memzero(&s, sizeof s);
	}
	sodium_memzero(token, sizeof token);
	return e;
}
