/*
 * auth - who asks: one-time links and sessions of the web interface. A link lets
 * in whoever holds the machine, as its administrator and without an account.
 *
 * A link is 12 random bytes as text, a session token 16 bytes in a cookie. The
 * store keeps only their hashes, so that a copy of it opens no session.
 */
#ifndef NODE_AUTH_H
#define NODE_AUTH_H

#include "core/accounts.h"
#include "core/batch.h"
#include "node/route.h"

struct node;

enum { LINK_TEXT_BYTES = 64, TOKEN_BYTES = 16, COOKIE_BYTES = 200 };

/* Makes a link within a batch, valid for ADMIN_LINK_S; out is the text after '#'. */
enum err auth_link_put(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES], char out[LINK_TEXT_BYTES]) MUST_USE;

/* BAD_FORM and BAD_CHECK: mistyped. */
enum err auth_link_parse(const char *text, uint8_t secret[LINK_SECRET_BYTES]) MUST_USE;

struct session {
	uint64_t created_ms, seen_ms;
	uint8_t csrf[16];
	uint8_t account[ACCOUNT_BYTES]; /* zeros: by a one-time link */
	enum role role;
	bool shared; /* on a computer of many: ends sooner */
};

/* OK, BAD_CODE, CODE_USED or CODE_EXPIRED. */
enum err auth_link_state(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES]) MUST_USE;

/* Spends the link: BAD_CODE, CODE_USED, CODE_EXPIRED. */
enum err auth_link_spend(struct txn *t, uint64_t now_ms, const uint8_t secret[LINK_SECRET_BYTES]) MUST_USE;

/*
 * Opens a session; of *s account, role and shared are given, and created_ms
 * where it goes on from another. token: out, fresh. BUSY with SESSIONS_MAX open.
 */
enum err auth_open(struct txn *t, uint64_t now_ms, struct seed *seed, struct session *s, uint8_t token[TOKEN_BYTES]) MUST_USE;

bool auth_find(struct txn *t, uint64_t now_ms, const uint8_t token[TOKEN_BYTES], struct session *out);
void auth_touch(struct txn *t, uint64_t now_ms, const uint8_t token[TOKEN_BYTES]);
void auth_close(struct txn *t, const uint8_t token[TOKEN_BYTES]);

/* All of an account's, but for the one of a token (NULL: none). */
void auth_close_account(struct txn *t, const uint8_t account[ACCOUNT_BYTES], const uint8_t *token);

/* What struct caller and live streams know a session by. */
uint64_t auth_session_number(const uint8_t token[TOKEN_BYTES]);

/* When a session ends if nothing more is asked. */
uint64_t auth_expires(const struct session *s);

/* Drops rows whose time is over: links, sessions. */
void auth_sweep(struct txn *t, uint64_t now_ms);

/* The cookie's token; false without one of the right form. */
bool auth_token(const struct node *n, const struct request *req, uint8_t out[TOKEN_BYTES]);

/* The Set-Cookie value; token NULL ends it. */
void auth_cookie(const struct node *n, const uint8_t *token, char out[COOKIE_BYTES]);

/*
 * The session that a request comes in, and the roles it may have now (a set of
 * 1 << enum role): out->role is the one chosen if it is still held, else one that
 * is. UNAUTHENTICATED where none is left.
 */
enum err auth_session(const struct node *n, const struct request *req, struct session *out, uint32_t *roles) MUST_USE;

/*
 * Whether a request of the session, by its number, would still be let in as that role: for who asks no more, as a
 * live stream. 0, the control socket, always is.
 */
bool auth_stands(const struct node *n, struct txn *t, uint64_t session, enum role role);

/* A router's authenticate; app is the node. */
enum err auth_check(void *app, const struct request *req, struct caller *out) MUST_USE;

#endif
