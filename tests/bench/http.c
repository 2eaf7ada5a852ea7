/* The daemon as its school uses it: many browsers writing and reading; what it kept when killed. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/lib/rset.h"

#define DIR_HTTP "build/bench/http"

enum {
	CLIENTS = 64,
	STUDENTS = 200,
	ENTRIES_EACH = 30,
	MEASURE_S = 5,
	START_TRIES = 1000, /* of 10 ms */
	ANSWER_BYTES = 1024 * 1024,
	ID_HEX = 2 * ID_BYTES,
};

struct daemon {
	const char *program;
	pid_t pid;
	uint16_t port;
	char cookie[200], csrf[100];
	char student[STUDENTS][2 * SUBJECT_BYTES + 1];
};

struct ids {
	char (*at)[ID_HEX + 1];
	size_t n, cap;
};

/* One connection, one request under way. */
struct client {
	int fd;
	char *in; /* ANSWER_BYTES, NUL-terminated */
	size_t n;
	double asked;
	int status;
	char *body; /* in in */
};

/* What all clients ask, until so many answers or so many seconds, whichever is not 0. */
struct load {
	struct daemon *d;
	const char *method;
	void (*ask)(struct load *l, size_t number, char *path, char *body);
	int status;	      /* expected */
	struct ids *answered; /* NULL, or gets the ids in the answers */
	size_t count;
	double seconds;

	size_t asked, done, cap;
	double took, *latency; /* seconds */
	struct client client[CLIENTS];
};

static pid_t child; /* the daemon, or 0 */

/* --- the process ----------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void kill_daemon(void)
{
	if (!child)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
}

static void clean_up(void)
{
	kill_daemon();
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
static void command(const char *const argv[], char *out, size_t size)
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

static void write_file(const char *path, const char *text)
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

static void start_daemon(struct daemon *d)
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

static void client_open(struct client *c, uint16_t port)
{
	*c = (struct client){.fd = session_dial(port), .in = malloc(ANSWER_BYTES)};
	if (!c->in)
		bench_die("memory");
}

static void client_close(struct client *c)
{
	close(c->fd);
	free(c->in);
}

static void client_ask(struct client *c, const struct daemon *d, const char *method,
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
static bool client_read(struct client *c, int flags)
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

static void expect(const struct client *c, int status)
{
	if (c->status == status)
		return;
	fprintf(stderr, "status %d instead of %d: %s\n", c->status, status, c->body);
	exit(1);
}

static void client_exchange(struct client *c, const struct daemon *d, const char *method,
			    const char *path, const char *body, int status)
{
	client_ask(c, d, method, path, body);
	while (!client_read(c, 0))
		;
	expect(c, status);
}

/* The caller's to release. */
static json_t *parse(const char *text)
{
	json_t *v = json_loads(text, 0, NULL);
	if (!v)
		bench_die("an answer that is no JSON");
	return v;
}

static void copy_member(char *out, size_t size, const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));
	if (!s)
		bench_die(name);
	snprintf(out, size, "%s", s);
}

static void log_in(struct daemon *d)
{
	const char *argv[] = {d->program, "admin-link", "--json", "--dir", DIR_HTTP, NULL};
	char text[1000], link[100], body[200];
	struct client c;
	command(argv, text, sizeof text);
	json_t *v = parse(text);
	copy_member(link, sizeof link, v, "link");
	json_decref(v);
	snprintf(body, sizeof body, "{\"link\":\"%s\"}", link);
	d->cookie[0] = d->csrf[0] = '\0';
	client_open(&c, d->port);
	client_exchange(&c, d, "POST", "/api/v1/session", body, 201);
	const char *cookie = strcasestr(c.in, "\r\nSet-Cookie: ");
	if (!cookie || sscanf(cookie + 14, "%199[^;\r\n]", d->cookie) != 1)
		bench_die("no cookie");
	v = parse(c.body);
	copy_member(d->csrf, sizeof d->csrf, v, "csrf");
	json_decref(v);
	client_close(&c);
}

/* --- load ------------------------------------------------------------------------------------ */

static void load_ask(struct load *l, struct client *c)
{
	char path[200] = "", body[700] = "";
	if (l->count && l->asked == l->count)
		return;
	l->ask(l, l->asked++, path, body);
	client_ask(c, l->d, l->method, path, body);
}

static void ids_add(struct ids *s, const char *id)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 4096;
		s->at = realloc(s->at, s->cap * sizeof *s->at);
		if (!s->at)
			bench_die("memory");
	}
	snprintf(s->at[s->n++], ID_HEX + 1, "%.*s", ID_HEX, id);
}

static void load_answered(struct load *l, const struct client *c)
{
	static const char start[] = "{\"id\":\"";
	expect(c, l->status);
	if (l->done == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 4096;
		l->latency = realloc(l->latency, l->cap * sizeof *l->latency);
		if (!l->latency)
			bench_die("memory");
	}
	l->latency[l->done++] = bench_clock() - c->asked;
	if (!l->answered)
		return;
	if (strncmp(c->body, start, sizeof start - 1) != 0)
		bench_die("an answer without id");
	ids_add(l->answered, c->body + sizeof start - 1);
}

/* On return requests may still be under way. */
static void load_run(struct load *l)
{
	int poll = epoll_create1(EPOLL_CLOEXEC);
	double from = bench_clock();
	struct epoll_event ready[CLIENTS];
	for (int i = 0; i < CLIENTS; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &l->client[i]};
		client_open(&l->client[i], l->d->port);
		if (epoll_ctl(poll, EPOLL_CTL_ADD, l->client[i].fd, &e))
			bench_die("epoll");
		load_ask(l, &l->client[i]);
	}
	while (l->count ? l->done < l->count : bench_clock() - from < l->seconds) {
		int n = epoll_wait(poll, ready, CLIENTS, 1000);
		for (int i = 0; i < n; i++) {
			struct client *c = ready[i].data.ptr;
			if (!client_read(c, MSG_DONTWAIT))
				continue;
			load_answered(l, c);
			load_ask(l, c);
		}
	}
	l->took = bench_clock() - from;
	close(poll);
}

static void load_end(struct load *l)
{
	for (int i = 0; i < CLIENTS; i++)
		client_close(&l->client[i]);
	free(l->latency);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts. */
static double percentile_ms(struct load *l, unsigned p)
{
	if (!l->done)
		bench_die("nothing was answered");
	qsort(l->latency, l->done, sizeof *l->latency, by_size);
	return l->latency[(l->done - 1) * p / 100] * 1e3;
}

static void ask_card(struct load *l, size_t number, char *path, char *body)
{
	(void)body;
	sprintf(path, "/api/v1/students/%s", l->d->student[number % STUDENTS]);
}

static void ask_entry(struct load *l, size_t number, char *path, char *body)
{
	sprintf(path, "/api/v1/students/%s/entries", l->d->student[number % STUDENTS]);
	sprintf(body,
		"{\"kind\":\"achievement\",\"period\":2026,\"fields\":{\"name\":\"Олимпиада по "
		"математике, задача %zu\","
		"\"section\":\"olympiads\",\"level\":\"municipal\",\"result\":\"winner\",\"date\":"
		"\"2026-11-14\"}}",
		number);
}

/* --- the measures ---------------------------------------------------------------------------- */

static void enrol(struct daemon *d)
{
	const char *argv[] = {d->program, "import", "students", DIR_HTTP "/students.csv",
			      "--apply",  "--json", "--dir",	DIR_HTTP,
			      NULL};
	static char text[STUDENTS * 1000];
	size_t n = (size_t)sprintf(text, "Фамилия;Имя;Дата рождения;Класс\n");
	for (int i = 0; i < STUDENTS; i++)
		n += (size_t)sprintf(text + n, "Ученик%d;Имя;2012-03-14;%dА\n", i, 5 + i % 7);
	write_file(argv[3], text);
	command(argv, text, sizeof text);
	struct client c;
	client_open(&c, d->port);
	client_exchange(&c, d, "GET", "/api/v1/students?limit=200", "", 200);
	json_t *list = parse(c.body), *items = json_object_get(list, "items");
	if (json_array_size(items) != STUDENTS)
		bench_die("enrol");
	for (size_t i = 0; i < STUDENTS; i++)
		copy_member(d->student[i], sizeof d->student[i], json_array_get(items, i), "id");
	json_decref(list);
	client_close(&c);
}

static void http_card(struct daemon *d)
{
	struct load l = {
	    .d = d, .method = "GET", .ask = ask_card, .status = 200, .seconds = MEASURE_S};
	load_run(&l);
	printf(
	    "{\"name\":\"http_card\",\"connections\":%d,\"requests_per_s\":%.0f,\"p99_ms\":%.2f}\n",
	    CLIENTS, (double)l.done / l.took, percentile_ms(&l, 99));
	fflush(stdout);
	load_end(&l);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Asks the daemon, restarted, for every entry it has. */
static void read_back(struct daemon *d, struct ids *held)
{
	struct client c;
	client_open(&c, d->port);
	for (int i = 0; i < STUDENTS; i++) {
		char path[300], cursor[100] = "";
		do {
			snprintf(path, sizeof path, "/api/v1/students/%s/entries?limit=200%s%s",
				 d->student[i], *cursor ? "&cursor=" : "", cursor);
			client_exchange(&c, d, "GET", path, "", 200);
			json_t *page = parse(c.body), *item, *next = json_object_get(page, "next");
			size_t n;
			json_array_foreach(json_object_get(page, "items"), n, item)
			    ids_add(held, json_string_value(json_object_get(item, "id")));
			snprintf(cursor, sizeof cursor, "%s",
				 json_is_string(next) ? json_string_value(next) : "");
			json_decref(page);
		} while (*cursor);
	}
	client_close(&c);
	qsort(held->at, held->n, sizeof *held->at, by_text);
}

/* Killed with requests under way: what was answered must be there, of the rest anything may. */
static void durable_writes(struct daemon *d, struct ids *acknowledged)
{
	struct ids held = {0};
	struct load l = {.d = d,
			 .method = "POST",
			 .ask = ask_entry,
			 .status = 201,
			 .answered = acknowledged,
			 .seconds = MEASURE_S};
	load_run(&l);
	kill_daemon();
	start_daemon(d);
	log_in(d);
	read_back(d, &held);
	size_t lost = 0;
	for (size_t i = 0; i < acknowledged->n; i++)
		lost += !bsearch(acknowledged->at[i], held.at, held.n, sizeof *held.at, by_text);
	printf("{\"name\":\"durable_writes\",\"clients\":%d,\"writes_per_s\":%.0f,\"p50_ms\":%.2f,"
	       "\"p99_ms\":%.2f,\"durable\":%s}\n",
	       CLIENTS, (double)l.done / l.took, percentile_ms(&l, 50), percentile_ms(&l, 99),
	       lost ? "false" : "true");
	fflush(stdout);
	load_end(&l);
	free(held.at);
	if (lost) {
		fprintf(stderr, "of %zu acknowledged entries %zu were not there after the kill\n",
			acknowledged->n, lost);
		exit(1);
	}
}

/* --- a whole school comes in ------------------------------------------------------------------ */

enum { SCHOOL_STUDENTS = 1635, SCHOOL_STAFF = 78 };

/* Seconds of the command that checks a file and then writes it. */
static double import_file(struct daemon *d, const char *kind, const char *path, size_t want)
{
	static char said[16 * 1024 * 1024];
	const char *argv[] = {d->program, "import", kind, path, "--apply", "--json", "--dir", DIR_HTTP, NULL};
	double began = bench_clock();
	command(argv, said, sizeof said);
	double took = bench_clock() - began;
	json_t *report = parse(said);
	if ((size_t)json_integer_value(json_object_get(json_object_get(report, "counts"), "new")) != want)
		bench_die(kind);
	json_decref(report);
	return took;
}

static void import_school(struct daemon *d)
{
	struct rset s;
	struct buf zip, csv;
	FILE *f = fopen(DIR_HTTP "/school.zip", "w");
	buf_init(&zip, 1 << 26);
	buf_init(&csv, 1 << 26);
	rset_large(&s, ONEROSTER_1_2, SCHOOL_STUDENTS, SCHOOL_STAFF);
	rset_pack(&s, &zip);
	size_t groups = s.rows[3];
	if (!f || fwrite(zip.p, 1, zip.n, f) != zip.n || fclose(f))
		bench_die("school.zip");
	double roster = import_file(d, "oneroster", DIR_HTTP "/school.zip", SCHOOL_STUDENTS + SCHOOL_STAFF + groups);
	buf_put_text(&csv, "Фамилия;Имя;Дата рождения;Класс;Родитель 1 фамилия;Родитель 1 имя\n");
	for (int i = 0; i < SCHOOL_STUDENTS; i++)
		buf_printf(&csv, "Таблицын%d;Имя;2012-03-14;%dА;Таблицына%d;Анна\n", i, 1 + i % 11, i);
	buf_put_byte(&csv, 0);
	write_file(DIR_HTTP "/school.csv", (const char *)csv.p);
	double table = import_file(d, "students", DIR_HTTP "/school.csv", SCHOOL_STUDENTS);
	printf("{\"name\":\"import_oneroster\",\"students\":%d,\"staff\":%d,\"groups\":%zu,\"check_and_apply_s\":%.2f,"
	       "\"csv_check_and_apply_s\":%.2f}\n",
	       SCHOOL_STUDENTS, SCHOOL_STAFF, groups, roster, table);
	fflush(stdout);
	buf_release(&zip);
	buf_release(&csv);
	rset_release(&s);
}

static void measure_load(struct daemon *d, const struct bench_options *o)
{
	struct ids acknowledged = {0};
	enrol(d);
	struct load l = {.d = d,
			 .method = "POST",
			 .ask = ask_entry,
			 .status = 201,
			 .answered = &acknowledged,
			 .count = STUDENTS * ENTRIES_EACH};
	load_run(&l);
	load_end(&l);
	if (bench_wanted(o, "http_card"))
		http_card(d);
	if (bench_wanted(o, "durable_writes"))
		durable_writes(d, &acknowledged);
	free(acknowledged.at);
}

/* A school with nobody in it, running. */
static void begin(struct daemon *d, const struct bench_options *o)
{
	const char *argv[] = {o->estafeta, "init",     "--dir", DIR_HTTP, "--name",
			      "Школа",	   "--region", "18",	NULL};
	char said[4096];
	d->program = o->estafeta;
	clean_up();
	mkdir("build", 0755);
	mkdir("build/bench", 0755);
	command(argv, said, sizeof said);
	write_file(DIR_HTTP "/estafeta.conf", "[log]\nlevel = warning\n");
	start_daemon(d);
}

void bench_http(const struct bench_options *o)
{
	static struct daemon d;
	bool load = bench_wanted(o, "http_card") || bench_wanted(o, "durable_writes"), school = bench_wanted(o, "import_oneroster");
	if (load || school)
		atexit(clean_up);
	if (school) {
		begin(&d, o);
		import_school(&d);
		clean_up();
	}
	if (load) {
		begin(&d, o);
		log_in(&d);
		measure_load(&d, o);
		clean_up();
	}
}
