#include "node/api.h"
#include "node/auth.h"
#include "node/events.h"
#include "node/loop.h"
#include "node/metrics.h"

static json_t *session_json(const struct session *s)
{
	return json_pack("{ss so so}", "role", "admin", "csrf", api_hex(s->csrf, sizeof s->csrf), "expires",
			 api_time(auth_expires(s)));
}

/* --- logging in ------------------------------------------------------------------------------- */

struct open_write {
	struct api_write w;
	uint8_t secret[LINK_SECRET_BYTES], token[TOKEN_BYTES];
	struct session session;
};

static enum err run_open(struct batch *b, struct api_write *w)
{
	struct open_write *o = (struct open_write *)w;
	uint8_t csrf[sizeof o->session.csrf];
	seed_take(&b->seed, o->token, sizeof o->token);
	seed_take(&b->seed, csrf, sizeof csrf);
	return auth_open(&b->txn, b->now_ms, o->secret, o->token, csrf, &o->session);
}

static void reply_open(struct api_write *w)
{
	struct open_write *o = (struct open_write *)w;
	char cookie[COOKIE_BYTES];
	auth_cookie(api_node(w->x), o->token, cookie);
	reply_header(w->x, "Set-Cookie", cookie);
	sodium_memzero(cookie, sizeof cookie);
	reply_json(w->x, 201, session_json(&o->session));
}

/*
 * Counts a link that nobody issued. It cannot be guessed, but guessing can be
 * made dull; whoever holds a right one is let in all the same.
 */
static enum err wrong_link(struct node *n)
{
	uint64_t now = clock_ms();
	metric_add(METRIC_LOGINS_FAILED, 1);
	if (now > n->wrong_since_ms + (uint64_t)CODE_TRIES_WINDOW_S * 1000) {
		n->wrong_since_ms = now;
		n->wrong_links = 0;
	}
	return ++n->wrong_links > CODE_TRIES_MAX ? ERR_THROTTLED : ERR_BAD_CODE;
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

static void create(struct exchange *x)
{
	const char *link = NULL;
	uint8_t secret[LINK_SECRET_BYTES];
	const struct input fields[] = {{"link", INPUT_LINE, REQUIRED, LINK_BYTES_MAX, &link, 0}};
	if (!api_fields(x, fields, 1))
		return;
	enum err e = auth_link_parse(link, secret);
	if (e) {
		reply_error(x, e == ERR_BAD_CHECK ? e : ERR_BAD_CODE, NULL, "link");
		return;
	}
	if (!known_link(x, secret, &e))
		return;
	if (e) {
		reply_error(x, e == ERR_BAD_CODE ? wrong_link(api_node(x)) : e, NULL, "link");
		return;
	}
	struct open_write *o = api_write_new(x, sizeof *o, run_open, reply_open);
	if (!o)
		return;
	memcpy(o->secret, secret, sizeof o->secret);
	sodium_memzero(secret, sizeof secret);
	o->w.field = "link";
	api_write_start(&o->w);
}

/* --- the present session ---------------------------------------------------------------------- */

static void get(struct exchange *x)
{
	uint8_t token[TOKEN_BYTES];
	struct session s;
	struct txn t;
	if (!auth_token(api_node(x), x->req, token)) {
		reply_error(x, ERR_UNAUTHENTICATED, NULL, NULL);
		return;
	}
	if (!api_read(x, &t))
		return;
	bool found = auth_find(&t, clock_ms(), token, &s);
	txn_abort(&t);
	sodium_memzero(token, sizeof token);
	if (found)
		reply_json(x, 200, session_json(&s));
	else
		reply_error(x, ERR_UNAUTHENTICATED, NULL, NULL);
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
					api_time(clock_ms() + (uint64_t)ADMIN_LINK_S * 1000)));
	sodium_memzero(url, sizeof url);
}

static void create_link(struct exchange *x)
{
	struct link_write *l = api_write_new(x, sizeof *l, run_link, reply_link);
	if (l)
		api_write_start(&l->w);
}

const struct route session_routes[] = {
	{METHOD_POST, "/api/v1/session", AREA_PUBLIC, BODY_JSON, 1024, create},
	{METHOD_GET, "/api/v1/session", AREA_OWN, BODY_NONE, 0, get},
	{METHOD_DELETE, "/api/v1/session", AREA_OWN, BODY_NONE, 0, delete},
	{METHOD_POST, "/api/v1/session/links", AREA_CONTROL, BODY_NONE, 0, create_link},
};
const size_t session_route_count = sizeof session_routes / sizeof *session_routes;
