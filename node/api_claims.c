/* A code on paper becomes an account, or opens one whose password is forgotten. */
#include <stdio.h>

#include "core/paper.h"
#include "node/events.h"
#include "node/login.h"
#include "node/loop.h"
#include "node/passwords.h"

struct claim {
	const char *code, *login, *password, *totp, *recovery;
	bool shared;
};

static bool read_claim(struct exchange *x, struct claim *c)
{
	*c = (struct claim){0};
	const struct input fields[] = {
		{"code", INPUT_LINE, REQUIRED, LINK_BYTES_MAX, &c->code, 0},
		{"login", INPUT_LINE, REQUIRED, 4 * LOGIN_BYTES_MAX, &c->login, 0},
		{"password", INPUT_LINE, REQUIRED, PASSWORD_BYTES_MAX, &c->password, 0},
		{"totp", INPUT_LINE, OPTIONAL, LINK_BYTES_MAX, &c->totp, 0},
		{"recovery", INPUT_LINE, OPTIONAL, LINK_BYTES_MAX, &c->recovery, 0},
		{"shared", INPUT_BOOL, OPTIONAL, 0, &c->shared, 0},
	};
	return api_fields(x, fields, sizeof fields / sizeof *fields);
}

struct claim_write {
	struct api_write w;
	struct attempt attempt;
	uint8_t code[HASH_BYTES];
	char hash[PASSWORD_HASH_BYTES], login[LOGIN_BYTES_MAX + 1];
	char totp[LINK_BYTES_MAX + 1], recovery[LINK_BYTES_MAX + 1];
	bool clock_right, shared, settled, exists;
	uint8_t existing[ACCOUNT_BYTES];
	enum role role;
	struct account account;
	struct session session;
	uint8_t token[TOKEN_BYTES];
};

static void fresh_account(struct batch *b, const struct paper *p, struct account *out)
{
	*out = (struct account){.kind = p->kind, .administrator = p->administrator, .observer = p->observer, .created_ms = b->now_ms};
	seed_take(&b->seed, out->id, sizeof out->id);
	memcpy(p->kind == ACCOUNT_GUARDIAN ? out->guardian : out->who, p->person, SUBJECT_BYTES);
	snprintf(out->name, sizeof out->name, "%s", p->name);
}

/* The second factor of an account that has one is not forgotten with its password. */
static enum err old_account(struct batch *b, struct claim_write *c)
{
	enum err e = account_get(&b->txn, &b->school->vault, c->existing, &c->account);
	if (!e && c->account.disabled)
		e = ERR_FORBIDDEN;
	if (e || !c->account.totp_on)
		return e;
	e = account_factor(&c->account, &b->school->vault, b->now_ms, c->clock_right, c->totp, c->recovery);
	c->w.field = !e ? NULL : c->recovery[0] ? "recovery" : "totp";
	return e;
}

static enum err run_claim(struct batch *b, struct api_write *w)
{
	struct claim_write *c = (struct claim_write *)w;
	const struct vault *v = &b->school->vault;
	struct paper p;
	w->field = "code";
	enum err e = paper_find(&b->txn, v, b->now_ms, c->code, &p);
	if (e)
		return e;
	w->field = "login";
	if ((e = account_login_free(&b->txn, v, c->login, c->exists ? c->existing : NULL)))
		return e;
	w->field = NULL;
	if (!c->exists)
		fresh_account(b, &p, &c->account);
	else if ((e = old_account(b, c)))
		return e;
	snprintf(c->account.login, sizeof c->account.login, "%s", c->login);
	memcpy(c->account.password, c->hash, sizeof c->account.password);
	c->account.seen_ms = b->now_ms;
	w->job.wrote = true;
	p.used = true;
	sodium_memzero(p.name, sizeof p.name); /* the account has it now */
	e = paper_put(&b->txn, v, &b->seed, &p);
	auth_close_account(&b->txn, c->account.id, NULL);
	c->session = (struct session){.role = c->role, .shared = c->shared};
	memcpy(c->session.account, c->account.id, ACCOUNT_BYTES);
	if (!e)
		e = account_put(&b->txn, v, &b->seed, &c->account);
	return e ? e : auth_open(&b->txn, b->now_ms, &b->seed, &c->session, c->token);
}

static void reply_claim(struct api_write *w)
{
	struct claim_write *c = (struct claim_write *)w;
	c->settled = true;
	throttle_succeeded(w->node->throttle, &c->attempt);
	/* whoever guessed at the password before, it is another one now */
	struct attempt by_login = login_attempt(w->x, c->login);
	throttle_succeeded(w->node->throttle, &by_login);
	login_keep(w->node, &c->account);
	events_end_account(w->node->events, c->account.id, 0);
	login_reply(w->x, 201, &c->session, c->token);
}

static void finish_claim(struct api_write *w)
{
	struct claim_write *c = (struct claim_write *)w;
	if (c->settled)
		return;
	if (w->job.result == ERR_WRONG_CODE)
		login_failed(w->node, &c->attempt);
	else
		throttle_undecided(w->node->throttle, &c->attempt);
}

/* Which roles an account of the code would have; 0: whom it was made for is not here any more. */
static uint32_t roles_of(const struct node *n, const struct paper *p)
{
	struct account a = {.kind = p->kind, .administrator = p->administrator, .observer = p->observer};
	memcpy(p->kind == ACCOUNT_GUARDIAN ? a.guardian : a.who, p->person, SUBJECT_BYTES);
	const struct account *old = accounts_by_person(&n->accounts, p->person);
	return roles_held(&n->people, &a, clock_ms()) | (old ? accounts_roles(n, old) : 0);
}

static enum err find_paper(struct exchange *x, const char *typed, uint8_t hash[HASH_BYTES], struct paper *out)
{
	struct node *n = api_node(x);
	struct txn t;
	uint64_t code;
	enum err e = paper_parse(typed, &code);
	if (e)
		return e == ERR_BAD_CHECK ? e : ERR_BAD_CODE;
	paper_hash(&n->opened.school.vault, code, hash);
	sodium_memzero(&code, sizeof code);
	if ((e = txn_begin(&t, n->opened.store, false)))
		return e;
	e = paper_find(&t, &n->opened.school.vault, clock_ms(), hash, out);
	txn_abort(&t);
	return !e && !roles_of(n, out) ? ERR_CODE_EXPIRED : e;
}

static void claim_hashed(struct exchange *x, const struct attempt *attempt, const char *hash)
{
	struct node *n = api_node(x);
	struct claim c;
	struct paper p;
	uint8_t code[HASH_BYTES];
	char login[LOGIN_BYTES_MAX + 1];
	enum err e = ERR_OK;
	struct claim_write *w = NULL;
	if (!read_claim(x, &c) || !login_fold(c.login, login)) /* both were well a moment ago */
		return;
	if ((e = find_paper(x, c.code, code, &p)))
		reply_error(x, e, NULL, "code");
	else
		w = api_write_new(x, sizeof *w, run_claim, reply_claim);
	if (!w) {
		throttle_undecided(n->throttle, attempt);
		return;
	}
	const struct account *old = accounts_by_person(&n->accounts, p.person);
	w->w.finish = finish_claim;
	w->attempt = *attempt;
	memcpy(w->code, code, sizeof w->code);
	memcpy(w->hash, hash, sizeof w->hash);
	snprintf(w->login, sizeof w->login, "%s", login);
	snprintf(w->totp, sizeof w->totp, "%s", c.totp ? c.totp : "");
	snprintf(w->recovery, sizeof w->recovery, "%s", c.recovery ? c.recovery : "");
	w->clock_right = clock_right(clock_ms());
	w->shared = c.shared;
	w->exists = old != NULL;
	if (old)
		memcpy(w->existing, old->id, ACCOUNT_BYTES);
	w->role = roles_first(roles_of(n, &p));
	api_write_start(&w->w);
}

static void post_claim(struct exchange *x)
{
	struct node *n = api_node(x);
	struct claim c;
	struct paper p;
	uint8_t hash[HASH_BYTES];
	char login[LOGIN_BYTES_MAX + 1];
	if (!read_claim(x, &c))
		return;
	struct attempt attempt = login_attempt(x, c.code);
	if (!login_begin(x, &attempt))
		return;
	enum err e = find_paper(x, c.code, hash, &p);
	if (e) {
		if (e == ERR_BAD_CODE)
			login_failed(n, &attempt);
		else
			throttle_undecided(n->throttle, &attempt);
		reply_error(x, e, NULL, "code");
		return;
	}
	/* from here on a holder of a right code is told what is amiss with the rest */
	const struct account *old = accounts_by_person(&n->accounts, p.person);
	bool well = login_fold(c.login, login);
	const struct account *other = well ? accounts_by_login(&n->accounts, login) : NULL;
	bool factor = (old && old->totp_on) || roles_need_factor(roles_of(n, &p));
	const char *why = well ? password_refusal(c.password, login, factor) : NULL;
	if (!well)
		reply_error(x, ERR_INVALID, "3 to 64 letters and digits, without spaces", "login");
	else if (other && other != old)
		reply_error(x, ERR_LOGIN_TAKEN, NULL, "login");
	else if (why)
		reply_error(x, ERR_INVALID, why, "password");
	else {
		login_hash(x, c.password, &attempt, claim_hashed);
		return;
	}
	throttle_undecided(n->throttle, &attempt);
}

const struct route claims_routes[] = {
	{METHOD_POST, "/api/v1/accounts/claims", AREA_PUBLIC, BODY_JSON, 4096, post_claim},
};
const size_t claims_route_count = sizeof claims_routes / sizeof *claims_routes;
