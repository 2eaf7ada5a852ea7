/*
 * hasher - argon2id on a thread of its own: it takes some 75 ms and 64 MiB each
 * time, one at a time, and a short queue keeps a flood of log-ins from
 * taking the machine.
 */
#ifndef NODE_HASHER_H
#define NODE_HASHER_H

#include "core/accounts.h"

struct uv_loop_s;
struct hasher;

struct hashing {
	char password[PASSWORD_BYTES_MAX + 1]; /* wiped once it is worked on */
	bool verify;
	/* Made; or to be held against: empty is a login that is not there, and takes as long. */
	char hash[PASSWORD_HASH_BYTES];
	bool matched;
	/* The loop's thread, once: OK, NO_MEMORY, or BUSY where the node stops. It is its owner's again. */
	void (*done)(struct hashing *h, enum err result);

	struct hashing *next;
	enum err result;
};

/* NULL: no memory or no thread. */
struct hasher *hasher_new(struct uv_loop_s *loop);

/* BUSY: HASH_QUEUE_MAX wait; it stays the caller's, and done is not called. */
enum err hasher_submit(struct hasher *h, struct hashing *job) MUST_USE;

/* Ends what waits with BUSY, then calls stopped(arg); frees itself. */
void hasher_stop(struct hasher *h, void (*stopped)(void *arg), void *arg);

#endif
