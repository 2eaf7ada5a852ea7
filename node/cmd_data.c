#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/client.h"
#include "node/cmd.h"

/* One call that carries FILE up or down. 0, with the reply's body; or the code to end with. */
static int call(const char *dir, const char *file, struct client_request *req, struct client_reply *reply)
{
	char path[DATA_PATH_BYTES_MAX];
	if (keyring_path(dir, "control.sock", path))
		return cmd_fail(EX_USAGE, "the directory's path is too long");
	req->timeout_s = 300;
	enum err e = client_call(path, req, reply);
	if (e == ERR_UNAVAILABLE)
		return cmd_fail(EX_UNAVAILABLE, "no node is running on %s; start it with: estafeta run --dir %s", dir, dir);
	if (e)
		return cmd_fail_err(e, e == ERR_IO || e == ERR_DISK_FULL ? file : path);
	if (reply->status < 300)
		return 0;
	json_t *problem = json_loadb((const char *)reply->body.p, reply->body.n, 0, NULL);
	int code = cmd_problem(req->save ? NULL : file, problem, reply->status);
	json_decref(problem);
	client_reply_release(reply);
	return code;
}

/* Opens a file to be sent; 0, or the code. */
static int open_input(const char *name, int *fd, uint64_t *size)
{
	struct stat st;
	*fd = open(name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st)) {
		int code = cmd_fail(EX_NOINPUT, "%s: %s", name, strerror(errno));
		if (*fd >= 0)
			close(*fd);
		return code;
	}
	*size = (uint64_t)st.st_size;
	if (S_ISREG(st.st_mode) && *size)
		return 0;
	close(*fd);
	return S_ISREG(st.st_mode) ? cmd_fail(EX_DATAERR, "%s: the file is empty", name) : cmd_fail(EX_NOINPUT, "%s: not a file", name);
}

/* --- import ----------------------------------------------------------------------------------- */

static void print_report(const json_t *report)
{
	const json_t *counts = json_object_get(report, "counts"), *row, *problem;
	size_t i, k;
	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		const json_t *change, *file = json_object_get(row, "file");
		if (strcmp(cmd_text(row, "outcome"), "same") == 0)
			continue;
		if (file)
			printf("%s ", json_string_value(file));
		printf("line %lld: %s %s", (long long)json_integer_value(json_object_get(row, "line")), cmd_text(row, "outcome"),
		       cmd_text(row, "name"));
		json_array_foreach(json_object_get(row, "problems"), k, problem)
		{
			printf("%s %s", k ? ";" : ":", json_string_value(problem));
		}
		json_array_foreach(json_object_get(row, "changes"), k, change)
		{
			printf("%s %s \"%s\" becomes \"%s\"", k ? "," : ":", cmd_text(change, "field"), cmd_text(change, "now"),
			       cmd_text(change, "becomes"));
		}
		putchar('\n');
	}
	if (json_is_true(json_object_get(report, "truncated")))
		printf("... and more\n");
	static const char *const names[] = {"new", "same", "changed", "conflict", "error", "gone"};
	for (size_t n = 0; n < 5u + !!json_object_get(counts, "gone"); n++)
		printf("%s%s %lld", n ? ", " : "", names[n], (long long)json_integer_value(json_object_get(counts, names[n])));
	putchar('\n');
}

struct import_args {
	const char *kind, *file, *encoding, *school;
};

static int send_import(const char *dir, const struct import_args *a, const char *digest, json_t **report)
{
	char target[1200];
	struct client_request req = {.method = "POST", .target = target,
				     .content_type = strcmp(a->kind, "oneroster") == 0 ? "application/zip" : "text/csv"};
	struct client_reply reply;
	int code = open_input(a->file, &req.body_fd, &req.body_size);
	if (code)
		return code;
	int at = snprintf(target, sizeof target, "/api/v1/imports?kind=%s&apply=%s%s%s%s%s", a->kind, digest ? "true" : "false",
			  a->encoding ? "&encoding=" : "", a->encoding ? a->encoding : "", digest ? "&digest=" : "", digest ? digest : "");
	if (a->school)
		at += snprintf(target + at, sizeof target - (size_t)at, "&school=");
	for (const char *s = a->school ? a->school : ""; *s; s++)
		at += snprintf(target + at, sizeof target - (size_t)at, "%%%02X", (unsigned)(uint8_t)*s);
	code = call(dir, a->file, &req, &reply);
	close(req.body_fd);
	if (code)
		return code;
	*report = json_loadb((const char *)reply.body.p, reply.body.n, 0, NULL);
	client_reply_release(&reply);
	return *report ? 0 : cmd_fail(EX_SOFTWARE, "the node's answer is not JSON");
}

static bool table_kind(const char *word)
{
	return strcmp(word, "students") == 0 || strcmp(word, "staff") == 0 || strcmp(word, "classes") == 0 || strcmp(word, "oneroster") == 0;
}

int cmd_import(int argc, char **argv)
{
	const char *dir = NULL, *encoding = NULL, *school = NULL;
	bool apply = false, json = false;
	char path[DATA_PATH_BYTES_MAX];
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--apply", NULL, &apply, "write what the check shows; without it nothing is written"},
		{"--encoding", &encoding, NULL, "utf-8 or windows-1251; without it the file's look decides"},
		{"--school", &school, NULL, "of a OneRoster file with several schools: the sourcedId of ours"},
		{"--json", NULL, &json, "for scripts"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "students|staff|classes FILE.csv [--apply], or oneroster FILE.zip [--apply]",
			     "Checks a file and shows every row's outcome; with --apply writes it.\n"
			     "students  Фамилия, Имя, Отчество, Дата рождения, Класс, Зачислен, Выбыл, Код,\n"
			     "          Родитель 1 фамилия, имя, отчество, кем приходится, код; Родитель 2 ...\n"
			     "staff     Фамилия, Имя, Отчество, Должность, Принят, Уволен, Код\n"
			     "classes   Класс/Группа, Вид, Предмет, Год, Пилотный, Классный руководитель, Тьютор, Код\n"
			     "oneroster a ZIP of OneRoster 1.1 or 1.2\n"
			     "Cards keep what the file has no column for.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 2 || !table_kind(argv[1]))
		return cmd_fail(EX_USAGE, "say import students FILE.csv, staff FILE.csv, classes FILE.csv or oneroster FILE.zip; see estafeta import --help");
	if (school && (strlen(school) > NAME_BYTES_MAX || strcmp(argv[1], "oneroster") != 0))
		return cmd_fail(EX_USAGE, "--school: the sourcedId of a school in a OneRoster file");
	if (encoding && strcmp(encoding, "utf-8") != 0 && strcmp(encoding, "windows-1251") != 0)
		return cmd_fail(EX_USAGE, "--encoding: say utf-8 or windows-1251");
	json_t *report;
	const struct import_args args = {argv[1], argv[2], encoding, school};
	code = send_import(path, &args, NULL, &report);
	if (!code && apply) {
		json_t *done;
		code = send_import(path, &args, cmd_text(report, "digest"), &done);
		if (!code) {
			json_decref(report);
			report = done;
		}
	}
	if (code)
		return code;
	if (json)
		code = cmd_print_json(report);
	else
		print_report(report);
	const json_t *counts = json_object_get(report, "counts");
	if (!code && json_integer_value(json_object_get(counts, "error")) + json_integer_value(json_object_get(counts, "conflict")))
		code = EX_DATAERR;
	if (!json && !encoding && strcmp(cmd_text(report, "encoding"), "utf-8") != 0)
		fprintf(stderr, "Read as Windows-1251: look whether the names are right.\n");
	if (!apply && !json)
		fprintf(stderr, "Nothing was written. To write it: add --apply\n");
	if (!json && json_array_size(json_object_get(report, "duplicates")))
		fprintf(stderr, "%zu pairs of students look like one child held twice: link them on their pages.\n",
			json_array_size(json_object_get(report, "duplicates")));
	json_decref(report);
	return code;
}

/* --- files out -------------------------------------------------------------------------------- */

/* Saves an answer's body as FILE, never over an existing one. */
static int save(const char *dir, struct client_request *req, const char *file)
{
	struct client_reply reply;
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return cmd_fail(EX_CANTCREAT, "%s: %s", file, strerror(errno));
	req->save = fdopen(fd, "w");
	int code = req->save ? call(dir, file, req, &reply) : cmd_fail(EX_OSERR, "out of memory");
	if (!code)
		client_reply_release(&reply);
	if (req->save && (fflush(req->save) || fsync(fd) || fclose(req->save)) && !code)
		code = cmd_fail(EX_IOERR, "%s: %s", file, strerror(errno));
	if (code)
		unlink(file);
	return code;
}

int cmd_export(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX], target[200];
	int code;
	const char *version = NULL;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"}, {"--version", &version, NULL, "of OneRoster: 1.2 or 1.1"}, {0}};
	int left = cmd_flags(argc, argv, flags, "STUDENT FILE.json | students|staff|classes FILE.csv | oneroster FILE.zip",
			     "STUDENT   all that is held about a student (id from the student's page): readable, and so that\n"
			     "          estafeta verify can check it anywhere, also when this school is gone\n"
			     "students, staff, classes   what is kept here, as a table that estafeta import reads back\n"
			     "oneroster all three as a OneRoster archive, for other systems\n\n"
			     "The file is as private as the records themselves.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 2)
		return cmd_fail(EX_USAGE, "give a student's id and a new file; see estafeta export --help");
	bool table = table_kind(argv[1]), roster = strcmp(argv[1], "oneroster") == 0;
	if (version && (!roster || (strcmp(version, "1.1") != 0 && strcmp(version, "1.2") != 0)))
		return cmd_fail(EX_USAGE, "--version: 1.1 or 1.2, of OneRoster");
	if (!table && (strlen(argv[1]) != 32 || strspn(argv[1], "0123456789abcdef") != 32))
		return cmd_fail(EX_USAGE, "%s: neither students nor staff, classes or oneroster, nor an id as it stands on the student's page", argv[1]);
	if (roster)
		snprintf(target, sizeof target, "/api/v1/export/oneroster?version=%s", version ? version : "1.2");
	else
		snprintf(target, sizeof target, table ? "/api/v1/%s.csv" : "/api/v1/students/%s/export", argv[1]);
	struct client_request req = {.method = "GET", .target = target};
	return save(path, &req, argv[2]);
}

int cmd_bundle(int argc, char **argv)
{
	const char *dir = NULL, *student = NULL;
	char path[DATA_PATH_BYTES_MAX], school[65];
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--student", &student, NULL, "only this student or transfer, by id"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "SCHOOL FILE",
			     "Writes what another school may have into a file, to be carried there by hand. What is private\n"
			     "stays encrypted in it. There: estafeta ingest FILE.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 2)
		return cmd_fail(EX_USAGE, "give a school and a new file; see estafeta bundle --help");
	code = cmd_school(path, argv[1], false, school);
	if (code)
		return code;
	json_t *in = json_pack("{s:s, s:s*}", "to", school, "subject", student);
	char *body = json_dumps(in, JSON_COMPACT);
	json_decref(in);
	struct client_request req = {.method = "POST", .target = "/api/v1/bundles", .content_type = "application/json",
				     .body = bytes_text(body)};
	code = save(path, &req, argv[2]);
	free(body);
	return code;
}

int cmd_ingest(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	char path[DATA_PATH_BYTES_MAX];
	int code;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {"--json", NULL, &json, "for scripts"}, {0}};
	int left = cmd_flags(argc, argv, flags, "FILE",
			     "Takes in a file that estafeta bundle wrote. Order does not matter, and twice does no harm.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "give one file; see estafeta ingest --help");
	struct client_request req = {.method = "POST", .target = "/api/v1/ingest", .content_type = "application/octet-stream"};
	struct client_reply reply;
	code = open_input(argv[1], &req.body_fd, &req.body_size);
	if (code)
		return code;
	code = call(path, argv[1], &req, &reply);
	close(req.body_fd);
	if (code)
		return code;
	json_t *report = json_loadb((const char *)reply.body.p, reply.body.n, 0, NULL), *refused;
	size_t i;
	client_reply_release(&reply);
	if (json) {
		code = cmd_print_json(report);
	} else {
		printf("%lld records: %lld new, %lld held already, %lld wait for their author to be known\n",
		       (long long)json_integer_value(json_object_get(report, "records")),
		       (long long)json_integer_value(json_object_get(report, "new")),
		       (long long)json_integer_value(json_object_get(report, "duplicate")),
		       (long long)json_integer_value(json_object_get(report, "pending")));
		json_array_foreach(json_object_get(report, "refused"), i, refused)
		{
			printf("refused: %lld, %s\n", (long long)json_integer_value(json_object_get(refused, "count")), cmd_text(refused, "code"));
		}
	}
	if (!code && json_array_size(json_object_get(report, "refused")))
		code = EX_DATAERR;
	json_decref(report);
	return code;
}

/* Said here, where the user stands: the node would answer with an error of its own. */
static int check_new_dir(const char *path)
{
	struct stat st;
	char parent[DATA_PATH_BYTES_MAX];
	if (lstat(path, &st) == 0)
		return cmd_fail(EX_CANTCREAT, "%s: is there already; a backup makes a new directory", path);
	snprintf(parent, sizeof parent, "%s", path);
	parent[strrchr(parent, '/') - parent] = '\0';
	if (*parent && (stat(parent, &st) || !S_ISDIR(st.st_mode)))
		return cmd_fail(EX_CANTCREAT, "%s: no such directory", parent);
	return 0;
}

int cmd_backup(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX], target[DATA_PATH_BYTES_MAX];
	int code;
	json_t *reply;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "NEW_DIRECTORY",
			     "Copies the records, consistent and compact, while the node runs. It shows nobody a name: only\n"
			     "the recovery sheet in the safe opens it, and with the two estafeta restore makes the node anew.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1 || !*argv[1])
		return cmd_fail(EX_USAGE, "give one new directory; see estafeta backup --help");
	char *here = argv[1][0] == '/' ? NULL : getcwd(NULL, 0);
	int n = snprintf(target, sizeof target, "%s%s%s", here ? here : "", here ? "/" : "", argv[1]);
	free(here);
	if (n < 0 || (size_t)n >= sizeof target)
		return cmd_fail(EX_USAGE, "the path is too long");
	for (; n > 1 && target[n - 1] == '/'; n--)
		target[n - 1] = '\0';
	if ((code = check_new_dir(target)))
		return code;
	code = cmd_call(path, "POST", "/api/v1/backup", json_pack("{s:s}", "path", target), &reply);
	if (code)
		return code;
	printf("%s: %lld bytes\n", cmd_text(reply, "path"), (long long)json_integer_value(json_object_get(reply, "bytes")));
	json_decref(reply);
	return EX_OK;
}
