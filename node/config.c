#include "node/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/require.h"

/* --- values ----------------------------------------------------------------------------------- */

static bool host_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '.' || c == '_';
}

static bool copy_host(const char *from, size_t n, char out[HOST_NAME_BYTES])
{
	if (n == 0 || n >= HOST_NAME_BYTES)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!host_char(from[i]))
			return false;
		out[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a' : from[i]);
	}
	out[n] = '\0';
	return true;
}

static bool parse_integer(const char *s, int64_t min, int64_t max, int64_t *out)
{
	size_t n = strlen(s);
	if (n == 0 || n > 15 || strspn(s, "0123456789") != n)
		return false;
	*out = strtoll(s, NULL, 10);
	return *out >= min && *out <= max;
}

bool address_parse(const char *text, struct address *out)
{
	const char *colon = strrchr(text, ':');
	int64_t port;
	*out = (struct address){0};
	if (!colon || !parse_integer(colon + 1, 1, 65535, &port))
		return false;
	size_t n = (size_t)(colon - text);
	if (*text == '[') {
		struct in6_addr ip;
		if (n < 4 || text[n - 1] != ']' || n - 2 >= HOST_NAME_BYTES)
			return false;
		memcpy(out->host, text + 1, n - 2);
		out->host[n - 2] = '\0';
		if (inet_pton(AF_INET6, out->host, &ip) != 1)
			return false;
	} else if (!copy_host(text, n, out->host)) {
		return false;
	}
	out->port = (uint16_t)port;
	return true;
}

bool address_is_loopback(const struct address *a)
{
	return strncmp(a->host, "127.", 4) == 0 || strcmp(a->host, "::1") == 0 ||
	       strcmp(a->host, "localhost") == 0;
}

static bool set_address(const char *s, void *out)
{
	return address_parse(s, out);
}

static bool set_address_or_none(const char *s, void *out)
{
	*(struct address *)out = (struct address){0};
	return !*s || address_parse(s, out);
}

static bool set_bool(const char *s, void *out)
{
	bool yes = strcmp(s, "yes") == 0;
	*(bool *)out = yes;
	return yes || strcmp(s, "no") == 0;
}

static bool set_map_size(const char *s, void *out)
{
	return parse_integer(s, 16, 16 * 1024 * 1024, out);
}

static bool set_erasure_delay(const char *s, void *out)
{
	return parse_integer(s, 0, 365 * 24, out);
}

static bool set_level(const char *s, void *out)
{
	return log_level_parse(s, out);
}

static bool set_hosts(const char *s, void *out)
{
	struct config *c = (struct config *)((char *)out - offsetof(struct config, hosts));
	c->hosts_n = 0;
	while (*s) {
		size_t n = strcspn(s, ",");
		const char *name = s;
		size_t name_n = n;
		while (name_n && *name == ' ') {
			name++;
			name_n--;
		}
		while (name_n && name[name_n - 1] == ' ')
			name_n--;
		if (c->hosts_n == CONFIG_HOSTS_MAX ||
		    !copy_host(name, name_n, c->hosts[c->hosts_n]))
			return false;
		c->hosts_n++;
		s += n;
		if (*s && !*++s)
			return false;
	}
	return true;
}

/* --- the table -------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct config, member)

static const struct {
	const char *wanted;
	bool (*set)(const char *s, void *out);
	size_t offset;
} SETTERS[] = {
    {"an address and port, such as 127.0.0.1:8480", set_address, AT(http_listen)},
    {"host names separated by commas", set_hosts, AT(hosts)},
    {"yes or no", set_bool, AT(insecure_lan)},
    {"yes or no", set_bool, AT(secure_cookies)},
    {"an address and port, or nothing", set_address_or_none, AT(peer_listen)},
    {"a host and port, or nothing", set_address_or_none, AT(peer_advertise)},
    {"megabytes, from 16 to 16777216", set_map_size, AT(map_size_mb)},
    {"hours, from 0 to 8760", set_erasure_delay, AT(erasure_delay_h)},
    {"error, warning, info or debug", set_level, AT(level)},
};

/* In the order of SETTERS. */
static const struct config_key KEYS[] = {
    {"http", "listen", "127.0.0.1:8480"},
    {"http", "hosts", ""},
    {"http", "insecure_lan", "no"},
    {"http", "secure_cookies", "no"},
    {"peer", "listen", "0.0.0.0:8490"},
    {"peer", "advertise", ""},
    {"store", "map_size_mb", "65536"},
    {"records", "erasure_delay_hours", "168"},
    {"log", "level", "info"},
    {NULL, NULL, NULL},
};

enum { KEY_COUNT = sizeof SETTERS / sizeof *SETTERS };
_Static_assert(sizeof KEYS / sizeof *KEYS == KEY_COUNT + 1, "one setter for each key");

const struct config_key *config_keys(void)
{
	return KEYS;
}

void config_defaults(struct config *c)
{
	*c = (struct config){0};
	for (int i = 0; i < KEY_COUNT; i++) {
		bool ok = SETTERS[i].set(KEYS[i].value, (char *)c + SETTERS[i].offset);
		require(ok);
	}
}

/* --- the file --------------------------------------------------------------------------------- */

struct reading {
	struct config *config;
	const char *name;
	struct bytes rest;
	int line;
	bool seen[KEY_COUNT];
	char *error;
	bool failed;
};

static int fail(struct reading *r, int line, const char *what, const char *which,
		const char *wanted)
{
	if (!r->failed)
		snprintf(r->error, CONFIG_ERROR_BYTES, "%s:%d: %s%s%s", r->name, line, what, which,
			 wanted);
	r->failed = true;
	return 0;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	for (int i = 0; i < KEY_COUNT; i++) {
		if (strcmp(KEYS[i].section, section) != 0 || strcmp(KEYS[i].name, name) != 0)
			continue;
		if (r->seen[i])
			return fail(r, r->line, "given twice: ", name, "");
		r->seen[i] = true;
		if (!SETTERS[i].set(value, (char *)r->config + SETTERS[i].offset)) {
			char what[128];
			snprintf(what, sizeof what, " must be %s", SETTERS[i].wanted);
			return fail(r, r->line, "", name, what);
		}
		return 1;
	}
	return fail(r, r->line, "unknown key: ", name, "");
}

/* Lines were checked to fit beforehand, so a call is a line. */
static char *next_line(char *to, int size, void *stream)
{
	struct reading *r = stream;
	if (r->rest.n == 0 || r->failed)
		return NULL;
	const uint8_t *lf = memchr(r->rest.p, '\n', r->rest.n);
	size_t n = lf ? (size_t)(lf - r->rest.p) + 1 : r->rest.n;
	require(n < (size_t)size);
	memcpy(to, r->rest.p, n);
	to[n] = '\0';
	r->rest = bytes_of(r->rest.p + n, r->rest.n - n);
	r->line++;
	return to;
}

static const char *bad_byte(uint8_t c)
{
	if (c == '\0')
		return "a zero byte";
	if (c == '\r')
		return "a carriage return: save the file with Unix line ends";
	return c < 0x20 && c != '\t' && c != '\n' ? "a control character" : NULL;
}

static enum err check_bytes(struct reading *r, struct bytes text)
{
	int line = 1;
	size_t column = 0;
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
		fail(r, 1, "a byte order mark: save the file without it", "", "");
		return ERR_CONFIG;
	}
	for (size_t i = 0; i < text.n; i++) {
		const char *what = bad_byte(text.p[i]);
		if (!what && ++column > CONFIG_LINE_BYTES_MAX)
			what = "the line is too long";
		if (what) {
			fail(r, line, what, "", "");
			return ERR_CONFIG;
		}
		if (text.p[i] == '\n') {
			line++;
			column = 0;
		}
	}
	return ERR_OK;
}

static enum err check_whole(const struct reading *r)
{
	const struct config *c = r->config;
	if (!c->insecure_lan && !address_is_loopback(&c->http_listen)) {
		snprintf(r->error, CONFIG_ERROR_BYTES,
			 "%s: [http] listen is open to the network without encryption; put a TLS "
			 "proxy before a loopback address, or say insecure_lan = yes",
			 r->name);
		return ERR_CONFIG;
	}
	return ERR_OK;
}

enum err config_parse(struct config *c, const char *name, struct bytes text,
		      char error[CONFIG_ERROR_BYTES])
{
	struct reading r = {.config = c, .name = name, .rest = text, .error = error};
	*error = '\0';
	config_defaults(c);
	if (text.n > CONFIG_BYTES_MAX) {
		fail(&r, 1, "the file is too large", "", "");
		return ERR_CONFIG;
	}
	enum err e = check_bytes(&r, text);
	if (e)
		return e;
	int line = ini_parse_stream(next_line, &r, on_key, &r);
	if (line < 0)
		return ERR_NO_MEMORY;
	if (line > 0)
		fail(&r, line, "neither [section] nor name = value", "", "");
	return r.failed ? ERR_CONFIG : check_whole(&r);
}

enum err config_load(struct config *c, const char *path, char error[CONFIG_ERROR_BYTES])
{
	struct buf text;
	buf_init(&text, CONFIG_BYTES_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *to = fd < 0 ? NULL : buf_extend(&text, CONFIG_BYTES_MAX + 1);
	ssize_t n = to ? read(fd, to, CONFIG_BYTES_MAX + 1) : -1;
	enum err e = ERR_CONFIG;
	if (n < 0)
		snprintf(error, CONFIG_ERROR_BYTES, "%s: %s", path, strerror(errno));
	else
		e = config_parse(c, path, bytes_of(text.p, (size_t)n), error);
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	return e;
}
