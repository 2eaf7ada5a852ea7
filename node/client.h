/*
 * client - asks our own running node over its control socket, and waits for the answer. For the
 * command line; it blocks.
 */
#ifndef NODE_CLIENT_H
#define NODE_CLIENT_H

#include <jansson.h>
#include <stdio.h>

#include "proto/buf.h"
#include "proto/limits.h"

/* Zeroed, then filled; strings and bytes are borrowed. */
struct client_request {
	const char *method;
	const char *target;	  /* path and query, encoded */
	const char *content_type; /* with a body */
	struct bytes body;
	int body_fd; /* used when body_size is not 0: that many bytes from here on */
	uint64_t body_size;
	FILE *save;    /* a 200 answer's body goes here instead of into reply.body; may be NULL */
	int timeout_s; /* of silence; 0: 30 */
};

struct client_reply {
	int status;
	char type[128];
	struct buf body; /* at most HTTP_REPLY_BYTES_MAX; the caller's: client_reply_release */
};

/*
 * UNAVAILABLE: nobody listens on SOCKET_PATH. PERMISSION: not this user's. TIMEOUT, CLOSED, IO:
 * on the way. BAD_FORM, TOO_LARGE: the answer. OK: there is an answer; its status may be an error.
 */
MUST_USE enum err client_call(const char *socket_path, const struct client_request *req,
			      struct client_reply *reply);

/* JSON both ways: takes IN over (NULL: no body); *out is the caller's, NULL if the body is none. */
MUST_USE enum err client_json(const char *socket_path, const char *method, const char *target,
			      json_t *in, int *status, json_t **out);

void client_reply_release(struct client_reply *r);

/* Appends TEXT percent-encoded, for a path segment or a query value. */
void client_escape(struct buf *out, const char *text);

#endif
