#include "node/login.h"

#include <stdlib.h>

#include "node/hasher.h"
#include "node/log.h"
#include "node/loop.h"
#include "node/metrics.h"

/* --- the throttle ----------------------------------------------------------------------------- */

/* A front proxy on this machine says for whom it asks, at the end of the list. */
static const char *address_of(const struct request *req)
{
	const char *forwarded = request_header(req, "x-forwarded-for");
	bool proxy = strncmp(req->address, "127.", 4) == 0 || strcmp(req->address, "::1") == 0;
	if (!proxy || !forwarded)
		return req->address;
	const char *last = strrchr(forwarded, ',');
	last = last ? last + 1 : forwarded;
	return last + strspn(last, " ");
}

struct attempt login_attempt(const struct exchange *x, const char *name)
{
	return throttle_attempt(name, address_of(x->req));
}

bool login_begin(struct exchange *x, const struct attempt *a)
{
	uint64_t wait = throttle_begin(api_node(x)->throttle, a, clock_ms());
	if (wait)
		reply_later(x, ERR_THROTTLED, (wait + 999) / 1000);
	return wait == 0;
}

void login_failed(struct node *n, const struct attempt *a)
{
	metric_add(METRIC_LOGINS_FAILED, 1);
	throttle_failed(n->throttle, a, clock_ms());
}

/* --- hashing ---------------------------------------------------------------------------------- */

struct step {
	struct hashing h; /* first, so that a hashing is its step */
	struct verified v;
	enum err wrong;
	const char *field;
	void (*then)(const struct verified *v);
	void (*made)(struct exchange *x, const struct attempt *attempt, const char *hash);
};

static void step_free(struct step *s)
{
	sodium_memzero(s, sizeof *s);
	free(s);
}

static void undecided(struct step *s, enum err e)
{
	struct exchange *x = s->v.x;
	throttle_undecided(api_node(x)->throttle, &s->v.attempt);
	if (e == ERR_BUSY)
		reply_later(x, e, 1);
	else
		reply_error(x, e, NULL, NULL);
	step_free(s);
}

static void submit(struct step *s, const char *password)
{
	struct node *n = api_node(s->v.x);
	size_t length = strnlen(password, sizeof s->h.password - 1);
	memcpy(s->h.password, password, length);
	enum err e = n->hasher ? hasher_submit(n->hasher, &s->h) : ERR_BUSY;
	if (e)
		undecided(s, e);
}

static void verified(struct hashing *h, enum err e)
{
	struct step *s = (struct step *)h;
	struct node *n = api_node(s->v.x);
	const struct account *a = accounts_find(&n->accounts, s->v.account);
	if (e) {
		undecided(s, e);
		return;
	}
	/* it may have been changed while this one waited */
	if (h->matched && a && strcmp(a->password, h->hash) == 0) {
		memcpy(s->v.hash, h->hash, sizeof s->v.hash);
		s->then(&s->v);
	} else {
		login_failed(n, &s->v.attempt);
		reply_error(s->v.x, s->wrong, NULL, s->field);
	}
	step_free(s);
}

void login_verify(struct exchange *x, const struct verifying *v)
{
	struct attempt attempt = login_attempt(x, v->name);
	if (!login_begin(x, &attempt))
		return;
	struct step *s = calloc(1, sizeof *s);
	if (!s) {
		throttle_undecided(api_node(x)->throttle, &attempt);
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	s->h.verify = true;
	s->h.done = verified;
	s->v.x = x;
	s->v.attempt = attempt;
	s->wrong = v->wrong;
	s->field = v->field;
	s->then = v->then;
	if (v->account) {
		memcpy(s->v.account, v->account->id, ACCOUNT_BYTES);
		memcpy(s->h.hash, v->account->password, sizeof s->h.hash);
	}
	submit(s, v->password);
}

static void made(struct hashing *h, enum err e)
{
	struct step *s = (struct step *)h;
	if (e) {
		undecided(s, e);
		return;
	}
	s->made(s->v.x, &s->v.attempt, h->hash);
	step_free(s);
}

void login_hash(struct exchange *x, const char *password, const struct attempt *attempt,
		void (*then)(struct exchange *x, const struct attempt *attempt, const char *hash))
{
	struct step *s = calloc(1, sizeof *s);
	if (!s) {
		throttle_undecided(api_node(x)->throttle, attempt);
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	s->h.done = made;
	s->v.x = x;
	s->v.attempt = *attempt;
	s->made = then;
	submit(s, password);
}

/* --- sessions --------------------------------------------------------------------------------- */

const struct account *login_own(struct exchange *x)
{
	const struct account *a = accounts_find(&api_node(x)->accounts, x->caller.account);
	if (!a)
		reply_error(x, ERR_WRONG_STATE, "a one-time link has no account", NULL);
	return a;
}

json_t *login_session_json(const struct node *n, const struct session *s, uint32_t roles)
{
	const struct account *a = accounts_find(&n->accounts, s->account);
	const uint8_t *person = !a ? NULL : s->role == ROLE_PARENT ? a->guardian : a->who;
	char name[NAME_BYTES_MAX + 1] = "Администратор";
	json_t *list = json_array();
	for (int role = ROLE_STUDENT; role < ROLE_LOCAL; role++)
		if (roles >> role & 1)
			json_array_append_new(list, json_string(access_role_name((enum role)role)));
	if (a)
		accounts_name(n, a, s->role, name);
	bool nobody = !person || sodium_is_zero(person, SUBJECT_BYTES);
	return json_pack("{ss so ss so so so s{sb sb} so so}", "role", access_role_name(s->role), "roles", list, "name", name,
			 "person", nobody ? json_null() : json_hex(person, SUBJECT_BYTES), "csrf", json_hex(s->csrf, sizeof s->csrf),
			 "expires", json_time(auth_expires(s)), "totp", "on", a && a->totp_on, "required",
			 a && roles_need_factor(roles), "account", a ? json_hex(a->id, ACCOUNT_BYTES) : json_null(), "server_time", json_time(clock_ms()));
}

void login_reply(struct exchange *x, int status, const struct session *s, const uint8_t token[TOKEN_BYTES])
{
	const struct node *n = api_node(x);
	const struct account *a = accounts_find(&n->accounts, s->account);
	char cookie[COOKIE_BYTES];
	auth_cookie(n, token, cookie);
	reply_header(x, "Set-Cookie", cookie);
	sodium_memzero(cookie, sizeof cookie);
	reply_json(x, status, login_session_json(n, s, a ? accounts_roles(n, a) : 1u << s->role));
}

void login_keep(struct node *n, const struct account *a)
{
	enum err e = accounts_keep(&n->accounts, a);
	if (e)
		log_event(LEVEL_ERROR, "account_not_kept", LOG_ERR(e));
}
