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

static enum err certify_again(struct batch *b, const struct member *m, uint32_t powers, uint32_t depth, uint64_t before_ms)
{
	/* the roster that m stands in is read anew as soon as something is written */
	struct member now = *m;
	uint64_t clock = (uint64_t)MEMBERSHIP_CLOCK_S * 1000;
	struct membership_terms terms = {.name = now.name, .region = now.region, .district = now.district, .powers = powers,
					 .depth = depth, .after_ms = b->now_ms > clock ? b->now_ms - clock : 0,
					 .before_ms = before_ms};
	return membership_certify(b, now.id, &terms);
}

/* For how long a certificate was given, without what it allows for clocks. */
static uint64_t life(const struct member *m)
{
	uint64_t clock = (uint64_t)MEMBERSHIP_CLOCK_S * 1000, all = m->before_ms - m->after_ms;
	return all > clock ? all - clock : all;
}

/* The next school below us that is due, from the i-th of the roster on. */
static const struct member *next_due(const struct batch *b, const struct roster *r, int me, size_t *i)
{
	for (; *i < r->count; ++*i) {
		const struct member *m = &r->members[*i];
		if (m->parents[0] == me && roster_takes(r, (int)*i, me) && roster_standing(r, (int)*i, b->now_ms) == ERR_OK &&
		    m->before_ms - b->now_ms < life(m) / 2)
			return &r->members[(*i)++];
	}
	return NULL;
}

/* For what is said without being asked. *me: NO_SCHOOL where it would count nowhere, or, after a restore, be wrong. */
static enum err speak(struct batch *b, const struct roster **r, int *me)
{
	enum err e = batch_counts(b, r);
	*me = e || meta_get(&b->txn, META_RESTORED, NULL) ? NO_SCHOOL : roster_find(*r, b->school->id);
	return e == ERR_REVOKED || e == ERR_KEYS_CHANGED ? ERR_OK : e;
}

enum err membership_renew_due(struct batch *b)
{
	const struct roster *r;
	const struct member *m;
	size_t i = 0;
	int me;
	enum err e = speak(b, &r, &me);
	if (e || me == NO_SCHOOL || roster_standing(r, me, b->now_ms) || !(r->members[me].powers & POWER_ADMIT) ||
	    r->members[me].depth == 0)
		return e;
	while (!e && (m = next_due(b, r, me, &i))) {
		uint32_t most = r->members[me].depth - 1;
		e = certify_again(b, m, m->powers & r->members[me].powers, m->depth < most ? m->depth : most,
				  b->now_ms + life(m));
		if (!e)
			e = batch_roster(b, &r); /* the same schools in the same order */
	}
	return e;
}

enum err membership_belong(struct batch *b, const uint8_t issuer[SCHOOL_BYTES])
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	int me = roster_find(r, b->school->id), at = roster_find(r, issuer);
	if (memcmp(issuer, b->school->id, SCHOOL_BYTES) == 0)
		return ERR_SELF;
	if (me == NO_SCHOOL)
		return ERR_NOT_MEMBER;
	if (at != NO_SCHOOL && roster_joined(r, me, at))
		return ERR_OK;
	if (r->members[me].joined_count == JOININGS_MAX)
		return ERR_QUOTA;
	struct body_joining body;
	struct writing w = {.type = RECORD_JOINING, .subject = network_subject};
	memcpy(body.issuer, issuer, SCHOOL_BYTES);
	return batch_write_clear(b, &w, &body, NULL);
}

enum err membership_belong_due(struct batch *b)
{
	const struct roster *r;
	int me;
	enum err e = speak(b, &r, &me);
	if (me == NO_SCHOOL)
		return e;
	const struct member *m = &r->members[me];
	if (m->parents[0] == NO_SCHOOL || m->revoked || m->joined_count == JOININGS_MAX)
		return ERR_OK;
	return membership_belong(b, r->members[m->parents[0]].id);
}

enum err membership_change(struct batch *b, const uint8_t member[SCHOOL_BYTES], uint32_t powers, uint32_t depth, uint64_t before_ms)
{
	const struct roster *r;
	enum err e = batch_roster(b, &r);
	if (e)
		return e;
	int me = roster_find(r, b->school->id), at = roster_find(r, member);
	if (at == NO_SCHOOL || !r->members[at].member)
		return ERR_NOT_FOUND;
	if (at == me)
		return ERR_SELF;
	if (r->members[at].parents[0] != me)
		return ERR_NO_POWER;
	if (r->members[at].revoked)
		return ERR_REVOKED;
	return certify_again(b, &r->members[at], powers, depth, before_ms);
}

/* seen: what we hold of its records. */
static enum err write_revocation(struct batch *b, const uint8_t *member, enum seen seen)
{
	struct body_revocation body;
	struct writing w = {.type = RECORD_REVOCATION, .subject = network_subject};
	struct buf cuts;
	buf_init(&cuts, CUTS_BYTES_MAX);
	enum err e = seen_cuts(&b->txn, member, seen, CUTS_MAX, &cuts);
	if (!e) {
		memcpy(body.member, member, SCHOOL_BYTES);
		body.cuts = buf_bytes(&cuts);
		e = batch_write_clear(b, &w, &body, NULL);
	}
	buf_release(&cuts);
	return e;
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
	bool issuer = r->members[at].issuer == me;
	if (r->members[at].issuer_revoked || (r->members[at].revoked && !issuer))
		return ERR_WRONG_STATE;
	if (issuer && meta_get(&b->txn, META_RESTORED, NULL))
		return ERR_INCOMPLETE; /* its records are not all back */
	bool above = false;
	for (int up = r->members[at].parents[0]; up != NO_SCHOOL; up = r->members[up].parents[0])
		above |= up == me;
	if (!above)
		return ERR_NO_POWER;
	return write_revocation(b, member, issuer ? SEEN_ALL : SEEN_SOME);
}

enum err membership_second(struct batch *b)
{
	const struct roster *r;
	int me;
	enum err e = speak(b, &r, &me);
	for (size_t i = 0; me != NO_SCHOOL && i < r->count && !e; i++) {
		const struct member *m = &r->members[i];
		if (!m->revoked || m->issuer_revoked || m->issuer != me)
			continue;
		e = write_revocation(b, m->id, SEEN_ALL);
		if (!e)
			e = batch_roster(b, &r); /* the same schools in the same order */
	}
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
