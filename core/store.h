/*
 * store - LMDB, and the only place that knows it.
 *
 * A transaction's error is sticky: after the first failure every call does
 * nothing and txn_commit returns it. Values borrow from the map: until the
 * transaction ends or, in a write transaction, until its next put or delete.
 *
 * One write transaction at a time, begun and ended on one thread. Read
 * transactions must end before control returns to an event loop.
 *
 * Keys are big-endian, at most STORE_KEY_BYTES_MAX; nothing is keyed by a
 * random id. Tables:
 *
 *   META    name                            -> value
 *   REC     lseq u64                        -> record bytes         (append)
 *   LEAF    subject | period u16 | id       -> lseq u64, state, type, proof u8, author 4 B
 *   DIGEST  subject                         -> counts and digests of its three sets
 *   SEEN    author | incarnation | seq | id8 -> subject
 *   SCOPE   peer | subject                  -> right u8      (what we grant, derived)
 *   OFFER   peer | subject                  -> right u8      (what the peer offered)
 *   PEER    peer                            -> cursors       (see core/peer.h)
 *   DIRTY   subject                         -> ()
 *   DENY    subject | id, or zeros          -> erase id      (derived: what was erased and stays so)
 *   VIEW    subject | kind u8 | time u64 | id8 -> row        (derived)
 *   LOCAL   name | ...                      -> value         (never replicated)
 *   KEY     subject | number u32            -> sealed key    (in the vault environment)
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "proto/bytes.h"
#include "proto/err.h"

enum table {
	T_META,
	T_REC,
	T_LEAF,
	T_DIGEST,
	T_SEEN,
	T_SCOPE,
	T_OFFER,
	T_PEER,
	T_DIRTY,
	T_DENY,
	T_VIEW,
	T_LOCAL,
	T_KEY,
	TABLE_COUNT
};

struct store;
struct MDB_txn;
struct MDB_cursor;

struct txn {
	struct store *store;
	struct MDB_txn *mdb;
	enum err err;
	bool write;
};

struct cursor {
	struct txn *txn;
	struct MDB_cursor *mdb;
	struct bytes key;
	struct bytes value;
};

struct store_options {
	size_t map_bytes;
	bool create;
	bool no_sync; /* tests only: a crash may lose acknowledged writes */
};

/* Opens or creates the environment in directory path, which must exist. */
enum err store_open(struct store **out, const char *path, const struct store_options *o) MUST_USE;
void store_close(struct store *s);

/* A compacted, consistent copy into the existing empty directory path. */
enum err store_copy(struct store *s, const char *path) MUST_USE;

/* Bytes in use on disk. */
uint64_t store_bytes(struct store *s);

enum err txn_begin(struct txn *t, struct store *s, bool write) MUST_USE;
enum err txn_commit(struct txn *t) MUST_USE;
void txn_abort(struct txn *t);

/* false if absent or in error. */
bool txn_get(struct txn *t, enum table table, struct bytes key, struct bytes *value);
void txn_put(struct txn *t, enum table table, struct bytes key, struct bytes value);

/* A key greater than all others in the table. */
void txn_append(struct txn *t, enum table table, struct bytes key, struct bytes value);

/* Whether it was there. */
bool txn_del(struct txn *t, enum table table, struct bytes key);

/* Deletes every key that begins with prefix. */
void txn_del_prefix(struct txn *t, enum table table, struct bytes prefix);

uint64_t txn_count(struct txn *t, enum table table);

void cursor_open(struct cursor *c, struct txn *t, enum table table);
void cursor_close(struct cursor *c);

/* Each returns whether it stands on a row, then in c->key and c->value. */
bool cursor_seek(struct cursor *c, struct bytes at_least);
bool cursor_next(struct cursor *c);
bool cursor_last(struct cursor *c);
bool cursor_before(struct cursor *c, struct bytes key);

static inline bool bytes_start(struct bytes b, struct bytes prefix)
{
	return b.n >= prefix.n && (prefix.n == 0 || memcmp(b.p, prefix.p, prefix.n) == 0);
}

#endif
