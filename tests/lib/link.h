/*
 * link - two schools in memory and one session between them, without faults:
 * what one end says the other hears, what is submitted is committed at once.
 */
#ifndef TESTS_LIB_LINK_H
#define TESTS_LIB_LINK_H

#include "core/sync.h"
#include "tests/lib/fixture.h"

enum { LINK_QUEUE_MAX = 64, LINK_MESSAGES_MAX = 32 };

struct link_end {
	struct fixture *f;
	struct sync *sync;
	struct buf inbox; /* u32 length, message, ... */
	struct submission *queue[LINK_QUEUE_MAX];
	size_t queued;
	uint64_t durable_bytes; /* of records that came, committed */
	uint64_t sent_bytes, acked_bytes, in_flight_max; /* of records that went */
	uint64_t said[LINK_MESSAGES_MAX]; /* messages sent, by type */
	uint64_t bytes;			  /* sent in all, frames left out */
	enum err nack;			  /* the reason of the last NACK that came */
	unsigned strikes;
	enum err error;
};

/* end 0 dialled */
struct link {
	struct link_end end[2];
	uint64_t now_ms;
	unsigned volleys;   /* how often somebody had something to say */
	bool hold_commits;  /* submissions wait until link_commit */
	bool ack_early;	    /* some ACK ran ahead of what is durable */
};

void link_open(struct link *l, struct fixture *dialer, struct fixture *listener, uint64_t now_ms);
void link_close(struct link *l);

/* Until nobody has anything to say. */
void link_pump(struct link *l);

/* Commits what an end has submitted; true if there was anything. */
bool link_commit(struct link *l, int end);

/* A batch of an end's own work, told to its session. */
void link_work(struct link *l, int end, struct batch *b);

/* Tells an end's session of a commit that was made elsewhere. */
void link_tell(struct link *l, int end);

void link_tick(struct link *l, int end);

/* Puts a message into an end's inbox as if the other had said it. */
void link_inject(struct link *l, int end, const struct message *m);

bool link_complete(const struct link *l);

#endif
