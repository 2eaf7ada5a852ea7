/* What a hostile or broken client may send as a head, and the status it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/http.h"

static const char *const NAMES[] = {"localhost", "school.test", "::1"};
static const struct http_hosts HOSTS = {NAMES, 3, false};

#define HOST "Host: localhost\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST
#define POST "POST /api/v1/x HTTP/1.1\r\n" HOST

/* The answer to a head: 200 when it is taken, 0 when more is awaited. */
static int status_of(struct bytes in)
{
	size_t at = 0, head;
	enum err e = http_head_scan(in, &at, &head);
	if (!e && !head)
		return 0;
	struct request req;
	if (!e)
		e = http_head_parse(bytes_of(in.p, head), &HOSTS, &req);
	if (!e)
		request_release(&req);
	return err_http_status(e);
}

static void heads(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int status;
		const char *head;
	} CASES[] = {
	    {"plain", 200, GET "\r\n"},
	    {"HTTP/1.0", 200, "GET / HTTP/1.0\r\n" HOST "\r\n"},
	    {"empty value", 200, GET "X-Empty:\r\nX-Blank:  \r\n\r\n"},
	    {"length", 200, POST "Content-Length: 12\r\n\r\n"},
	    {"not whole", 0, GET},
	    {"not whole, CR last", 0, GET "\r"},
	    {"H1 CL and TE", 400, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"},
	    {"H1 TE and CL", 400, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"},
	    {"H2 TE chunked", 411, POST "Transfer-Encoding: chunked\r\n\r\n"},
	    {"H2 TE identity", 411, POST "Transfer-Encoding: identity\r\n\r\n"},
	    {"H3 CL twice", 400, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"},
	    {"H4 CL differing", 400, POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"},
	    {"H5 CL plus", 400, POST "Content-Length: +3\r\n\r\n"},
	    {"H5 CL minus", 400, POST "Content-Length: -3\r\n\r\n"},
	    {"H5 CL hex", 400, POST "Content-Length: 0x3\r\n\r\n"},
	    {"H6 CL list", 400, POST "Content-Length: 3, 3\r\n\r\n"},
	    {"H7 CL empty", 400, POST "Content-Length:\r\n\r\n"},
	    {"H8 CL 2^64", 400, POST "Content-Length: 18446744073709551616\r\n\r\n"},
	    {"H10 space before colon", 400, POST "Content-Length : 3\r\n\r\n"},
	    {"H10 space before name", 400, "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n"},
	    {"H11 folded CL", 400, POST "X: y\r\n Content-Length: 3\r\n\r\nGET"},
	    {"H12 obs-fold", 400, GET "X: y\r\n\tz\r\n\r\n"},
	    {"H13 folded TE", 400, POST "Transfer-Encoding:\n chunked\r\n\r\n"},
	    {"H14 CR in a value", 400, POST "X: \rTransfer-Encoding: chunked\r\n\r\n"},
	    {"H15 CR ends the head", 400, GET "\rX\r\n\r\n"},
	    {"H16 bare LF", 400, "GET / HTTP/1.1\nHost: localhost\n\n"},
	    {"H18 empty name", 400, GET ": x\r\n\r\n"},
	    {"no colon", 400, GET "nonsense\r\n\r\n"},
	    {"name with NBSP", 400, GET "X\xa0Y: z\r\n\r\n"},
	    {"H19 no Host", 400, "GET / HTTP/1.1\r\n\r\n"},
	    {"H19 empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
	    {"H20 two Hosts", 400, GET HOST "\r\n"},
	    {"H21 unknown Host", 421, "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"},
	    {"H21 address as Host", 421, "GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"},
	    {"Host with port", 200, "GET / HTTP/1.1\r\nHost: LocalHost:8480\r\n\r\n"},
	    {"Host with dot", 200, "GET / HTTP/1.1\r\nHost: school.test.\r\n\r\n"},
	    {"Host IPv6", 200, "GET / HTTP/1.1\r\nHost: [::1]:8480\r\n\r\n"},
	    {"Host with junk", 400, "GET / HTTP/1.1\r\nHost: localhost:80x\r\n\r\n"},
	    {"Host with user", 400, "GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n"},
	    {"Host with slash", 400, "GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n"},
	    {"H22 HTTP/2.0", 505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
	    {"H22 HTTP/0.9", 505, "GET / HTTP/0.9\r\n" HOST "\r\n"},
	    {"H22 HTTP/1.10", 400, "GET / HTTP/1.10\r\n" HOST "\r\n"},
	    {"H23 PRI", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	    {"H24 CONNECT", 405, "CONNECT localhost:22 HTTP/1.1\r\n" HOST "\r\n"},
	    {"H25 h2c", 200, GET "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"},
	    {"H26 RTSP", 400, "OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n"},
	    {"H26 ICE", 400, "SOURCE /x ICE/1.0\r\n" HOST "\r\n"},
	    {"unknown method", 400, "FROB / HTTP/1.1\r\n" HOST "\r\n"},
	    {"lower case method", 400, "get / HTTP/1.1\r\n" HOST "\r\n"},
	    {"HTTP/0.9 line", 400, "GET /\r\n\r\n"},
	    {"H27 absolute", 200, "GET http://localhost/x HTTP/1.1\r\n" HOST "\r\n"},
	    {"H27 foreign absolute", 421, "GET http://evil.test/ HTTP/1.1\r\n" HOST "\r\n"},
	    {"H27 absolute with user", 400, "GET http://a@localhost/ HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 encoded dots", 400, "GET /a/%2e%2e/b HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 dots", 400, "GET /a/../b HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 dots last", 400, "GET /a/.. HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 dot", 400, "GET /./a HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 backslash", 400, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 encoded backslash", 400, "GET /a%5cb HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 encoded slash", 400, "GET /a%2Fb HTTP/1.1\r\n" HOST "\r\n"},
	    {"H28 encoded NUL", 400, "GET /a%00 HTTP/1.1\r\n" HOST "\r\n"},
	    {"encoded NUL in query", 400, "GET /a?b=%00 HTTP/1.1\r\n" HOST "\r\n"},
	    {"half an escape", 400, "GET /a%2 HTTP/1.1\r\n" HOST "\r\n"},
	    {"bad UTF-8", 400, "GET /%ff HTTP/1.1\r\n" HOST "\r\n"},
	    {"overlong UTF-8", 400, "GET /%c0%af HTTP/1.1\r\n" HOST "\r\n"},
	    {"fragment", 400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"},
	    {"asterisk", 400, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"},
	    {"query name twice", 400, "GET /a?b=1&b=2 HTTP/1.1\r\n" HOST "\r\n"},
	    {"H35 underscore", 400, POST "Content_Length: 3\r\n\r\n"},
	    {"Origin twice", 400, POST "Origin: http://a\r\nOrigin: http://b\r\n\r\n"},
	    {"leading empty line", 400, "\r\n" GET "\r\n"},
	    {"DEL", 400, GET "X: a\x7f\r\n\r\n"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		int status = status_of(bytes_text(CASES[i].head));
		if (status != CASES[i].status)
			fail_msg("%s: %d, not %d", CASES[i].name, status, CASES[i].status);
	}
	/* H9: for a route to refuse, 413. H17, H34: zero bytes. */
	assert_int_equal(status_of(bytes_text(POST "Content-Length: 9223372036854775808\r\n\r\n")),
			 200);
	static const char NUL[] = GET "X: a\0b\r\n\r\n";
	assert_int_equal(status_of(bytes_of(NUL, sizeof NUL - 1)), 400);
	static const uint8_t CLIENT_HELLO[] = {0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3};
	assert_int_equal(status_of(bytes_of(CLIENT_HELLO, sizeof CLIENT_HELLO)), 400);
}

/* A head of `headers` more headers, each of about `size` bytes, asking for a path of `url` bytes.
 */
static int big(size_t url, int headers, int size)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_put_text(&b, "GET /");
	for (size_t i = 1; i < url; i++)
		buf_put_byte(&b, 'a');
	buf_put_text(&b, " HTTP/1.1\r\n" HOST);
	for (int i = 0; i < headers; i++)
		buf_printf(&b, "X-%d: %0*d\r\n", i, size, 0);
	buf_put_text(&b, "\r\n");
	int status = status_of(buf_bytes(&b));
	buf_release(&b);
	return status;
}

static void sizes(void **state)
{
	(void)state;
	assert_int_equal(big(HTTP_URL_BYTES_MAX, 0, 0), 200);
	assert_int_equal(big(HTTP_URL_BYTES_MAX + 1, 0, 0), 414);
	assert_int_equal(big(20000, 0, 0), 414);
	assert_int_equal(big(1, HTTP_HEADERS_MAX - 1, 1), 200);
	assert_int_equal(big(1, HTTP_HEADERS_MAX, 1), 431);
	assert_int_equal(big(1, 3, 5000), 200);
	assert_int_equal(big(1, 4, 5000), 431);
	assert_int_equal(big(1, 1, 100000), 431);
}

/* Whatever the pieces, the end is found at the same place. */
static void scan_in_pieces(void **state)
{
	(void)state;
	static const char TEXT[] = GET "A: b\r\n\r\nGET";
	size_t at = 0, head = 0;
	for (size_t n = 1; n < sizeof TEXT; n++) {
		assert_int_equal(http_head_scan(bytes_of(TEXT, n), &at, &head), ERR_OK);
		if (head)
			break;
	}
	assert_int_equal(head, sizeof TEXT - 1 - 3);
}

static void parsed(void **state)
{
	(void)state;
	static const char TEXT[] =
	    "PUT /api/v1/%D1%88/a%20b?q=%D0%B0+b&empty=&flag&x=1%0A HTTP/1.1\r\n"
	    "HOST: School.test:8480\r\nX-Trim: \t a b \t\r\nContent-Length: 007\r\n"
	    "Cookie: a=1; estafeta=x=y;b=2\r\ncookie: b=3\r\nExpect: 100-Continue\r\n"
	    "Connection: close\r\n\r\n";
	struct request req;
	assert_int_equal(http_head_parse(bytes_text(TEXT), &HOSTS, &req), ERR_OK);
	assert_int_equal(req.method, METHOD_PUT);
	assert_string_equal(req.path, "/api/v1/\xd1\x88/a b");
	assert_string_equal(req.host, "School.test:8480");
	assert_string_equal(request_header(&req, "x-trim"), "a b");
	assert_null(request_header(&req, "x-other"));
	assert_string_equal(request_query(&req, "q"), "\xd0\xb0 b");
	assert_string_equal(request_query(&req, "empty"), "");
	assert_string_equal(request_query(&req, "flag"), "");
	assert_string_equal(request_query(&req, "x"), "1\n");
	assert_null(request_query(&req, "y"));
	assert_string_equal(request_cookie(&req, "estafeta"), "x=y");
	assert_null(request_cookie(&req, "b")); /* H40: twice */
	assert_int_equal(req.content_length, 7);
	assert_true(req.expects_continue);
	assert_false(req.keep_alive);
	request_release(&req);
	request_release(&req);
}

static void keep_alive(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		bool keep;
	} CASES[] = {
	    {GET "\r\n", true},
	    {GET "Connection: close\r\n\r\n", false},
	    {"GET / HTTP/1.0\r\n" HOST "\r\n", false},
	    {"GET / HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", true},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct request req;
		assert_int_equal(http_head_parse(bytes_text(CASES[i].head), NULL, &req), ERR_OK);
		assert_int_equal(req.keep_alive, CASES[i].keep);
		request_release(&req);
	}
}

static void responses(void **state)
{
	(void)state;
	struct buf extra, out;
	buf_init(&extra, 1024);
	buf_init(&out, 8192);
	response_header(&extra, "Location", "/a\r\nSet-Cookie: evil=1");
	struct response r = {.status = 201,
			     .type = "application/json",
			     .headers = buf_bytes(&extra),
			     .length = 2,
			     .request_id = "id"};
	response_head(&out, &r);
	buf_put_byte(&out, '\0');
	const char *text = (const char *)out.p;
	assert_ptr_equal(strstr(text, "HTTP/1.1 201 Created\r\n"), text);
	assert_non_null(strstr(text, "\r\nContent-Length: 2\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Security-Policy: default-src 'none';"));
	assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
	assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(text, "\r\nX-Request-Id: id\r\n"));
	assert_null(strstr(text, "\r\nSet-Cookie"));
	r.status = 304;
	buf_reset(&out);
	response_head(&out, &r);
	buf_put_byte(&out, '\0');
	assert_null(strstr((const char *)out.p, "Content-Length"));
	buf_release(&out);
	buf_release(&extra);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads),	  cmocka_unit_test(sizes),
	    cmocka_unit_test(parsed),	  cmocka_unit_test(scan_in_pieces),
	    cmocka_unit_test(keep_alive), cmocka_unit_test(responses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
