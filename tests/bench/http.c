/* The daemon as its school uses it: many browsers writing and reading; what it kept when killed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/daemon.h"

enum {
	CLIENTS = 64,
	STUDENTS = 200,
	ENTRIES_EACH = 30,
	MEASURE_S = 5,
	ID_HEX = 2 * ID_BYTES,
};

static char students[STUDENTS][2 * SUBJECT_BYTES + 1];

struct ids {
	char (*at)[ID_HEX + 1];
	size_t n, cap;
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
	client_expect(c, l->status);
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
		client_open(&l->client[i], l->d);
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
	(void)l;
	(void)body;
	sprintf(path, "/api/v1/students/%s", students[number % STUDENTS]);
}

static void ask_entry(struct load *l, size_t number, char *path, char *body)
{
	(void)l;
	sprintf(path, "/api/v1/students/%s/entries", students[number % STUDENTS]);
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
	daemon_write_file(argv[3], text);
	daemon_command(argv, text, sizeof text);
	struct client c;
	client_open(&c, d);
	client_exchange(&c, d, "GET", "/api/v1/students?limit=200", "", 200);
	json_t *list = daemon_parse(c.body), *items = json_object_get(list, "items");
	if (json_array_size(items) != STUDENTS)
		bench_die("enrol");
	for (size_t i = 0; i < STUDENTS; i++)
		daemon_member(students[i], sizeof students[i], json_array_get(items, i), "id");
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
	client_open(&c, d);
	for (int i = 0; i < STUDENTS; i++) {
		char path[300], cursor[100] = "";
		do {
			snprintf(path, sizeof path, "/api/v1/students/%.32s/entries?limit=200%s%s",
				 students[i], *cursor ? "&cursor=" : "", cursor);
			client_exchange(&c, d, "GET", path, "", 200);
			json_t *page = daemon_parse(c.body), *item, *next = json_object_get(page, "next");
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
	d->control = true;
	load_run(&l);
	daemon_kill();
	daemon_start(d);
	daemon_log_in(d);
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

void bench_http(const struct bench_options *o)
{
	static struct daemon d;
	struct ids acknowledged = {0};
	if (!bench_wanted(o, "http_card") && !bench_wanted(o, "durable_writes"))
		return;
	daemon_create(&d, o->estafeta);
	daemon_start(&d);
	daemon_log_in(&d);
	enrol(&d);
	struct load l = {.d = &d,
			 .method = "POST",
			 .ask = ask_entry,
			 .status = 201,
			 .answered = &acknowledged,
			 .count = STUDENTS * ENTRIES_EACH};
	d.control = true; /* what students achieve is not the administrator's to write */
	load_run(&l);
	load_end(&l);
	d.control = false;
	if (bench_wanted(o, "http_card"))
		http_card(&d);
	if (bench_wanted(o, "durable_writes"))
		durable_writes(&d, &acknowledged);
	free(acknowledged.at);
	daemon_remove();
}
