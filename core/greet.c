#include "core/greet.h"

#include <stdlib.h>

#include "core/leaf.h"
#include "core/succession.h"
#include "proto/require.h"

enum { AUTH_DOMAIN_BYTES = 16, AUTH_SIGNED_BYTES = AUTH_DOMAIN_BYTES + HASH_BYTES + 1 };

enum err greet_own_keys(struct txn *t, const uint8_t me[SCHOOL_BYTES], struct buf *out)
{
	struct bytes prefix = bytes_of(network_subject, SUBJECT_BYTES);
	for (uint32_t generation = 0; generation < KEY_EVENTS_MAX; generation++) {
		struct cursor c;
		bool found = false;
		cursor_open(&c, t, T_LEAF);
		for (bool on = cursor_seek(&c, prefix); on && !found && bytes_start(c.key, prefix); on = cursor_next(&c)) {
			struct leaf l = leaf_parse(c.key, c.value);
			struct bytes raw;
			struct record r;
			if ((l.type != RECORD_SCHOOL && l.type != RECORD_KEYEVENT) || !leaf_record(t, &l, &raw))
				continue;
			if (record_read(raw, &r) || memcmp(r.author, me, SCHOOL_BYTES) != 0 || r.generation != generation)
				continue;
			uint8_t n[2];
			put_u16(n, (uint16_t)raw.n);
			buf_put(out, n, sizeof n);
			buf_put(out, raw.p, raw.n);
			found = true;
		}
		cursor_close(&c);
		if (!found)
			break;
	}
	if (t->err)
		return t->err;
	return out->err ? out->err : out->n ? ERR_OK : ERR_CORRUPT;
}

void greet_init(struct greet *g, const struct greet_options *o)
{
	*g = (struct greet){.o = *o, .state = GREET_AUTH};
	buf_init(&g->keys, GREET_KEYS_BYTES_MAX);
}

void greet_release(struct greet *g)
{
	buf_release(&g->keys);
	free(g->log);
	g->log = NULL;
	g->log_count = 0;
}

static void put_message(struct buf *out, const struct message *m)
{
	uint8_t *length = buf_extend(out, 4);
	size_t from = out->n;
	if (!length)
		return;
	message_encode(m, out);
	if (!out->err)
		put_u32(out->p + from - 4, (uint32_t)(out->n - from));
}

static void signed_text(uint8_t out[AUTH_SIGNED_BYTES], const uint8_t session[HASH_BYTES], bool dialer)
{
	memset(out, 0, AUTH_DOMAIN_BYTES);
	memcpy(out, DOMAIN_AUTH, sizeof DOMAIN_AUTH - 1);
	memcpy(out + AUTH_DOMAIN_BYTES, session, HASH_BYTES);
	out[AUTH_DOMAIN_BYTES + HASH_BYTES] = dialer ? 0 : 1;
}

void greet_start(struct greet *g, const uint8_t sign_secret[SIGN_SECRET_BYTES], struct bytes own_keys, struct buf *out)
{
	struct message m = {.type = MESSAGE_AUTH, .auth = {.keys = own_keys}};
	uint8_t text[AUTH_SIGNED_BYTES];
	signed_text(text, g->o.session, g->o.dialer);
	crypto_sign_ed25519_detached(m.auth.signature, NULL, text, sizeof text, sign_secret);
	put_message(out, &m);
}

static enum greet_event failed(struct greet *g, enum err e)
{
	g->state = GREET_OVER;
	g->reason = e;
	return GREET_FAILED;
}

bool greet_next_key(struct bytes keys, size_t *at, struct bytes *record)
{
	if (keys.n - *at < 2)
		return false;
	size_t n = get_u16(keys.p + *at);
	if (keys.n - *at - 2 < n)
		return false;
	*record = bytes_of(keys.p + *at + 2, n);
	*at += 2 + n;
	return true;
}

/* One link of the log: an inception is its own id, every later key was committed to. */
static enum err add_key(struct greet *g, struct bytes raw)
{
	struct record r;
	union body b;
	struct school_key *k = &g->log[g->log_count];
	uint8_t hash[HASH_BYTES];
	enum err e = record_read(raw, &r);
	if (e)
		return e;
	bool first = g->log_count == 0;
	if (r.type != (first ? RECORD_SCHOOL : RECORD_KEYEVENT) || r.generation != g->log_count || !r.has_body)
		return ERR_BAD_FORM;
	e = body_decode(r.type, r.body, &b);
	if (e)
		return e;
	if (first) {
		roster_school_id(hash, r.body);
		memcpy(g->peer, r.author, SCHOOL_BYTES);
		memcpy(k->sign, b.school.sign, 32);
		memcpy(k->kx, b.school.kx, 32);
		memcpy(k->next, b.school.next, 32);
		if (memcmp(hash, g->peer, SCHOOL_BYTES) != 0)
			return ERR_BAD_HASH;
	} else {
		memcpy(k->sign, b.keyevent.sign, 32);
		memcpy(k->kx, b.keyevent.kx, 32);
		memcpy(k->next, b.keyevent.next, 32);
		if (memcmp(r.author, g->peer, SCHOOL_BYTES) != 0 || !succession_follows(k[-1].next, k->sign, k->next))
			return ERR_BAD_SIGNATURE;
	}
	e = record_verify(&r, k->sign);
	if (!e)
		g->log_count++;
	return e;
}

static enum err take_auth(struct greet *g, const struct message_auth *m)
{
	uint8_t text[AUTH_SIGNED_BYTES];
	struct bytes raw;
	size_t at = 0;
	enum err e = ERR_OK;
	g->log = calloc(KEY_EVENTS_MAX, sizeof *g->log);
	if (!g->log)
		return ERR_NO_MEMORY;
	while (!e && at < m->keys.n) {
		if (g->log_count == KEY_EVENTS_MAX || !greet_next_key(m->keys, &at, &raw))
			return ERR_BAD_FORM;
		e = add_key(g, raw);
	}
	if (e || g->log_count == 0)
		return e ? e : ERR_BAD_FORM;
	signed_text(text, g->o.session, !g->o.dialer);
	if (crypto_sign_ed25519_verify_detached(m->signature, text, sizeof text, g->log[g->log_count - 1].sign) != 0)
		return ERR_BAD_SIGNATURE;
	buf_put(&g->keys, m->keys.p, m->keys.n);
	if (g->keys.err)
		return g->keys.err;
	if (memcmp(g->peer, g->o.me, SCHOOL_BYTES) == 0)
		return ERR_SELF;
	if (!g->o.dialer)
		return ERR_OK;
	if (memcmp(g->peer, g->o.expected, SCHOOL_BYTES) != 0)
		return ERR_HANDSHAKE;
	for (size_t i = 0; i < g->log_count; i++)
		if (memcmp(g->log[i].kx, g->o.dialled_kx, KEY_BYTES) == 0)
			return ERR_OK;
	return ERR_HANDSHAKE;
}

static void send_join(struct greet *g, struct buf *out)
{
	const struct greet_options *o = &g->o;
	struct message m = {.type = MESSAGE_JOIN,
			    .join = {.name = bytes_text(o->name), .region = bytes_text(o->region), .district = bytes_text(o->district)}};
	invite_id(m.join.invite, o->invite->secret);
	invite_mac(m.join.mac, o->invite->secret, o->session, o->me);
	put_message(out, &m);
}

static bool copy_text(char *out, size_t size, struct bytes text)
{
	if (text.n >= size || memchr(text.p, '\0', text.n))
		return false;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

static enum greet_event take_join(struct greet *g, const struct message_join *m)
{
	memcpy(g->join.invite, m->invite, sizeof g->join.invite);
	memcpy(g->join.mac, m->mac, sizeof g->join.mac);
	if (!copy_text(g->join.name, sizeof g->join.name, m->name) ||
	    !copy_text(g->join.region, sizeof g->join.region, m->region) ||
	    !copy_text(g->join.district, sizeof g->join.district, m->district))
		return failed(g, ERR_BAD_FORM);
	g->state = GREET_ANSWER;
	return GREET_ASKED;
}

static enum greet_event on_auth(struct greet *g, const struct message *m, struct buf *out)
{
	if (m->type != MESSAGE_AUTH)
		return failed(g, ERR_PROTOCOL);
	enum err e = take_auth(g, &m->auth);
	if (e)
		return failed(g, e);
	g->authentic = true;
	if (!g->o.dialer) {
		g->state = GREET_FIRST;
		return GREET_NOTHING;
	}
	if (g->o.invite) {
		send_join(g, out);
		g->state = GREET_ANSWER;
		return GREET_NOTHING;
	}
	g->state = GREET_OVER;
	return GREET_KNOWN;
}

enum greet_event greet_message(struct greet *g, const struct message *m, struct buf *out)
{
	if (m->type == MESSAGE_BYE) {
		enum err e = err_from_wire(m->bye.reason);
		g->told = true;
		return failed(g, e ? e : ERR_CLOSED);
	}
	switch (g->state) {
	case GREET_AUTH:
		return on_auth(g, m, out);
	case GREET_FIRST:
		if (m->type == MESSAGE_JOIN)
			return take_join(g, &m->join);
		if (m->type == MESSAGE_AUTH || m->type == MESSAGE_JOINED)
			return failed(g, ERR_PROTOCOL);
		g->state = GREET_OVER;
		return GREET_PASS;
	case GREET_ANSWER:
		if (!g->o.dialer || m->type != MESSAGE_JOINED)
			return failed(g, ERR_PROTOCOL);
		if (m->joined.reason) {
			g->told = true;
			return failed(g, err_from_wire(m->joined.reason));
		}
		memcpy(g->root, m->joined.root, SCHOOL_BYTES);
		g->state = GREET_OVER;
		return GREET_ADMITTED;
	case GREET_OVER:
		break;
	}
	return failed(g, ERR_PROTOCOL);
}

void greet_answer(struct greet *g, enum err e, const uint8_t root[SCHOOL_BYTES], struct buf *out)
{
	struct message m = {.type = MESSAGE_JOINED, .joined = {.reason = e}};
	require(!g->o.dialer && g->state == GREET_ANSWER);
	if (!e)
		memcpy(m.joined.root, root, SCHOOL_BYTES);
	/* admitted, the dialer goes on as any member does */
	g->state = e ? GREET_OVER : GREET_FIRST;
	put_message(out, &m);
}

void greet_bye(enum err reason, struct buf *out)
{
	struct message m = {.type = MESSAGE_BYE, .bye = {.reason = reason}};
	put_message(out, &m);
}

bool roster_neighbours(const struct roster *r, int a, int b)
{
	const struct member *x = &r->members[a], *y = &r->members[b];
	for (int i = 0; i < PARENTS_MAX; i++)
		if (x->parents[i] == b || y->parents[i] == a)
			return true;
	return false;
}

enum err greet_judge(const struct greet *g, const struct roster *r, uint64_t now_ms)
{
	int me = roster_find(r, g->o.me), peer = roster_find(r, g->peer);
	enum err e = roster_standing(r, peer, now_ms);
	if (!e)
		e = roster_standing(r, me, now_ms);
	if (e)
		return e;
	const struct member *m = &r->members[peer];
	/* a log shorter than the one we know, or another: an old key, perhaps a stolen one */
	if (m->key_count > g->log_count ||
	    (m->key_count && memcmp(m->keys[m->key_count - 1].sign, g->log[m->key_count - 1].sign, 32) != 0))
		return ERR_BAD_SIGNATURE;
	return roster_neighbours(r, me, peer) ? ERR_OK : ERR_NOT_NEIGHBOUR;
}
