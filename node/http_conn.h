/*
 * http_conn - HTTP connections on the event loop: listeners, deadlines, order, back-pressure.
 *
 * One request of a connection is answered at a time; pipelined ones wait in order, and a client
 * that does not read is not read from. All of it runs on the loop's thread.
 */
#ifndef NODE_HTTP_CONN_H
#define NODE_HTTP_CONN_H

#include "node/route.h"

struct http_server;
struct uv_loop_s;

/* ROUTER is borrowed until the server has stopped. NULL: no memory. */
struct http_server *http_server_new(struct uv_loop_s *loop, const struct router *router);

/*
 * A numeric IPv4 or IPv6 address (else CONFIG), one per server; port 0 picks one. On an error *why is
 * a text that stays; the server is still to be stopped.
 */
MUST_USE enum err http_server_listen_tcp(struct http_server *s, const char *address, uint16_t port,
					 const char **why);
uint16_t http_server_port(const struct http_server *s);

/*
 * The control socket, mode 0600, open to this user and root; a file left from before is replaced,
 * so the caller holds the directory's lock.
 */
MUST_USE enum err http_server_listen_unix(struct http_server *s, const char *path,
					  const char **why);

size_t http_server_connections(const struct http_server *s);

/* Accepts nothing more, answers what it has begun, then frees the server and calls done(arg). */
void http_server_stop(struct http_server *s, void (*done)(void *arg), void *arg);

#endif
