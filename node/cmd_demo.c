/*
 * The demonstration: five real nodes on this machine, joined by invitations,
 * filled with made-up people, and one student's record that changes school
 * while the old school is dead and the two never talked to each other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/client.h"
#include "node/cmd.h"
#include "node/loop.h"
#include "node/node_catalogue.h"
#include "node/population.h"
#include "proto/text.h"

enum { FOUNDER, SATELLITE_A, SATELLITE_B, OLD, NEW, SCHOOLS, MOVER_RECORDS = 550, WAIT_MS = 50 * 1000 };
enum { LIVED_RECORDS = 30, LIVED_YEARS = 4 }; /* of every kind, at least */

struct demo_school {
	const char *name, *region, *district;
	int parent;
	struct population population;
	char dir[DATA_PATH_BYTES_MAX];
	pid_t pid;
	uint64_t records;
	struct population_least least;
};

struct demo {
	struct demo_school schools[SCHOOLS];
	char root[DATA_PATH_BYTES_MAX];
	char self[DATA_PATH_BYTES_MAX];
	char mover[2 * SUBJECT_BYTES + 1];
	char failed[300];
	uint64_t start_ms;
	uint64_t students, records;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

static bool give_up(struct demo *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool give_up(struct demo *d, const char *format, ...)
{
	va_list args;
	if (!d->failed[0]) {
		va_start(args, format);
		vsnprintf(d->failed, sizeof d->failed, format, args);
		va_end(args);
	}
	return false;
}

static void say(const struct demo *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct demo *d, const char *format, ...)
{
	va_list args;
	printf("%6.1f s  ", (double)(clock_ms() - d->start_ms) / 1000);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* --- making ----------------------------------------------------------------------------------- */

/* In a child process: a node's directory and its people. Writes "records mover kinds least-records least-years" to fd. */
static int make_school(struct demo *d, int i, int fd)
{
	struct demo_school *s = &d->schools[i];
	struct keyring_new new = {.card = {s->name, s->region, s->district}};
	char link[64], error[KEYRING_ERROR_BYTES] = "", path[DATA_PATH_BYTES_MAX], hex[2 * SUBJECT_BYTES + 1] = "-";
	struct keyring k;
	struct opened o;
	uint8_t mover[SUBJECT_BYTES] = {0};
	struct catalogue *c = node_catalogue(error);
	enum err e = c ? keyring_create(s->dir, &new, link, error) : ERR_CONFIG;
	if (!e)
		e = keyring_open(&k, s->dir, error);
	if (!e)
		e = keyring_open_school(&k, &o, error);
	FILE *log = NULL;
	if (!e && s->population.mover_records) {
		if (snprintf(path, sizeof path, "%s/mover.jsonl", d->root) >= (int)sizeof path || !(log = fopen(path, "w")))
			e = ERR_IO;
	}
	if (!e)
		e = population_write(&o.school, c, &s->population, clock_ms(), log, mover, &s->records, &s->least);
	if (log)
		fclose(log);
	if (e) {
		fprintf(stderr, "estafeta: %s: %s%s%s\n", s->name, err_text(e), error[0] ? ": " : "", error);
		return 1;
	}
	keyring_close_school(&o);
	keyring_close(&k);
	catalogue_free(c);
	if (s->population.mover_records)
		hex_encode(mover, sizeof mover, hex);
	dprintf(fd, "%llu %s %u %u %u\n", (unsigned long long)s->records, hex, s->least.kinds, s->least.records, s->least.years);
	return 0;
}

static bool make_all(struct demo *d)
{
	int pipes[SCHOOLS][2];
	pid_t pids[SCHOOLS];
	fflush(NULL);
	for (int i = 0; i < SCHOOLS; i++) {
		if (pipe(pipes[i]) || (pids[i] = fork()) < 0)
			return give_up(d, "%s", strerror(errno));
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(make_school(d, i, pipes[i][1]));
		}
		close(pipes[i][1]);
	}
	for (int i = 0; i < SCHOOLS; i++) {
		char text[200] = "", mover[80] = "";
		unsigned long long records = 0;
		int status;
		if (read(pipes[i][0], text, sizeof text - 1) < 0)
			text[0] = 0;
		close(pipes[i][0]);
		waitpid(pids[i], &status, 0);
		struct population_least *least = &d->schools[i].least;
		if (sscanf(text, "%llu %79s %u %u %u", &records, mover, &least->kinds, &least->records, &least->years) != 5)
			return give_up(d, "%s could not be made", d->schools[i].name);
		d->schools[i].records = records;
		d->records += records;
		if (mover[0] != '-')
			snprintf(d->mover, sizeof d->mover, "%.32s", mover);
	}
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

static bool start(struct demo *d, int i)
{
	struct demo_school *s = &d->schools[i];
	char ports[DATA_PATH_BYTES_MAX + 16], log[DATA_PATH_BYTES_MAX + 16];
	snprintf(ports, sizeof ports, "%s/ports", s->dir);
	snprintf(log, sizeof log, "%s/log", s->dir);
	unlink(ports);
	fflush(NULL);
	s->pid = fork();
	if (s->pid < 0)
		return give_up(d, "%s", strerror(errno));
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd >= 0)
			dup2(fd, STDERR_FILENO);
		execl(d->self, "estafeta", "run", "--dir", s->dir, "--http", "127.0.0.1:0", "--peer", "127.0.0.1:0", (char *)NULL);
		_exit(EX_OSERR);
	}
	for (uint64_t end = clock_ms() + WAIT_MS; access(ports, R_OK);) {
		if (waitpid(s->pid, NULL, WNOHANG) == s->pid) {
			s->pid = 0;
			return give_up(d, "%s ended: see %s", s->name, log);
		}
		if (clock_ms() > end || interrupted)
			return give_up(d, "%s does not come up", s->name);
		usleep(5000);
	}
	return true;
}

static void stop(struct demo *d, int i, int signal)
{
	struct demo_school *s = &d->schools[i];
	if (s->pid <= 0)
		return;
	kill(s->pid, signal);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

/* NULL: it failed, and d says why. */
static json_t *ask(struct demo *d, int i, const char *method, const char *target, json_t *in)
{
	char path[DATA_PATH_BYTES_MAX + 16];
	int status = 0;
	json_t *out = NULL;
	snprintf(path, sizeof path, "%s/control.sock", d->schools[i].dir);
	enum err e = client_json(path, method, target, in, &status, &out);
	if (!e && status < 300)
		return out ? out : json_object();
	give_up(d, "%s: %s %s: %s", d->schools[i].name, method, target, e ? err_text(e) : cmd_text(out, "title"));
	json_decref(out);
	return NULL;
}

static bool join(struct demo *d, int parent, int child, int depth)
{
	json_t *powers = depth ? json_pack("[s, s]", "relay", "admit") : json_pack("[s]", "relay");
	json_t *invite = ask(d, parent, "POST", "/api/v1/network/invites", json_pack("{s:o, s:i}", "powers", powers, "depth", depth));
	if (!invite)
		return false;
	json_t *reply = ask(d, child, "POST", "/api/v1/network/join", json_pack("{s:s}", "token", cmd_text(invite, "token")));
	json_decref(invite);
	json_decref(reply);
	return reply != NULL;
}

/* --- waiting ---------------------------------------------------------------------------------- */

typedef bool condition(struct demo *d, int i);

static bool wait_for(struct demo *d, int i, condition *holds, const char *what)
{
	for (uint64_t end = clock_ms() + WAIT_MS; !holds(d, i);) {
		if (interrupted)
			return give_up(d, "interrupted");
		if (d->failed[0])
			return false;
		if (clock_ms() > end)
			return give_up(d, "%s: %s did not come about", d->schools[i].name, what);
		usleep(20000);
	}
	return true;
}

static bool is_member(struct demo *d, int i)
{
	json_t *n = ask(d, i, "GET", "/api/v1/network", NULL), *school;
	size_t at;
	bool member = false;
	json_array_foreach(json_object_get(n, "schools"), at, school)
	{
		member |= json_is_true(json_object_get(school, "me")) && json_is_string(json_object_get(school, "parent"));
	}
	json_decref(n);
	return member;
}

/* All neighbours that should be there are, and both sides agree on every record. */
static bool all_agree(struct demo *d, int i)
{
	json_t *n = ask(d, i, "GET", "/api/v1/network", NULL), *peer;
	size_t at, complete = 0, expected = d->schools[i].parent >= 0;
	for (int k = 0; k < SCHOOLS; k++)
		expected += d->schools[k].parent == i && d->schools[k].pid > 0;
	json_array_foreach(json_object_get(n, "peers"), at, peer)
	{
		complete += json_is_true(json_object_get(peer, "complete"));
	}
	json_decref(n);
	return complete >= expected;
}

static json_t *first_transfer(struct demo *d, int i, const char *direction)
{
	json_t *all = ask(d, i, "GET", "/api/v1/transfers", NULL);
	json_t *t = json_incref(json_array_get(json_object_get(all, direction), 0));
	json_decref(all);
	return t;
}

static bool transfer_is(struct demo *d, int i, const char *direction, const char *state)
{
	json_t *t = first_transfer(d, i, direction);
	bool is = strcmp(cmd_text(t, "state"), state) == 0;
	json_decref(t);
	return is;
}

static bool is_claimed(struct demo *d, int i)
{
	return transfer_is(d, i, "outgoing", "claimed");
}

static bool is_in_cascade(struct demo *d, int i)
{
	return transfer_is(d, i, "outgoing", "in_cascade");
}

static bool is_accepted(struct demo *d, int i)
{
	return transfer_is(d, i, "incoming", "accepted");
}

/* --- the journey ------------------------------------------------------------------------------ */

static bool build_network(struct demo *d)
{
	for (int i = 0; i < SCHOOLS; i++)
		if (!start(d, i))
			return false;
	say(d, "five nodes run; %llu records of %s and four smaller schools", (unsigned long long)d->records, d->schools[OLD].name);
	for (int i = 1; i < SCHOOLS; i++)
		if (!join(d, d->schools[i].parent, i, d->schools[i].parent == FOUNDER ? 2 : 0) || !wait_for(d, i, is_member, "membership"))
			return false;
	say(d, "joined by invitations: %s -> %s, %s -> %s, %s", d->schools[FOUNDER].name, d->schools[SATELLITE_A].name,
	    d->schools[SATELLITE_B].name, d->schools[OLD].name, d->schools[NEW].name);
	for (int i = 0; i < SCHOOLS; i++)
		if (!wait_for(d, i, all_agree, "agreement with its neighbours"))
			return false;
	say(d, "standing escrow is complete: both sides of every link agree on every record");
	for (int i = 0; i < SCHOOLS; i++) {
		json_t *school = ask(d, i, "GET", "/api/v1/school", NULL);
		d->students += (uint64_t)json_integer_value(json_object_get(school, "students"));
		json_decref(school);
	}
	return !d->failed[0];
}

static bool move_student(struct demo *d, uint64_t *ms)
{
	json_t *code = ask(d, OLD, "POST", "/api/v1/transfers/codes", json_pack("{s:s}", "student", d->mover));
	if (!code)
		return false;
	say(d, "%s gives the family a code: %s", d->schools[OLD].name, cmd_text(code, "code"));
	json_t *claim = ask(d, NEW, "POST", "/api/v1/transfers/claims", json_pack("{s:s}", "code", cmd_text(code, "code")));
	json_decref(code);
	json_decref(claim);
	if (!claim || !wait_for(d, OLD, is_claimed, "the claim"))
		return false;
	say(d, "%s entered it; the claim went up and down the cascade", d->schools[NEW].name);
	stop(d, NEW, SIGTERM);
	say(d, "%s goes off line", d->schools[NEW].name);

	uint64_t began = clock_ms();
	char target[100];
	json_t *t = first_transfer(d, OLD, "outgoing");
	snprintf(target, sizeof target, "/api/v1/transfers/%s/approve", cmd_text(t, "id"));
	json_decref(t);
	json_t *approved = ask(d, OLD, "POST", target, json_object());
	json_decref(approved);
	if (!approved || !wait_for(d, OLD, is_in_cascade, "the cascade"))
		return false;
	stop(d, OLD, SIGKILL);
	say(d, "%s approved; in cascade: its page says that it may switch off; killed", d->schools[OLD].name);
	if (!start(d, NEW) || !wait_for(d, NEW, is_accepted, "the accept"))
		return false;
	*ms = clock_ms() - began;
	say(d, "%s is back on line, holds the whole manifest, and accepts", d->schools[NEW].name);
	return true;
}

/* Counts records of the log that the new school's export lacks, or gives with other bytes or another plain text. */
static bool compare(struct demo *d, size_t *records, size_t *missing)
{
	char target[100], path[DATA_PATH_BYTES_MAX + 16], *line = NULL;
	size_t size = 0, i;
	json_t *by_id = json_object(), *r;
	snprintf(target, sizeof target, "/api/v1/students/%s/export", d->mover);
	snprintf(path, sizeof path, "%s/mover.jsonl", d->root);
	json_t *export = ask(d, NEW, "GET", target, NULL);
	FILE *log = fopen(path, "r");
	*records = *missing = 0;
	json_array_foreach(json_object_get(export, "records"), i, r)
	{
		json_object_set(by_id, cmd_text(r, "id"), r);
	}
	while (log && export && getline(&line, &size, log) > 0) {
		json_t *wrote = json_loads(line, 0, NULL), *has = json_object_get(by_id, cmd_text(wrote, "id"));
		static const char *const parts[] = {"raw", "plain"};
		bool same = has != NULL;
		for (int p = 0; p < 2 && same; p++) {
			const char *hex = cmd_text(wrote, parts[p]), *base64 = cmd_text(has, parts[p]);
			size_t n = strlen(hex) / 2, room = sodium_base64_encoded_len(n, sodium_base64_VARIANT_ORIGINAL);
			uint8_t *bytes = malloc(n + 1);
			char *text = malloc(room);
			same = bytes && text && hex_decode(hex, bytes, n);
			if (same)
				same = strcmp(sodium_bin2base64(text, room, bytes, n, sodium_base64_VARIANT_ORIGINAL), base64) == 0;
			free(bytes);
			free(text);
		}
		++*records;
		*missing += !same;
		json_decref(wrote);
	}
	free(line);
	if (log)
		fclose(log);
	json_decref(by_id);
	json_decref(export);
	return *records > 0 || give_up(d, "nothing to compare with");
}

/* The relays hold the records and no key: they do not even know that there is such a student. */
static bool relays_are_blind(struct demo *d)
{
	static const int relays[] = {SATELLITE_A, FOUNDER, SATELLITE_B};
	for (size_t i = 0; i < 3; i++) {
		char path[DATA_PATH_BYTES_MAX + 16], target[100];
		int status = 0;
		json_t *out = NULL;
		snprintf(path, sizeof path, "%s/control.sock", d->schools[relays[i]].dir);
		snprintf(target, sizeof target, "/api/v1/students/%s/entries", d->mover);
		enum err e = client_json(path, "GET", target, NULL, &status, &out);
		json_decref(out);
		if (e || status != 404)
			return give_up(d, "%s can read the student's record", d->schools[relays[i]].name);
	}
	return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void print_code(struct demo *d, const char *who, const char *kind, json_t *person)
{
	json_t *codes = person ? ask(d, OLD, "POST", "/api/v1/accounts/codes", json_pack("{s:s, s:[o]}", "kind", kind, "people", person)) : NULL;
	const json_t *one = json_array_get(json_object_get(codes, "items"), 0);
	if (one)
		printf("  %-18s %s  %s\n", who, cmd_text(one, "code"), cmd_text(one, "name"));
	json_decref(codes);
}

/* As the administrator would print them: with a code each makes a log-in of their own. */
static void print_codes(struct demo *d)
{
	json_t *list = ask(d, OLD, "GET", "/api/v1/students?limit=1&class=5%D0%90", NULL), *classes = ask(d, OLD, "GET", "/api/v1/classes", NULL);
	const char *id = cmd_text(json_array_get(json_object_get(list, "items"), 0), "id");
	const json_t *staff = json_array_get(json_object_get(json_array_get(json_object_get(classes, "items"), 0), "staff"), 0);
	char target[100];
	snprintf(target, sizeof target, "/api/v1/students/%s", id);
	json_t *card = *id ? ask(d, OLD, "GET", target, NULL) : NULL;
	const char *guardian = cmd_text(json_array_get(json_object_get(card, "guardians"), 0), "id");
	printf("\nCodes on paper at %s, for POST /api/v1/accounts/claims {code, login, password}:\n\n", d->schools[OLD].name);
	if (card) {
		print_code(d, "a student", "student", json_pack("{s:s}", "person", id));
		print_code(d, "a parent", "guardian", json_pack("{s:s, s:s}", "person", id, "guardian", guardian));
	}
	if (staff)
		print_code(d, "a class teacher", "staff", json_pack("{s:s}", "person", cmd_text(json_object_get(staff, "staff"), "id")));
	json_decref(card);
	json_decref(list);
	json_decref(classes);
}

static void print_links(struct demo *d)
{
	puts("\nThe schools' pages; each link logs you in once as administrator:\n");
	for (int i = 0; i < SCHOOLS; i++) {
		json_t *link = ask(d, i, "POST", "/api/v1/session/links", NULL);
		printf("  %-34s %s\n", d->schools[i].name, cmd_text(link, "url"));
		json_decref(link);
	}
	print_codes(d);
	printf("\nThe student: id %s, now at %s.\nCtrl-C ends the demonstration.\n", d->mover, d->schools[NEW].name);
	fflush(stdout);
}

static bool run(struct demo *d, bool once)
{
	uint64_t ms = 0;
	size_t records, missing;
	if (!make_all(d))
		return false;
	const struct population_least *least = &d->schools[OLD].least;
	say(d, "made %d schools; at %s each of the %u kinds of entries at least %u times, over at least %u years", SCHOOLS, d->schools[OLD].name,
	    least->kinds, least->records, least->years);
	if (least->records < LIVED_RECORDS || least->years < LIVED_YEARS)
		return give_up(d, "a kind of entries is hardly used in the school that was made up");
	if (!build_network(d) || !move_student(d, &ms) || !compare(d, &records, &missing) || !relays_are_blind(d))
		return false;
	if (missing)
		return give_up(d, "%zu of %zu records are missing or differ", missing, records);
	say(d, "%zu records compared, byte for byte and in plain text: none is missing; no relay can open one", records);
	if (!once) {
		if (!start(d, OLD))
			return false;
		print_links(d);
		while (!interrupted)
			pause();
		return true;
	}
	json_t *line = json_pack("{s:b, s:i, s:{s:i, s:i, s:i}, s:I, s:I, s:{s:I, s:I, s:[s,s,s], s:b, s:I}}", "ok", 1, "schools", SCHOOLS, "lived_in", "kinds",
				 (int)least->kinds, "records_at_least", (int)least->records, "years_at_least", (int)least->years, "students",
				 (json_int_t)d->students, "records", (json_int_t)d->records, "transfer", "records", (json_int_t)records,
				 "missing", (json_int_t)missing, "via", d->schools[SATELLITE_A].name, d->schools[FOUNDER].name,
				 d->schools[SATELLITE_B].name, "origin_online", 0, "ms", (json_int_t)ms);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
	return true;
}

int cmd_demo(int argc, char **argv)
{
	bool once = false;
	const char *dir = NULL;
	int code;
	const struct flag flags[] = {
		{"--once", NULL, &once, "end after the journey, with one JSON object as the last line"},
		{"--dir", &dir, NULL, "where to put the nodes, kept afterwards; by default a temporary directory"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "[--once] [--dir DIR]",
			     "Five schools on this machine, and a student's record that changes school while the old one is dead.", &code);
	if (left < 0)
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "demo takes no argument: %s", argv[1]);
	static struct demo d = {
		.schools = {
			{"Гимназия № 56, Ижевск", "18", "Приволжский", -1, {.number = 1, .students = 120, .staff = 14, .records_each = 24}, "", 0, 0},
			{"Школа № 101, Воронеж", "36", "Центральный", FOUNDER, {.number = 2, .students = 90, .staff = 10, .records_each = 24}, "", 0, 0},
			{"Школа № 619, Санкт-Петербург", "78", "Северо-Западный", FOUNDER, {.number = 3, .students = 90, .staff = 10, .records_each = 24}, "", 0, 0},
			{"Лицей № 7, Россошь", "36", "Центральный", SATELLITE_A, {.number = 4, .students = 1634, .staff = 78, .records_each = 26, .mover_records = MOVER_RECORDS}, "", 0, 0},
			{"Школа № 27, Кронштадт", "78", "Северо-Западный", SATELLITE_B, {.number = 5, .students = 80, .staff = 9, .records_each = 24}, "", 0, 0},
		}};
	d.start_ms = clock_ms();
	ssize_t n = readlink("/proc/self/exe", d.self, sizeof d.self - 1);
	if (n < 0)
		return cmd_fail(EX_OSERR, "%s", strerror(errno));
	const char *tmp = getenv("TMPDIR");
	snprintf(d.root, sizeof d.root, "%s", dir ? dir : "");
	if (!dir)
		snprintf(d.root, sizeof d.root, "%s/estafeta-demo-XXXXXX", tmp ? tmp : "/tmp");
	if (dir ? mkdir(d.root, 0700) : !mkdtemp(d.root))
		return cmd_fail(EX_CANTCREAT, "%s: %s", d.root, strerror(errno));
	for (int i = 0; i < SCHOOLS; i++) {
		d.schools[i].population.school_name = d.schools[i].name;
		if (snprintf(d.schools[i].dir, DATA_PATH_BYTES_MAX, "%s/%d", d.root, i) >= DATA_PATH_BYTES_MAX - 32)
			return cmd_fail(EX_USAGE, "the path is too long");
	}
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	bool ok = run(&d, once);
	for (int i = 0; i < SCHOOLS; i++)
		stop(&d, i, SIGTERM);
	if (!dir && ok)
		nftw(d.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (ok)
		return EX_OK;
	if (once)
		printf("{\"ok\":false}\n");
	return cmd_fail(EX_SOFTWARE, "%s (the nodes' files and logs are in %s)", d.failed, d.root);
}
