/*
 * throttle - makes guessing passwords dull. Each failure doubles the time until
 * the next attempt is looked at: of the account from that address, of the
 * account, of the address, and for the whole node. Each has a ceiling, and the
 * longest is the first's, so that whoever guesses shuts nobody else out. In
 * memory only; sessions that live are not touched.
 */
#ifndef NODE_THROTTLE_H
#define NODE_THROTTLE_H

#include "proto/hash.h"

struct throttle;

/* What an attempt is counted under. */
struct attempt {
	uint64_t pair, account, address;
};

/* NULL: no memory. */
struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);

/* account: whatever names it, whether or not there is one; address as text. */
struct attempt throttle_attempt(const char *account, const char *address);

/*
 * How long to wait, 0: go on, and the attempt counts as a failure of the
 * pair at once, so that many at the same time are not many guesses.
 * Exactly one of the others follows then.
 */
uint64_t throttle_begin(struct throttle *t, const struct attempt *a, uint64_t now_ms);
void throttle_failed(struct throttle *t, const struct attempt *a, uint64_t now_ms);
void throttle_succeeded(struct throttle *t, const struct attempt *a);
void throttle_undecided(struct throttle *t, const struct attempt *a); /* neither: as if it had not been */

#endif
