/*
 * peer_conn_state - a connection as its own two files see it: peer_conn.c has its socket, moves bytes and ends it, peer_greeting.c
 * brings it from the first byte to the first message of sync. For everybody else it is node/peer_conn.h.
 */
#ifndef NODE_PEER_CONN_STATE_H
#define NODE_PEER_CONN_STATE_H

#include <arpa/inet.h>

#include "node/channel.h"
#include "node/evidence.h"
#include "node/node.h"
#include "node/peer_conn.h"
#include "node/submissions.h"

struct peer_conn {
	struct node *node;
	struct peer_conn *next, **at;
	struct timer *timer; /* the phase's deadline; in CONN_SYNCING the tick */
	enum conn_phase phase;
	bool dialer;
	bool answered; /* the dialer's first message came */
	bool reading, closed, synced, told;
	bool waiting; /* for the writer's answer: nothing further is read */
	bool fed;     /* sync has had messages since the last flush */
	enum err reason;
	unsigned refs; /* jobs under way that come back here */

	uint8_t id[SCHOOL_BYTES], kx[KEY_BYTES];
	struct invite invite;
	bool joining;
	char address[INET6_ADDRSTRLEN];
	struct {
		char name[201], region[101], district[101];
	} card; /* ours, as the greeting says it */

	struct noise noise;
	struct framer framer;
	struct greet greet;
	struct sync *sync;
	struct blob_link files;
	struct buf in;	    /* as it came */
	struct buf payload; /* of the frame being worked through */
	size_t taken;	    /* of payload */
	struct buf out;	    /* u32 length, message */
	struct submissions submissions;
	uint64_t heard_ms, ticked_ms;
	bool was_complete;
	uint64_t moved, moved_ms; /* records that had gone either way when that was last told, and when */
};

/* What was decided of the bytes read so far is done; nothing while the writer is waited for. */
void conn_process(struct peer_conn *c);
/* All that stands in out goes to the wire, framed. */
void conn_flush(struct peer_conn *c);
/* Consumes bytes. */
void conn_send(struct peer_conn *c, struct buf *bytes);
/* told: the peer knows, or said it itself. */
void conn_close(struct peer_conn *c, enum err reason, bool told);
/* Frees it once nothing under way comes back to it. */
void conn_release(struct peer_conn *c);
void conn_start_sync(struct peer_conn *c);

/* The next message of the handshake that is ours to write. */
enum err conn_write_handshake(struct peer_conn *c) MUST_USE;
/* One handshake message from in; false when none is whole. */
bool conn_handshake(struct peer_conn *c, struct bytes *in);
/* Whether it may still speak with us: its membership by the roster of now. */
enum err conn_judge(struct peer_conn *c) MUST_USE;
/* Whether the message was taken; else it is for sync. */
bool conn_greeting(struct peer_conn *c, const struct message *m);

#endif
