/*
 * idempotency - the same Idempotency-Key with the same request gets the first
 * answer again, for a day. Successful answers are kept, sealed, in LOCAL; a
 * failed request may be tried again under its key.
 *
 * The answer is stored right after it was given. A power cut in between makes a
 * repeat a new request.
 */
#ifndef NODE_IDEMPOTENCY_H
#define NODE_IDEMPOTENCY_H

#include "core/store.h"
#include "node/route.h"

struct node;
struct idempotency;

struct idempotency *idempotency_new(struct node *n);
void idempotency_free(struct idempotency *i);

/* The router's hooks. */
bool idempotency_before(struct exchange *x);
void idempotency_replied(struct exchange *x, int status, struct bytes response);

/* Drops rows whose day is over. */
void idempotency_sweep(struct txn *t, uint64_t now_ms);

#endif
