/*
 * login - what all who check a password or set one go through: the throttle,
 * the hashing thread, and a session at the end.
 *
 * The texts of a request stay in its JSON between the steps; each step reads
 * them anew.
 */
#ifndef NODE_LOGIN_H
#define NODE_LOGIN_H

#include "node/api.h"
#include "node/auth.h"
#include "node/throttle.h"

/* What an attempt of this request at NAME counts under. */
struct attempt login_attempt(const struct exchange *x, const char *name);

/* The attempt may go on; false: it has replied THROTTLED. One of throttle_failed and its siblings is to follow. */
bool login_begin(struct exchange *x, const struct attempt *a);
void login_failed(struct node *n, const struct attempt *a);

/*
 * Holds a password against an account's (NULL: a login that is not there).
 * THROTTLED, BUSY and, when it is the wrong one, WRONG are replied here; FIELD is
 * the problem's, or NULL. When right, then has the exchange and the attempt to settle.
 */
struct verified {
	struct exchange *x;
	struct attempt attempt;
	uint8_t account[ACCOUNT_BYTES];
	char hash[PASSWORD_HASH_BYTES]; /* what it was held against */
};
struct verifying {
	const struct account *account;
	const char *name; /* what the throttle counts it under: the login, folded, or another name */
	const char *password, *field;
	enum err wrong;
	void (*then)(const struct verified *v);
};
void login_verify(struct exchange *x, const struct verifying *v);

/* Makes a hash; BUSY and NO_MEMORY are replied here, and the attempt is settled then. */
void login_hash(struct exchange *x, const char *password, const struct attempt *attempt,
		void (*then)(struct exchange *x, const struct attempt *attempt, const char *hash));

/* The caller's own account; NULL: it has replied, since there is none with a one-time link. */
const struct account *login_own(struct exchange *x);

/* Session of the contract. */
json_t *login_session_json(const struct node *n, const struct session *s, uint32_t roles);

/* 201 or 200 with the session and its cookie. */
void login_reply(struct exchange *x, int status, const struct session *s, const uint8_t token[TOKEN_BYTES]);

/* Puts what was written into the table; on its failure the node goes on with the older one. */
void login_keep(struct node *n, const struct account *a);

#endif
