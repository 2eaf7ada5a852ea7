/*
 * peer_conn - one connection to another school: handshake, greeting, then
 * replication until it ends. The loop's thread only.
 *
 * One connection carries both directions. It reads no more while the writer is
 * behind or the peer does not read, and says BYE with the reason before it
 * closes for one. Its owner is struct peers, which hears of every step.
 */
#ifndef NODE_PEER_CONN_H
#define NODE_PEER_CONN_H

#include "core/greet.h"
#include "core/sync.h"
#include "node/writer.h"

struct node;
struct peer_conn;
struct sockaddr;
struct uv_stream_s;

enum conn_phase {
	CONN_CONNECTING,
	CONN_HANDSHAKE,
	CONN_GREETING,
	CONN_SYNCING,
	CONN_CLOSING,
};

struct dial {
	const struct sockaddr *to;
	uint8_t id[SCHOOL_BYTES];
	uint8_t kx[KEY_BYTES];
	const struct invite *invite; /* NULL, or copied: join with it */
};

/* NULL: no memory or no socket. */
struct peer_conn *peer_conn_dial(struct node *n, const struct dial *d);
struct peer_conn *peer_conn_accept(struct node *n, struct uv_stream_s *listener);

/* Says BYE where it can, then closes; peers_closed follows later. Harmless when closing. */
void peer_conn_close(struct peer_conn *c, enum err reason);

/* After each commit: to every connection. */
void peer_conn_committed(struct peer_conn *c, const struct commit *commit);

/* Files: something is missing that was not before; one came to be here. */
void peer_conn_files_again(struct peer_conn *c);
void peer_conn_files_held(struct peer_conn *c, const uint8_t *subject, const uint8_t *id);

/* The roster changed: ends a session that is no longer due. */
void peer_conn_judge(struct peer_conn *c);

enum conn_phase peer_conn_phase(const struct peer_conn *c);
bool peer_conn_dialer(const struct peer_conn *c);
bool peer_conn_joining(const struct peer_conn *c);

/* The peer's school id; NULL while an incoming one has not said it. */
const uint8_t *peer_conn_id(const struct peer_conn *c);

/* The remote address without port, for bans and the log. */
const char *peer_conn_address(const struct peer_conn *c);

/* Zeros before CONN_SYNCING. */
void peer_conn_status(const struct peer_conn *c, struct sync_status *out);

struct peer_conn *peer_conn_next(const struct peer_conn *c);
void peer_conn_link(struct peer_conn *c, struct peer_conn **list);

#endif
