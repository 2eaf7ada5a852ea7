/*
 * passwords - which logins and passwords are taken: long enough, and not among
 * those that are tried first (configs/passwords.txt).
 */
#ifndef NODE_PASSWORDS_H
#define NODE_PASSWORDS_H

#include <stdbool.h>

#include "proto/limits.h"

/* The login as it is compared and kept: case folded. false: too short or long, or with spaces or control characters. */
bool login_fold(const char *typed, char out[LOGIN_BYTES_MAX + 1]);

/* Why the password is not taken; NULL if it is. factor: a second one stands behind it. */
const char *password_refusal(const char *password, const char *folded_login, bool factor);

/* A stored hash that asks for more than is ever made here is not ours, and could take the machine. */
bool password_hash_affordable(const char *hash);

#endif
