/* From the first byte to the first message of sync: the handshake, who the peer is, and what the writer has to say to it. */
#include "node/log.h"
#include "node/loop.h"
#include "node/peer_conn_state.h"
#include "node/peer_jobs.h"
#include "node/peers.h"

/* --- greeting --------------------------------------------------------------------------------- */

enum err conn_judge(struct peer_conn *c)
{
	return greet_judge(&c->greet, &c->node->roster, clock_ms());
}

static void begin_if_due(struct peer_conn *c)
{
	enum err e = conn_judge(c);
	if (e) {
		conn_close(c, e, false);
		return;
	}
	conn_start_sync(c);
	conn_flush(c);
}

/* The writer answered one of peer_jobs. */
static bool resumed(struct peer_conn *c)
{
	c->refs--;
	c->waiting = false;
	if (c->phase == CONN_GREETING)
		return true;
	conn_release(c);
	return false;
}

static void on_keys(void *arg, enum err e)
{
	struct peer_conn *c = arg;
	if (!resumed(c))
		return;
	if (e)
		conn_close(c, e, false);
	else
		begin_if_due(c);
	conn_process(c);
}

static void on_certified(void *arg, enum err e)
{
	struct peer_conn *c = arg;
	if (!resumed(c))
		return;
	log_event(e ? LEVEL_WARNING : LEVEL_INFO, "join_answered", LOG_TEXT("address", c->address),
		  LOG_HEX("peer", c->id, SHORT_ID_BYTES), LOG_ERR(e));
	greet_answer(&c->greet, e, c->node->opened.school.root, &c->out);
	conn_flush(c);
	if (e) {
		peers_strike(c->node->peers, c, 1);
		conn_close(c, e, false);
	}
	conn_process(c);
}

static void on_joined(void *arg, enum err e)
{
	struct peer_conn *c = arg;
	if (!resumed(c))
		return;
	if (e) {
		conn_close(c, e, false);
		return;
	}
	/* the certificate comes with sync's first records: there is nothing to judge by yet */
	c->joining = false;
	conn_start_sync(c);
	conn_flush(c);
	conn_process(c);
}

static void wait_for(struct peer_conn *c, enum err e)
{
	if (e) {
		conn_close(c, e, false);
		return;
	}
	c->refs++;
	c->waiting = true;
	timer_start(c->timer, HANDSHAKE_TIMEOUT_MS, 0);
}

/* Its identity records are held already, or the writer is to make them so first. */
static void come_in(struct peer_conn *c)
{
	const struct roster *r = &c->node->roster;
	int at = roster_find(r, c->id);
	enum err e = conn_judge(c);
	if (e)
		conn_close(c, e, false);
	else if (r->members[at].key_count >= c->greet.log_count)
		begin_if_due(c);
	else
		wait_for(c, peer_job_keys(c->node, &c->greet, on_keys, c));
}

bool conn_greeting(struct peer_conn *c, const struct message *m)
{
	bool known = c->greet.authentic;
	enum greet_event event = greet_message(&c->greet, m, &c->out);
	if (!known && c->greet.authentic) {
		memcpy(c->id, c->greet.peer, SCHOOL_BYTES);
		enum err e = peers_known(c->node->peers, c);
		if (e) {
			conn_close(c, e, false);
			return true;
		}
	}
	switch (event) {
	case GREET_NOTHING:
		break;
	case GREET_KNOWN:
		come_in(c);
		break;
	case GREET_PASS:
		come_in(c);
		return false;
	case GREET_ASKED:
		wait_for(c, peer_job_certify(c->node, &c->greet, on_certified, c));
		break;
	case GREET_ADMITTED:
		wait_for(c, peer_job_join(c->node, &c->greet, on_joined, c));
		break;
	case GREET_FAILED:
		if (!c->greet.told && err_peer_action(c->greet.reason) == PEER_STRIKE)
			peers_strike(c->node->peers, c, 1);
		conn_close(c, c->greet.reason, c->greet.told);
		break;
	}
	return true;
}

static void start_greeting(struct peer_conn *c)
{
	struct node *n = c->node;
	const struct member *me = &n->roster.members[node_me(n)];
	struct greet_options o = {.dialer = c->dialer, .invite = c->joining ? &c->invite : NULL,
				  .name = c->card.name, .region = c->card.region, .district = c->card.district};
	memcpy(c->card.name, me->name, sizeof c->card.name);
	memcpy(c->card.region, me->region, sizeof c->card.region);
	memcpy(c->card.district, me->district, sizeof c->card.district);
	memcpy(o.me, n->opened.school.id, SCHOOL_BYTES);
	memcpy(o.expected, c->id, SCHOOL_BYTES);
	memcpy(o.dialled_kx, c->kx, KEY_BYTES);
	noise_split(&c->noise, &c->framer.tx, &c->framer.rx, o.session);
	noise_wipe(&c->noise);
	greet_init(&c->greet, &o);
	c->phase = CONN_GREETING;
	greet_start(&c->greet, n->opened.school.sign_secret, buf_bytes(&n->own_keys), &c->out);
	conn_flush(c);
}

/* --- handshake -------------------------------------------------------------------------------- */

enum err conn_write_handshake(struct peer_conn *c)
{
	struct buf wire;
	buf_init(&wire, HANDSHAKE_MESSAGE_BYTES_MAX + FRAME_LENGTH_BYTES);
	enum err e = channel_write(&c->noise, &wire);
	if (e)
		buf_release(&wire);
	else
		conn_send(c, &wire);
	return e;
}

bool conn_handshake(struct peer_conn *c, struct bytes *in)
{
	const struct school *us = &c->node->opened.school;
	bool whole = false, first = !c->dialer && !c->answered;
	enum err e = first ? channel_answer(&c->noise, us->kx_secrets, us->kx_count, in, &whole)
			   : channel_read(&c->noise, in, &whole);
	c->answered |= whole;
	if (!e && !whole)
		return false;
	if (!e && !noise_done(&c->noise))
		e = conn_write_handshake(c);
	if (e) {
		peers_strike(c->node->peers, c, 1);
		conn_close(c, ERR_HANDSHAKE, false);
		return false;
	}
	if (noise_done(&c->noise))
		start_greeting(c);
	return true;
}
