#include "node/client.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/json.h"

enum { SILENCE_S = 30, CHUNK_BYTES = 64 * 1024 };

static enum err connect_to(const char *path, int timeout_s, int *fd)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof to.sun_path)
		return ERR_UNAVAILABLE;
	strcpy(to.sun_path, path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return ERR_IO;
	struct timeval silence = {.tv_sec = timeout_s ? timeout_s : SILENCE_S};
	setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
	setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
	if (connect(*fd, (struct sockaddr *)&to, sizeof to) == 0)
		return ERR_OK;
	enum err e = errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_UNAVAILABLE;
	close(*fd);
	*fd = -1;
	return e;
}

static enum err io_error(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_TIMEOUT
	       : errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED
						       : ERR_IO;
}

static enum err send_all(int fd, const void *p, size_t n)
{
	const char *at = p;
	while (n) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return io_error();
		at += sent;
		n -= (size_t)sent;
	}
	return ERR_OK;
}

static enum err send_file(int fd, int from, uint64_t size)
{
	char *chunk = malloc(CHUNK_BYTES);
	enum err e = chunk ? ERR_OK : ERR_NO_MEMORY;
	while (!e && size) {
		size_t want = size < CHUNK_BYTES ? (size_t)size : CHUNK_BYTES;
		ssize_t n = read(from, chunk, want);
		if (n < 0 && errno == EINTR)
			continue;
		e = n <= 0 ? ERR_IO : send_all(fd, chunk, (size_t)n);
		size -= e ? 0 : (uint64_t)n;
	}
	free(chunk);
	return e;
}

static enum err send_request(int fd, const struct client_request *req)
{
	struct buf head;
	buf_init(&head, HTTP_HEAD_BYTES_MAX);
	uint64_t n = req->body_size ? req->body_size : req->body.n;
	buf_printf(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", req->method,
		   req->target);
	if (req->content_type)
		buf_printf(&head, "Content-Type: %s\r\n", req->content_type);
	if (n || strcmp(req->method, "GET") != 0)
		buf_printf(&head, "Content-Length: %llu\r\n", (unsigned long long)n);
	buf_put_text(&head, "\r\n");
	enum err e = head.err ? head.err : send_all(fd, head.p, head.n);
	if (!e)
		e = req->body_size ? send_file(fd, req->body_fd, req->body_size)
				   : send_all(fd, req->body.p, req->body.n);
	buf_release(&head);
	/* A refusal may come before the body is sent: the answer tells more than the broken pipe.
	 */
	return e == ERR_CLOSED ? ERR_OK : e;
}

/* More bytes into IN; *end when there are none to come. */
static enum err receive(int fd, struct buf *in, bool *end)
{
	uint8_t *to = buf_extend(in, CHUNK_BYTES);
	if (!to)
		return in->err;
	ssize_t n;
	do
		n = recv(fd, to, CHUNK_BYTES, 0);
	while (n < 0 && errno == EINTR);
	in->n -= CHUNK_BYTES - (n > 0 ? (size_t)n : 0);
	*end = n == 0;
	return n < 0 ? io_error() : ERR_OK;
}

/* Our own server's answers only: a status line, and a Content-Length unless there is no body. */
static enum err parse_head(char *head, struct client_reply *r, uint64_t *length)
{
	*length = 0;
	if (strncmp(head, "HTTP/1.1 ", 9) != 0)
		return ERR_BAD_FORM;
	r->status = atoi(head + 9);
	if (r->status < 200 || r->status > 599)
		return ERR_BAD_FORM;
	char *save;
	for (char *line = strtok_r(head, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		if (strncasecmp(line, "content-type: ", 14) == 0)
			snprintf(r->type, sizeof r->type, "%s", line + 14);
		if (strncasecmp(line, "content-length: ", 16) == 0)
			*length = strtoull(line + 16, NULL, 10);
	}
	return *length > HTTP_REPLY_BYTES_MAX ? ERR_TOO_LARGE : ERR_OK;
}

static enum err read_head(int fd, struct buf *in, struct client_reply *r, uint64_t *length)
{
	for (;;) {
		uint8_t *end = in->n ? memmem(in->p, in->n, "\r\n\r\n", 4) : NULL;
		if (end) {
			*end = '\0';
			size_t n = (size_t)(end - in->p) + 4;
			enum err e = parse_head((char *)in->p, r, length);
			buf_consume(in, n);
			return e;
		}
		if (in->n > HTTP_HEAD_BYTES_MAX)
			return ERR_BAD_FORM;
		bool over;
		enum err e = receive(fd, in, &over);
		if (e)
			return e;
		if (over)
			return ERR_CLOSED;
	}
}

static enum err read_body(int fd, struct buf *in, FILE *save, struct client_reply *r,
			  uint64_t length)
{
	for (;;) {
		if (in->n > length)
			return ERR_BAD_FORM;
		if (save && r->status == 200) {
			if (in->n && fwrite(in->p, 1, in->n, save) != in->n)
				return errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
		} else {
			buf_put(&r->body, in->p, in->n);
			if (r->body.err)
				return r->body.err;
		}
		length -= in->n;
		buf_reset(in);
		if (length == 0)
			return ERR_OK;
		bool over;
		enum err e = receive(fd, in, &over);
		if (e)
			return e;
		if (over)
			return ERR_CLOSED;
	}
}

enum err client_call(const char *socket_path, const struct client_request *req,
		     struct client_reply *reply)
{
	int fd = -1;
	uint64_t length;
	struct buf in;
	*reply = (struct client_reply){0};
	buf_init(&reply->body, HTTP_REPLY_BYTES_MAX);
	buf_init(&in, HTTP_HEAD_BYTES_MAX + 2 * CHUNK_BYTES);
	enum err e = connect_to(socket_path, req->timeout_s, &fd);
	if (e)
		goto out;
	if ((e = send_request(fd, req)))
		goto out;
	if ((e = read_head(fd, &in, reply, &length)))
		goto out;
	e = read_body(fd, &in, req->save, reply, length);
out:
	if (fd >= 0)
		close(fd);
	buf_wipe(&in);
	if (e)
		client_reply_release(reply);
	return e;
}

enum err client_json(const char *socket_path, const char *method, const char *target, json_t *in,
		     int *status, json_t **out)
{
	struct buf text;
	struct client_reply reply;
	*out = NULL;
	*status = 0;
	buf_init(&text, HTTP_BODY_BYTES_MAX);
	if (in)
		json_write(&text, in);
	enum err e = text.err;
	struct client_request req = {.method = method,
				     .target = target,
				     .content_type = in ? "application/json" : NULL,
				     .body = buf_bytes(&text)};
	json_decref(in);
	if (!e)
		e = client_call(socket_path, &req, &reply);
	buf_wipe(&text);
	if (e)
		return e;
	*status = reply.status;
	if (reply.body.n)
		e = json_parse(buf_bytes(&reply.body), out);
	client_reply_release(&reply);
	return e;
}

void client_reply_release(struct client_reply *r)
{
	buf_wipe(&r->body);
	r->status = 0;
}

void client_escape(struct buf *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
			     (*p >= 'A' && *p <= 'Z') || strchr("-._~", *p);
		if (plain)
			buf_put_byte(out, *p);
		else
			buf_printf(out, "%%%02X", *p);
	}
}
