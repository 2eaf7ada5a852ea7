/* The administrator's side of accounts: who has one, codes on paper, flags, lost telephones. */
#include <stdio.h>
#include <stdlib.h>

#include "core/paper.h"
#include "core/date.h"
#include "node/events.h"
#include "node/handler.h"
#include "node/letters.h"
#include "node/login.h"
#include "node/loop.h"
#include "proto/text.h"

/* --- the list --------------------------------------------------------------------------------- */

static json_t *id_or_null(const uint8_t *id)
{
	return sodium_is_zero(id, SUBJECT_BYTES) ? json_null() : json_hex(id, SUBJECT_BYTES);
}

static json_t *show(const struct node *n, const struct account *a)
{
	uint32_t roles = accounts_roles(n, a);
	char name[NAME_BYTES_MAX + 1];
	json_t *list = json_array();
	for (int role = ROLE_STUDENT; role < ROLE_LOCAL; role++)
		if (roles >> role & 1)
			json_array_append_new(list, json_string(access_role_name((enum role)role)));
	accounts_name(n, a, a->kind == ACCOUNT_GUARDIAN ? ROLE_PARENT : ROLE_NONE, name);
	return json_pack("{so ss ss ss so so so sb sb sb sb so so}", "id", json_hex(a->id, ACCOUNT_BYTES), "login", a->login, "name",
			 name, "kind", account_kind_name(a->kind), "person", id_or_null(a->who), "guardian",
			 id_or_null(a->guardian), "roles", list, "administrator", a->administrator, "observer", a->observer,
			 "disabled", a->disabled, "totp", a->totp_on, "created", json_time(a->created_ms), "last_login",
			 json_time(a->seen_ms));
}

struct listed {
	const struct account *account;
	char *folded, *key;
};

static void listed_release(struct listed *l)
{
	free(l->folded);
	free(l->key);
}

static int by_name(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int c = strcmp(x->key, y->key);
	return c ? c : memcmp(x->account->id, y->account->id, ACCOUNT_BYTES);
}

struct list_query {
	char *folded; /* NULL: any */
	enum role role;
	enum account_kind kind;
	bool any_kind;
	int disabled; /* -1: any */
};

static bool matches(const struct node *n, const struct listed *l, const struct list_query *q)
{
	const struct account *a = l->account;
	if (q->folded && !strstr(l->folded, q->folded) && !strstr(a->login, q->folded))
		return false;
	if (!q->any_kind && a->kind != q->kind)
		return false;
	if (q->disabled >= 0 && a->disabled != (q->disabled > 0))
		return false;
	return q->role == ROLE_NONE || (accounts_roles(n, a) >> q->role & 1);
}

static bool read_query(struct exchange *x, struct list_query *q)
{
	const char *query = request_query(x->req, "query"), *role = request_query(x->req, "role");
	const char *kind = request_query(x->req, "kind"), *disabled = request_query(x->req, "disabled");
	const char *bad = NULL;
	*q = (struct list_query){.any_kind = !kind || !*kind, .disabled = -1};
	if (role && *role && (q->role = access_role(role)) == ROLE_NONE)
		bad = "role";
	if (!q->any_kind && !account_kind(kind, &q->kind))
		bad = "kind";
	if (disabled && *disabled)
		q->disabled = strcmp(disabled, "true") == 0;
	if (!bad && query && *query && !(q->folded = letters_fold(query)))
		bad = "query";
	if (bad)
		reply_error(x, ERR_INVALID, NULL, bad);
	return !bad;
}

static void list(struct exchange *x)
{
	const struct node *n = api_node(x);
	const struct accounts *s = &n->accounts;
	const char *cursor = request_query(x->req, "cursor");
	size_t limit = handler_limit(x), from = cursor ? strtoul(cursor, NULL, 10) : 0, count = 0;
	struct list_query q;
	if (!limit || !read_query(x, &q))
		return;
	struct listed *all = calloc(s->count + 1, sizeof *all);
	for (size_t i = 0; all && i < s->count; i++) {
		char name[NAME_BYTES_MAX + 1];
		const struct account *a = &s->at[i];
		/* to find each guardian's child would take all accounts times all students */
		if (a->kind == ACCOUNT_GUARDIAN)
			snprintf(name, sizeof name, "%s", a->name);
		else
			accounts_name(n, a, ROLE_NONE, name);
		all[count] = (struct listed){a, letters_fold(name), letters_key(name)};
		if (all[count].folded && all[count].key && matches(n, &all[count], &q))
			count++;
		else
			listed_release(&all[count]);
	}
	free(q.folded);
	if (!all) {
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return;
	}
	qsort(all, count, sizeof *all, by_name);
	json_t *items = json_array();
	for (size_t i = from; i < count && i - from < limit; i++)
		json_array_append_new(items, show(n, all[i].account));
	for (size_t i = 0; i < count; i++)
		listed_release(&all[i]);
	free(all);
	char next[24];
	bool more = from < count && limit < count - from;
	snprintf(next, sizeof next, "%zu", from + limit);
	reply_json(x, 200, json_pack("{so so sI}", "items", items, "next", more ? json_string(next) : json_null(), "total",
				     (json_int_t)count));
}

/* --- codes on paper --------------------------------------------------------------------------- */

struct issued {
	struct paper paper;
	uint64_t code;
	char class_name[24];
	uint8_t child[SUBJECT_BYTES]; /* of a guardian */
};

struct codes_write {
	struct api_write w;
	struct issued *at;
	size_t count;
	bool single; /* an invitation: the one object, not a list */
	char origin[HOST_NAME_BYTES + 32];
};

static void finish_codes(struct api_write *w)
{
	struct codes_write *c = (struct codes_write *)w;
	if (c->at)
		sodium_memzero(c->at, c->count * sizeof *c->at);
	free(c->at);
}

static enum err run_codes(struct batch *b, struct api_write *w)
{
	struct codes_write *c = (struct codes_write *)w;
	enum err e = ERR_OK;
	w->job.wrote = true;
	for (size_t i = 0; i < c->count && !e; i++) {
		struct issued *one = &c->at[i];
		bool staff = one->paper.kind == ACCOUNT_STAFF || one->paper.kind == ACCOUNT_NOBODY;
		one->code = paper_make(&b->seed);
		one->paper.expires_ms = b->now_ms + (uint64_t)(staff ? PAPER_STAFF_S : PAPER_CODE_S) * 1000;
		paper_hash(&b->school->vault, one->code, one->paper.hash);
		e = paper_put(&b->txn, &b->school->vault, &b->seed, &one->paper);
	}
	return e;
}

static json_t *show_code(const struct codes_write *c, const struct issued *one)
{
	char text[PAPER_TEXT_BYTES], uri[sizeof c->origin + 64];
	bool guardian = one->paper.kind == ACCOUNT_GUARDIAN;
	paper_text(one->code, text);
	snprintf(uri, sizeof uri, "%s/claim#%s", c->origin, text);
	json_t *o = json_pack("{so so ss ss ss so ss}", "person", id_or_null(guardian ? one->child : one->paper.person), "guardian",
			      guardian ? id_or_null(one->paper.person) : json_null(), "name", one->paper.name, "class",
			      one->class_name, "code", text, "expires", json_time(one->paper.expires_ms), "uri", uri);
	sodium_memzero(text, sizeof text);
	sodium_memzero(uri, sizeof uri);
	return o;
}

static void reply_codes(struct api_write *w)
{
	struct codes_write *c = (struct codes_write *)w;
	if (c->single) {
		reply_json(w->x, 201, show_code(c, &c->at[0]));
		return;
	}
	json_t *items = json_array();
	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(items, show_code(c, &c->at[i]));
	reply_json(w->x, 201, json_pack("{so}", "items", items));
}

static struct codes_write *codes_new(struct exchange *x, size_t count)
{
	struct codes_write *c = api_write_new(x, sizeof *c, run_codes, reply_codes);
	if (!c)
		return NULL;
	c->w.finish = finish_codes;
	c->w.job.bytes += count * sizeof *c->at;
	c->count = count;
	c->at = calloc(count, sizeof *c->at);
	/* as the administrator came in, so will whoever scans it; the host was checked */
	const char *host = x->req->local ? NULL : x->req->host;
	const struct node *n = api_node(x);
	if (host)
		snprintf(c->origin, sizeof c->origin, "%s://%.250s", n->keyring.config.secure_cookies ? "https" : "http", host);
	else
		snprintf(c->origin, sizeof c->origin, "http://%s:%u", n->keyring.config.http_listen.host, n->http_port);
	if (c->at)
		return c;
	api_write_refuse(&c->w, ERR_NO_MEMORY);
	return NULL;
}

/* Whom the code is for, as the records have them now; false: nobody of that kind is here. */
static bool fill(const struct node *n, const json_t *wanted, enum account_kind kind, struct issued *out)
{
	const char *person = json_string_value(json_object_get(wanted, "person"));
	const char *guardian = json_string_value(json_object_get(wanted, "guardian"));
	uint8_t subject[SUBJECT_BYTES], id[SUBJECT_BYTES];
	uint64_t now = clock_ms();
	char today[DATE_BYTES];
	if (!person || !hex_decode(person, subject, sizeof subject) || (kind == ACCOUNT_GUARDIAN) != (guardian != NULL))
		return false;
	const struct indexed_person *p = people_index_find(&n->people, subject);
	bool staff = kind == ACCOUNT_STAFF;
	if (!(staff ? roles_teacher(&n->people, subject, now) : roles_student(&n->people, subject, now)))
		return false;
	out->paper.kind = kind;
	snprintf(out->class_name, sizeof out->class_name, "%s", p->person.class_name);
	if (kind != ACCOUNT_GUARDIAN) {
		memcpy(out->paper.person, subject, SUBJECT_BYTES);
		accounts_full_name(p->person.family, p->person.given, p->person.patronymic, out->paper.name);
		return true;
	}
	const struct guardian *g = hex_decode(guardian, id, sizeof id) ? person_guardian(&p->person, id) : NULL;
	date_of(now, today);
	if (!g || !person_guardian_stands(&p->person, g, today))
		return false;
	memcpy(out->paper.person, id, SUBJECT_BYTES);
	memcpy(out->child, subject, SUBJECT_BYTES);
	accounts_full_name(g->family, g->given, g->patronymic, out->paper.name);
	return true;
}

static void post_codes(struct exchange *x)
{
	const char *kind_name = NULL;
	json_t *people = NULL;
	enum account_kind kind;
	const struct input fields[] = {
		{"kind", INPUT_LINE, REQUIRED, 20, &kind_name, 0},
		{"people", INPUT_LIST, REQUIRED, PAPER_CODES_AT_ONCE_MAX, &people, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	if (!account_kind(kind_name, &kind) || kind == ACCOUNT_NOBODY) {
		reply_error(x, ERR_INVALID, "student, staff or guardian", "kind");
		return;
	}
	if (!json_array_size(people)) {
		reply_error(x, ERR_INVALID, "at least one", "people");
		return;
	}
	struct codes_write *c = codes_new(x, json_array_size(people));
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		char at[40];
		if (fill(api_node(x), json_array_get(people, i), kind, &c->at[i]))
			continue;
		snprintf(at, sizeof at, "people.%zu", i);
		reply_error(x, ERR_INVALID, "nobody of that kind is here under these ids", at);
		api_write_drop(&c->w);
		return;
	}
	api_write_start(&c->w);
}

static void post_invitation(struct exchange *x)
{
	const char *name = NULL;
	bool observer = false, administrator = false;
	const struct input fields[] = {
		{"name", INPUT_LINE, REQUIRED, NAME_BYTES_MAX, &name, 0},
		{"observer", INPUT_BOOL, OPTIONAL, 0, &observer, 0},
		{"administrator", INPUT_BOOL, OPTIONAL, 0, &administrator, 0},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	if (!observer && !administrator) {
		reply_error(x, ERR_INVALID, "an observer or an administrator", "observer");
		return;
	}
	struct codes_write *c = codes_new(x, 1);
	if (!c)
		return;
	c->single = true;
	c->at[0].paper = (struct paper){.kind = ACCOUNT_NOBODY, .observer = observer, .administrator = administrator};
	snprintf(c->at[0].paper.name, sizeof c->at[0].paper.name, "%s", name);
	api_write_start(&c->w);
}

/* --- one account ------------------------------------------------------------------------------ */

struct change {
	struct api_write w;
	uint8_t id[ACCOUNT_BYTES];
	int administrator, observer, disabled; /* -1: as it is */
	bool sets_guardian, clears_factor, closes;
	uint8_t guardian[SUBJECT_BYTES];
	struct account account;
};

static enum err run_change(struct batch *b, struct api_write *w)
{
	struct change *c = (struct change *)w;
	const struct vault *v = &b->school->vault;
	struct account *a = &c->account;
	enum err e = account_get(&b->txn, v, c->id, a);
	if (e)
		return e;
	bool was = a->administrator && !a->disabled;
	if (c->administrator >= 0)
		a->administrator = c->administrator;
	if (c->observer >= 0)
		a->observer = c->observer;
	if (c->disabled >= 0)
		a->disabled = c->disabled;
	if (was && !(a->administrator && !a->disabled) && (e = account_not_last(&b->txn, v, c->id)))
		return e;
	if (c->sets_guardian)
		memcpy(a->guardian, c->guardian, SUBJECT_BYTES);
	if (c->clears_factor)
		account_factor_clear(a);
	w->job.wrote = true;
	if (c->closes || a->disabled)
		auth_close_account(&b->txn, c->id, NULL);
	return account_put(&b->txn, v, &b->seed, a);
}

static void reply_change(struct api_write *w)
{
	struct change *c = (struct change *)w;
	login_keep(w->node, &c->account);
	if (c->closes || c->account.disabled)
		events_end_account(w->node->events, c->id, 0);
	if (w->x->req->method == METHOD_PUT)
		reply_json(w->x, 200, show(w->node, &c->account));
	else
		reply_json(w->x, 204, NULL);
}

/* NULL: it has replied. */
static struct change *change_new(struct exchange *x)
{
	uint8_t id[ACCOUNT_BYTES];
	if (!api_param_id(x, 0, id, sizeof id))
		return NULL;
	if (!accounts_find(&api_node(x)->accounts, id)) {
		reply_error(x, ERR_NOT_FOUND, "no such account", NULL);
		return NULL;
	}
	struct change *c = api_write_new(x, sizeof *c, run_change, reply_change);
	if (!c)
		return NULL;
	memcpy(c->id, id, sizeof id);
	c->administrator = c->observer = c->disabled = -1;
	return c;
}

/* true, false, or absent; anything else is wrong. */
static bool tristate(const json_t *v, int *out)
{
	if (!v)
		return true;
	*out = json_is_true(v);
	return json_is_boolean(v);
}

static const char *read_change(struct exchange *x, struct change *c, const struct account *old)
{
	json_t *administrator = NULL, *observer = NULL, *disabled = NULL;
	const char *guardian = NULL, *bad = NULL;
	const struct input fields[] = {
		{"administrator", INPUT_ANY, OPTIONAL, 0, &administrator, 0},
		{"observer", INPUT_ANY, OPTIONAL, 0, &observer, 0},
		{"disabled", INPUT_ANY, OPTIONAL, 0, &disabled, 0},
		{"guardian", INPUT_LINE, OPTIONAL, 2 * SUBJECT_BYTES, &guardian, 0},
	};
	if (json_fields(x->json, fields, sizeof fields / sizeof *fields, &bad))
		return bad ? bad : "";
	if (!tristate(administrator, &c->administrator))
		return "administrator";
	if (!tristate(observer, &c->observer))
		return "observer";
	if (!tristate(disabled, &c->disabled))
		return "disabled";
	/* a child's account stays a child's */
	if (old->kind == ACCOUNT_STUDENT && (c->administrator > 0 || c->observer > 0 || guardian))
		return c->administrator > 0 ? "administrator" : c->observer > 0 ? "observer" : "guardian";
	if (!guardian)
		return NULL;
	c->sets_guardian = true;
	if (!*guardian)
		return NULL;
	const struct node *n = api_node(x);
	if (!hex_decode(guardian, c->guardian, SUBJECT_BYTES) || !roles_guardian(&n->people, c->guardian, clock_ms(), NULL))
		return "guardian";
	const struct account *other = accounts_by_person(&n->accounts, c->guardian);
	return other && other != old ? "guardian" : NULL; /* one person, one account */
}

static void put_account(struct exchange *x)
{
	struct change *c = change_new(x);
	if (!c)
		return;
	const char *bad = read_change(x, c, accounts_find(&api_node(x)->accounts, c->id));
	if (!bad) {
		api_write_start(&c->w);
		return;
	}
	reply_error(x, ERR_INVALID, NULL, *bad ? bad : NULL);
	api_write_drop(&c->w);
}

static void delete_factor(struct exchange *x)
{
	struct change *c = change_new(x);
	if (!c)
		return;
	c->clears_factor = c->closes = true;
	api_write_start(&c->w);
}

static void delete_sessions(struct exchange *x)
{
	struct change *c = change_new(x);
	if (!c)
		return;
	c->closes = true;
	api_write_start(&c->w);
}

const struct route accounts_routes[] = {
	{METHOD_GET, "/api/v1/accounts", AREA_ACCOUNTS, BODY_NONE, 0, list},
	{METHOD_POST, "/api/v1/accounts", AREA_ACCOUNTS, BODY_JSON, 4096, post_invitation},
	{METHOD_POST, "/api/v1/accounts/codes", AREA_ACCOUNTS, BODY_JSON, HTTP_BODY_BYTES_MAX, post_codes},
	{METHOD_PUT, "/api/v1/accounts/{id}", AREA_ACCOUNTS, BODY_JSON, 4096, put_account},
	{METHOD_DELETE, "/api/v1/accounts/{id}/totp", AREA_ACCOUNTS, BODY_NONE, 0, delete_factor},
	{METHOD_DELETE, "/api/v1/accounts/{id}/sessions", AREA_ACCOUNTS, BODY_NONE, 0, delete_sessions},
};
const size_t accounts_route_count = sizeof accounts_routes / sizeof *accounts_routes;
