#include "tests/bench/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_TRIES = 1000 /* of 10 ms */ };

static pid_t child; /* the daemon, or 0 */

/* --- the process ----------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void daemon_kill(void)
{
	if (!child)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
}

void daemon_remove(void)
{
	daemon_kill();
	nftw(DIR_HTTP, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Whatever ends us ends the process too. out: the write end of a pipe, or -1. */
static pid_t spawn(const char *const argv[], int out)
{
	pid_t pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	perror(argv[0]);
	_exit(127);
}

/* Runs one of the commands to its end; out gets what it said. */
void daemon_command(const char *const argv[], char *out, size_t size)
{
	int fd[2], status;
	size_t n = 0;
	ssize_t got;
	if (pipe2(fd, O_CLOEXEC))
		bench_die("pipe");
	pid_t pid = spawn(argv, fd[1]);
	close(fd[1]);
	while ((got = read(fd[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fd[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "%s %s failed\n", argv[0], argv[1]);
		exit(1);
	}
}

void daemon_write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		bench_die(path);
}

static bool read_port(struct daemon *d)
{
	FILE *f = fopen(DIR_HTTP "/ports", "r");
	bool found = f && fscanf(f, "http=%hu", &d->port) == 1;
	if (f)
		fclose(f);
	return found;
}

void daemon_start(struct daemon *d)
{
	const char *argv[] = {d->program,    "run",    "--dir",	      DIR_HTTP, "--http",
			      "127.0.0.1:0", "--peer", "127.0.0.1:0", NULL};
	unlink(DIR_HTTP "/ports");
	child = spawn(argv, -1);
	for (int i = 0; i < START_TRIES; i++) {
		if (read_port(d))
			return;
		if (waitpid(child, NULL, WNOHANG) == child) {
			child = 0;
			break;
		}
		usleep(10000);
	}
	fprintf(stderr, "%s did not start\n", d->program);
	exit(1);
}

/* --- requests -------------------------------------------------------------------------------- */

static int dial_control(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = DIR_HTTP "/control.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a))
		bench_die("control.sock");
	return fd;
}

void client_open(struct client *c, const struct daemon *d)
{
	*c = (struct client){.fd = d->control ? dial_control() : session_dial(d->port), .in = malloc(ANSWER_BYTES)};
	if (!c->in)
		bench_die("memory");
}

void client_close(struct client *c)
{
	close(c->fd);
	free(c->in);
}

void client_ask(struct client *c, const struct daemon *d, const char *method,
		       const char *path, const char *body)
{
	char text[2048];
	int n = snprintf(text, sizeof text,
			 "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nOrigin: "
			 "http://127.0.0.1:%u\r\nCookie: %s\r\nX-Estafeta-CSRF: %s\r\n",
			 method, path, d->port, d->port, d->cookie, d->csrf);
	if (*body)
		n += snprintf(text + n, sizeof text - (size_t)n,
			      "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			      strlen(body));
	n += snprintf(text + n, sizeof text - (size_t)n, "\r\n%s", body);
	c->n = 0;
	c->asked = bench_clock();
	if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		bench_die("send");
}

/* Takes what has come; whether the answer is whole. */
bool client_read(struct client *c, int flags)
{
	ssize_t got = recv(c->fd, c->in + c->n, ANSWER_BYTES - 1 - c->n, flags);
	if (got < 0 && errno == EAGAIN)
		return false;
	if (got <= 0)
		bench_die("the daemon hung up");
	c->n += (size_t)got;
	c->in[c->n] = '\0';
	char *blank = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "\r\nContent-Length:");
	if (!blank)
		return false;
	if (!length || length > blank || sscanf(c->in, "HTTP/1.1 %d", &c->status) != 1) {
		fprintf(stderr, "an answer in no form we know\n");
		exit(1);
	}
	c->body = blank + 4;
	return (size_t)(c->in + c->n - c->body) >= strtoul(length + 17, NULL, 10);
}

void client_expect(const struct client *c, int status)
{
	if (c->status == status)
		return;
	fprintf(stderr, "status %d instead of %d: %s\n", c->status, status, c->body);
	exit(1);
}

void client_exchange(struct client *c, const struct daemon *d, const char *method,
			    const char *path, const char *body, int status)
{
	client_ask(c, d, method, path, body);
	while (!client_read(c, 0))
		;
	client_expect(c, status);
}

/* The caller's to release. */
json_t *daemon_parse(const char *text)
{
	json_t *v = json_loads(text, 0, NULL);
	if (!v)
		bench_die("an answer that is no JSON");
	return v;
}

void daemon_member(char *out, size_t size, const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));
	if (!s)
		bench_die(name);
	snprintf(out, size, "%s", s);
}

void daemon_log_in(struct daemon *d)
{
	const char *argv[] = {d->program, "admin-link", "--json", "--dir", DIR_HTTP, NULL};
	char text[1000], link[100], body[200];
	struct client c;
	daemon_command(argv, text, sizeof text);
	json_t *v = daemon_parse(text);
	daemon_member(link, sizeof link, v, "link");
	json_decref(v);
	snprintf(body, sizeof body, "{\"link\":\"%s\"}", link);
	d->cookie[0] = d->csrf[0] = '\0';
	client_open(&c, d);
	client_exchange(&c, d, "POST", "/api/v1/session", body, 201);
	const char *cookie = strcasestr(c.in, "\r\nSet-Cookie: ");
	if (!cookie || sscanf(cookie + 14, "%199[^;\r\n]", d->cookie) != 1)
		bench_die("no cookie");
	v = daemon_parse(c.body);
	daemon_member(d->csrf, sizeof d->csrf, v, "csrf");
	json_decref(v);
	client_close(&c);
}

void daemon_create(struct daemon *d, const char *program)
{
	const char *argv[] = {program, "init", "--dir", DIR_HTTP, "--name", "Школа", "--region", "18", NULL};
	char said[4096];
	d->program = program;
	daemon_remove();
	atexit(daemon_remove);
	mkdir("build", 0755);
	mkdir("build/bench", 0755);
	daemon_command(argv, said, sizeof said);
	daemon_write_file(DIR_HTTP "/estafeta.conf", "[log]\nlevel = warning\n");
}
