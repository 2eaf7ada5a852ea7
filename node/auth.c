#include "node/auth.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/local.h"
#include "node/accounts.h"
#include "node/events.h"
#include "node/loop.h"
#include "node/node.h"
#include "proto/text.h"

enum { LINK_ROW = 8 + 1, SESSION_ROW = 8 + 8 + 16 + ACCOUNT_BYTES + 2, SEEN_EVERY_MS = 60 * 1000 };

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
	memcpy(v + 32, s->account, ACCOUNT_BYTES);
	v[32 + ACCOUNT_BYTES] = (uint8_t)s->role;
	v[33 + ACCOUNT_BYTES] = s->shared;
	local_put(t, LOCAL_SESSION, bytes_of(key, HASH_BYTES), bytes_of(v, sizeof v));
}

static bool parse_session(struct bytes v, struct session *out)
{
	if (v.n != SESSION_ROW)
		return false;
	out->created_ms = get_u64(v.p);
	out->seen_ms = get_u64(v.p + 8);
	memcpy(out->csrf, v.p + 16, sizeof out->csrf);
	memcpy(out->account, v.p + 32, ACCOUNT_BYTES);
	out->role = v.p[32 + ACCOUNT_BYTES] < ROLE_LOCAL ? (enum role)v.p[32 + ACCOUNT_BYTES] : ROLE_NONE;
	out->shared = v.p[33 + ACCOUNT_BYTES];
	return true;
}

uint64_t auth_expires(const struct session *s)
{
	uint64_t idle = s->seen_ms + (uint64_t)SESSION_IDLE_S * 1000;
	uint64_t whole = s->created_ms + (uint64_t)(s->shared ? SESSION_SHARED_S : SESSION_ABSOLUTE_S) * 1000;
	return idle < whole ? idle : whole;
}

enum err auth_link_spend(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES])
{
	uint8_t key[HASH_BYTES];
	enum err e = auth_link_state(t, now_ms, secret);
	if (e)
		return e;
	key_of(key, secret, LINK_SECRET_BYTES);
	put_link(t, key, now_ms, true);
	return t->err;
}

/* Makes room for one more. BUSY: there is none. */
static enum err make_room(struct txn *t, const uint8_t account[ACCOUNT_BYTES])
{
	uint8_t at[HASH_BYTES], oldest[HASH_BYTES];
	struct bytes v;
	struct session s;
	size_t open = 0, own = 0;
	uint64_t oldest_ms = UINT64_MAX;
	for (bool on = local_next(t, LOCAL_SESSION, NULL, 0, at, sizeof at, &v); on;
	     on = local_next(t, LOCAL_SESSION, at, sizeof at, at, sizeof at, &v)) {
		open++;
		if (!parse_session(v, &s) || memcmp(s.account, account, ACCOUNT_BYTES) != 0)
			continue;
		own++;
		if (s.seen_ms >= oldest_ms)
			continue;
		oldest_ms = s.seen_ms;
		memcpy(oldest, at, sizeof oldest);
	}
	if (own >= SESSIONS_OF_ACCOUNT_MAX && !sodium_is_zero(account, ACCOUNT_BYTES)) {
		local_del(t, LOCAL_SESSION, bytes_of(oldest, sizeof oldest));
		open--;
	}
	return open >= SESSIONS_MAX ? ERR_BUSY : t->err;
}

enum err auth_open(struct txn *t, uint64_t now_ms, struct seed *seed, struct session *s, uint8_t token[TOKEN_BYTES])
{
	uint8_t key[HASH_BYTES];
	enum err e = make_room(t, s->account);
	if (e)
		return e;
	seed_take(seed, token, TOKEN_BYTES);
	seed_take(seed, s->csrf, sizeof s->csrf);
	s->seen_ms = now_ms;
	if (!s->created_ms)
		s->created_ms = now_ms;
	key_of(key, token, TOKEN_BYTES);
	put_session(t, key, s);
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

void auth_close_account(struct txn *t, const uint8_t account[ACCOUNT_BYTES], const uint8_t *token)
{
	uint8_t key[HASH_BYTES], but[HASH_BYTES];
	struct bytes v;
	struct session s;
	if (token)
		key_of(but, token, TOKEN_BYTES);
	for (bool on = local_next(t, LOCAL_SESSION, NULL, 0, key, sizeof key, &v); on;
	     on = local_next(t, LOCAL_SESSION, key, sizeof key, key, sizeof key, &v))
		if (parse_session(v, &s) && memcmp(s.account, account, ACCOUNT_BYTES) == 0 &&
		    (!token || memcmp(key, but, sizeof key) != 0))
			local_del(t, LOCAL_SESSION, bytes_of(key, sizeof key));
}

uint64_t auth_session_number(const uint8_t token[TOKEN_BYTES])
{
	uint8_t key[HASH_BYTES];
	key_of(key, token, TOKEN_BYTES);
	return get_u64(key);
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

/* One at a time is enough: whoever comes meanwhile asks again within the minute. */
struct touch {
	struct job job;
	struct node *node;
	bool close; /* not prolonged: nobody is left whose session it could be */
	uint8_t token[TOKEN_BYTES];
};

static enum err run_touch(struct batch *b, struct job *j)
{
	struct touch *x = (struct touch *)j;
	if (x->close)
		auth_close(&b->txn, x->token);
	else
		auth_touch(&b->txn, b->now_ms, x->token);
	return b->txn.err;
}

static void touched(struct job *j, enum err e)
{
	struct touch *x = (struct touch *)j;
	(void)e; /* a session that is not prolonged only ends sooner; one that is not closed opens nothing */
	x->node->touching = false;
	sodium_memzero(x, sizeof *x);
	free(x);
}

static void touch(struct node *n, const uint8_t token[TOKEN_BYTES], bool close)
{
	struct touch *x = n->touching ? NULL : calloc(1, sizeof *x);
	if (!x)
		return;
	x->job = (struct job){.run = run_touch, .done = touched, .bytes = sizeof *x};
	x->node = n;
	x->close = close;
	memcpy(x->token, token, TOKEN_BYTES);
	if (writer_submit(n->writer, &x->job))
		free(x);
	else
		n->touching = true;
}

static uint32_t session_roles(const struct node *n, const struct session *s)
{
	if (sodium_is_zero(s->account, sizeof s->account))
		return 1u << s->role;
	const struct account *a = accounts_find(&n->accounts, s->account);
	return a ? accounts_roles(n, a) : 0;
}

static enum err find(const struct node *n, const uint8_t token[TOKEN_BYTES], struct session *out, uint32_t *roles)
{
	struct txn t;
	enum err e = txn_begin(&t, n->opened.store, false);
	if (e)
		return e;
	bool known = auth_find(&t, clock_ms(), token, out);
	e = t.err;
	txn_abort(&t);
	if (e || !known)
		return e ? e : ERR_UNAUTHENTICATED;
	*roles = session_roles(n, out);
	if (!(*roles >> out->role & 1))
		out->role = roles_first(*roles);
	return ERR_OK;
}

static bool half(uint32_t roles, const struct account *a)
{
	return roles_need_factor(roles) && !a->totp_on;
}

bool auth_stands(const struct node *n, struct txn *t, uint64_t session, enum role role)
{
	uint8_t number[8], key[HASH_BYTES];
	struct session s;
	struct bytes v;
	put_u64(number, session);
	if (!session)
		return true;
	if (!local_next(t, LOCAL_SESSION, number, sizeof number, key, sizeof key, &v) || memcmp(key, number, sizeof number) != 0 ||
	    !parse_session(v, &s) || clock_ms() >= auth_expires(&s))
		return false;
	const struct account *a = accounts_find(&n->accounts, s.account);
	uint32_t roles = session_roles(n, &s);
	return (roles >> role & 1) && !(a && half(roles, a));
}

enum err auth_session(const struct node *n, const struct request *req, struct session *out, uint32_t *roles)
{
	uint8_t token[TOKEN_BYTES];
	enum err e = auth_token(n, req, token) ? find(n, token, out, roles) : ERR_UNAUTHENTICATED;
	sodium_memzero(token, sizeof token);
	return !e && !*roles ? ERR_UNAUTHENTICATED : e;
}

static void describe(const struct node *n, const struct session *s, uint32_t roles, struct caller *out)
{
	const struct account *a = accounts_find(&n->accounts, s->account);
	out->role = s->role;
	hex_encode(s->csrf, sizeof s->csrf, out->csrf);
	memcpy(out->account, s->account, ACCOUNT_BYTES);
	if (!a) {
		snprintf(out->name, sizeof out->name, "Администратор");
		return;
	}
	memcpy(out->who, s->role == ROLE_PARENT ? a->guardian : a->who, SUBJECT_BYTES);
	memcpy(out->also, s->role == ROLE_PARENT ? a->who : a->guardian, SUBJECT_BYTES);
	accounts_name(n, a, s->role, out->name);
	out->half = half(roles, a);
}

enum err auth_check(void *app, const struct request *req, struct caller *out)
{
	struct node *n = app;
	uint8_t token[TOKEN_BYTES];
	struct session s;
	uint32_t roles = 0;
	if (!auth_token(n, req, token))
		return ERR_UNAUTHENTICATED;
	enum err e = find(n, token, &s, &roles);
	if (!e) {
		out->session = auth_session_number(token);
		if (!roles) {
			events_end_session(n->events, out->session);
			touch(n, token, true);
			e = ERR_UNAUTHENTICATED;
		} else {
			describe(n, &s, roles, out);
			if (clock_ms() > s.seen_ms + SEEN_EVERY_MS)
				touch(n, token, false);
		}
		sodium_memzero(&s, sizeof s);
	}
	sodium_memzero(token, sizeof token);
	return e;
}
