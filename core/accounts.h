/*
 * accounts - who may log in, as rows of LOCAL. A row is sealed whole by the
 * node's master key: a stolen disk shows no name and no login.
 *
 * An account says who somebody is, never what they may: roles follow from the
 * records at each request (node/roles.h), but for two flags that a school's
 * administrator gives.
 */
#ifndef CORE_ACCOUNTS_H
#define CORE_ACCOUNTS_H

#include "core/seed.h"
#include "core/totp.h"
#include "core/vault.h"

enum { PASSWORD_HASH_BYTES = crypto_pwhash_STRBYTES };

/* On the grounds of what it was made. */
enum account_kind { ACCOUNT_NOBODY, ACCOUNT_STUDENT, ACCOUNT_STAFF, ACCOUNT_GUARDIAN, ACCOUNT_KINDS };

struct account {
	uint8_t id[ACCOUNT_BYTES];
	enum account_kind kind;
	bool administrator, observer, disabled;
	bool totp_on;
	uint8_t who[SUBJECT_BYTES];	 /* a student's or a staff member's subject, or zeros */
	uint8_t guardian[SUBJECT_BYTES]; /* whose children name them so, or zeros */
	uint64_t created_ms, seen_ms;	 /* the last log-in */
	char login[LOGIN_BYTES_MAX + 1]; /* case folded */
	char name[NAME_BYTES_MAX + 1];	 /* as it was when the account was made */
	char password[PASSWORD_HASH_BYTES];
	uint8_t totp_secret[TOTP_SECRET_BYTES]; /* zeros: none */
	uint64_t totp_step;			/* the last one used */
	uint8_t recovery[RECOVERY_CODES][HASH_BYTES]; /* of codes as core/paper.h has them; zeros: spent */
};

/* "student", ... as the API says it. account_kind is its inverse; false for any other text. */
const char *account_kind_name(enum account_kind k);
bool account_kind(const char *name, enum account_kind *out);

/* NOT_FOUND, CORRUPT. */
enum err account_get(struct txn *t, const struct vault *v, const uint8_t id[ACCOUNT_BYTES], struct account *out) MUST_USE;
enum err account_put(struct txn *t, const struct vault *v, struct seed *s, const struct account *a) MUST_USE;

/* The next after id (NULL: the first); NOT_FOUND at the end. */
enum err account_next(struct txn *t, const struct vault *v, const uint8_t *id, struct account *out) MUST_USE;

/* LOGIN_TAKEN if another account than id (NULL: any) has the login. QUOTA with ACCOUNTS_MAX of them. */
enum err account_login_free(struct txn *t, const struct vault *v, const char *login, const uint8_t *id) MUST_USE;

/* LAST_ADMINISTRATOR unless an account other than id is an administrator's and not disabled. */
enum err account_not_last(struct txn *t, const struct vault *v, const uint8_t id[ACCOUNT_BYTES]) MUST_USE;

/*
 * Holds the second factor against the account and spends it: the caller stores
 * the account. Either may be NULL. SECOND_FACTOR: none given; WRONG_CODE.
 * Where the clock is not to be trusted only recovery codes count.
 */
enum err account_factor(struct account *a, const struct vault *v, uint64_t now_ms, bool clock_right, const char *totp,
			const char *recovery) MUST_USE;

/* Drops accounts of students and staff who were erased, at most max at a time; returns how many, and which. */
size_t account_sweep_erased(struct txn *t, const struct vault *v, uint8_t gone[][ACCOUNT_BYTES], size_t max);

/* Forgets the second factor. */
void account_factor_clear(struct account *a);

#endif
