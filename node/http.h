/*
 * http - HTTP/1.1 requests from bytes, responses to bytes. No sockets here, and the only file that
 * knows the parser.
 *
 * A head is gathered whole, scanned for what parsers have been fooled by, and only then parsed.
 * Every refusal is an enum err whose HTTP status is the answer; after any of them the connection
 * is to be closed, since what follows in the stream can no longer be told.
 */
#ifndef NODE_HTTP_H
#define NODE_HTTP_H

#include "proto/buf.h"
#include "proto/limits.h"

enum http_method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OTHER, /* known to HTTP, not to us */
};

enum { REQUEST_ID_BYTES = 16, REQUEST_ADDRESS_BYTES = 46 };

struct http_pair {
	const char *name;
	const char *value;
};

struct request {
	enum http_method method;
	const char *path; /* decoded, valid UTF-8, from "/" on, without "." and ".." segments */
	const char *host; /* as sent, port and all */
	struct http_pair header[HTTP_HEADERS_MAX]; /* names in lower case */
	struct http_pair query[HTTP_QUERY_MAX];	   /* decoded */
	struct http_pair cookie[HTTP_COOKIES_MAX];
	size_t header_n, query_n, cookie_n;
	uint64_t content_length;
	bool keep_alive;
	bool expects_continue;
	bool local;	   /* came over the control socket */
	char address[REQUEST_ADDRESS_BYTES]; /* whence, as the socket says; empty where it does not */
	struct bytes body; /* borrowed from whoever read it */
	char id[REQUEST_ID_BYTES + 1];
	char *text; /* what the strings above lie in */
};

/* The Host names answered to, in lower case and without port; an address is one of them. */
struct http_hosts {
	const char *const *name;
	size_t n;
	bool any_address; /* every IP address too: no name can be rebound to one */
};

/*
 * Looks for the end of a head in what has come so far. *at is the caller's progress, 0 at first.
 * *head is the head's length with its blank line, or 0 when more is needed.
 */
MUST_USE enum err http_head_scan(struct bytes in, size_t *at, size_t *head);

/*
 * Parses a scanned head. hosts may be NULL: then any Host will do. On success the caller owns
 * *req until request_release; on an error there is nothing to release. METHOD is CONNECT's answer.
 */
MUST_USE enum err http_head_parse(struct bytes head, const struct http_hosts *hosts,
				  struct request *req);

void request_release(struct request *req);

/* NULL when absent. Names of headers in lower case. */
const char *request_header(const struct request *req, const char *name);
const char *request_query(const struct request *req, const char *name);

/* NULL when absent, and when sent twice: one of the two is not ours. */
const char *request_cookie(const struct request *req, const char *name);

const char *http_method_name(enum http_method m);
const char *http_status_text(int status);

struct response {
	int status;
	const char *type;     /* Content-Type, or NULL without a body */
	const char *cache;    /* Cache-Control; NULL: no-store */
	struct bytes headers; /* whole lines, each with its CRLF */
	uint64_t length;      /* Content-Length; the body is the caller's to append */
	bool unbounded;	      /* no length: the body ends with the connection */
	bool keep_alive;
	const char *request_id;
};

void response_head(struct buf *out, const struct response *r);

/* Appends "name: value" CRLF. Control characters in the value become '?'. */
void response_header(struct buf *out, const char *name, const char *value);

bool utf8_valid(struct bytes text);

#endif
