/*
 * blobs - evidence files between schools, without input or output. Records say
 * which files there are (core/blob_rows.h); struct blobs knows which of them are
 * here; a struct blob_link beside each session fetches what is missing from that
 * peer and answers what it asks. The daemon and the simulator drive this code.
 *
 *   who may have a file    whoever the link shares a record with that names it
 *   whom to ask            every peer that may have it, in turn; one that has it
 *                          not is asked again when it says so, and at each tick
 *   how much               of one subject and author what is here or on its way comes to
 *                          EVIDENCE_SUBJECT_BYTES_MAX at most, by the sizes that
 *                          records say; a file of another size is refused. The
 *                          rest is missing, and fetched when there is room
 *   flow                   at most BLOB_WINDOW pieces asked for and not yet on
 *                          disk; who asks holds the rest back
 *   resuming               what is on disk of a file that broke off is checked
 *                          piece by piece, and the rest asked for
 *
 * Reading and writing is the caller's: a step hands out ops, which it carries out
 * when it likes, in any order, and tells of each by blob_link_done.
 */
#ifndef CORE_BLOBS_H
#define CORE_BLOBS_H

#include "core/blob_rows.h"
#include "core/sync.h"
#include "proto/blob.h"

struct blobs;

struct blobs_count {
	uint64_t held, missing, bytes; /* bytes: of those held */
	uint64_t over;		       /* of those missing: for them the subject has no room */
};

struct blobs *blobs_new(void);
void blobs_free(struct blobs *b);

/* It lies on disk whole, of that size; or no more. */
enum err blobs_hold(struct blobs *b, const uint8_t id[ID_BYTES], uint64_t size) MUST_USE;
void blobs_lose(struct blobs *b, const uint8_t id[ID_BYTES]);
bool blobs_held(const struct blobs *b, const uint8_t id[ID_BYTES]);
bool blobs_held_as(const struct blobs *b, const uint8_t id[ID_BYTES], uint64_t size);

/*
 * Reads the rows of a subject that a commit touched; of all, at the start and where the roster
 * changed. *fresh is set when something is missing that was not before: then every link begins a
 * new round.
 */
enum err blobs_refresh(struct blobs *b, struct txn *t, const uint8_t *subject, bool *fresh) MUST_USE;
enum err blobs_refresh_all(struct blobs *b, struct txn *t, bool *fresh) MUST_USE;

/*
 * Takes one file out of the list of those that are held and that no record names any more; false at
 * its end. blobs_sweep puts all such on it that are not there.
 */
bool blobs_gone(struct blobs *b, uint8_t id[ID_BYTES]);
enum err blobs_sweep(struct blobs *b) MUST_USE;

/* Whether any record names it. */
bool blobs_named(const struct blobs *b, const uint8_t id[ID_BYTES]);

struct blobs_count blobs_count(struct blobs *b);

/* --- one session ------------------------------------------------------------------------------ */

enum blob_op_type {
	BLOB_OP_LOAD,	/* is there room; what is there of the file that broke off: head and good pieces, blob_link_loaded */
	BLOB_OP_STORE,	/* write the piece at its place, blob_link_done */
	BLOB_OP_FINISH, /* all pieces are written: make it durable under its id, then blobs_hold, blob_link_done */
	BLOB_OP_READ,	/* read the piece of a file that is held, blob_link_read */
};

struct blob_op {
	enum blob_op_type type;
	uint8_t id[ID_BYTES];
	uint8_t subject[SUBJECT_BYTES];
	struct blob_shape shape;
	uint32_t piece;
	struct bytes data; /* STORE: borrowed from the message */
};

enum { BLOB_OPS_MAX = 4 };

struct blob_output {
	struct buf *messages; /* u32 length | message, appended */
	struct blob_op ops[BLOB_OPS_MAX];
	size_t op_count;
	unsigned strikes;
	enum err error; /* end the session with it */
};

struct blob_ask {
	uint8_t subject[SUBJECT_BYTES], id[ID_BYTES];
	uint32_t piece;
};

struct blob_link {
	struct blobs *blobs;
	const struct sync *sync;

	/* the file that is being fetched */
	bool busy, ours, loading, finishing, moved;
	struct blob_ask at; /* also where the round stands */
	struct blob_shape shape;
	struct buf head;
	uint32_t asked, got, stored; /* pieces: the next to ask for; the next to come; written */
	unsigned unanswered;
	bool round; /* there may be more behind `at` */
	bool again; /* ... and a new round is due then */

	/* what the peer asked for */
	struct blob_ask wants[BLOB_WANTS_MAX];
	size_t want_count;
	bool reading;
};

/* Both are borrowed. */
void blob_link_init(struct blob_link *l, struct blobs *b, const struct sync *s);
void blob_link_release(struct blob_link *l);

/* A BLOB_* message of the peer's. */
void blob_link_message(struct blob_link *l, struct txn *t, const struct message *m, struct blob_output *out);

/* Something may be there to be asked for: more is missing, or shared. */
void blob_link_again(struct blob_link *l, struct txn *t, struct blob_output *out);

/* From time to time: also gives up on a peer that does not answer. */
void blob_link_tick(struct blob_link *l, struct txn *t, struct blob_output *out);

/* We came to hold it: tells the peer, if it may have it. */
void blob_link_held(struct blob_link *l, struct txn *t, const uint8_t *subject, const uint8_t *id, struct blob_output *out);

/*
 * Results of ops. head is empty where nothing is there; pieces: how many from the head on are good. DISK_FULL: there
 * is no room for it; nothing more is fetched from the peer before the next tick.
 */
void blob_link_loaded(struct blob_link *l, struct txn *t, const struct blob_op *op, enum err e, struct bytes head, uint32_t pieces,
		      struct blob_output *out);
void blob_link_done(struct blob_link *l, struct txn *t, const struct blob_op *op, enum err e, struct blob_output *out);
void blob_link_read(struct blob_link *l, struct txn *t, const struct blob_op *op, enum err e, struct bytes data,
		    struct blob_output *out);

/* How many of the pieces in a part of a blob are good, head first; 0: nothing. For BLOB_OP_LOAD. */
uint32_t blob_good_pieces(const uint8_t id[ID_BYTES], const struct blob_shape *s, struct bytes part);

#endif
