/* Which handler a request reaches, if any; and what becomes of replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/assets.h"

/* --- a connection that keeps what it is given ------------------------------------------------- */

static struct {
	int replies, status, closes;
	struct buf bytes;
	struct buf streamed;
	struct stream *stream;
} got;

static void io_reply(void *conn, struct exchange *x, struct buf *bytes, int status,
		     struct stream *stream)
{
	(void)conn;
	(void)x;
	got.replies++;
	got.status = status;
	got.bytes = *bytes;
	got.stream = stream;
	buf_put_byte(&got.bytes, '\0');
}

static void io_stream_write(void *conn, struct bytes text)
{
	(void)conn;
	buf_put(&got.streamed, text.p, text.n);
}

static void io_stream_close(void *conn)
{
	(void)conn;
	got.closes++;
}

static const struct exchange_io IO = {io_reply, io_stream_write, io_stream_close};

static const char *reply_text(void)
{
	return (const char *)got.bytes.p;
}

static void forget(void)
{
	buf_release(&got.bytes);
	buf_release(&got.streamed);
	memset(&got, 0, sizeof got);
	buf_init(&got.streamed, 4096);
}

/* --- an application --------------------------------------------------------------------------- */

static struct exchange *kept;

static void say(struct exchange *x)
{
	json_t *o = json_object();
	json_object_set_new(o, "name", json_string(x->caller.name));
	json_object_set_new(o, "role", json_integer(x->caller.role));
	if (x->param[0])
		json_object_set_new(o, "p0", json_string(x->param[0]));
	if (x->param[1])
		json_object_set_new(o, "p1", json_string(x->param[1]));
	if (x->json)
		json_object_set(o, "json", x->json);
	reply_header(x, "ETag", "\"1\"");
	reply_json(x, 200, o);
}

static void say_bytes(struct exchange *x)
{
	reply_bytes(x, 201, "application/octet-stream", NULL, x->req->body);
}

static void keep(struct exchange *x)
{
	kept = x;
}

static char read_after[40];

static void say_and_read(struct exchange *x)
{
	reply_error(x, ERR_INVALID, NULL, NULL);
	snprintf(read_after, sizeof read_after, "%s", x->param[0]);
}

static void fall_back(struct exchange *x)
{
	reply_error(x, ERR_NOT_FOUND, "fallback", NULL);
}

static enum err authenticate(void *app, const struct request *req, struct caller *out)
{
	(void)app;
	const char *cookie = request_cookie(req, "estafeta");
	if (!cookie || (strcmp(cookie, "good") != 0 && strcmp(cookie, "half") != 0))
		return ERR_UNAUTHENTICATED;
	out->half = strcmp(cookie, "half") == 0;
	out->role = ROLE_ADMINISTRATOR;
	strcpy(out->name, "admin");
	strcpy(out->csrf, "token");
	return ERR_OK;
}

static const struct route ROUTES[] = {
    {METHOD_GET, "/healthz", AREA_PUBLIC, BODY_NONE, 0, say},
    {METHOD_POST, "/api/v1/session", AREA_PUBLIC, BODY_JSON, 100, say},
    {METHOD_GET, "/api/v1/session", AREA_SESSION, BODY_NONE, 0, say},
    {METHOD_GET, "/api/v1/students", AREA_OWN, BODY_NONE, 0, say},
    {METHOD_POST, "/api/v1/students", AREA_OWN, BODY_JSON, 100, say},
    {METHOD_GET, "/api/v1/students/search", AREA_OWN, BODY_NONE, 0, say_bytes},
    {METHOD_GET, "/api/v1/students/{id}", AREA_OWN, BODY_NONE, 0, say},
    {METHOD_DELETE, "/api/v1/students/{id}", AREA_OWN, BODY_NONE, 0, say},
    {METHOD_GET, "/api/v1/students/{id}/entries/{entry}", AREA_OWN, BODY_NONE, 0, say},
    {METHOD_POST, "/api/v1/import", AREA_OWN, BODY_CSV, 10, say_bytes},
    {METHOD_POST, "/api/v1/bundle", AREA_OWN, BODY_OCTETS, 10, say_bytes},
    {METHOD_POST, "/api/v1/local", AREA_CONTROL, BODY_NONE, 0, say},
    {METHOD_GET, "/api/v1/later", AREA_PUBLIC, BODY_NONE, 0, keep},
    {METHOD_GET, "/api/v1/refused/{id}", AREA_PUBLIC, BODY_NONE, 0, say_and_read},
};

static const struct router ROUTER = {
    .routes = ROUTES,
    .n = sizeof ROUTES / sizeof *ROUTES,
    .fallback = fall_back,
    .authenticate = authenticate,
};

static struct exchange *begin(const char *head, bool local, enum err *e)
{
	struct request req;
	static int conn;
	assert_int_equal(http_head_parse(bytes_text(head), NULL, &req), ERR_OK);
	req.local = local;
	strcpy(req.id, "0123456789abcdef");
	struct exchange *x = exchange_new(&ROUTER, &req, &IO, &conn);
	assert_non_null(x);
	*e = exchange_begin(x);
	return x;
}

/* As a connection does it. */
static void ask(const char *head, const char *body, bool local)
{
	enum err e;
	forget();
	struct exchange *x = begin(head, local, &e);
	if (e) {
		reply_error(x, e, NULL, NULL);
		return;
	}
	buf_put_text(&x->body, body);
	exchange_run(x);
}

#define H	"Host: h:1\r\n"
#define SESSION "Cookie: estafeta=good\r\n"
#define HALF	"Cookie: estafeta=half\r\n"
#define ORIGIN	"Origin: http://h:1\r\n"
#define CSRF	"X-Estafeta-CSRF: token\r\n"
#define JSON	"Content-Type: application/json\r\n"
#define SAFE	H SESSION ORIGIN CSRF

static void a_handler_reads_on(void **state)
{
	(void)state;
	ask("GET /api/v1/refused/still-there HTTP/1.1\r\n" H "\r\n", "", false);
	assert_int_equal(got.replies, 1);
	assert_string_equal(read_after, "still-there");
	forget();
}

static void requests(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int status;
		const char *head, *body;
		bool local;
	} CASES[] = {
	    {"public", 200, "GET /healthz HTTP/1.1\r\n" H "\r\n", "", false},
	    {"no session", 401, "GET /api/v1/students HTTP/1.1\r\n" H "\r\n", "", false},
	    {"session", 200, "GET /api/v1/students HTTP/1.1\r\n" H SESSION "\r\n", "", false},
	    {"H40 cookie twice", 401, "GET /api/v1/students HTTP/1.1\r\n" H SESSION SESSION "\r\n",
	     "", false},
	    {"local", 200, "GET /api/v1/students HTTP/1.1\r\n" H "\r\n", "", true},
	    {"half: own session", 200, "GET /api/v1/session HTTP/1.1\r\n" H HALF "\r\n", "", false},
	    {"half: public", 200, "GET /healthz HTTP/1.1\r\n" H HALF "\r\n", "", false},
	    {"half: the rest", 403, "GET /api/v1/students HTTP/1.1\r\n" H HALF "\r\n", "", false},
	    {"half: unsafe", 403, "DELETE /api/v1/students/7 HTTP/1.1\r\n" H HALF ORIGIN CSRF "\r\n", "", false},
	    {"unknown", 404, "GET /api/v1/nothing HTTP/1.1\r\n" H "\r\n", "", false},
	    {"slash at the end", 404, "GET /api/v1/students/ HTTP/1.1\r\n" H SESSION "\r\n", "",
	     false},
	    {"page", 404, "GET /students HTTP/1.1\r\n" H "\r\n", "", false},
	    {"post to a page", 404, "POST /students HTTP/1.1\r\n" SAFE "\r\n", "", false},
	    {"wrong method", 405, "PUT /api/v1/students HTTP/1.1\r\n" SAFE "\r\n", "", false},
	    {"odd method", 405, "TRACE /healthz HTTP/1.1\r\n" SAFE "\r\n", "", false},
	    {"post", 200,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE JSON "Content-Length: 2\r\n\r\n", "{}",
	     false},
	    {"charset", 200,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE
	     "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
	     "{}", false},
	    {"same origin by fetch", 200,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION CSRF
	     "Sec-Fetch-Site: same-origin\r\n" JSON "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"H37 foreign origin", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION CSRF "Origin: http://evil.test\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"H37 other port", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION CSRF "Origin: http://h:2\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"H37 null origin", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION CSRF "Origin: null\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"no origin", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION CSRF JSON "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"cross site", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE "Sec-Fetch-Site: cross-site\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"same site", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE "Sec-Fetch-Site: same-site\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"H38 no token", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION ORIGIN JSON "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"H38 wrong token", 403,
	     "POST /api/v1/students HTTP/1.1\r\n" H SESSION ORIGIN "X-Estafeta-CSRF: tokem\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"token, no session", 401,
	     "POST /api/v1/students HTTP/1.1\r\n" H ORIGIN CSRF JSON "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"login", 200,
	     "POST /api/v1/session HTTP/1.1\r\n" H ORIGIN "X-Estafeta-CSRF: 1\r\n" JSON
	     "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"login before there is a token", 200,
	     "POST /api/v1/session HTTP/1.1\r\n" H ORIGIN JSON "Content-Length: 2\r\n\r\n", "{}",
	     true},
    {"login from elsewhere", 403,
	     "POST /api/v1/session HTTP/1.1\r\n" H "Origin: http://evil.test\r\n" JSON "Content-Length: 2\r\n\r\n", "{}",
	     false},
    {"H39 text/plain", 415,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE
	     "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n",
	     "{}", false},
	    {"no type", 415, "POST /api/v1/students HTTP/1.1\r\n" SAFE "Content-Length: 2\r\n\r\n",
	     "{}", false},
	    {"too long", 413,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE JSON "Content-Length: 101\r\n\r\n", "",
	     false},
	    {"H9 2^63", 413,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE JSON
	     "Content-Length: 9223372036854775808\r\n\r\n",
	     "", false},
	    {"body of a GET", 413, "GET /healthz HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\n", "",
	     false},
	    {"no body", 400, "POST /api/v1/students HTTP/1.1\r\n" SAFE JSON "\r\n", "", false},
	    {"bad JSON", 400,
	     "POST /api/v1/students HTTP/1.1\r\n" SAFE JSON "Content-Length: 2\r\n\r\n", "{]",
	     false},
	    {"CSV", 201,
	     "POST /api/v1/import HTTP/1.1\r\n" SAFE
	     "Content-Type: text/csv\r\nContent-Length: 3\r\n\r\n",
	     "a,b", false},
	    {"octets", 201,
	     "POST /api/v1/bundle HTTP/1.1\r\n" SAFE
	     "Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\n",
	     "a,b", false},
	    {"CSV as octets", 415,
	     "POST /api/v1/bundle HTTP/1.1\r\n" SAFE
	     "Content-Type: text/csv\r\nContent-Length: 3\r\n\r\n",
	     "a,b", false},
	    {"local only, from afar", 404, "POST /api/v1/local HTTP/1.1\r\n" SAFE "\r\n", "",
	     false},
	    {"local only", 200, "POST /api/v1/local HTTP/1.1\r\n" H "\r\n", "", true},
	    {"literal before parameter", 201,
	     "GET /api/v1/students/search HTTP/1.1\r\n" H SESSION "\r\n", "", false},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		ask(CASES[i].head, CASES[i].body, CASES[i].local);
		if (got.status != CASES[i].status || got.replies != 1)
			fail_msg("%s: %d", CASES[i].name, got.status);
	}
	forget();
}

static void params_and_problems(void **state)
{
	(void)state;
	ask("GET /api/v1/students/a%20b/entries/c HTTP/1.1\r\n" H SESSION "\r\n", "", false);
	assert_non_null(strstr(reply_text(), "\"p0\":\"a b\",\"p1\":\"c\""));
	assert_non_null(strstr(reply_text(), "\r\nETag: \"1\"\r\n"));
	ask("DELETE /api/v1/students HTTP/1.1\r\n" SAFE "\r\n", "", false);
	assert_non_null(strstr(reply_text(), "\r\nAllow: GET, HEAD, POST\r\n"));
	assert_non_null(strstr(reply_text(), "\r\nContent-Type: application/problem+json\r\n"));
	assert_non_null(strstr(reply_text(), "\"status\":405"));
	assert_non_null(strstr(reply_text(), "\"code\":\"method\""));
	assert_non_null(strstr(reply_text(), "\"request_id\":\"0123456789abcdef\""));
	ask("HEAD /healthz HTTP/1.1\r\n" H "\r\n", "", false);
	assert_int_equal(got.status, 200);
	assert_string_equal(strstr(reply_text(), "\r\n\r\n"), "\r\n\r\n");
	assert_null(strstr(reply_text(), "Content-Length: 0"));
	forget();
}

static void replies_later(void **state)
{
	(void)state;
	ask("GET /api/v1/later HTTP/1.1\r\n" H "\r\n", "", false);
	assert_int_equal(got.replies, 0);
	reply_json(kept, 202, json_object());
	assert_int_equal(got.status, 202);
	assert_int_equal(got.replies, 1);
	/* The client leaves first. */
	ask("GET /api/v1/later HTTP/1.1\r\n" H "\r\n", "", false);
	exchange_detach(kept);
	reply_json(kept, 200, json_object());
	assert_int_equal(got.replies, 0);
	ask("GET /api/v1/later HTTP/1.1\r\n" H "\r\n", "", false);
	reply_json(kept, 200, NULL);
	assert_int_equal(got.status, 204);
	forget();
}

static void on_closed(void *arg)
{
	++*(int *)arg;
}

static void streams(void **state)
{
	(void)state;
	int closed = 0;
	ask("GET /api/v1/later HTTP/1.1\r\n" H "\r\n", "", false);
	struct stream *s = reply_stream(kept, on_closed, &closed);
	assert_ptr_equal(s, got.stream);
	assert_non_null(strstr(reply_text(), "\r\nContent-Type: text/event-stream\r\n"));
	assert_null(strstr(reply_text(), "Content-Length"));
	stream_send(s, 7, "change", "{}");
	buf_put_byte(&got.streamed, '\0');
	assert_string_equal((char *)got.streamed.p, "id: 7\nevent: change\ndata: {}\n\n");
	stream_close(s);
	assert_int_equal(got.closes, 1);
	stream_drop(s);
	assert_int_equal(closed, 1);
	ask("GET /api/v1/later HTTP/1.1\r\n" H "\r\n", "", false);
	exchange_detach(kept);
	assert_null(reply_stream(kept, on_closed, &closed));
	assert_int_equal(closed, 1);
	forget();
}

static void embedded_files(void **state)
{
	(void)state;
	static const struct asset TABLE[] = {
	    {"/index.html", "text/html", "\"a\"", NULL, 0, false, false},
	    {"/assets/app-1.js", "text/javascript", "\"b\"", NULL, 0, true, true},
	};
	static const struct {
		const char *path;
		int index;
	} CASES[] = {
	    {"/", 0},
	    {"/index.html", 0},
	    {"/students/12", 0},
	    {"/assets/app-1.js", 1},
	    {"/assets/app-2.js", -1},
	    {"/favicon.ico", -1},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		assert_ptr_equal(asset_find(TABLE, 2, CASES[i].path),
				 CASES[i].index < 0 ? NULL : &TABLE[CASES[i].index]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests),
	    cmocka_unit_test(a_handler_reads_on), cmocka_unit_test(params_and_problems),
	    cmocka_unit_test(replies_later),  cmocka_unit_test(streams),
	    cmocka_unit_test(embedded_files),
	};
	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
