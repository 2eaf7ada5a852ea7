/*
 * The whole school in plain files: one exported file for each student, member of staff, class and the
 * school itself, with every evidence file opened beside it, and an index with their hashes. Readable
 * without this program, checked by estafeta verify.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/client.h"
#include "node/cmd.h"
#include "proto/hash.h"
#include "proto/text.h"

static const char about_archive[] =
	"Архив школы, сделанный программой Estafeta.\n\n"
	"students, staff, classes, school: по файлу JSON на каждого ученика, сотрудника, класс и на саму школу.\n"
	"В каждом: entries — записи для чтения; records — подписанные записи байт в байт; keys — ключи, которыми\n"
	"они открываются; network — свидетельства школ. Рядом в папке files — подтверждающие документы.\n"
	"index.json — список всех файлов с их хешами (BLAKE2b-256).\n\n"
	"Проверка: estafeta verify ЭТА_ПАПКА. Формат описан в proto/PROTOCOL.md.\n"
	"Здесь персональные данные детей в открытом виде: храните как сами документы.\n";

static int make_dir(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? cmd_fail(EX_CANTCREAT, "%s: %s", path, strerror(errno)) : 0;
}

static int write_file(const char *path, struct bytes text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return cmd_fail(EX_CANTCREAT, "%s: %s", path, strerror(errno));
	size_t done = 0;
	while (done < text.n) {
		ssize_t n = write(fd, text.p + done, text.n - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	bool whole = done == text.n && fsync(fd) == 0;
	if (close(fd) || !whole)
		return cmd_fail(EX_IOERR, "%s: %s", path, strerror(errno));
	return 0;
}

struct archive {
	const char *node, *dir;
	json_t *items;
	size_t files, missing;
};

static int ask(const struct archive *a, const char *target, struct client_reply *reply)
{
	char socket[DATA_PATH_BYTES_MAX + 16];
	struct client_request req = {.method = "GET", .target = target};
	snprintf(socket, sizeof socket, "%s/control.sock", a->node);
	enum err e = client_call(socket, &req, reply);
	return e ? cmd_fail_err(e, target) : 0;
}

static int keep(struct archive *a, const char *about, const char *id, const char *name, struct bytes bytes)
{
	char path[2 * DATA_PATH_BYTES_MAX], hex[2 * HASH_BYTES + 1];
	uint8_t hash[HASH_BYTES];
	snprintf(path, sizeof path, "%s/%s", a->dir, name);
	int code = write_file(path, bytes);
	if (code)
		return code;
	crypto_generichash(hash, sizeof hash, bytes.p, bytes.n, NULL, 0);
	hex_encode(hash, sizeof hash, hex);
	json_array_append_new(a->items, json_pack("{s:s, s:s, s:s, s:s}", "file", name, "about", about, "id", id, "hash", hex));
	return 0;
}

static const char *extension(const char *type)
{
	return strcmp(type, "application/pdf") == 0 ? "pdf" : strcmp(type, "image/png") == 0 ? "png" : "jpg";
}

/* Evidence that is not here yet is counted, and the archive says so. */
static int keep_evidence(struct archive *a, const char *folder, const char *id, const json_t *files)
{
	const json_t *file;
	size_t i;
	char path[2 * DATA_PATH_BYTES_MAX], name[300], target[300];
	if (!json_array_size(files))
		return 0;
	snprintf(path, sizeof path, "%s/%s/files", a->dir, folder);
	int code = make_dir(path);
	json_array_foreach(files, i, file)
	{
		struct client_reply reply;
		if (code)
			break;
		snprintf(target, sizeof target, "/api/v1/%s/%s/files/%s", folder, id, cmd_text(file, "id"));
		code = ask(a, target, &reply);
		if (code)
			break;
		snprintf(name, sizeof name, "%s/files/%s.%s", folder, cmd_text(file, "id"), extension(cmd_text(file, "type")));
		if (reply.status == 200)
			code = keep(a, "file", cmd_text(file, "id"), name, buf_bytes(&reply.body));
		a->files += reply.status == 200;
		a->missing += reply.status != 200;
		client_reply_release(&reply);
	}
	return code;
}

static const char *folder_of(const char *about)
{
	return strcmp(about, "student") == 0 ? "students" : strcmp(about, "class") == 0 ? "classes" : about;
}

static int keep_one(struct archive *a, const json_t *item)
{
	struct client_reply reply;
	const char *about = cmd_text(item, "about"), *id = cmd_text(item, "id"), *folder = folder_of(about);
	char target[200], name[200], path[2 * DATA_PATH_BYTES_MAX];
	snprintf(target, sizeof target, "/api/v1/archive/%s", id);
	snprintf(path, sizeof path, "%s/%s", a->dir, folder);
	int code = make_dir(path);
	if (!code)
		code = ask(a, target, &reply);
	if (code)
		return code;
	if (reply.status != 200) {
		client_reply_release(&reply);
		return cmd_fail(EX_SOFTWARE, "%s: the node answered %d", target, reply.status);
	}
	snprintf(name, sizeof name, "%s/%s.json", folder, id);
	code = keep(a, about, id, name, buf_bytes(&reply.body));
	json_t *export = code ? NULL : json_loadb((const char *)reply.body.p, reply.body.n, 0, NULL);
	if (!code && strcmp(about, "school") != 0)
		code = keep_evidence(a, folder, id, json_object_get(export, "files"));
	json_decref(export);
	client_reply_release(&reply);
	return code;
}

static int finish(struct archive *a, const json_t *school)
{
	char path[2 * DATA_PATH_BYTES_MAX];
	json_t *index = json_pack("{s:s, s:O, s:O, s:I}", "format", "estafeta-archive/1", "school", school, "items", a->items, "missing",
				  (json_int_t)a->missing);
	char *text = index ? json_dumps(index, JSON_INDENT(1)) : NULL;
	snprintf(path, sizeof path, "%s/index.json", a->dir);
	int code = text ? write_file(path, bytes_text(text)) : cmd_fail(EX_OSERR, "out of memory");
	free(text);
	json_decref(index);
	snprintf(path, sizeof path, "%s/README.txt", a->dir);
	return code ? code : write_file(path, bytes_text(about_archive));
}

int cmd_archive(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	int code;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "NEW-DIRECTORY",
			     "Writes all that this school holds into plain files: readable in many years, and so that estafeta\n"
			     "verify can check every record without the node. It is as private as the records themselves.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "give a new directory; see estafeta archive --help");
	if (mkdir(argv[1], 0700))
		return cmd_fail(EX_CANTCREAT, "%s: %s", argv[1], strerror(errno));
	struct archive a = {.node = path, .dir = argv[1], .items = json_array()};
	json_t *all = NULL;
	const json_t *item;
	size_t i;
	code = cmd_call(path, "GET", "/api/v1/archive", NULL, &all);
	json_array_foreach(json_object_get(all, "items"), i, item)
	{
		if (!code)
			code = keep_one(&a, item);
	}
	if (!code)
		code = finish(&a, json_object_get(all, "school"));
	if (!code)
		printf("%zu subjects and %zu evidence files in %s%s\n", json_array_size(json_object_get(all, "items")), a.files, argv[1],
		       a.missing ? "; some evidence files had not arrived yet" : "");
	json_decref(all);
	json_decref(a.items);
	return code;
}
