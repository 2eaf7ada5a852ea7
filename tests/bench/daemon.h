/*
 * daemon - the daemon as its school uses it, for the measures over HTTP: started, logged in to,
 * asked over TCP as the administrator or over the control socket as the operator, and killed at the end.
 */
#ifndef TESTS_BENCH_DAEMON_H
#define TESTS_BENCH_DAEMON_H

#include <jansson.h>
#include <sys/types.h>

#include "tests/bench/bench.h"

#define DIR_HTTP "build/bench/http"

enum { ANSWER_BYTES = 4 * 1024 * 1024 };

struct daemon {
	const char *program;
	uint16_t port;
	bool control; /* ask over the control socket */
	char cookie[200], csrf[100];
};

/* One connection, one request under way. */
struct client {
	int fd;
	char *in; /* ANSWER_BYTES, NUL-terminated */
	size_t n;
	double asked;
	int status;
	char *body; /* in in */
};

/* Runs one of the commands to its end; out gets what it said. */
void daemon_command(const char *const argv[], char *out, size_t size);

/* A new directory DIR_HTTP, made by `estafeta init`; everything of it goes at exit. */
void daemon_create(struct daemon *d, const char *program);
void daemon_start(struct daemon *d);
void daemon_kill(void);
void daemon_log_in(struct daemon *d);
void daemon_remove(void);
void daemon_write_file(const char *path, const char *text);

void client_open(struct client *c, const struct daemon *d);
void client_close(struct client *c);
void client_ask(struct client *c, const struct daemon *d, const char *method, const char *path, const char *body);
/* Takes what has come; whether the answer is whole. */
bool client_read(struct client *c, int flags);
void client_expect(const struct client *c, int status);
void client_exchange(struct client *c, const struct daemon *d, const char *method, const char *path, const char *body, int status);

/* The caller's to release. */
json_t *daemon_parse(const char *text);
void daemon_member(char *out, size_t size, const json_t *object, const char *name);

#endif
