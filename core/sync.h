/*
 * sync - one session's replication, without input or output: events in,
 * messages and submissions out. The daemon and the simulator drive this code.
 *
 * Cursors for speed, digests for truth:
 *   HELLO    how far each holds the other's log, and hashes of the scope lists
 *   SCOPE    which subjects we share with the peer, and its right; a subject is
 *            agreed when both lists name it
 *   opening  chain records of subjects that the peer has not agreed to yet
 *   TAIL     records above the cursor, in lseq order, as they are committed
 *   BULK     whole subjects, leaf by leaf, behind attestations
 *   ROOT     when nothing is under way: equal roots are the only success;
 *            else BUCKETS, SUBJECTS, LEAVES, IDS, WANT find what is missing
 *
 * A record is acknowledged only after the commit that made it durable. At most
 * CREDIT_BYTES of records are unacknowledged in either direction.
 *
 * sync_step reads the store through a read transaction of the caller's, which
 * may end when it returns. Nothing in here knows time but SYNC_TICK's argument.
 */
#ifndef CORE_SYNC_H
#define CORE_SYNC_H

#include "core/receive.h"

struct sync;

struct sync_options {
	uint8_t peer[SCHOOL_BYTES];
	uint8_t incarnation[INCARNATION_BYTES]; /* ours */
	bool dialer;				/* drives repair */
	uint32_t program;			/* which version we run, told to the peer for people to see */
};

enum sync_event_type {
	SYNC_START,
	SYNC_MESSAGE,	/* one message from the peer */
	SYNC_FLUSH,	/* no more messages at hand for now */
	SYNC_SUBMITTED, /* the commit of a submission, results filled in */
	SYNC_COMMITTED, /* some commit happened; after SYNC_SUBMITTED of the same commit */
	SYNC_DRAINED,	/* there is room for more output */
	SYNC_TICK,
};

struct sync_event {
	enum sync_event_type type;
	const struct message *message;	     /* MESSAGE: borrowed */
	const struct submission *submission; /* SUBMITTED: borrowed, results filled in */
	bool scope_changed;		     /* COMMITTED */
	uint64_t now_ms;		     /* all: for status only, and TICK */
};

struct sync_output {
	struct buf *messages;	       /* u32 length | message, appended */
	struct submission *submission; /* NULL, or handed over: apply and give back by SYNC_SUBMITTED */
	unsigned strikes;	       /* against the peer, in this step */
	enum err error;		       /* end the session with it */
};

struct sync_status {
	bool complete; /* roots equal, nothing new since */
	uint64_t sent, received; /* records in this session */
	uint64_t pending_out;	 /* records not acknowledged, bytes in flight and subjects queued counted as one each */
	uint64_t missing;	 /* records that the peer counts and we do not, at the last unequal root */
	uint64_t shared;	 /* subjects agreed */
	uint64_t acked_ms, received_ms, verified_ms; /* 0: never in this session */
	uint64_t wire_records_bytes;
	uint32_t program; /* the peer's; 0: not said */
	enum err reason; /* why incomplete, ERR_OK if merely under way */
};

struct sync *sync_new(const struct sync_options *o);
void sync_free(struct sync *s);

/* Submissions must come back in the order in which they were handed out. */
void sync_step(struct sync *s, struct txn *t, const struct sync_event *e, struct sync_output *out);

void sync_status(const struct sync *s, struct sync_status *out);

/* What this link shares of a subject now; nothing before both sides have said it. */
struct selection sync_shares(const struct sync *s, struct txn *t, const uint8_t *subject);

/* The root over agreed subjects, for tests and status: 16 bytes and a count. */
void sync_root(const struct sync *s, struct txn *t, uint8_t root[DIGEST_BYTES], uint64_t *count);

#endif
