/* Any bytes as a head: scanned at once and in pieces alike, and what is parsed keeps its promises.
 */
#include <stdlib.h>

#include "node/http.h"
#include "proto/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct request *req)
{
	require(req->path && *req->path == '/' && req->host);
	require(utf8_valid(bytes_text(req->path)));
	require(!strstr(req->path, "/../") && !strchr(req->path, '\\'));
	require(!request_header(req, "transfer-encoding"));
	for (size_t i = 0; i < req->header_n; i++) {
		require(*req->header[i].name && !strpbrk(req->header[i].name, " _\t:"));
		require(!strpbrk(req->header[i].value, "\r\n"));
	}
	for (size_t i = 0; i < req->query_n; i++)
		require(request_query(req, req->query[i].name) == req->query[i].value);
	for (size_t i = 0; i < req->cookie_n; i++)
		request_cookie(req, req->cookie[i].name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const NAMES[] = {"localhost"};
	static const struct http_hosts HOSTS = {NAMES, 1, true};
	size_t at = 0, head = 0, at2 = 0, head2 = 0;
	enum err e = http_head_scan(bytes_of(data, n), &at, &head);
	enum err e2 = ERR_OK;
	for (size_t i = 1; i <= n && !e2 && !head2; i++)
		e2 = http_head_scan(bytes_of(data, i), &at2, &head2);
	require(e == e2 && head == head2);
	if (e || !head)
		return 0;
	uint8_t *copy = malloc(head);
	struct request req;
	if (!copy)
		return 0;
	memcpy(copy, data, head);
	if (http_head_parse(bytes_of(copy, head), &HOSTS, &req) == ERR_OK) {
		check(&req);
		request_release(&req);
	}
	free(copy);
	return 0;
}
