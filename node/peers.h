/*
 * peers - the schools this node replicates with: parents and children in the
 * tree, and the one it means to join. Whom to call and when, who called, how
 * it stands with each, and who is banned.
 *
 * A neighbour is called when its address is known (LOCAL_ADDRESS); children
 * normally call. Of two sessions with one school stays the one that the smaller
 * school id dialled; of two dialled by the same side, the newer.
 */
#ifndef NODE_PEERS_H
#define NODE_PEERS_H

#include "node/peer_conn.h"

struct node;
struct peers;

/* NULL: no memory. */
struct peers *peers_new(struct node *n);

/* Listens for peers; port 0 picks one. IO with *why, a text that stays. */
enum err peers_listen(struct peers *p, const char *address, uint16_t port, const char **why) MUST_USE;
uint16_t peers_port(const struct peers *p);

/* Reads whom to call from the store, and begins. */
void peers_start(struct peers *p);

/* Says BYE to all, then calls stopped(arg). */
void peers_stop(struct peers *p, void (*stopped)(void *arg), void *arg);
void peers_free(struct peers *p);

/* After each commit; the loop's roster is up to date. */
void peers_committed(struct peers *p, const struct commit *c);

/* Files: tells every session that something is missing, or has come. */
void peers_files_again(struct peers *p);
void peers_files_held(struct peers *p, const uint8_t *subject, const uint8_t *id);

/* A neighbour's address changed in the store, or an invitation was taken: call soon. */
void peers_address(struct peers *p, const uint8_t id[SCHOOL_BYTES], const char *address);
void peers_join(struct peers *p, const struct invite *i);

/* --- for showing ------------------------------------------------------------------------------ */

enum peer_relation { PEER_PARENT, PEER_SECOND_PARENT, PEER_CHILD };
enum peer_state { PEER_CONNECTED, PEER_CONNECTING, PEER_WAITING, PEER_NEVER, PEER_REFUSED };

struct peer_status {
	uint8_t id[SCHOOL_BYTES];
	enum peer_relation relation;
	enum peer_state state;
	const char *address; /* borrowed, NULL: unknown */
	struct sync_status sync;
	uint64_t last_success_ms, next_attempt_ms; /* 0: none */
	enum err reason;			   /* OK: complete, or merely under way */
	const char *reason_text;		   /* borrowed */
};

/* The i-th, in no particular order; false past the end. t: a read transaction. */
bool peers_status(const struct peers *p, struct txn *t, size_t i, struct peer_status *out);
bool peers_find(const struct peers *p, struct txn *t, const uint8_t id[SCHOOL_BYTES], struct peer_status *out);

/* --- for connections -------------------------------------------------------------------------- */

/* The peer has proven who it is: OK, or why not to go on. May close another connection. */
enum err peers_known(struct peers *p, struct peer_conn *c) MUST_USE;

/* It replicates now, or its completeness changed. */
void peers_syncing(struct peers *p, struct peer_conn *c);
void peers_changed(struct peers *p);

/* A strike against it; true when that was the last one allowed. */
bool peers_strike(struct peers *p, struct peer_conn *c, unsigned strikes);

/* It is gone; freed on return. told: the peer gave the reason. */
void peers_closed(struct peers *p, struct peer_conn *c, enum err reason, bool told, bool synced);

#endif
