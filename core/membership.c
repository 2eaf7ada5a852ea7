#include "core/membership.h"

#include "core/seen.h"

enum err membership_certify(struct batch *b, const uint8_t member[SCHOOL_BYTES], const struct membership_terms *m)
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	int me = roster_find(r, b->school->id);
	e = roster_standing(r, me, b->now_ms);
	if (e)
		return e;
	const struct member *own = &r->members[me];
	if (!(own->powers & POWER_ADMIT) || own->depth == 0 || m->depth >= own->depth || (m->powers & ~own->powers))
		return ERR_NO_POWER;
	if (memcmp(member, b->school->id, SCHOOL_BYTES) == 0)
		return ERR_SELF;
	struct body_membership body = {.after = m->after_ms, .before = m->before_ms, .depth = m->depth,
				       .district = bytes_text(m->district), .name = bytes_text(m->name),
				       .powers = m->powers, .region = bytes_text(m->region)};
	memcpy(body.member, member, SCHOOL_BYTES);
	if (body.name.n > NAME_BYTES_MAX || body.region.n > 100 || body.district.n > 100)
		return ERR_TOO_LARGE;
	struct writing w = {.type = RECORD_MEMBERSHIP, .subject = network_subject};
	return batch_write_clear(b, &w, &body, NULL);
}

enum err membership_revoke(struct batch *b, const uint8_t member[SCHOOL_BYTES])
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	int me = roster_find(r, b->school->id), at = roster_find(r, member);
	if (at == NO_SCHOOL)
		return ERR_NOT_FOUND;
	if (at == me)
		return ERR_SELF;
	if (r->members[at].revoked)
		return ERR_WRONG_STATE;
	bool above = false;
	for (int up = r->members[at].parents[0]; up != NO_SCHOOL; up = r->members[up].parents[0])
		above |= up == me;
	if (!above)
		return ERR_NO_POWER;
	struct body_revocation body;
	struct writing w = {.type = RECORD_REVOCATION, .subject = network_subject};
	struct buf cuts;
	buf_init(&cuts, CUTS_BYTES_MAX);
	e = seen_cuts(&b->txn, member, &cuts);
	if (!e) {
		memcpy(body.member, member, SCHOOL_BYTES);
		body.cuts = buf_bytes(&cuts);
		e = batch_write_clear(b, &w, &body, NULL);
	}
	buf_release(&cuts);
	return e;
}

enum err membership_join(struct batch *b, const uint8_t root[SCHOOL_BYTES])
{
	struct school *s = b->school;
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	if (memcmp(b->root, root, SCHOOL_BYTES) == 0)
		return ERR_OK;
	if (memcmp(b->root, s->id, SCHOOL_BYTES) != 0 || r->count > 1)
		return ERR_WRONG_STATE;
	meta_put(&b->txn, META_ROOT, bytes_of(root, SCHOOL_BYTES));
	memcpy(b->root, root, SCHOOL_BYTES);
	b->roster_stale = b->roster_changed = true;
	return b->txn.err;
}
