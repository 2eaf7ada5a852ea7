/*
 * events - the live stream: what changed, gathered and told at most four times
 * a second. Ids rise, also over a restart, since they follow the clock. A stream
 * ends with the session that it came in, and keeps no session alive.
 */
#ifndef NODE_EVENTS_H
#define NODE_EVENTS_H

#include "node/writer.h"

struct node;
struct events;
struct stream;
struct exchange;

struct events *events_new(struct node *n);
void events_free(struct events *e);

/* What a commit changed, read from its records. */
void events_committed(struct events *e, const struct commit *c);

/* A peer's state, or the roster. */
void events_network(struct events *e);

/* Answers a request with the stream. */
void events_follow(struct events *e, struct exchange *x);

/* Ends the streams of a session that is closed. */
void events_end_session(struct events *e, uint64_t session);

/* Ends those of all sessions of an account but one (0: of all). */
void events_end_account(struct events *e, const uint8_t *account, uint64_t session);

/* Ends all. */
void events_stop(struct events *e);

#endif
