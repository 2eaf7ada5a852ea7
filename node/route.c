#include "node/route.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "node/table.h"
#include "proto/require.h"

enum { RETRY_S = 5 };

/* --- finding the route ------------------------------------------------------------------------ */

static bool is_param(const char *segment)
{
	return *segment == '{';
}

static bool fits(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		size_t n = strcspn(pattern, "/"), m = strcspn(path, "/");
		if (is_param(pattern) ? m == 0 : n != m || memcmp(pattern, path, n) != 0)
			return false;
		pattern += n;
		path += m;
		if (*pattern != *path)
			return false;
		if (*pattern) {
			pattern++;
			path++;
			if (!*pattern || !*path)
				return *pattern == *path;
		}
	}
	return *pattern == *path;
}

static enum err copy_params(struct exchange *x)
{
	x->segments = strdup(x->request.path);
	if (!x->segments)
		return ERR_NO_MEMORY;
	const char *pattern = x->route->pattern;
	char *path = x->segments;
	for (size_t n = 0; *pattern;) {
		size_t m = strcspn(path, "/");
		bool last = path[m] == '\0';
		if (is_param(pattern)) {
			require(n < HTTP_PARAMS_MAX);
			x->param[n++] = path;
			path[m] = '\0';
		}
		pattern += strcspn(pattern, "/");
		if (last)
			break;
		pattern++;
		path += m + 1;
	}
	return ERR_OK;
}

static void allow(struct exchange *x)
{
	char value[64] = "";
	for (int m = METHOD_GET; m < METHOD_OTHER; m++) {
		enum http_method wanted = m == METHOD_HEAD ? METHOD_GET : (enum http_method)m;
		for (size_t i = 0; i < x->router->n; i++) {
			const struct route *r = &x->router->routes[i];
			if (r->method != wanted || !fits(r->pattern, x->request.path))
				continue;
			if (*value)
				strcat(value, ", ");
			strcat(value, http_method_name((enum http_method)m));
			break;
		}
	}
	reply_header(x, "Allow", value);
}

static enum err find_route(struct exchange *x)
{
	enum http_method wanted = x->request.method;
	bool read_only = wanted == METHOD_GET || wanted == METHOD_HEAD;
	if (read_only)
		wanted = METHOD_GET;
	bool known = false;
	for (size_t i = 0; i < x->router->n; i++) {
		const struct route *r = &x->router->routes[i];
		if (!fits(r->pattern, x->request.path))
			continue;
		known = true;
		if (r->method != wanted)
			continue;
		x->route = r;
		return copy_params(x);
	}
	if (known) {
		allow(x);
		return ERR_METHOD;
	}
	bool api = strncmp(x->request.path, "/api/", 5) == 0;
	return read_only && !api && x->router->fallback ? ERR_OK : ERR_NOT_FOUND;
}

/* --- the checks ------------------------------------------------------------------------------- */

/* Browsers say where a request comes from; what says nothing cannot be told from a foreign page. */
static enum err check_origin(const struct request *req)
{
	const char *site = request_header(req, "sec-fetch-site");
	const char *origin = request_header(req, "origin");
	if (!site && !origin)
		return ERR_CSRF;
	if (site && strcmp(site, "same-origin") != 0)
		return ERR_CSRF;
	if (origin) {
		const char *authority = strstr(origin, "://");
		if (!authority || strcasecmp(authority + 3, req->host) != 0)
			return ERR_CSRF;
	}
	return ERR_OK;
}

static enum err check_caller(struct exchange *x, bool unsafe)
{
	enum area area = x->route ? x->route->area : AREA_PUBLIC;
	if (x->request.local) {
		x->caller.role = ROLE_LOCAL;
		return ERR_OK;
	}
	enum err e = ERR_UNAUTHENTICATED;
	if (x->route && x->router->authenticate)
		e = x->router->authenticate(x->app, &x->request, &x->caller);
	if (e)
		x->caller = (struct caller){0};
	if (area == AREA_PUBLIC)
		return ERR_OK;
	if (e)
		return e;
	if (x->caller.half && area != AREA_SESSION)
		return ERR_SECOND_FACTOR_NEEDED;
	if (!access_area(x->caller.role, area, unsafe ? VERB_WRITE : VERB_SEE))
		return ERR_NOT_FOUND;
	if (!unsafe)
		return ERR_OK;
	const char *token = request_header(&x->request, "x-estafeta-csrf");
	size_t n = strlen(x->caller.csrf);
	if (n == 0 || !token || strlen(token) != n || sodium_memcmp(token, x->caller.csrf, n) != 0)
		return ERR_CSRF;
	return ERR_OK;
}

static bool type_is(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);
	if (!type || strncasecmp(type, wanted, n) != 0)
		return false;
	return type[n] == '\0' || type[n] == ';' || type[n] == ' ';
}

static enum err check_body(const struct exchange *x)
{
	const char *type = request_header(&x->request, "content-type");
	enum body_kind kind = x->route ? x->route->body : BODY_NONE;
	bool right = true;
	switch (kind) {
	case BODY_NONE:
		return x->request.content_length ? ERR_BODY_TOO_LARGE : ERR_OK;
	case BODY_JSON_OR_NONE:
		if (!type && x->request.content_length == 0)
			break;
		right = type_is(type, "application/json");
		break;
	case BODY_JSON:
		right = type_is(type, "application/json");
		break;
	case BODY_CSV:
		right = type_is(type, "text/csv");
		break;
	case BODY_TABLES:
		right = type_is(type, "text/csv") || type_is(type, "application/zip");
		break;
	case BODY_OCTETS:
		right = type_is(type, "application/octet-stream");
		break;
	}
	if (!right)
		return ERR_MEDIA_TYPE;
	return x->request.content_length > x->route->body_max ? ERR_BODY_TOO_LARGE : ERR_OK;
}

enum err exchange_begin(struct exchange *x)
{
	enum err e = find_route(x);
	if (e)
		return e;
	enum http_method m = x->request.method;
	bool unsafe = m != METHOD_GET && m != METHOD_HEAD;
	if (unsafe && !x->request.local && (e = check_origin(&x->request)))
		return e;
	if ((e = check_caller(x, unsafe)))
		return e;
	if ((e = check_body(x)))
		return e;
	buf_init(&x->body, (size_t)x->request.content_length);
	return ERR_OK;
}

/* --- the exchange ----------------------------------------------------------------------------- */

struct exchange *exchange_new(const struct router *router, struct request *req,
			      const struct exchange_io *io, void *conn)
{
	struct exchange *x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	x->router = router;
	x->app = router->app;
	x->io = io;
	x->conn = conn;
	x->request = *req;
	x->req = &x->request;
	*req = (struct request){0};
	buf_init(&x->headers, HTTP_REPLY_HEADERS_BYTES_MAX);
	return x;
}

/* Passwords and codes are texts of the body itself; nobody else holds these. */
static void wipe_secrets(struct exchange *x)
{
	const char *name;
	json_t *value;
	if (!x->json || !x->route || (x->route->area != AREA_PUBLIC && x->route->area != AREA_SESSION))
		return;
	json_object_foreach(x->json, name, value)
	{
		if (json_is_string(value))
			sodium_memzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
	}
}

void exchange_free(struct exchange *x)
{
	wipe_secrets(x);
	json_decref(x->json);
	buf_wipe(&x->body);
	buf_release(&x->headers);
	free(x->segments);
	request_release(&x->request);
	sodium_memzero(&x->caller, sizeof x->caller);
	free(x);
}

void exchange_detach(struct exchange *x)
{
	x->conn = NULL;
}

static void run(struct exchange *x)
{
	x->request.body = buf_bytes(&x->body);
	enum body_kind body = x->route ? x->route->body : BODY_NONE;
	if (body == BODY_JSON_OR_NONE && x->request.body.n == 0) {
		x->json = json_object();
	} else if (body == BODY_JSON || body == BODY_JSON_OR_NONE) {
		enum err e = json_parse(x->request.body, &x->json);
		if (e) {
			reply_error(x, e, NULL, NULL);
			return;
		}
	}
	if (x->route && x->router->before && x->router->before(x))
		return;
	if (x->route)
		x->route->handler(x);
	else
		x->router->fallback(x);
}

void exchange_run(struct exchange *x)
{
	x->running = true;
	run(x);
	x->running = false;
	if (x->answered)
		exchange_free(x);
}

/* --- replies ---------------------------------------------------------------------------------- */

void reply_header(struct exchange *x, const char *name, const char *value)
{
	response_header(&x->headers, name, value);
}

/* A handler that has replied may still read the request: it goes when the handler returns. */
static void finish(struct exchange *x, struct buf *out, int status, struct stream *stream)
{
	require(!x->answered);
	if (out->err) {
		bool again = status != err_http_status(ERR_NO_MEMORY);
		buf_release(out);
		buf_reset(&x->headers);
		if (again) {
			reply_error(x, ERR_NO_MEMORY, NULL, NULL);
			return;
		}
		x->request.keep_alive = false; /* nothing to say it with: hang up */
	}
	if (x->route && x->router->replied && !stream)
		x->router->replied(x, status, buf_bytes(out));
	if (x->conn)
		x->io->reply(x->conn, x, out, status, stream);
	else
		buf_release(out);
	x->answered = true;
	if (!x->running)
		exchange_free(x);
}

static void reply(struct exchange *x, struct response *r, struct bytes body)
{
	struct buf out;
	buf_init(&out, (size_t)HTTP_REPLY_BYTES_MAX + HTTP_HEAD_BYTES_MAX);
	r->headers = buf_bytes(&x->headers);
	r->keep_alive = x->request.keep_alive;
	r->request_id = x->request.id;
	r->length = body.n;
	if (x->headers.err)
		out.err = x->headers.err;
	response_head(&out, r);
	if (x->request.method != METHOD_HEAD && r->status != 304)
		buf_put(&out, body.p, body.n);
	finish(x, &out, r->status, NULL);
}

void reply_bytes(struct exchange *x, int status, const char *type, const char *cache,
		 struct bytes body)
{
	struct response r = {.status = status, .type = type, .cache = cache};
	reply(x, &r, body);
}

bool asks_table(const struct exchange *x)
{
	const char *format = request_query(&x->request, "format");
	return format && strcmp(format, "csv") == 0 && (x->request.method == METHOD_GET || x->request.method == METHOD_HEAD);
}

/* A list that was asked for as a table; false: it holds none. */
static bool reply_table(struct exchange *x, const json_t *value)
{
	struct buf text;
	buf_init(&text, HTTP_REPLY_BYTES_MAX);
	bool table = table_write(value, &text);
	if (table && text.err) {
		reply_error(x, text.err, NULL, NULL);
	} else if (table) {
		reply_header(x, "Content-Disposition", "attachment; filename=\"table.csv\"");
		reply_bytes(x, 200, "text/csv; charset=utf-8", NULL, buf_bytes(&text));
	}
	buf_wipe(&text);
	return table;
}

void reply_json(struct exchange *x, int status, json_t *value)
{
	struct buf text;
	if (status == 200 && value && asks_table(x) && reply_table(x, value)) {
		json_decref(value);
		return;
	}
	buf_init(&text, HTTP_REPLY_BYTES_MAX);
	if (value)
		json_write(&text, value);
	json_decref(value);
	struct response r = {.status = value	       ? status
				       : status == 200 ? 204
						       : status,
			     .type = value ? "application/json" : NULL};
	if (text.err)
		reply_error(x, text.err == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_STORE, NULL, NULL);
	else
		reply(x, &r, buf_bytes(&text));
	buf_release(&text);
}

static void put_problem(struct buf *out, enum err e, const char *detail, const char *field,
			const char *request_id)
{
	char code[64];
	size_t n = 0;
	for (const char *p = err_name(e); *p && n + 1 < sizeof code; p++)
		code[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	code[n] = '\0';
	/* a name out of the request may be as long as that */
	json_t *at = field ? json_stringn(field, text_fit(field, NAME_BYTES_MAX)) : NULL;
	json_t *o = json_pack("{ss ss si ss ss* so* ss}", "type", "about:blank", "title",
			      err_text(e), "status", err_http_status(e), "code", code, "detail",
			      detail, "field", at, "request_id", request_id);
	if (o)
		json_write(out, o);
	json_decref(o);
}

static void reply_problem(struct exchange *x, enum err e, const char *detail, const char *field, uint64_t retry_s)
{
	struct buf text;
	char seconds[24];
	buf_init(&text, HTTP_HEAD_BYTES_MAX);
	put_problem(&text, e, detail, field, x->request.id);
	struct response r = {.status = err_http_status(e), .type = "application/problem+json"};
	if (e == ERR_BUSY || e == ERR_THROTTLED) {
		snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)retry_s);
		reply_header(x, "Retry-After", seconds);
	}
	reply(x, &r, buf_bytes(&text));
	buf_release(&text);
}

void reply_error(struct exchange *x, enum err e, const char *detail, const char *field)
{
	reply_problem(x, e, detail, field, RETRY_S);
}

void reply_later(struct exchange *x, enum err e, uint64_t seconds)
{
	reply_problem(x, e, NULL, NULL, seconds);
}

void error_response(struct buf *out, enum err e, const char *request_id)
{
	struct buf text;
	buf_init(&text, HTTP_HEAD_BYTES_MAX);
	put_problem(&text, e, NULL, NULL, request_id);
	struct response r = {.status = err_http_status(e),
			     .type = "application/problem+json",
			     .length = text.n,
			     .request_id = request_id};
	response_head(out, &r);
	buf_put(out, text.p, text.n);
	buf_release(&text);
}

/* --- streams ---------------------------------------------------------------------------------- */

struct stream {
	const struct exchange_io *io;
	void *conn;
	void (*closed)(void *arg);
	void *arg;
};

struct stream *reply_stream(struct exchange *x, void (*closed)(void *arg), void *arg)
{
	if (!x->conn || x->request.method == METHOD_HEAD) {
		reply_bytes(x, 200, "text/event-stream", NULL, bytes_of(NULL, 0));
		return NULL;
	}
	struct stream *s = malloc(sizeof *s);
	struct buf out;
	buf_init(&out, HTTP_HEAD_BYTES_MAX);
	struct response r = {.status = 200,
			     .type = "text/event-stream",
			     .unbounded = true,
			     .headers = buf_bytes(&x->headers),
			     .request_id = x->request.id};
	response_head(&out, &r);
	if (!s || out.err) {
		free(s);
		buf_release(&out);
		reply_error(x, ERR_NO_MEMORY, NULL, NULL);
		return NULL;
	}
	*s = (struct stream){x->io, x->conn, closed, arg};
	x->request.keep_alive = false;
	finish(x, &out, 200, s);
	return s;
}

void stream_send(struct stream *s, uint64_t id, const char *event, const char *json_text)
{
	struct buf text;
	require(!strchr(json_text, '\n'));
	buf_init(&text, HTTP_WRITE_QUEUE_BYTES_MAX);
	buf_printf(&text, "id: %llu\nevent: %s\ndata: ", (unsigned long long)id, event);
	buf_put_text(&text, json_text);
	buf_put_text(&text, "\n\n");
	if (text.err)
		s->io->stream_close(s->conn);
	else
		s->io->stream_write(s->conn, buf_bytes(&text));
	buf_release(&text);
}

void stream_close(struct stream *s)
{
	s->io->stream_close(s->conn);
}

void stream_drop(struct stream *s)
{
	s->closed(s->arg);
	free(s);
}
