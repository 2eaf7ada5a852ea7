/*
 * greet - who is at the other end: what two schools say between the handshake
 * and the first message of sync. Without input or output.
 *
 *   both      AUTH    signature over (domain | handshake hash | role), key log
 *   dialer    JOIN    only with an invitation: proof of its secret, our name
 *   listener  JOINED  the answer; the dialer then belongs to that root
 *   either    BYE     the reason why not
 *
 * The identity of a peer is the signature in AUTH: school id, key log and
 * signature are checked here. Whether it may come in is judged from the roster
 * by greet_judge, or from the invitation by the issuer's writer.
 */
#ifndef CORE_GREET_H
#define CORE_GREET_H

#include "core/invite.h"
#include "core/roster.h"
#include "proto/schema.h"

enum { GREET_KEYS_BYTES_MAX = 12 * 1024 };

struct greet_options {
	bool dialer;
	uint8_t session[HASH_BYTES]; /* the handshake hash */
	uint8_t me[SCHOOL_BYTES];

	/* the dialer's */
	uint8_t expected[SCHOOL_BYTES];
	uint8_t dialled_kx[KEY_BYTES];
	const struct invite *invite; /* NULL, or borrowed: join with it */
	const char *name, *region, *district;
};

enum greet_event {
	GREET_NOTHING,	/* wait for the next message */
	GREET_KNOWN,	/* dialer: the listener is who it should be; judge, then sync */
	GREET_PASS,	/* listener: this message is sync's first; judge, then sync */
	GREET_ASKED,	/* listener: greet.join is to be answered */
	GREET_ADMITTED, /* dialer: we belong to greet.root now */
	GREET_FAILED,	/* end the session; greet.reason says why */
};

struct greet {
	struct greet_options o;
	enum { GREET_AUTH, GREET_FIRST, GREET_ANSWER, GREET_OVER } state;
	bool authentic; /* peer and keys are proven */
	bool told;	/* the reason came from the peer */
	enum err reason;
	uint8_t peer[SCHOOL_BYTES];
	struct buf keys; /* the peer's identity records, each behind its u16 length */
	struct school_key *log;
	size_t log_count;
	uint8_t root[SCHOOL_BYTES];
	struct {
		uint8_t invite[INVITE_ID_BYTES], mac[INVITE_MAC_BYTES];
		char name[201], region[101], district[101];
	} join;
};

/* Out of a store: our own key log as AUTH carries it. */
enum err greet_own_keys(struct txn *t, const uint8_t me[SCHOOL_BYTES], struct buf *out) MUST_USE;

void greet_init(struct greet *g, const struct greet_options *o);
void greet_release(struct greet *g);

/*
 * Messages are appended to out as sync does: u32 length, message. An error of
 * memory or size stays in out.
 */
void greet_start(struct greet *g, const uint8_t sign_secret[SIGN_SECRET_BYTES], struct bytes own_keys, struct buf *out);

enum greet_event greet_message(struct greet *g, const struct message *m, struct buf *out);

/* The listener's answer to GREET_ASKED. */
void greet_answer(struct greet *g, enum err e, const uint8_t root[SCHOOL_BYTES], struct buf *out);

void greet_bye(enum err reason, struct buf *out);

/* The i-th identity record of the peer; false past the end. Start with *at = 0. */
bool greet_next_key(struct bytes keys, size_t *at, struct bytes *record);

/*
 * Whether we and the peer may replicate: both in good standing, neighbours in
 * the tree, and the key log no older than the one we know.
 */
enum err greet_judge(const struct greet *g, const struct roster *r, uint64_t now_ms) MUST_USE;

/* Whether b is a parent or child of a. */
bool roster_neighbours(const struct roster *r, int a, int b);

#endif
