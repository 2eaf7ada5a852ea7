#include "core/receive.h"

#include <stdlib.h>

#include "core/attest.h"
#include "core/local.h"
#include "core/scope.h"
#include "core/transfer.h"
#include "core/view.h"
#include "proto/require.h"

enum { PEER_ROW_BYTES = INCARNATION_BYTES + 16 };

void submission_init(struct submission *s, const uint8_t *peer)
{
	*s = (struct submission){0};
	memcpy(s->peer, peer, SCHOOL_BYTES);
	buf_init(&s->bytes, BATCH_BYTES_MAX);
	buf_init(&s->offers, (size_t)64 * 1024 * 1024);
	buf_init(&s->attest, (size_t)64 * 1024 * 1024);
}

void submission_release(struct submission *s)
{
	buf_release(&s->bytes);
	buf_release(&s->offers);
	buf_release(&s->attest);
	free(s->records);
	s->records = NULL;
	s->count = s->cap = 0;
}

bool submission_empty(const struct submission *s)
{
	return s->count == 0 && s->offers.n == 0 && s->attest.n == 0 && !s->offers_reset && !s->verified;
}

enum err submission_add(struct submission *s, struct bytes record, uint64_t cursor, bool in_leaf)
{
	if (s->count == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct received *p = realloc(s->records, cap * sizeof *p);
		if (!p)
			return ERR_NO_MEMORY;
		s->records = p;
		s->cap = cap;
	}
	s->records[s->count] = (struct received){.cursor = cursor, .at = s->bytes.n, .n = record.n, .in_leaf = in_leaf};
	buf_put(&s->bytes, record.p, record.n);
	if (!s->bytes.err)
		s->count++;
	return s->bytes.err;
}

bool peer_row_get(struct txn *t, const uint8_t *peer, struct peer_row *out)
{
	struct bytes v;
	if (!txn_get(t, T_PEER, bytes_of(peer, PEER_BYTES), &v) || v.n != PEER_ROW_BYTES)
		return false;
	memcpy(out->incarnation, v.p, INCARNATION_BYTES);
	out->cursor = get_u64(v.p + 8);
	out->verified_ms = get_u64(v.p + 16);
	return true;
}

static void put_peer_row(struct batch *b, const struct submission *s)
{
	uint8_t v[PEER_ROW_BYTES];
	memcpy(v, s->peer_incarnation, INCARNATION_BYTES);
	put_u64(v + 8, s->peer_cursor);
	put_u64(v + 16, b->now_ms);
	txn_put(&b->txn, T_PEER, bytes_of(s->peer, PEER_BYTES), bytes_of(v, sizeof v));
}

static void put_offers(struct batch *b, const struct submission *s)
{
	uint8_t key[SCOPE_KEY_BYTES];
	memcpy(key, s->peer, PEER_BYTES);
	if (s->offers_reset)
		txn_del_prefix(&b->txn, T_OFFER, bytes_of(s->peer, PEER_BYTES));
	for (size_t i = 0; i + SUBJECT_BYTES < s->offers.n; i += SUBJECT_BYTES + 1) {
		const uint8_t *entry = s->offers.p + i;
		memcpy(key + PEER_BYTES, entry, SUBJECT_BYTES);
		if (entry[SUBJECT_BYTES] == RIGHT_NONE)
			txn_del(&b->txn, T_OFFER, bytes_of(key, sizeof key));
		else
			txn_put(&b->txn, T_OFFER, bytes_of(key, sizeof key), bytes_of(entry + SUBJECT_BYTES, 1));
	}
}

static struct bytes raw_of(const struct submission *s, size_t i)
{
	return bytes_of(s->bytes.p + s->records[i].at, s->records[i].n);
}

/* The chain records of one subject in the submission, sound enough to be believed. */
static size_t collect_chain(struct batch *b, const struct submission *s, const uint8_t *subject, struct chain_record *out)
{
	size_t n = 0;
	const struct roster *r;
	if (batch_roster(b, &r))
		return 0;
	for (size_t i = 0; i < s->count && n < CHAIN_RECORDS_MAX; i++) {
		struct chain_record *k = &out[n];
		enum record_type type;
		enum record_class cls;
		const uint8_t *author, *about;
		if (!record_peek(raw_of(s, i), &type, &cls, &author, &about) || cls != CLASS_CHAIN ||
		    memcmp(about, subject, SUBJECT_BYTES) != 0)
			continue;
		if (record_read(raw_of(s, i), &k->record) || !k->record.has_body ||
		    leaf_find(&b->txn, subject, k->record.period, k->record.id, NULL))
			continue;
		const struct school_key *key = roster_key(r, &k->record);
		if (key && !record_verify(&k->record, key->sign) &&
		    !body_decode(k->record.type, k->record.body, &k->body))
			n++;
	}
	return n;
}

/* Whether the link may carry this record to us. */
static enum err in_scope(struct batch *b, struct submission *s, const struct record *r)
{
	enum right right = scope_right(&b->txn, s->peer, r->subject);
	if (right >= RIGHT_FORMER || (right == RIGHT_CHAIN && r->cls == CLASS_CHAIN))
		return ERR_OK;
	if (r->cls != CLASS_CHAIN)
		return ERR_OUT_OF_SCOPE;
	if (s->opened_known && memcmp(s->opened, r->subject, SUBJECT_BYTES) == 0)
		return s->opened_right == RIGHT_NONE ? ERR_OUT_OF_SCOPE : ERR_OK;
	/* perhaps chain records of this very submission open the subject */
	const struct roster *roster;
	struct chain_record *more = malloc(CHAIN_RECORDS_MAX * sizeof *more);
	enum err e = more ? batch_roster(b, &roster) : ERR_NO_MEMORY;
	if (!e)
		e = scope_opens(&b->txn, roster, b->school->id, s->peer, r->subject, more,
				collect_chain(b, s, r->subject, more), &right);
	free(more);
	if (e)
		return e;
	/* one answer for all of the subject's records in the submission */
	s->opened_known = true;
	s->opened_right = right;
	memcpy(s->opened, r->subject, SUBJECT_BYTES);
	return right == RIGHT_NONE ? ERR_OUT_OF_SCOPE : ERR_OK;
}

static enum err receive_one(struct batch *b, struct submission *s, size_t i, const struct attested *attested)
{
	struct record r;
	struct bytes raw = raw_of(s, i);
	enum err e = record_read(raw, &r);
	if (!e)
		e = in_scope(b, s, &r);
	if (e)
		return e;
	bool vouched = s->records[i].in_leaf && attested_has(attested, &r);
	return batch_admit(b, raw, vouched ? PROOF_ATTESTED : PROOF_SIGNATURE);
}

/* Whether the peer is the next school on the way to where the student goes. */
static bool next_hop(const struct roster *r, int me, int peer, const uint8_t *to)
{
	int path[ROUTE_HOPS_MAX + 1], at = roster_find(r, to);
	return at != NO_SCHOOL && roster_route(r, me, at, path) > 1 && path[1] == peer;
}

/* Our open releases that the next school on their way now holds whole. */
static enum err note_cascades(struct batch *b, const struct submission *s, const struct roster *r, int me, int peer)
{
	uint8_t key[SUBJECT_BYTES];
	struct bytes v;
	enum err e = ERR_OK;
	for (bool on = local_next(&b->txn, LOCAL_CODE, NULL, 0, key, sizeof key, &v); on && !e;
	     on = local_next(&b->txn, LOCAL_CODE, key, sizeof key, key, sizeof key, &v)) {
		struct local_code code;
		struct custody_row row;
		struct leaf leaf;
		uint64_t ms;
		if (!local_get_code(&b->txn, key, &code) || !code.closed ||
		    !view_custody(&b->txn, code.student, &row) || row.state != CUSTODY_RELEASED ||
		    local_get_cascade(&b->txn, code.student, row.release, &ms) ||
		    !next_hop(r, me, peer, row.to) || scope_right(&b->txn, s->peer, code.student) < RIGHT_FORWARD ||
		    scope_offer(&b->txn, s->peer, code.student) < RIGHT_FORWARD)
			continue; /* equal roots speak of what both name only */
		if (leaf_find(&b->txn, code.student, 0, row.release, &leaf) && leaf.lseq <= s->own_lseq)
			e = transfer_in_cascade(b, code.student);
	}
	return e;
}

static enum err note_verified(struct batch *b, const struct submission *s)
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	put_peer_row(b, s);
	int me = roster_find(r, b->school->id), peer = roster_find(r, s->peer);
	if (me == NO_SCHOOL || peer == NO_SCHOOL)
		return b->txn.err;
	/* the founder has no parent: any child of its will do as a witness */
	const int *parents = r->members[me].parents;
	if (parents[0] == peer || parents[1] == peer || parents[0] == NO_SCHOOL)
		b->roster_changed |= txn_del(&b->txn, T_META, bytes_text(META_RESTORED)); /* what was not said meanwhile */
	return note_cascades(b, s, r, me, peer);
}

enum err receive_apply(struct batch *b, struct submission *s)
{
	struct attested attested;
	enum err e = attested_collect(&attested, b, s);
	if (e)
		return e;
	s->admitted = s->refused = 0;
	s->opened_known = false;
	s->lseq_from = b->next_lseq;
	for (size_t i = 0; i < s->count; i++) {
		struct received *rec = &s->records[i];
		rec->result = receive_one(b, s, i, &attested);
		if (b->txn.err || rec->result == ERR_NO_MEMORY) {
			attested_release(&attested);
			return b->txn.err ? b->txn.err : rec->result;
		}
		if (rec->result == ERR_OK)
			s->admitted++;
		else if (rec->result != ERR_DUPLICATE)
			s->refused++;
	}
	attested_release(&attested);
	s->lseq_to = b->next_lseq;
	put_offers(b, s);
	for (size_t i = 0; i + SUBJECT_BYTES <= s->attest.n && !e; i += SUBJECT_BYTES)
		e = attest_write(b, s->attest.p + i);
	if (e)
		return e;
	return s->verified ? note_verified(b, s) : b->txn.err;
}
