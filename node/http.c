#include "node/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <llhttp.h>
#include <stdlib.h>
#include <strings.h>
#include <utf8proc.h>

#include "proto/require.h"

/* --- the scan --------------------------------------------------------------------------------- */

static enum err head_too_large(struct bytes in)
{
	const uint8_t *lf = memchr(in.p, '\n', HTTP_HEAD_BYTES_MAX);
	return lf && lf - in.p <= HTTP_URL_BYTES_MAX ? ERR_HEAD_TOO_LARGE : ERR_URI_TOO_LONG;
}

enum err http_head_scan(struct bytes in, size_t *at, size_t *head)
{
	*head = 0;
	size_t i = *at;
	for (; i < in.n && i < HTTP_HEAD_BYTES_MAX; i++) {
		uint8_t c = in.p[i];
		if (c >= 0x20 && c != 0x7f)
			continue;
		if (c == '\t')
			continue;
		if (c != '\r')
			return ERR_BAD_REQUEST;
		if (i + 1 == in.n)
			break;
		if (in.p[i + 1] != '\n' || i == 0)
			return ERR_BAD_REQUEST;
		if (i >= 2 && in.p[i - 1] == '\n') {
			*head = i + 2;
			return *head > HTTP_HEAD_BYTES_MAX ? ERR_HEAD_TOO_LARGE : ERR_OK;
		}
		if (i + 2 == in.n)
			break;
		if (in.p[i + 2] == ' ' || in.p[i + 2] == '\t')
			return ERR_BAD_REQUEST;
		i++;
	}
	*at = i;
	return i >= HTTP_HEAD_BYTES_MAX ? head_too_large(in) : ERR_OK;
}

static bool is_token(uint8_t c)
{
	return isalnum(c) || (c && strchr("!#$%&'*+-.^`|~", c));
}

/* "METHOD SP target SP HTTP/d.d": the parser also speaks RTSP, ICE and HTTP/2.0, and we do not. */
static enum err check_request_line(struct bytes line)
{
	const char *p = (const char *)line.p;
	const char *end = p + line.n;
	const char *a = memchr(p, ' ', line.n);
	const char *b = a ? memchr(a + 1, ' ', (size_t)(end - a - 1)) : NULL;
	if (!b || a == p || b == a + 1 || end - b != sizeof " HTTP/1.1" - 1)
		return ERR_BAD_REQUEST;
	if (memcmp(b, " HTTP/", 6) != 0 || !isdigit((unsigned char)b[6]) || b[7] != '.' ||
	    !isdigit((unsigned char)b[8]))
		return ERR_BAD_REQUEST;
	size_t method_n = (size_t)(a - p);
	if (method_n == 3 && memcmp(p, "PRI", 3) == 0)
		return ERR_BAD_REQUEST;
	if (b - a - 1 > HTTP_URL_BYTES_MAX)
		return ERR_URI_TOO_LONG;
	if (b[6] != '1' || (b[8] != '0' && b[8] != '1'))
		return ERR_HTTP_VERSION;
	if (method_n == 7 && memcmp(p, "CONNECT", 7) == 0)
		return ERR_METHOD;
	return ERR_OK;
}

/*
 * Names are tokens directly before their colon. An underscore is refused too: what stands behind
 * a proxy may take Content_Length for Content-Length.
 */
static enum err check_lines(struct bytes head)
{
	struct bytes rest = head;
	for (size_t lines = 0;; lines++) {
		const uint8_t *cr = memchr(rest.p, '\r', rest.n);
		require(cr);
		struct bytes line = bytes_of(rest.p, (size_t)(cr - rest.p));
		rest = bytes_of(cr + 2, rest.n - line.n - 2);
		if (lines == 0) {
			enum err e = check_request_line(line);
			if (e)
				return e;
			continue;
		}
		if (line.n == 0)
			return ERR_OK;
		if (lines > HTTP_HEADERS_MAX)
			return ERR_HEAD_TOO_LARGE;
		size_t i = 0;
		while (i < line.n && is_token(line.p[i]))
			i++;
		if (i == 0 || i == line.n || line.p[i] != ':')
			return ERR_BAD_REQUEST;
	}
}

/* --- the parse -------------------------------------------------------------------------------- */

struct parse {
	struct request *req;
	char *at, *end; /* where the next string goes, and the end of the room */
	const char *url;
	size_t url_n;
	const char *name, *value;
	enum { NO_HEADER, IN_NAME, IN_VALUE } in;
	bool complete;
	bool full;
};

static void put(struct parse *c, const char *s, size_t n)
{
	if ((size_t)(c->end - c->at) < n) {
		c->full = true;
		return;
	}
	memcpy(c->at, s, n);
	c->at += n;
}

static void begin_value(struct parse *c)
{
	put(c, "", 1);
	c->value = c->at;
	c->in = IN_VALUE;
}

static void end_header(struct parse *c)
{
	if (c->in == NO_HEADER)
		return;
	if (c->in == IN_NAME)
		begin_value(c);
	while (c->at > c->value && (c->at[-1] == ' ' || c->at[-1] == '\t'))
		c->at--;
	put(c, "", 1);
	c->in = NO_HEADER;
	if (c->req->header_n == HTTP_HEADERS_MAX) {
		c->full = true;
		return;
	}
	c->req->header[c->req->header_n++] = (struct http_pair){c->name, c->value};
}

static int on_url(llhttp_t *p, const char *at, size_t n)
{
	struct parse *c = p->data;
	if (!c->url)
		c->url = at;
	c->url_n += n;
	return 0;
}

static int on_header_field(llhttp_t *p, const char *at, size_t n)
{
	struct parse *c = p->data;
	if (c->in != IN_NAME) {
		end_header(c);
		c->name = c->at;
		c->in = IN_NAME;
	}
	char *from = c->at;
	put(c, at, n);
	for (; from < c->at; from++)
		*from = (char)tolower((unsigned char)*from);
	return 0;
}

static int on_header_value(llhttp_t *p, const char *at, size_t n)
{
	struct parse *c = p->data;
	if (c->in == IN_NAME)
		begin_value(c);
	put(c, at, n);
	return 0;
}

static int on_headers_complete(llhttp_t *p)
{
	struct parse *c = p->data;
	end_header(c);
	c->req->keep_alive = llhttp_should_keep_alive(p);
	c->complete = true;
	return 1; /* the body is not the parser's concern */
}

static enum http_method method_of(uint8_t m)
{
	switch (m) {
	case HTTP_GET:
		return METHOD_GET;
	case HTTP_HEAD:
		return METHOD_HEAD;
	case HTTP_POST:
		return METHOD_POST;
	case HTTP_PUT:
		return METHOD_PUT;
	case HTTP_PATCH:
		return METHOD_PATCH;
	case HTTP_DELETE:
		return METHOD_DELETE;
	default:
		return METHOD_OTHER;
	}
}

static enum err run_parser(struct parse *c, struct bytes head)
{
	llhttp_settings_t settings;
	llhttp_settings_init(&settings);
	settings.on_url = on_url;
	settings.on_header_field = on_header_field;
	settings.on_header_value = on_header_value;
	settings.on_headers_complete = on_headers_complete;
	llhttp_t parser;
	llhttp_init(&parser, HTTP_REQUEST, &settings);
	parser.data = c;
	llhttp_errno_t e = llhttp_execute(&parser, (const char *)head.p, head.n);
	if ((e != HPE_OK && e != HPE_PAUSED_UPGRADE) || !c->complete)
		return ERR_BAD_REQUEST;
	if (c->full)
		return ERR_HEAD_TOO_LARGE;
	c->req->method = method_of(parser.method);
	return ERR_OK;
}

/* --- what the headers may say ----------------------------------------------------------------- */

static size_t count(const struct request *req, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < req->header_n; i++)
		n += strcmp(req->header[i].name, name) == 0;
	return n;
}

static enum err check_framing(struct request *req)
{
	static const char *const ONCE[] = {
	    "authorization", "content-type",	"expect",	   "host",
	    "if-match",	     "idempotency-key", "if-none-match",   "last-event-id",
	    "origin",	     "sec-fetch-site",	"x-estafeta-csrf",
	};
	for (size_t i = 0; i < sizeof ONCE / sizeof *ONCE; i++)
		if (count(req, ONCE[i]) > 1)
			return ERR_BAD_REQUEST;
	size_t lengths = count(req, "content-length");
	if (count(req, "transfer-encoding"))
		return lengths ? ERR_BAD_REQUEST : ERR_LENGTH_REQUIRED;
	if (lengths > 1)
		return ERR_BAD_REQUEST;
	if (lengths == 0)
		return ERR_OK;
	const char *p = request_header(req, "content-length");
	if (!*p)
		return ERR_BAD_REQUEST;
	uint64_t n = 0;
	for (; *p; p++)
		if (!isdigit((unsigned char)*p) || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			return ERR_BAD_REQUEST;
	req->content_length = n;
	return ERR_OK;
}

static bool is_address(const char *name)
{
	unsigned char to[16];
	return inet_pton(AF_INET, name, to) == 1 || inet_pton(AF_INET6, name, to) == 1;
}

/* NULL hosts: only the form is checked. */
static enum err check_host(const char *host, size_t n, const struct http_hosts *hosts)
{
	char name[256];
	const char *from = host;
	const char *end = host + n;
	const char *stop;
	if (n == 0 || n >= sizeof name)
		return ERR_BAD_REQUEST;
	if (*host == '[') {
		from = host + 1;
		stop = memchr(host, ']', n);
		if (!stop)
			return ERR_BAD_REQUEST;
		end = stop + 1;
	} else {
		stop = memchr(host, ':', n);
		end = stop ? stop : end;
		stop = end;
	}
	if (end < host + n && *end++ != ':')
		return ERR_BAD_REQUEST;
	if (host + n - end > 5)
		return ERR_BAD_REQUEST;
	for (; end < host + n; end++)
		if (!isdigit((unsigned char)*end))
			return ERR_BAD_REQUEST;
	size_t name_n = (size_t)(stop - from);
	for (size_t i = 0; i < name_n; i++) {
		unsigned char c = (unsigned char)from[i];
		if (!isalnum(c) && c != '-' && c != '.' && c != '_' && !(c == ':' && *host == '['))
			return ERR_BAD_REQUEST;
		name[i] = (char)tolower(c);
	}
	if (name_n == 0)
		return ERR_BAD_REQUEST;
	if (name_n > 1 && name[name_n - 1] == '.')
		name_n--;
	name[name_n] = '\0';
	if (!hosts || (hosts->any_address && is_address(name)))
		return ERR_OK;
	for (size_t i = 0; i < hosts->n; i++)
		if (strcmp(hosts->name[i], name) == 0)
			return ERR_OK;
	return ERR_MISDIRECTED;
}

/* --- the address ------------------------------------------------------------------------------ */

bool utf8_valid(struct bytes text)
{
	while (text.n) {
		if (*text.p < 0x80) {
			text.p++;
			text.n--;
			continue;
		}
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(text.p, (utf8proc_ssize_t)text.n, &c);
		if (n <= 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Decodes into the request's text; NULL when malformed. A path has no use for an encoded dot,
 * slash or backslash, except to mean another path than it seems to.
 */
static const char *decode(struct parse *c, const char *s, size_t n, bool path)
{
	char *begin = c->at;
	for (size_t i = 0; i < n; i++) {
		char ch = s[i];
		if (ch == '%') {
			if (n - i < 3 || hex_digit(s[i + 1]) < 0 || hex_digit(s[i + 2]) < 0)
				return NULL;
			ch = (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2]));
			i += 2;
			bool line = !path && (ch == '\n' || ch == '\r' || ch == '\t');
			if (((unsigned char)ch < 0x20 && !line) || ch == 0x7f)
				return NULL;
			if (path && strchr("./\\", ch))
				return NULL;
		} else if (ch == '\\' || ch == '#' || (unsigned char)ch <= 0x20) {
			return NULL;
		} else if (ch == '+' && !path) {
			ch = ' ';
		}
		put(c, &ch, 1);
	}
	if (!utf8_valid(bytes_of(begin, (size_t)(c->at - begin))))
		return NULL;
	put(c, "", 1);
	return begin;
}

static bool has_dot_segment(const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		size_t n = strcspn(p + 1, "/");
		if ((n == 1 && p[1] == '.') || (n == 2 && p[1] == '.' && p[2] == '.'))
			return true;
	}
	return false;
}

static enum err read_query(struct parse *c, const char *s, const char *end)
{
	struct request *req = c->req;
	while (s < end) {
		const char *stop = memchr(s, '&', (size_t)(end - s));
		stop = stop ? stop : end;
		const char *eq = memchr(s, '=', (size_t)(stop - s));
		const char *name_end = eq ? eq : stop;
		const char *from = eq ? eq + 1 : stop;
		if (name_end > s) {
			const char *name = decode(c, s, (size_t)(name_end - s), false);
			const char *value = decode(c, from, (size_t)(stop - from), false);
			if (!name || !value || request_query(req, name) ||
			    req->query_n == HTTP_QUERY_MAX)
				return ERR_BAD_REQUEST;
			req->query[req->query_n++] = (struct http_pair){name, value};
		}
		s = stop + 1;
	}
	return ERR_OK;
}

static enum err read_target(struct parse *c, const struct http_hosts *hosts)
{
	const char *s = c->url;
	const char *end = s + c->url_n;
	if (c->url_n > 7 && strncasecmp(s, "http://", 7) == 0) {
		const char *authority = s + 7;
		s = memchr(authority, '/', (size_t)(end - authority));
		if (!s)
			return ERR_BAD_REQUEST;
		enum err e = check_host(authority, (size_t)(s - authority), hosts);
		if (e)
			return e;
	}
	if (s == end || *s != '/')
		return ERR_BAD_REQUEST;
	const char *path_end = memchr(s, '?', (size_t)(end - s));
	path_end = path_end ? path_end : end;
	c->req->path = decode(c, s, (size_t)(path_end - s), true);
	if (!c->req->path || has_dot_segment(c->req->path))
		return ERR_BAD_REQUEST;
	return path_end < end ? read_query(c, path_end + 1, end) : ERR_OK;
}

static enum err read_cookies(struct parse *c)
{
	struct request *req = c->req;
	for (size_t i = 0; i < req->header_n; i++) {
		if (strcmp(req->header[i].name, "cookie") != 0)
			continue;
		const char *s = req->header[i].value;
		while (*s) {
			s += strspn(s, " \t;");
			size_t n = strcspn(s, ";");
			const char *eq = memchr(s, '=', n);
			if (eq) {
				if (req->cookie_n == HTTP_COOKIES_MAX)
					return ERR_HEAD_TOO_LARGE;
				struct http_pair *pair = &req->cookie[req->cookie_n++];
				pair->name = c->at;
				put(c, s, (size_t)(eq - s));
				put(c, "", 1);
				pair->value = c->at;
				put(c, eq + 1, n - (size_t)(eq + 1 - s));
				put(c, "", 1);
			}
			s += n;
		}
	}
	return c->full ? ERR_HEAD_TOO_LARGE : ERR_OK;
}

static enum err parse_all(struct parse *c, struct bytes head, const struct http_hosts *hosts)
{
	struct request *req = c->req;
	enum err e = run_parser(c, head);
	if (e)
		return e;
	if ((e = check_framing(req)))
		return e;
	req->host = request_header(req, "host");
	if (!req->host)
		return ERR_BAD_REQUEST;
	if ((e = check_host(req->host, strlen(req->host), hosts)))
		return e;
	if ((e = read_target(c, hosts)))
		return e;
	const char *expect = request_header(req, "expect");
	req->expects_continue = expect && strcasecmp(expect, "100-continue") == 0;
	return read_cookies(c);
}

enum err http_head_parse(struct bytes head, const struct http_hosts *hosts, struct request *req)
{
	*req = (struct request){0};
	enum err e = check_lines(head);
	if (e)
		return e;
	/* Names and values, the address, the cookies again, and their terminating zeros. */
	size_t room = 3 * head.n + 2 * (HTTP_HEADERS_MAX + HTTP_QUERY_MAX + HTTP_COOKIES_MAX);
	req->text = malloc(room);
	if (!req->text)
		return ERR_NO_MEMORY;
	struct parse c = {.req = req, .at = req->text, .end = req->text + room};
	e = parse_all(&c, head, hosts);
	if (e)
		request_release(req);
	return e;
}

void request_release(struct request *req)
{
	free(req->text);
	*req = (struct request){0};
}

/* --- asking a request ------------------------------------------------------------------------- */

static const char *find(const struct http_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	return NULL;
}

const char *request_header(const struct request *req, const char *name)
{
	return find(req->header, req->header_n, name);
}

const char *request_query(const struct request *req, const char *name)
{
	return find(req->query, req->query_n, name);
}

const char *request_cookie(const struct request *req, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < req->cookie_n; i++)
		n += strcmp(req->cookie[i].name, name) == 0;
	return n == 1 ? find(req->cookie, req->cookie_n, name) : NULL;
}

const char *http_method_name(enum http_method m)
{
	static const char *const NAMES[] = {"GET",   "HEAD",   "POST", "PUT",
					    "PATCH", "DELETE", "OTHER"};
	return NAMES[m];
}

/* --- responses -------------------------------------------------------------------------------- */

const char *http_status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} TEXTS[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Payload Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {421, "Misdirected Request"},
	    {422, "Unprocessable Entity"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	    {507, "Insufficient Storage"},
	};
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
		if (TEXTS[i].status == status)
			return TEXTS[i].text;
	return "Unknown";
}

static const char SECURITY_HEADERS[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; frame-src blob:; object-src blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

void response_head(struct buf *out, const struct response *r)
{
	buf_printf(out, "HTTP/1.1 %d %s\r\n", r->status, http_status_text(r->status));
	buf_put(out, SECURITY_HEADERS, sizeof SECURITY_HEADERS - 1);
	response_header(out, "Cache-Control", r->cache ? r->cache : "no-store");
	if (r->type)
		response_header(out, "Content-Type", r->type);
	if (!r->unbounded && r->status != 204 && r->status != 304)
		buf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)r->length);
	if (r->request_id)
		response_header(out, "X-Request-Id", r->request_id);
	buf_put(out, r->headers.p, r->headers.n);
	if (!r->keep_alive)
		buf_put_text(out, "Connection: close\r\n");
	buf_put_text(out, "\r\n");
}

void response_header(struct buf *out, const char *name, const char *value)
{
	buf_put_text(out, name);
	buf_put_text(out, ": ");
	for (const unsigned char *p = (const unsigned char *)value; *p; p++)
		buf_put_byte(out, *p < 0x20 || *p == 0x7f ? '?' : *p);
	buf_put_text(out, "\r\n");
}
