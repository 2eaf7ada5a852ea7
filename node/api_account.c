/* One's own account: password and second factor. */
#include <stdio.h>

#include "core/paper.h"
#include "node/events.h"
#include "node/login.h"
#include "node/loop.h"
#include "node/passwords.h"
#include "proto/text.h"

struct account_write {
	struct api_write w;
	struct account account; /* its id given, the rest as written */
	uint8_t token[TOKEN_BYTES]; /* of the session that stays */
	/* a checked password first: */
	struct attempt attempt;
	bool attempted, settled, clock_right;
	char hash[PASSWORD_HASH_BYTES], fresh[PASSWORD_HASH_BYTES];
	char code[LINK_BYTES_MAX + 1];
	uint64_t recovery[RECOVERY_CODES];
};

/*
 * What a session guesses at its own account counts apart: outsiders who guess at the login do not touch it. No login
 * has a space.
 */
static const char *own_name(const struct account *a, char out[2 * ACCOUNT_BYTES + 8])
{
	memcpy(out, "own ", 4);
	hex_encode(a->id, ACCOUNT_BYTES, out + 4);
	return out;
}

/* The account anew, as this batch sees it. */
static enum err load(struct batch *b, struct account_write *a)
{
	uint8_t id[ACCOUNT_BYTES];
	memcpy(id, a->account.id, sizeof id);
	return account_get(&b->txn, &b->school->vault, id, &a->account);
}

/* Whoever else is in with what is no longer right is put out. */
static enum err store(struct batch *b, struct account_write *a, bool close_others)
{
	a->w.job.wrote = true;
	if (close_others)
		auth_close_account(&b->txn, a->account.id, a->token);
	return account_put(&b->txn, &b->school->vault, &b->seed, &a->account);
}

static void kept(struct account_write *a, bool closed_others)
{
	struct node *n = a->w.node;
	a->settled = true;
	if (a->attempted)
		throttle_succeeded(n->throttle, &a->attempt);
	login_keep(n, &a->account);
	if (closed_others)
		events_end_account(n->events, a->account.id, a->w.x->caller.session);
}

static void finish(struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	if (a->settled || !a->attempted)
		return;
	if (w->job.result == ERR_WRONG_CODE || w->job.result == ERR_WRONG_PASSWORD)
		login_failed(w->node, &a->attempt);
	else
		throttle_undecided(w->node->throttle, &a->attempt);
}

static struct account_write *write_new(struct exchange *x, const uint8_t *account,
				       enum err (*run)(struct batch *b, struct api_write *w), void (*reply)(struct api_write *w))
{
	struct account_write *a = api_write_new(x, sizeof *a, run, reply);
	if (!a)
		return NULL;
	a->w.finish = finish;
	a->clock_right = clock_right(clock_ms());
	memcpy(a->account.id, account, ACCOUNT_BYTES);
	if (!auth_token(api_node(x), x->req, a->token))
		sodium_memzero(a->token, sizeof a->token);
	return a;
}

static struct account_write *write_after(const struct attempt *attempt, struct exchange *x, const uint8_t *account,
					 enum err (*run)(struct batch *b, struct api_write *w), void (*reply)(struct api_write *w))
{
	struct account_write *a = write_new(x, account, run, reply);
	if (!a) {
		throttle_undecided(api_node(x)->throttle, attempt);
		return NULL;
	}
	a->attempt = *attempt;
	a->attempted = true;
	return a;
}

/* --- password --------------------------------------------------------------------------------- */

static bool read_passwords(struct exchange *x, const char **old, const char **fresh)
{
	const struct input fields[] = {
		{"old", INPUT_LINE, REQUIRED, PASSWORD_BYTES_MAX, old, 0},
		{"new", INPUT_LINE, REQUIRED, PASSWORD_BYTES_MAX, fresh, 0},
	};
	return api_fields(x, fields, sizeof fields / sizeof *fields);
}

static enum err run_password(struct batch *b, struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	enum err e = load(b, a);
	if (e)
		return e;
	memcpy(a->account.password, a->fresh, sizeof a->account.password);
	return store(b, a, true);
}

static void reply_password(struct api_write *w)
{
	kept((struct account_write *)w, true);
	reply_json(w->x, 204, NULL);
}

static void password_hashed(struct exchange *x, const struct attempt *attempt, const char *hash)
{
	struct account_write *a = write_after(attempt, x, x->caller.account, run_password, reply_password);
	if (!a)
		return;
	memcpy(a->fresh, hash, sizeof a->fresh);
	api_write_start(&a->w);
}

static void old_password_right(const struct verified *v)
{
	const char *old = NULL, *fresh = NULL;
	if (read_passwords(v->x, &old, &fresh))
		login_hash(v->x, fresh, &v->attempt, password_hashed);
	else
		throttle_undecided(api_node(v->x)->throttle, &v->attempt);
}

static void put_password(struct exchange *x)
{
	const char *old = NULL, *fresh = NULL;
	char name[2 * ACCOUNT_BYTES + 8];
	const struct account *a = login_own(x);
	if (!a || !read_passwords(x, &old, &fresh))
		return;
	bool factor = a->totp_on || roles_need_factor(accounts_roles(api_node(x), a));
	const char *why = password_refusal(fresh, a->login, factor);
	if (why) {
		reply_error(x, ERR_INVALID, why, "new");
		return;
	}
	struct verifying v = {.account = a, .name = own_name(a, name), .password = old, .field = "old", .wrong = ERR_WRONG_PASSWORD,
			      .then = old_password_right};
	login_verify(x, &v);
}

/* --- second factor ---------------------------------------------------------------------------- */

static enum err run_secret(struct batch *b, struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	enum err e = load(b, a);
	if (e || a->account.totp_on)
		return e ? e : ERR_WRONG_STATE;
	account_factor_clear(&a->account);
	seed_take(&b->seed, a->account.totp_secret, TOTP_SECRET_BYTES);
	return store(b, a, false);
}

static void reply_secret(struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	const struct node *n = w->node;
	int me = node_me(n);
	struct buf secret, uri;
	kept(a, false);
	buf_init(&secret, 256);
	buf_init(&uri, HTTP_URL_BYTES_MAX);
	enum err e = totp_base32(a->account.totp_secret, &secret);
	if (!e)
		e = totp_uri(a->account.totp_secret, me == NO_SCHOOL ? "Estafeta" : n->roster.members[me].name, a->account.login, &uri);
	if (e)
		reply_error(w->x, e, NULL, NULL);
	else
		reply_json(w->x, 201, json_pack("{ss% ss%}", "secret", (const char *)secret.p, secret.n, "uri", (const char *)uri.p, uri.n));
	buf_wipe(&secret);
	buf_wipe(&uri);
}

static void post_totp(struct exchange *x)
{
	if (!login_own(x))
		return;
	struct account_write *a = write_new(x, x->caller.account, run_secret, reply_secret);
	if (a)
		api_write_start(&a->w);
}

static enum err run_confirm(struct batch *b, struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	enum err e = load(b, a);
	if (e)
		return e;
	if (a->account.totp_on || sodium_is_zero(a->account.totp_secret, TOTP_SECRET_BYTES) || !a->clock_right)
		return ERR_WRONG_STATE;
	w->field = "code";
	e = account_factor(&a->account, &b->school->vault, b->now_ms, true, a->code, NULL);
	if (e)
		return ERR_WRONG_CODE;
	a->account.totp_on = true;
	for (int i = 0; i < RECOVERY_CODES; i++) {
		a->recovery[i] = paper_make(&b->seed);
		paper_hash(&b->school->vault, a->recovery[i], a->account.recovery[i]);
	}
	/* who came in by the password alone stays no longer */
	return store(b, a, true);
}

static void reply_confirm(struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	char text[PAPER_TEXT_BYTES];
	json_t *list = json_array();
	kept(a, true);
	for (int i = 0; i < RECOVERY_CODES; i++) {
		paper_text(a->recovery[i], text);
		json_array_append_new(list, json_string(text));
	}
	sodium_memzero(text, sizeof text);
	reply_json(w->x, 200, json_pack("{so}", "recovery", list));
}

static void put_totp(struct exchange *x)
{
	const char *code = NULL;
	char name[2 * ACCOUNT_BYTES + 8];
	const struct input fields[] = {{"code", INPUT_LINE, REQUIRED, LINK_BYTES_MAX, &code, 0}};
	const struct account *own = login_own(x);
	if (!own || !api_fields(x, fields, 1))
		return;
	struct attempt attempt = login_attempt(x, own_name(own, name));
	if (!login_begin(x, &attempt))
		return;
	struct account_write *a = write_after(&attempt, x, x->caller.account, run_confirm, reply_confirm);
	if (!a)
		return;
	snprintf(a->code, sizeof a->code, "%s", code);
	api_write_start(&a->w);
}

static enum err run_off(struct batch *b, struct api_write *w)
{
	struct account_write *a = (struct account_write *)w;
	enum err e = load(b, a);
	if (e)
		return e;
	if (strcmp(a->account.password, a->hash) != 0)
		return ERR_WRONG_PASSWORD;
	if (!a->account.totp_on)
		return ERR_WRONG_STATE;
	w->field = "code";
	/* a code of the application, or one of those on paper */
	uint64_t unused;
	bool recovery = paper_parse(a->code, &unused) == ERR_OK;
	e = account_factor(&a->account, &b->school->vault, b->now_ms, a->clock_right, recovery ? NULL : a->code, recovery ? a->code : NULL);
	if (e)
		return e;
	account_factor_clear(&a->account);
	return store(b, a, true);
}

static void reply_off(struct api_write *w)
{
	kept((struct account_write *)w, true);
	reply_json(w->x, 204, NULL);
}

static bool read_off(struct exchange *x, const char **password, const char **code)
{
	const struct input fields[] = {
		{"password", INPUT_LINE, REQUIRED, PASSWORD_BYTES_MAX, password, 0},
		{"code", INPUT_LINE, REQUIRED, LINK_BYTES_MAX, code, 0},
	};
	return api_fields(x, fields, sizeof fields / sizeof *fields);
}

static void off_password_right(const struct verified *v)
{
	const char *password = NULL, *code = NULL;
	struct node *n = api_node(v->x);
	if (!read_off(v->x, &password, &code)) {
		throttle_undecided(n->throttle, &v->attempt);
		return;
	}
	/* it stands alone then */
	const struct account *own = accounts_find(&n->accounts, v->account);
	const char *why = password_refusal(password, own->login, roles_need_factor(accounts_roles(n, own)));
	if (why) {
		throttle_undecided(n->throttle, &v->attempt);
		reply_error(v->x, ERR_INVALID, why, "password");
		return;
	}
	struct account_write *a = write_after(&v->attempt, v->x, v->account, run_off, reply_off);
	if (!a)
		return;
	memcpy(a->hash, v->hash, sizeof a->hash);
	snprintf(a->code, sizeof a->code, "%s", code);
	api_write_start(&a->w);
}

static void delete_totp(struct exchange *x)
{
	const char *password = NULL, *code = NULL;
	char name[2 * ACCOUNT_BYTES + 8];
	const struct account *a = login_own(x);
	if (!a || !read_off(x, &password, &code))
		return;
	struct verifying v = {.account = a, .name = own_name(a, name), .password = password, .field = "password", .wrong = ERR_WRONG_PASSWORD,
			      .then = off_password_right};
	login_verify(x, &v);
}

const struct route account_routes[] = {
	{METHOD_PUT, "/api/v1/account/password", AREA_SESSION, BODY_JSON, 4096, put_password},
	{METHOD_POST, "/api/v1/account/totp", AREA_SESSION, BODY_JSON_OR_NONE, 1024, post_totp},
	{METHOD_PUT, "/api/v1/account/totp", AREA_SESSION, BODY_JSON, 1024, put_totp},
	{METHOD_DELETE, "/api/v1/account/totp", AREA_SESSION, BODY_JSON, 4096, delete_totp},
};
const size_t account_route_count = sizeof account_routes / sizeof *account_routes;
