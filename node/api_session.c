/* Logging in and out, by link or by login, and the role of the session. */
#include <stdio.h>

#include "core/paper.h"
#include "node/events.h"
#include "node/login.h"
#include "node/loop.h"
#include "node/metrics.h"
#include "node/passwords.h"

/* --- with a one-time link --------------------------------------------------------------------- */

struct open_write {
	struct api_write w;
	uint8_t secret[LINK_SECRET_BYTES], token[TOKEN_BYTES];
	struct session session;
};

static enum err run_open(struct batch *b, struct api_write *w)
{
	struct open_write *o = (struct open_write *)w;
	o->session = (struct session){.role = ROLE_ADMINISTRATOR};
	w->field = "link";
	enum err e = auth_link_state(&b->txn, b->now_ms, o->secret);
	if (!e)
		e = auth_open(&b->txn, b->now_ms, &b->seed, &o->session, o->token);
	return e ? e : auth_link_spend(&b->txn, b->now_ms, o->secret);
}

static void reply_open(struct api_write *w)
{
	struct open_write *o = (struct open_write *)w;
	login_reply(w->x, 201, &o->session, o->token);
}

/*
 * Counts a link that nobody issued. It cannot be guessed, but guessing can be
 * made dull; whoever holds a right one is let in all the same.
 */
static void refuse_wrong_link(struct exchange *x)
{
	struct node *n = api_node(x);
	uint64_t now = clock_ms(), window = (uint64_t)CODE_TRIES_WINDOW_S * 1000;
	metric_add(METRIC_LOGINS_FAILED, 1);
	if (now > n->wrong_since_ms + window) {
		n->wrong_since_ms = now;
		n->wrong_links = 0;
	}
	if (++n->wrong_links > CODE_TRIES_MAX)
		reply_later(x, ERR_THROTTLED, (n->wrong_since_ms + window - now) / 1000 + 1);
	else
		reply_error(x, ERR_BAD_CODE, NULL, "link");
}

static bool known_link(struct exchange *x, const uint8_t secret[LINK_SECRET_BYTES], enum err *e)
{
	struct txn t;
	if (!api_read(x, &t))
		return false;
	*e = auth_link_state(&t, clock_ms(), secret);
	txn_abort(&t);
	return true;
}

static void open_link(struct exchange *x, const char *link)
{
	uint8_t secret[LINK_SECRET_BYTES];
	enum err e = auth_link_parse(link, secret);
	if (e) {
		reply_error(x, e == ERR_BAD_CHECK ? e : ERR_BAD_CODE, NULL, "link");
		return;
	}
	if (!known_link(x, secret, &e))
		return;
	if (e == ERR_BAD_CODE) {
		refuse_wrong_link(x);
		return;
	}
	if (e) {
		reply_error(x, e, NULL, "link");
		return;
	}
	struct open_write *o = api_write_new(x, sizeof *o, run_open, reply_open);
	if (!o)
		return;
	memcpy(o->secret, secret, sizeof o->secret);
	sodium_memzero(secret, sizeof secret);
	api_write_start(&o->w);
}

/* --- with login and password ------------------------------------------------------------------ */

struct credentials {
	const char *link, *login, *password, *totp, *recovery;
	bool shared;
};

static bool read_credentials(struct exchange *x, struct credentials *c)
{
	*c = (struct credentials){0};
	const struct input fields[] = {
		{"link", INPUT_LINE, OPTIONAL, LINK_BYTES_MAX, &c->link, 0},
		{"login", INPUT_LINE, OPTIONAL, 4 * LOGIN_BYTES_MAX, &c->login, 0},
		{"password", INPUT_LINE, OPTIONAL, PASSWORD_BYTES_MAX, &c->password, 0},
		{"totp", INPUT_LINE, OPTIONAL, LINK_BYTES_MAX, &c->totp, 0},
		{"recovery", INPUT_LINE, OPTIONAL, LINK_BYTES_MAX, &c->recovery, 0},
		{"shared", INPUT_BOOL, OPTIONAL, 0, &c->shared, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return false;
	if (c->link || (c->login && c->password))
		return true;
	reply_error(x, ERR_INVALID, "a link, or login and password", c->login ? "password" : "login");
	return false;
}

struct login_write {
	struct api_write w;
	struct attempt attempt;
	char hash[PASSWORD_HASH_BYTES];
	char totp[LINK_BYTES_MAX + 1], recovery[LINK_BYTES_MAX + 1];
	bool clock_right, settled;
	struct account account; /* its id given, the rest as written */
	struct session chosen, session;
	uint8_t token[TOKEN_BYTES];
};

static enum err run_login(struct batch *b, struct api_write *w)
{
	struct login_write *l = (struct login_write *)w;
	const struct vault *v = &b->school->vault;
	uint8_t id[ACCOUNT_BYTES];
	memcpy(id, l->account.id, sizeof id);
	enum err e = account_get(&b->txn, v, id, &l->account);
	if (e)
		return e;
	if (l->account.disabled || strcmp(l->account.password, l->hash) != 0)
		return ERR_WRONG_LOGIN;
	if (l->account.totp_on) {
		e = account_factor(&l->account, v, b->now_ms, l->clock_right, l->totp, l->recovery);
		w->field = e ? (l->recovery[0] ? "recovery" : "totp") : NULL;
		if (e)
			return e == ERR_WRONG_CODE ? ERR_WRONG_LOGIN : e;
	}
	l->account.seen_ms = b->now_ms;
	l->session = l->chosen;
	w->job.wrote = true;
	e = auth_open(&b->txn, b->now_ms, &b->seed, &l->session, l->token);
	return e ? e : account_put(&b->txn, v, &b->seed, &l->account);
}

static void reply_login(struct api_write *w)
{
	struct login_write *l = (struct login_write *)w;
	struct node *n = api_node(w->x);
	l->settled = true;
	throttle_succeeded(n->throttle, &l->attempt);
	login_keep(n, &l->account);
	login_reply(w->x, 201, &l->session, l->token);
}

/* The reply is gone, and the exchange with it. */
static void finish_login(struct api_write *w)
{
	struct login_write *l = (struct login_write *)w;
	if (l->settled)
		return;
	if (w->job.result == ERR_WRONG_LOGIN)
		login_failed(w->node, &l->attempt);
	else
		throttle_undecided(w->node->throttle, &l->attempt);
}

/* Somebody who has no role here any more is told what anybody else is told. */
static void password_right(const struct verified *v)
{
	struct exchange *x = v->x;
	struct node *n = api_node(x);
	struct credentials c;
	const struct account *a = accounts_find(&n->accounts, v->account);
	uint32_t roles = accounts_roles(n, a);
	if (!roles) {
		login_failed(n, &v->attempt);
		reply_error(x, ERR_WRONG_LOGIN, NULL, NULL);
		return;
	}
	if (!read_credentials(x, &c)) {
		throttle_undecided(n->throttle, &v->attempt);
		return;
	}
	struct login_write *l = api_write_new(x, sizeof *l, run_login, reply_login);
	if (!l) {
		throttle_undecided(n->throttle, &v->attempt);
		return;
	}
	l->w.finish = finish_login;
	l->attempt = v->attempt;
	memcpy(l->hash, v->hash, sizeof l->hash);
	memcpy(l->account.id, v->account, ACCOUNT_BYTES);
	snprintf(l->totp, sizeof l->totp, "%s", c.totp ? c.totp : "");
	snprintf(l->recovery, sizeof l->recovery, "%s", c.recovery ? c.recovery : "");
	l->clock_right = clock_right(clock_ms());
	l->chosen = (struct session){.role = roles_first(roles), .shared = c.shared};
	memcpy(l->chosen.account, v->account, ACCOUNT_BYTES);
	api_write_start(&l->w);
}

static void create(struct exchange *x)
{
	struct credentials c;
	char login[LOGIN_BYTES_MAX + 1] = "";
	if (!read_credentials(x, &c))
		return;
	if (c.link) {
		open_link(x, c.link);
		return;
	}
	bool known = login_fold(c.login, login);
	struct verifying v = {.account = known ? accounts_by_login(&api_node(x)->accounts, login) : NULL,
			      .name = login, .password = c.password, .wrong = ERR_WRONG_LOGIN, .then = password_right};
	login_verify(x, &v);
}

/* --- the present session ---------------------------------------------------------------------- */

static void get(struct exchange *x)
{
	struct session s;
	uint32_t roles;
	enum err e = auth_session(api_node(x), x->req, &s, &roles);
	if (e)
		reply_error(x, e, NULL, NULL);
	else
		reply_json(x, 200, login_session_json(api_node(x), &s, roles));
}

/* A role that may more must not be had with a token from before. */
struct switch_write {
	struct api_write w;
	struct session from, session;
	enum role role;
	uint8_t old[TOKEN_BYTES], token[TOKEN_BYTES];
};

static enum err run_switch(struct batch *b, struct api_write *w)
{
	struct switch_write *s = (struct switch_write *)w;
	if (!auth_find(&b->txn, b->now_ms, s->old, &s->from))
		return ERR_UNAUTHENTICATED;
	s->session = s->from;
	s->session.role = s->role;
	auth_close(&b->txn, s->old);
	w->job.wrote = true;
	return auth_open(&b->txn, b->now_ms, &b->seed, &s->session, s->token);
}

static void reply_switch(struct api_write *w)
{
	struct switch_write *s = (struct switch_write *)w;
	events_end_session(api_node(w->x)->events, w->x->caller.session);
	login_reply(w->x, 200, &s->session, s->token);
}

static void put_role(struct exchange *x)
{
	const char *name = NULL;
	const struct input fields[] = {{"role", INPUT_LINE, REQUIRED, 40, &name, 0}};
	struct session now;
	uint32_t roles;
	if (!api_fields(x, fields, 1))
		return;
	enum role role = access_role(name);
	enum err e = auth_session(api_node(x), x->req, &now, &roles);
	if (!e && role == ROLE_NONE)
		e = ERR_INVALID;
	if (!e && !(roles >> role & 1))
		e = ERR_FORBIDDEN;
	if (e) {
		reply_error(x, e, NULL, "role");
		return;
	}
	struct switch_write *s = api_write_new(x, sizeof *s, run_switch, reply_switch);
	if (!s)
		return;
	s->role = role;
	if (auth_token(api_node(x), x->req, s->old))
		api_write_start(&s->w);
	else
		api_write_refuse(&s->w, ERR_UNAUTHENTICATED);
}

struct close_write {
	struct api_write w;
	uint8_t token[TOKEN_BYTES];
};

static enum err run_close(struct batch *b, struct api_write *w)
{
	auth_close(&b->txn, ((struct close_write *)w)->token);
	return b->txn.err;
}

static void reply_close(struct api_write *w)
{
	char cookie[COOKIE_BYTES];
	events_end_session(api_node(w->x)->events, w->x->caller.session);
	auth_cookie(api_node(w->x), NULL, cookie);
	reply_header(w->x, "Set-Cookie", cookie);
	reply_json(w->x, 204, NULL);
}

static void delete(struct exchange *x)
{
	uint8_t token[TOKEN_BYTES];
	if (!auth_token(api_node(x), x->req, token)) {
		reply_error(x, ERR_UNAUTHENTICATED, NULL, NULL);
		return;
	}
	struct close_write *c = api_write_new(x, sizeof *c, run_close, reply_close);
	if (!c)
		return;
	memcpy(c->token, token, sizeof token);
	api_write_start(&c->w);
}

/* --- a new link, over the control socket ------------------------------------------------------ */

struct link_write {
	struct api_write w;
	char link[LINK_TEXT_BYTES];
};

static enum err run_link(struct batch *b, struct api_write *w)
{
	uint8_t secret[LINK_SECRET_BYTES];
	seed_take(&b->seed, secret, sizeof secret);
	enum err e = auth_link_put(&b->txn, b->now_ms, secret, ((struct link_write *)w)->link);
	sodium_memzero(secret, sizeof secret);
	return e;
}

static void reply_link(struct api_write *w)
{
	struct node *n = api_node(w->x);
	const char *host = n->keyring.config.http_listen.host;
	char url[HOST_NAME_BYTES + 128];
	snprintf(url, sizeof url, strchr(host, ':') ? "http://[%s]:%u/start#%s" : "http://%s:%u/start#%s", host, n->http_port,
		 ((struct link_write *)w)->link);
	reply_json(w->x, 201, json_pack("{ss ss so}", "link", ((struct link_write *)w)->link, "url", url, "expires",
					json_time(clock_ms() + (uint64_t)ADMIN_LINK_S * 1000)));
	sodium_memzero(url, sizeof url);
}

static void create_link(struct exchange *x)
{
	struct link_write *l = api_write_new(x, sizeof *l, run_link, reply_link);
	if (l)
		api_write_start(&l->w);
}

const struct route session_routes[] = {
	{METHOD_POST, "/api/v1/session", AREA_PUBLIC, BODY_JSON, 4096, create},
	{METHOD_GET, "/api/v1/session", AREA_SESSION, BODY_NONE, 0, get},
	{METHOD_DELETE, "/api/v1/session", AREA_SESSION, BODY_NONE, 0, delete},
	{METHOD_PUT, "/api/v1/session/role", AREA_SESSION, BODY_JSON, 1024, put_role},
	{METHOD_POST, "/api/v1/session/links", AREA_CONTROL, BODY_NONE, 0, create_link},
};
const size_t session_route_count = sizeof session_routes / sizeof *session_routes;
