/*
 * sync_parts - what the files of one session share: sync.c (events, greeting,
 * receiving), sync_send.c (what we send), sync_scope.c (what is shared),
 * sync_repair.c (roots, and finding what is missing). For them only.
 */
#ifndef CORE_SYNC_PARTS_H
#define CORE_SYNC_PARTS_H

#include "core/agreed.h"
#include "core/leaf.h"
#include "core/root.h"
#include "core/sync.h"
#include "core/task.h"

enum {
	PROTOCOL_VERSION = 1,
	OUT_HIGH_BYTES = 96 * 1024,
	SUBMIT_BYTES = 192 * 1024,
	SUBJECT_ENTRY_BYTES = SUBJECT_BYTES + 4 + DIGEST_BYTES,
	LEAF_ENTRY_BYTES = 2 + 2 + 4 + 8,
	ID_ENTRY_BYTES = 8 + 1,
	WANT_ENTRY_BYTES = 2 + 8,
	IDS_WHOLE_MAX = 4096,
	SUBMISSIONS_MAX = 64,
	NACKS_MAX = 64,
};

struct sync {
	struct sync_options o;
	bool greeted; /* the peer's HELLO came */

	struct scope_list mine, theirs;
	uint64_t epoch_mine, epoch_theirs;

	uint8_t peer_incarnation[INCARNATION_BYTES];

	struct tasks tasks;	/* what to send beside the tail */
	struct pushed pushed;	/* whole subjects already sent, and in which state */
	uint64_t network;	/* every network record up to this lseq was sent: identities go first */
	uint64_t tail;		/* every other agreed record up to this lseq was sent or skipped */
	struct ranges from_peer; /* lseqs that came from this peer: not sent back */

	uint64_t sent_bytes, acked_bytes;
	uint64_t got_bytes, taken_bytes; /* of the peer's records: received; committed */
	uint64_t tail_taken;  /* the peer's lseq up to which TAIL was committed */

	struct submission *open; /* gathering */
	bool in_leaf;
	size_t submitted; /* handed out, not yet back */

	bool root_due;	  /* something changed since our last ROOT */
	bool compare_due; /* one of the two roots is newer than the last comparison */
	bool repairing;	  /* BUCKETS sent, nothing moved since */
	uint64_t roots_unanswered; /* sent; to each the dialer may answer by BUCKETS once */
	bool persist_due; /* roots are equal: note it with the writer */
	struct message_root peer_root;
	bool peer_root_known;
	bool peer_root_fresh; /* not compared yet: only then does a difference call for repair */
	uint64_t moved, moved_at_repair; /* records that went either way */
	uint64_t verified_lseq;

	struct sync_status status;
};
/* One step's surroundings. */
struct step {
	struct sync *s;
	struct txn *t;
	struct sync_output *out;
	uint64_t now_ms;
};
/* Ends the session with the first error. */
void step_fail(struct step *x, enum err e);

void step_send(struct step *x, const struct message *m);

/* The submission that is being gathered; NULL when memory ran out. */
struct submission *step_gather(struct step *x);

uint64_t step_last_lseq(struct txn *t);

/* What the link shares of a subject now. */
struct selection step_selection(struct step *x, const uint8_t *subject);

/* Nothing under way in our direction, and nothing of the peer's half taken. */
bool step_quiet(struct step *x);

/* --- sync_send.c: each goes on as far as credit and room allow -------------------------------- */

void send_network(struct step *x);
void send_tasks(struct step *x);
void send_tail(struct step *x);

/* Hands subjects that wait for our attestation to the writer. */
void send_attest_first(struct step *x);

/* Queues a whole subject, unless it was sent in this very state and not acknowledged yet. */
void send_whole(struct step *x, const uint8_t *subject);

/* --- sync_scope.c ----------------------------------------------------------------------------- */

/* Our whole list, for a peer that holds another. */
void scope_send_all(struct step *x);

/* Both lists are known: what only we name must be opened. */
void scope_lists_known(struct step *x);

/* Our own grants moved: tell the peer, open what it has not agreed to. */
void scope_moved(struct step *x);
void scope_received(struct step *x, const struct message_scope *m);

/* --- sync_repair.c ---------------------------------------------------------------------------- */

void repair_compare(struct step *x);
void repair_send_root(struct step *x);

/* Adds our digest of a subject to a list for SUBJECTS; sends the list and empties it. */
void repair_ask(struct step *x, struct buf *entries, const uint8_t *subject, enum mode mode);
void repair_send_subjects(struct step *x, struct buf *entries);

void repair_on_root(struct step *x, const struct message_root *m);
void repair_on_buckets(struct step *x, const struct message_buckets *m);
void repair_on_subjects(struct step *x, const struct message_subjects *m);
void repair_on_leaves(struct step *x, const struct message_leaves *m);
void repair_on_ids(struct step *x, const struct message_ids *m);
void repair_on_want(struct step *x, const struct message_want *m);

#endif
