#include "node/peer_jobs.h"

#include <stdlib.h>

#include "core/membership.h"
#include "node/json.h"
#include "node/log.h"
#include "node/node.h"

struct peer_job {
	struct job job;
	peer_job_done done;
	void *arg;
	struct greet_options o;
	uint8_t peer[SCHOOL_BYTES], root[SCHOOL_BYTES];
	uint8_t invite[INVITE_ID_BYTES], mac[INVITE_MAC_BYTES];
	char name[201], region[101], district[101];
	size_t keys_n;
	uint8_t keys[];
};

static void done(struct job *j, enum err result)
{
	struct peer_job *p = (struct peer_job *)j;
	p->done(p->arg, result);
	free(p);
}

static enum err submit(struct node *n, const struct greet *g, enum err (*run)(struct batch *b, struct job *j),
		       peer_job_done after, void *arg)
{
	struct peer_job *p = calloc(1, sizeof *p + g->keys.n);
	if (!p)
		return ERR_NO_MEMORY;
	p->job = (struct job){.run = run, .done = done, .bytes = sizeof *p + g->keys.n};
	p->done = after;
	p->arg = arg;
	p->o = g->o;
	p->o.invite = NULL;
	memcpy(p->peer, g->peer, SCHOOL_BYTES);
	memcpy(p->root, g->root, SCHOOL_BYTES);
	memcpy(p->invite, g->join.invite, sizeof p->invite);
	memcpy(p->mac, g->join.mac, sizeof p->mac);
	memcpy(p->name, g->join.name, sizeof p->name);
	memcpy(p->region, g->join.region, sizeof p->region);
	memcpy(p->district, g->join.district, sizeof p->district);
	p->keys_n = g->keys.n;
	memcpy(p->keys, g->keys.p, g->keys.n);
	enum err e = writer_submit(n->writer, &p->job);
	if (e)
		free(p);
	return e;
}

static enum err admit_keys(struct batch *b, const struct peer_job *p)
{
	struct bytes raw;
	size_t at = 0;
	while (greet_next_key(bytes_of(p->keys, p->keys_n), &at, &raw)) {
		enum err e = batch_admit(b, raw, PROOF_SIGNATURE);
		/* the chain to an author may itself arrive with the first records of sync */
		if (e && e != ERR_DUPLICATE && e != ERR_UNKNOWN_AUTHOR)
			return e;
	}
	return ERR_OK;
}

/* --- the three jobs --------------------------------------------------------------------------- */

static enum err run_keys(struct batch *b, struct job *j)
{
	return admit_keys(b, (struct peer_job *)j);
}

static enum err certify(struct batch *b, const struct peer_job *p, const struct invite_row *row)
{
	const struct roster *r;
	uint64_t clock = (uint64_t)MEMBERSHIP_CLOCK_S * 1000;
	struct membership_terms terms = {.name = p->name, .region = p->region, .district = p->district,
					 .powers = row->powers, .depth = row->depth,
					 .after_ms = b->now_ms > clock ? b->now_ms - clock : 0,
					 .before_ms = b->now_ms + (uint64_t)MEMBERSHIP_S * 1000};
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	int at = roster_find(r, p->peer);
	if (at != NO_SCHOOL && r->members[at].revoked)
		return ERR_REVOKED;
	if (row->used) /* its answer was lost: the certificate is there */
		return roster_standing(r, at, b->now_ms) == ERR_OK ? ERR_OK : ERR_CODE_USED;
	if (!*p->name || !text_clean(p->name, false) || !text_clean(p->region, false) || !text_clean(p->district, false))
		return ERR_BAD_FORM;
	return membership_certify(b, p->peer, &terms);
}

static enum err run_certify(struct batch *b, struct job *j)
{
	struct peer_job *p = (struct peer_job *)j;
	struct invite_row row;
	enum err e = invite_check(&b->txn, &b->school->vault, p->invite, p->mac, p->o.session, p->peer, b->now_ms, &row);
	if (!e)
		e = certify(b, p, &row);
	if (!e)
		e = admit_keys(b, p);
	if (e)
		return e;
	row.used = true;
	memcpy(row.used_by, p->peer, SCHOOL_BYTES);
	invite_row_put(&b->txn, p->invite, &row);
	return b->txn.err;
}

static enum err run_join(struct batch *b, struct job *j)
{
	struct peer_job *p = (struct peer_job *)j;
	enum err e = membership_join(b, p->root);
	if (e)
		return e;
	e = membership_belong(b, p->peer);
	if (!e)
		e = admit_keys(b, p);
	j->wrote = e != ERR_OK;
	return e;
}

enum err peer_job_keys(struct node *n, const struct greet *g, peer_job_done after, void *arg)
{
	return submit(n, g, run_keys, after, arg);
}

enum err peer_job_certify(struct node *n, const struct greet *g, peer_job_done after, void *arg)
{
	return submit(n, g, run_certify, after, arg);
}

enum err peer_job_join(struct node *n, const struct greet *g, peer_job_done after, void *arg)
{
	return submit(n, g, run_join, after, arg);
}

/* --- the pending invitation ------------------------------------------------------------------- */

bool pending_join_get(struct txn *t, const struct vault *v, struct invite *out)
{
	struct bytes row;
	char token[INVITE_TOKEN_BYTES_MAX + 1] = "";
	bool found = false;
	if (!meta_get(t, META_JOIN, &row) || row.n <= SEALED_EXTRA || row.n - SEALED_EXTRA >= sizeof token)
		return false;
	size_t n = row.n - SEALED_EXTRA;
	if (vault_unseal(v, row, (uint8_t *)token, n) == ERR_OK)
		found = invite_decode(token, out) == ERR_OK;
	sodium_memzero(token, sizeof token);
	return found;
}

enum err pending_join_put(struct batch *b, const char *token)
{
	struct buf sealed;
	uint8_t nonce[24];
	seed_take(&b->seed, nonce, sizeof nonce);
	buf_init(&sealed, INVITE_TOKEN_BYTES_MAX + SEALED_EXTRA);
	vault_seal(&b->school->vault, bytes_text(token), nonce, &sealed);
	enum err e = sealed.err;
	if (!e)
		meta_put(&b->txn, META_JOIN, buf_bytes(&sealed));
	buf_release(&sealed);
	return e ? e : b->txn.err;
}

void pending_join_clear(struct txn *t)
{
	txn_del(t, T_META, bytes_text(META_JOIN));
}
