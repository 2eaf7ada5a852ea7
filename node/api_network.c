#include "node/api.h"

#include <stdio.h>

#include "core/invite.h"
#include "core/local.h"
#include "core/membership.h"
#include "node/loop.h"
#include "node/peer_jobs.h"
#include "node/peers.h"
#include "proto/text.h"

/* --- showing ---------------------------------------------------------------------------------- */

static json_t *member_json(const struct node *n, const struct roster *r, int i)
{
	const struct member *m = &r->members[i];
	char text[10];
	text_short(m->id, text);
	enum err standing = roster_standing(r, i, clock_ms());
	const char *status = m->revoked ? "revoked" : standing ? "expired" : "member";
	bool me = memcmp(m->id, n->opened.school.id, SCHOOL_BYTES) == 0;
	json_t *parent = m->parents[0] == NO_SCHOOL ? json_null() : json_hex(r->members[m->parents[0]].id, SCHOOL_BYTES);
	return json_pack("{so ss ss ss ss so si so so ss sb}", "id", json_hex(m->id, SCHOOL_BYTES), "short", text, "name", m->name,
			 "region", m->region, "district", m->district, "parent", parent, "depth", (int)m->height, "powers",
			 api_powers(m->powers), "valid_until", json_time(m->before_ms ? m->before_ms : 1), "status", status,
			 "me", me);
}

static json_t *peer_json(const struct node *n, const struct peer_status *p)
{
	static const char *const RELATIONS[] = {"parent", "second_parent", "child"};
	static const char *const STATES[] = {"connected", "connecting", "waiting", "never", "refused"};
	json_t *reason = p->reason ? json_pack("{so ss}", "code", api_code(p->reason), "text", p->reason_text) : json_null();
	json_t *out = json_pack("{sI sI so}", "pending", (json_int_t)p->sync.pending_out, "sent", (json_int_t)p->sync.sent,
				"acked_time", json_time(p->sync.acked_ms));
	json_t *in = json_pack("{sI sI so}", "pending", (json_int_t)p->sync.missing, "received", (json_int_t)p->sync.received,
			       "time", json_time(p->sync.received_ms));
	json_t *version = p->sync.program ? json_sprintf("%u.%u.%u", p->sync.program >> 24, p->sync.program >> 16 & 0xff, p->sync.program & 0xffff)
					  : json_null();
	return json_pack("{so ss so ss sb so so sI so so so so}", "school", api_school_ref(&n->roster, p->id), "relation",
			 RELATIONS[p->relation], "address", p->address ? json_string(p->address) : json_null(), "state",
			 STATES[p->state], "complete", p->sync.complete, "out", out, "in", in, "missing",
			 (json_int_t)p->sync.missing, "last_success", json_time(p->last_success_ms), "reason", reason,
			 "next_attempt", json_time(p->next_attempt_ms), "version", version);
}

static void get_network(struct exchange *x)
{
	struct node *n = api_node(x);
	const struct roster *r = &n->roster;
	struct peer_status p;
	struct txn t;
	if (!api_read(x, &t))
		return;
	json_t *schools = json_array(), *peers = json_array();
	for (size_t i = 0; i < r->count; i++)
		if (r->members[i].member)
			json_array_append_new(schools, member_json(n, r, (int)i));
	for (size_t i = 0; peers_status(n->peers, &t, i, &p); i++)
		json_array_append_new(peers, peer_json(n, &p));
	txn_abort(&t);
	reply_json(x, 200, json_pack("{so so so so}", "me", api_school_ref(r, n->opened.school.id), "root",
				     api_school_ref(r, r->root), "schools", schools, "peers", peers));
}

/* --- inviting --------------------------------------------------------------------------------- */

struct invite_write {
	struct api_write w;
	struct invite invite;
	uint32_t powers, depth;
	uint64_t days;
};

static enum err run_invite(struct batch *b, struct api_write *w)
{
	struct invite_write *i = (struct invite_write *)w;
	const struct roster *r;
	struct buf sealed;
	uint8_t id[INVITE_ID_BYTES], nonce[24];
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	int me = roster_find(r, b->school->id);
	e = roster_standing(r, me, b->now_ms);
	if (e)
		return e;
	const struct member *own = &r->members[me];
	if (!(own->powers & POWER_ADMIT) || i->depth >= own->depth || (i->powers & ~own->powers))
		return ERR_NO_POWER;
	struct invite_row row = {.powers = i->powers, .depth = i->depth, .created_ms = b->now_ms,
				 .expires_ms = b->now_ms + i->days * 24 * 3600 * 1000};
	seed_take(&b->seed, i->invite.secret, sizeof i->invite.secret);
	seed_take(&b->seed, nonce, sizeof nonce);
	buf_init(&sealed, sizeof row.secret);
	vault_seal(&b->school->vault, bytes_of(i->invite.secret, SECRET_BYTES), nonce, &sealed);
	if (sealed.err)
		return sealed.err;
	memcpy(row.secret, sealed.p, sizeof row.secret);
	buf_release(&sealed);
	i->invite.expires_ms = row.expires_ms;
	invite_id(id, i->invite.secret);
	invite_row_put(&b->txn, id, &row);
	return b->txn.err;
}

static void reply_invite(struct api_write *w)
{
	struct invite_write *i = (struct invite_write *)w;
	struct buf token;
	buf_init(&token, INVITE_TOKEN_BYTES_MAX + 1);
	enum err e = invite_encode(&i->invite, &token);
	buf_put_byte(&token, '\0');
	if (!e)
		e = token.err;
	if (e)
		reply_error(w->x, e, NULL, NULL);
	else
		reply_json(w->x, 201, json_pack("{ss so ss}", "token", (const char *)token.p, "expires",
						json_time(i->invite.expires_ms), "address", i->invite.address));
	buf_wipe(&token);
}

static bool read_powers(const json_t *list, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		uint32_t power = !s			     ? 0
				 : strcmp(s, "relay") == 0   ? POWER_RELAY
				 : strcmp(s, "admit") == 0   ? POWER_ADMIT
				 : strcmp(s, "observe") == 0 ? POWER_OBSERVE
							     : 0;
		if (!power || *out & power)
			return false;
		*out |= power;
	}
	return true;
}

static void create_invite(struct exchange *x)
{
	struct node *n = api_node(x);
	json_t *list = NULL;
	int64_t depth = 0, days = INVITE_S / (24 * 3600);
	uint32_t powers;
	const struct input fields[] = {
		{"powers", INPUT_LIST, REQUIRED, 3, &list, 0},
		{"depth", INPUT_INTEGER, REQUIRED, MEMBERSHIP_DEPTH_MAX - 1, &depth, 0},
		{"days", INPUT_INTEGER, OPTIONAL, 90, &days, 1},
	};
	if (!api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	if (!read_powers(list, &powers)) {
		reply_error(x, ERR_INVALID, "of relay, admit and observe, each once", "powers");
		return;
	}
	struct invite_write *i = api_write_new(x, sizeof *i, run_invite, reply_invite);
	if (!i)
		return;
	if (!node_advertised(n, i->invite.address)) {
		i->w.detail = "say in estafeta.conf how other schools reach this node: [peer] advertise = host:port";
		api_write_refuse(&i->w, ERR_NO_ADDRESS);
		return;
	}
	memcpy(i->invite.school, n->opened.school.id, SCHOOL_BYTES);
	crypto_scalarmult_base(i->invite.kx, n->opened.school.kx_secrets[0]);
	i->powers = powers;
	i->depth = (uint32_t)depth;
	i->days = (uint64_t)days;
	api_write_start(&i->w);
}

/* --- joining ---------------------------------------------------------------------------------- */

struct join_write {
	struct api_write w;
	struct invite invite;
	char token[INVITE_TOKEN_BYTES_MAX + 1];
};

static void put_address(struct batch *b, const uint8_t *school, const char *address)
{
	local_put(&b->txn, LOCAL_ADDRESS, bytes_of(school, SCHOOL_BYTES), bytes_text(address));
}

static enum err run_join(struct batch *b, struct api_write *w)
{
	struct join_write *j = (struct join_write *)w;
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	/* a founder that has admitted somebody is a network of its own */
	if (memcmp(b->root, b->school->id, SCHOOL_BYTES) != 0 || r->count > 1) {
		w->detail = "this school already belongs to a network";
		return ERR_WRONG_STATE;
	}
	w->job.wrote = true;
	put_address(b, j->invite.school, j->invite.address);
	return pending_join_put(b, j->token);
}

static void reply_join(struct api_write *w)
{
	struct join_write *j = (struct join_write *)w;
	struct node *n = api_node(w->x);
	peers_join(n->peers, &j->invite);
	reply_json(w->x, 202, json_pack("{so}", "school", api_school_ref(&n->roster, j->invite.school)));
}

static void join(struct exchange *x)
{
	struct node *n = api_node(x);
	const char *token = NULL;
	struct address at;
	const struct input fields[] = {{"token", INPUT_TEXT, REQUIRED, INVITE_TOKEN_BYTES_MAX, &token, 0}};
	if (!api_fields(x, fields, 1))
		return;
	struct join_write *j = api_write_new(x, sizeof *j, run_join, reply_join);
	if (!j)
		return;
	enum err e = invite_decode(token, &j->invite);
	if (!e && !address_parse(j->invite.address, &at))
		e = ERR_BAD_FORM;
	if (!e && memcmp(j->invite.school, n->opened.school.id, SCHOOL_BYTES) == 0)
		e = ERR_SELF;
	if (!e && clock_ms() >= j->invite.expires_ms)
		e = ERR_CODE_EXPIRED;
	if (e) {
		j->w.field = "token";
		j->w.detail = e == ERR_BAD_FORM ? "this is not an invitation; one begins with estafeta1-" : NULL;
		api_write_refuse(&j->w, e == ERR_BAD_FORM ? ERR_INVALID : e);
		return;
	}
	snprintf(j->token, sizeof j->token, "%s", token);
	api_write_start(&j->w);
}

/* --- new terms -------------------------------------------------------------------------------- */

static enum err missed(struct api_write *w, enum err e)
{
	if (e == ERR_NOT_FOUND)
		w->detail = "no such school in the network";
	return e;
}

struct terms_write {
	struct api_write w;
	uint8_t school[SCHOOL_BYTES];
	uint32_t powers, depth;
	uint64_t days;
};

static enum err run_terms(struct batch *b, struct api_write *w)
{
	struct terms_write *t = (struct terms_write *)w;
	return missed(w, membership_change(b, t->school, t->powers, t->depth, b->now_ms + t->days * 24 * 3600 * 1000));
}

/* The loop's roster follows after this answer: the writer's is read from the store. */
static void reply_member(struct api_write *w, const uint8_t school[SCHOOL_BYTES])
{
	struct node *n = api_node(w->x);
	struct roster r;
	struct txn t;
	if (!api_read(w->x, &t))
		return;
	enum err e = roster_load(&r, &t, n->roster.root);
	txn_abort(&t);
	if (e) {
		reply_error(w->x, e, NULL, NULL);
		return;
	}
	reply_json(w->x, 202, member_json(n, &r, roster_find(&r, school)));
	roster_release(&r);
}

static void reply_terms(struct api_write *w)
{
	reply_member(w, ((struct terms_write *)w)->school);
}

static void change_terms(struct exchange *x)
{
	uint8_t school[SCHOOL_BYTES];
	json_t *list = NULL;
	int64_t depth = 0, days = MEMBERSHIP_S / (24 * 3600);
	uint32_t powers;
	const struct input fields[] = {
		{"powers", INPUT_LIST, REQUIRED, 3, &list, 0},
		{"depth", INPUT_INTEGER, REQUIRED, MEMBERSHIP_DEPTH_MAX - 1, &depth, 0},
		{"days", INPUT_INTEGER, OPTIONAL, 10 * 365, &days, 1},
	};
	if (!api_param_id(x, 0, school, sizeof school) || !api_fields(x, fields, sizeof fields / sizeof *fields))
		return;
	if (!read_powers(list, &powers)) {
		reply_error(x, ERR_INVALID, "of relay, admit and observe, each once", "powers");
		return;
	}
	struct terms_write *t = api_write_new(x, sizeof *t, run_terms, reply_terms);
	if (!t)
		return;
	memcpy(t->school, school, sizeof school);
	t->powers = powers;
	t->depth = (uint32_t)depth;
	t->days = (uint64_t)days;
	api_write_start(&t->w);
}

/* --- revoking --------------------------------------------------------------------------------- */

struct revoke_write {
	struct api_write w;
	uint8_t school[SCHOOL_BYTES];
};

static enum err run_revoke(struct batch *b, struct api_write *w)
{
	return missed(w, membership_revoke(b, ((struct revoke_write *)w)->school));
}

static void reply_revoke(struct api_write *w)
{
	reply_member(w, ((struct revoke_write *)w)->school);
}

static void revoke(struct exchange *x)
{
	const char *reason = NULL;
	uint8_t school[SCHOOL_BYTES];
	const struct input fields[] = {{"reason", INPUT_TEXT, OPTIONAL, 4000, &reason, 0}};
	if (!api_fields(x, fields, 1) || !api_param_id(x, 0, school, sizeof school))
		return;
	struct revoke_write *r = api_write_new(x, sizeof *r, run_revoke, reply_revoke);
	if (!r)
		return;
	memcpy(r->school, school, sizeof school);
	api_write_start(&r->w);
}

/* --- addresses -------------------------------------------------------------------------------- */

struct address_write {
	struct api_write w;
	uint8_t school[SCHOOL_BYTES];
	char address[INVITE_ADDRESS_BYTES_MAX + 1];
};

static enum err run_address(struct batch *b, struct api_write *w)
{
	struct address_write *a = (struct address_write *)w;
	put_address(b, a->school, a->address);
	return b->txn.err;
}

static void reply_address(struct api_write *w)
{
	struct address_write *a = (struct address_write *)w;
	struct node *n = api_node(w->x);
	struct peer_status p;
	struct txn t;
	peers_address(n->peers, a->school, a->address);
	if (!api_read(w->x, &t))
		return;
	bool found = peers_find(n->peers, &t, a->school, &p);
	txn_abort(&t);
	if (found)
		reply_json(w->x, 200, peer_json(n, &p));
	else
		reply_error(w->x, ERR_NOT_NEIGHBOUR, NULL, NULL);
}

static void set_address(struct exchange *x)
{
	struct node *n = api_node(x);
	const char *address = NULL;
	struct address parsed;
	struct peer_status p;
	struct txn t;
	uint8_t school[SCHOOL_BYTES];
	const struct input fields[] = {{"address", INPUT_LINE, REQUIRED, INVITE_ADDRESS_BYTES_MAX, &address, 0}};
	if (!api_fields(x, fields, 1) || !api_param_id(x, 0, school, sizeof school))
		return;
	if (!address_parse(address, &parsed)) {
		reply_error(x, ERR_INVALID, "say host:port, such as school12.example:8490", "address");
		return;
	}
	if (!api_read(x, &t))
		return;
	bool known = peers_find(n->peers, &t, school, &p);
	txn_abort(&t);
	if (!known) {
		bool member = roster_find(&n->roster, school) != NO_SCHOOL;
		reply_error(x, member ? ERR_NOT_NEIGHBOUR : ERR_NOT_FOUND, member ? NULL : "no such school in the network", NULL);
		return;
	}
	struct address_write *a = api_write_new(x, sizeof *a, run_address, reply_address);
	if (!a)
		return;
	memcpy(a->school, school, sizeof school);
	snprintf(a->address, sizeof a->address, "%s", address);
	api_write_start(&a->w);
}

const struct route network_routes[] = {
	{METHOD_GET, "/api/v1/network", AREA_NETWORK, BODY_NONE, 0, get_network},
	{METHOD_POST, "/api/v1/network/invites", AREA_NETWORK, BODY_JSON, 4096, create_invite},
	{METHOD_POST, "/api/v1/network/join", AREA_NETWORK, BODY_JSON, 4096, join},
	{METHOD_PUT, "/api/v1/network/schools/{id}/terms", AREA_NETWORK, BODY_JSON, 4096, change_terms},
	{METHOD_POST, "/api/v1/network/schools/{id}/revoke", AREA_NETWORK, BODY_JSON_OR_NONE, 8192, revoke},
	{METHOD_PUT, "/api/v1/network/peers/{id}", AREA_NETWORK, BODY_JSON, 4096, set_address},
};
const size_t network_route_count = sizeof network_routes / sizeof *network_routes;
