#include "core/bundle.h"

#include <stdlib.h>

#include "core/leaf.h"
#include "core/local.h"
#include "core/scope.h"

static void put_record(struct buf *out, struct bytes raw, size_t *count)
{
	uint8_t length[4];
	put_u32(length, (uint32_t)raw.n);
	buf_put(out, length, sizeof length);
	buf_put(out, raw.p, raw.n);
	++*count;
}

/* Network records in the order of admission, so that authors precede their word. */
static void put_network(struct txn *t, struct buf *out, size_t *count)
{
	struct cursor c;
	cursor_open(&c, t, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on && !out->err; on = cursor_next(&c)) {
		enum record_type type;
		enum record_class cls;
		const uint8_t *author, *subject;
		if (record_peek(c.value, &type, &cls, &author, &subject) && cls == CLASS_NETWORK)
			put_record(out, c.value, count);
	}
	cursor_close(&c);
}

enum mode bundle_mode(const struct roster *r, const struct walked *w, int who)
{
	const struct custody *c = &w->custody;
	struct share shares[SHARES_MAX];
	enum mode best = MODE_NONE;
	if (who == NO_SCHOOL)
		return MODE_NONE;
	if (c->custodian == who)
		return MODE_ALL;
	for (size_t i = 0; i < c->step_count; i++)
		if (c->steps[i].to == who && c->steps[i].state == STEP_OPEN)
			return MODE_ALL;
	/* its neighbours share with it what it may have: look at the widest of its edges */
	size_t n = custody_shares(r, c, w->chain, w->count, who, shares);
	for (size_t i = 0; i < n; i++) {
		enum mode m = shares[i].right >= RIGHT_FORWARD	? MODE_ALL
			      : shares[i].right == RIGHT_FORMER ? MODE_FORMER
								: MODE_CHAIN;
		best = m > best ? m : best;
	}
	return best;
}

static enum err put_subject(struct txn *t, const struct roster *r, int to, const uint8_t *subject, struct buf *out, size_t *count)
{
	struct walked *w;
	struct cursor c;
	struct bytes prefix = bytes_of(subject, SUBJECT_BYTES);
	enum err e = custody_load(&w, t, r, subject);
	if (e)
		return e;
	struct selection which = {.mode = bundle_mode(r, w, to)};
	if (w->custody.custodian != NO_SCHOOL)
		memcpy(which.custodian, r->members[w->custody.custodian].id, AUTHOR_BYTES);
	free(w);
	cursor_open(&c, t, T_LEAF);
	for (bool on = cursor_seek(&c, prefix); on && bytes_start(c.key, prefix) && !out->err; on = cursor_next(&c)) {
		struct leaf l = leaf_parse(c.key, c.value);
		struct bytes raw;
		if (leaf_selected(&l, &which) && leaf_record(t, &l, &raw))
			put_record(out, raw, count);
	}
	cursor_close(&c);
	return out->err ? out->err : t->err;
}

enum err bundle_write(struct txn *t, const struct roster *r, const uint8_t *to, const uint8_t *subject, struct buf *out,
		      size_t *count)
{
	int at = roster_find(r, to);
	struct cursor c;
	enum err e = ERR_OK;
	if (at == NO_SCHOOL)
		return ERR_NOT_FOUND;
	*count = 0;
	buf_put_text(out, BUNDLE_MAGIC);
	put_network(t, out, count);
	if (subject)
		return put_subject(t, r, at, subject, out, count);
	cursor_open(&c, t, T_DIGEST);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on && !e; on = cursor_next(&c))
		if (memcmp(c.key.p, network_subject, SUBJECT_BYTES) != 0)
			e = put_subject(t, r, at, c.key.p, out, count);
	cursor_close(&c);
	return e ? e : out->err;
}

static enum err next_record(struct bytes *in, struct bytes *raw)
{
	if (in->n < 4)
		return ERR_TRUNCATED;
	uint32_t n = get_u32(in->p);
	if (n > RECORD_BYTES_MAX)
		return ERR_TOO_LARGE;
	if (in->n - 4 < n)
		return ERR_TRUNCATED;
	*raw = bytes_of(in->p + 4, n);
	*in = bytes_of(in->p + 4 + n, in->n - 4 - n);
	return ERR_OK;
}

/* The whole file's shape first, so that a stick pulled out early changes nothing. */
static enum err check_shape(struct bytes in)
{
	while (in.n) {
		struct bytes raw;
		enum err e = next_record(&in, &raw);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err relates(struct batch *b, const struct record *r)
{
	const struct roster *roster;
	struct walked *w;
	enum err e = batch_roster(b, &roster);
	if (!e)
		e = custody_load(&w, &b->txn, roster, r->subject);
	if (e)
		return e;
	enum mode mode = bundle_mode(roster, w, roster_find(roster, b->school->id));
	free(w);
	return mode >= MODE_FORMER ? ERR_OK : ERR_OUT_OF_SCOPE;
}

static void hold(struct batch *b, struct bytes raw, struct bundle_report *report)
{
	struct record r;
	if (record_read(raw, &r) || report->pending >= BUNDLE_PENDING_MAX) {
		report->refused[ERR_UNKNOWN_AUTHOR]++;
		return;
	}
	local_put(&b->txn, LOCAL_PENDING, bytes_of(r.id, ID_BYTES), raw);
	report->pending++;
}

static enum err admit_one(struct batch *b, struct bytes raw, bool chain_pass, struct bundle_report *report)
{
	struct record r;
	enum err e = record_read(raw, &r);
	bool first = !e && (r.cls == CLASS_NETWORK || r.cls == CLASS_CHAIN);
	if (!e && first != chain_pass)
		return ERR_OK;
	if (e && !chain_pass)
		return ERR_OK; /* counted in the first pass */
	if (!e && !first)
		e = relates(b, &r);
	if (!e)
		e = batch_admit(b, raw, PROOF_SIGNATURE);
	if (b->txn.err)
		return b->txn.err;
	if (e == ERR_UNKNOWN_AUTHOR)
		hold(b, raw, report);
	else if (e == ERR_DUPLICATE)
		report->duplicate++;
	else if (e)
		report->refused[e]++;
	else
		report->fresh++;
	return b->txn.err;
}

/* Held from earlier bundles: taken out, and tried like the rest. */
static enum err take_pending(struct batch *b, struct buf *out)
{
	uint8_t id[ID_BYTES];
	struct bytes raw;
	while (local_next(&b->txn, LOCAL_PENDING, NULL, 0, id, sizeof id, &raw)) {
		size_t ignored = 0;
		put_record(out, raw, &ignored);
		if (out->err)
			return out->err;
		local_del(&b->txn, LOCAL_PENDING, bytes_of(id, sizeof id));
	}
	return b->txn.err;
}

/* Network records only; *more: something was admitted, so that another try may help. */
static enum err admit_network(struct batch *b, const struct bytes parts[2], bool *more)
{
	*more = false;
	for (int part = 0; part < 2; part++)
		for (struct bytes rest = parts[part], raw; rest.n;) {
			enum record_type type;
			enum record_class cls;
			const uint8_t *author, *subject;
			enum err e = next_record(&rest, &raw);
			if (e)
				return e;
			if (record_peek(raw, &type, &cls, &author, &subject) && cls == CLASS_NETWORK)
				*more |= batch_admit(b, raw, PROOF_SIGNATURE) == ERR_OK;
			if (b->txn.err)
				return b->txn.err;
		}
	return ERR_OK;
}

enum err bundle_read(struct batch *b, struct bytes in, struct bundle_report *report)
{
	struct bytes magic = bytes_text(BUNDLE_MAGIC);
	struct buf held;
	*report = (struct bundle_report){0};
	if (!bytes_start(in, magic))
		return ERR_BAD_FORM;
	in = bytes_of(in.p + magic.n, in.n - magic.n);
	enum err e = check_shape(in);
	if (e)
		return e;
	buf_init(&held, HTTP_BUNDLE_BYTES_MAX);
	e = take_pending(b, &held);
	struct bytes parts[2] = {buf_bytes(&held), in};
	for (bool more = true; more && !e;) /* certificates may stand behind those whom they admit */
		e = admit_network(b, parts, &more);
	for (int pass = 0; pass < 2 && !e; pass++)
		for (int part = 0; part < 2 && !e; part++)
			for (struct bytes rest = parts[part], raw; rest.n && !e;) {
				e = next_record(&rest, &raw);
				report->records += pass == 0 && part == 1;
				if (!e)
					e = admit_one(b, raw, pass == 0, report);
			}
	buf_release(&held);
	return e;
}
