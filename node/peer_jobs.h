/*
 * peer_jobs - what a session asks of the writer before replication begins.
 *
 * Each calls done(arg, result) later, on the loop's thread, unless it returns
 * BUSY or NO_MEMORY at once. Everything given is copied.
 */
#ifndef NODE_PEER_JOBS_H
#define NODE_PEER_JOBS_H

#include "core/greet.h"
#include "node/writer.h"

struct node;

typedef void (*peer_job_done)(void *arg, enum err result);

/* Makes the peer's identity records known, so that what it signed verifies. */
enum err peer_job_keys(struct node *n, const struct greet *g, peer_job_done done, void *arg) MUST_USE;

/* The issuer's answer to JOIN: checks the invitation, certifies the school, spends it. */
enum err peer_job_certify(struct node *n, const struct greet *g, peer_job_done done, void *arg) MUST_USE;

/* The joiner's: greet.root becomes ours, and the peer the school that we say we belong under. */
enum err peer_job_join(struct node *n, const struct greet *g, peer_job_done done, void *arg) MUST_USE;

/*
 * The invitation that this node means to join with, in META, sealed: kept until
 * its certificate has arrived, whatever ends in between.
 */
#define META_JOIN "join"
bool pending_join_get(struct txn *t, const struct vault *v, struct invite *out);
enum err pending_join_put(struct batch *b, const char *token) MUST_USE;
void pending_join_clear(struct txn *t);

#endif
