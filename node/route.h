/*
 * route - from a request to its handler and from the handler to a response. No sockets.
 *
 * Every rule that holds for more than one address is checked here, once, in this order:
 * address and method (404, 405), origin of unsafe requests (403), who asks (401), whether they may
 * (404, as if it did not exist; 403 while a compulsory second factor is missing), the session's CSRF token (403), content type
 * (415), size (413); then the body is read, and as JSON parsed (400). Host was checked with the head.
 *
 * An exchange is one request and the reply it awaits. A handler replies exactly once, at once or
 * later, on the loop's thread; with the reply the exchange is gone. When the client has left in
 * the meantime the reply is dropped, and the handler need not know.
 */
#ifndef NODE_ROUTE_H
#define NODE_ROUTE_H

#include "core/access.h"
#include "node/http.h"
#include "node/json.h"
#include "proto/hash.h"

enum { CALLER_CSRF_BYTES = 64 };

struct caller {
	enum role role; /* what they are logged in as */
	uint8_t account[ACCOUNT_BYTES];
	uint8_t who[SUBJECT_BYTES]; /* the person's id: a subject, or a parent's; zeros: nobody in the records */
	uint8_t also[SUBJECT_BYTES]; /* the account's other one: as a parent, or at work or school; zeros: none */
	char name[NAME_BYTES_MAX + 1];
	char csrf[CALLER_CSRF_BYTES]; /* what X-Estafeta-CSRF must say; empty without a session */
	uint64_t session;
	bool half; /* a second factor is compulsory and not set up: AREA_SESSION and no more */
};

/* BODY_JSON_OR_NONE: x->json is an empty object when there was none. BODY_TABLES: CSV, or a ZIP of it. */
enum body_kind { BODY_NONE, BODY_JSON, BODY_JSON_OR_NONE, BODY_CSV, BODY_TABLES, BODY_OCTETS };

struct exchange;

/* "{...}" in a pattern stands for one segment. Of two patterns that fit, the earlier one wins. */
struct route {
	enum http_method method; /* GET answers HEAD too */
	const char *pattern;
	enum area area; /* safe methods need its right to see, others its right to change */
	enum body_kind body;
	size_t body_max; /* bytes */
	void (*handler)(struct exchange *x);
};

struct router {
	const struct route *routes;
	size_t n;
	/* GET of any other address outside /api/; NULL: 404. */
	void (*fallback)(struct exchange *x);
	/* OK and *out filled (zeroed before), or why not; never called for the control socket. */
	enum err (*authenticate)(void *app, const struct request *req, struct caller *out);
	/* After each reply; pattern is NULL where no route was found. May be NULL. */
	void (*observe)(void *app, const char *pattern, int status, uint64_t duration_ns);
	/*
	 * Once the body is read. True: it has replied itself and the exchange may be gone. May be
	 * NULL.
	 */
	bool (*before)(struct exchange *x);
	/* Each whole reply of a routed request, also when the client has left. May be NULL. */
	void (*replied)(struct exchange *x, int status, struct bytes response);
	void *app;
	const struct http_hosts *hosts;
};

struct stream;

/* What the connection does for an exchange. reply takes BYTES's memory over. */
struct exchange_io {
	void (*reply)(void *conn, struct exchange *x, struct buf *bytes, int status,
		      struct stream *stream);
	void (*stream_write)(void *conn, struct bytes text);
	void (*stream_close)(void *conn);
};

struct exchange {
	struct request *req;
	struct caller caller;
	void *app;
	const char *param[HTTP_PARAMS_MAX]; /* of the pattern, in order */
	json_t *json;			    /* the body of BODY_JSON */

	/* the router's and the connection's */
	const struct router *router;
	const struct route *route;
	const struct exchange_io *io;
	void *conn; /* NULL once the client has left */
	struct request request;
	struct buf body;
	struct buf headers;
	char *segments;
	void *kept; /* between the router's before and replied */
	bool running, answered; /* the handler has not returned; has replied */
};

/* --- for handlers ----------------------------------------------------------------------------- */

/* Adds a header to the reply to come. */
void reply_header(struct exchange *x, const char *name, const char *value);

/* Whether a list is asked for as CSV (?format=csv): whole, not a page of it. */
bool asks_table(const struct exchange *x);

/* Takes VALUE over. NULL sends no body. A list that is asked for as a table is sent as one. */
void reply_json(struct exchange *x, int status, json_t *value);

/* application/problem+json with the error's own status; detail and field may be NULL. */
void reply_error(struct exchange *x, enum err e, const char *detail, const char *field);

/* cache: the Cache-Control header, NULL for no-store. */
void reply_bytes(struct exchange *x, int status, const char *type, const char *cache,
		 struct bytes body);

/* The same for what may be tried again, THROTTLED or BUSY, after so many seconds. */
void reply_later(struct exchange *x, enum err e, uint64_t seconds);

/*
 * Answers with an endless stream of server-sent events. NULL when the client has left, asked HEAD
 * or memory is short; the exchange is gone then too. A stream is closed by the client, by a reader
 * too slow, or by stream_close; then closed(arg) is called, later and once, and the stream is gone.
 */
struct stream *reply_stream(struct exchange *x, void (*closed)(void *arg), void *arg);

/* json_text is one line. What is sent after the client left is dropped. */
void stream_send(struct stream *s, uint64_t id, const char *event, const char *json_text);

void stream_close(struct stream *s);

/* --- for connections -------------------------------------------------------------------------- */

/* Takes *req over. NULL: no memory, and *req is still the caller's. */
struct exchange *exchange_new(const struct router *router, struct request *req,
			      const struct exchange_io *io, void *conn);

/*
 * Whether the head may be followed by its body: then up to req->content_length bytes go into
 * x->body and exchange_run follows. On an error the caller replies with it.
 */
MUST_USE enum err exchange_begin(struct exchange *x);

/* Parses the body, calls the handler. The exchange is gone on return if the handler has replied. */
void exchange_run(struct exchange *x);

/* The client has left: the reply to come goes nowhere. */
void exchange_detach(struct exchange *x);

/* Unanswered and not yet run. */
void exchange_free(struct exchange *x);

/* The connection is closed: calls closed and frees. */
void stream_drop(struct stream *s);

/* A whole response for a request that could not even be read; the connection then closes. */
void error_response(struct buf *out, enum err e, const char *request_id);

#endif
