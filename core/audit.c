#include "core/audit.h"

#include <stdlib.h>

enum { ROWS_PER_STEP = 20000 };

#define META_AUDITED "audited"

/* One record that was believed, and what its signature says. */
struct look {
	uint64_t lseq;
	bool good;
};

static uint64_t audited(struct txn *t)
{
	struct bytes v;
	return meta_get(t, META_AUDITED, &v) && v.n == 8 ? get_u64(v.p) : 0;
}

static struct bytes lseq_key(uint8_t out[8], uint64_t lseq)
{
	put_u64(out, lseq);
	return bytes_of(out, 8);
}

/* Gathers believed records from `from` on; leaves *from behind the last row looked at. */
static size_t gather(struct batch *b, const struct roster *r, struct look looks[], size_t max, uint64_t *from, bool *behind)
{
	struct cursor c;
	uint8_t key[8];
	size_t n = 0, rows = 0;
	cursor_open(&c, &b->txn, T_REC);
	bool on = cursor_seek(&c, lseq_key(key, *from + 1));
	for (; on && n < max && rows < ROWS_PER_STEP; on = cursor_next(&c), rows++) {
		struct record rec;
		struct leaf leaf;
		*from = get_u64(c.key.p);
		if (record_read(c.value, &rec) || !leaf_find(&b->txn, rec.subject, rec.period, rec.id, &leaf) ||
		    leaf.proof != PROOF_ATTESTED)
			continue;
		const struct school_key *k = roster_key(r, &rec);
		looks[n++] = (struct look){*from, k && !record_verify(&rec, k->sign)};
	}
	*behind = on;
	cursor_close(&c);
	return n;
}

static enum err settle_look(struct batch *b, const struct look *l)
{
	struct record r;
	struct bytes raw;
	uint8_t key[8], *copy;
	if (!txn_get(&b->txn, T_REC, lseq_key(key, l->lseq), &raw))
		return b->txn.err ? b->txn.err : ERR_CORRUPT;
	/* the map's bytes do not outlive the first put */
	copy = malloc(raw.n);
	if (!copy)
		return ERR_NO_MEMORY;
	memcpy(copy, raw.p, raw.n);
	enum err e = record_read(bytes_of(copy, raw.n), &r);
	if (!e && l->good)
		leaf_put(&b->txn, &r, l->lseq, PROOF_SIGNATURE);
	if (!e && !l->good)
		batch_drop(b, &r, l->lseq);
	free(copy);
	return e ? e : b->txn.err;
}

enum err audit_step(struct batch *b, size_t max, struct audit_result *out)
{
	const struct roster *r;
	struct look *looks = malloc(max * sizeof *looks);
	uint64_t from = audited(&b->txn);
	*out = (struct audit_result){0};
	enum err e = looks ? batch_roster(b, &r) : ERR_NO_MEMORY;
	if (!e)
		out->checked = gather(b, r, looks, max, &from, &out->behind);
	for (size_t i = 0; i < out->checked && !e; i++) {
		e = settle_look(b, &looks[i]);
		out->dropped += !looks[i].good;
	}
	if (!e) {
		uint8_t v[8];
		put_u64(v, from);
		meta_put(&b->txn, META_AUDITED, bytes_of(v, sizeof v));
		e = b->txn.err;
	}
	free(looks);
	return e;
}
