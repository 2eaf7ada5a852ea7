/*
 * membership - admitting schools and revoking them. The judgement of what a
 * certificate is worth stands in core/roster.h.
 */
#ifndef CORE_MEMBERSHIP_H
#define CORE_MEMBERSHIP_H

#include "core/batch.h"

struct membership_terms {
	const char *name, *region, *district;
	uint32_t powers; /* enum power, at most our own */
	uint32_t depth;	 /* levels below the new member, less than our own */
	uint64_t after_ms, before_ms;
};

/* ERR_NO_POWER when our own certificate does not allow it. */
enum err membership_certify(struct batch *b, const uint8_t member[SCHOOL_BYTES], const struct membership_terms *m) MUST_USE;

/*
 * Renews the certificates of the schools directly below us of whose time less than half is left, for as
 * long and on the terms they have, as far as ours reach. Those of revoked and expired schools end; a
 * school that we adopted must say first that it belongs to us.
 */
enum err membership_renew_due(struct batch *b) MUST_USE;

/*
 * Where a school directly below us was revoked from further above, by somebody who holds
 * little of it: adds our own revocation, so that what we hold of it goes on to count.
 */
enum err membership_second(struct batch *b) MUST_USE;

/* Says that we belong under that school, once: before it is said, its certificates need not count for us. */
enum err membership_belong(struct batch *b, const uint8_t issuer[SCHOOL_BYTES]) MUST_USE;

/* The same of our first parent: one that adopted us, or that we had before such things were said. */
enum err membership_belong_due(struct batch *b) MUST_USE;

/* New terms for a school directly below us, with the name and place it has. */
enum err membership_change(struct batch *b, const uint8_t member[SCHOOL_BYTES], uint32_t powers, uint32_t depth,
			   uint64_t before_ms) MUST_USE;

/* Of a school below us. Its sessions end; what we hold of its word stays, and counts as far as we hold it now. */
enum err membership_revoke(struct batch *b, const uint8_t member[SCHOOL_BYTES]) MUST_USE;

/*
 * Makes that root ours. Only a school that stands alone may join another
 * network: ERR_WRONG_STATE once it belongs to one or has admitted schools.
 */
enum err membership_join(struct batch *b, const uint8_t root[SCHOOL_BYTES]) MUST_USE;

#endif
