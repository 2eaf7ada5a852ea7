#include "node/blob_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/keyring.h"
#include "proto/text.h"

enum { HEX_BYTES = 2 * ID_BYTES + 1, PATH_BYTES = DATA_PATH_BYTES_MAX + 16 + HEX_BYTES };

static enum err of_errno(int no)
{
	return no == ENOENT                   ? ERR_NOT_FOUND
	       : no == ENOSPC || no == EDQUOT ? ERR_DISK_FULL
	       : no == EACCES || no == EPERM  ? ERR_PERMISSION
					      : ERR_IO;
}

/* --- where ------------------------------------------------------------------------------------ */

static void whole_path(const char *dir, const uint8_t *id, char out[PATH_BYTES])
{
	char hex[HEX_BYTES];
	hex_encode(id, ID_BYTES, hex);
	snprintf(out, PATH_BYTES, "%s/blobs/%.2s/%.2s/%s", dir, hex, hex + 2, hex);
}

static void part_path(const char *dir, const uint8_t *id, char out[PATH_BYTES])
{
	char hex[HEX_BYTES];
	hex_encode(id, ID_BYTES, hex);
	snprintf(out, PATH_BYTES, "%s/blobs/part/%s", dir, hex);
}

static enum err make_dir(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? ERR_OK : of_errno(errno);
}

enum err blob_files_make(const char *dir)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof path, "%s/blobs", dir);
	enum err e = make_dir(path);
	snprintf(path, sizeof path, "%s/blobs/part", dir);
	return e ? e : make_dir(path);
}

/* The two directories above the path of a whole file, durable. */
static enum err make_fan(const char *path)
{
	char at[PATH_BYTES];
	snprintf(at, sizeof at, "%s", path);
	*strrchr(at, '/') = '\0';
	struct stat st;
	if (stat(at, &st) == 0)
		return ERR_OK;
	char *leaf = strrchr(at, '/');
	*leaf = '\0';
	enum err e = make_dir(at);
	if (!e) {
		*leaf = '/';
		e = make_dir(at);
		*leaf = '\0';
	}
	if (!e)
		e = keyring_sync_dir(at);
	*strrchr(at, '/') = '\0';
	return e ? e : keyring_sync_dir(at);
}

static enum err take_place(const char *from, const char *to)
{
	char at[PATH_BYTES];
	enum err e = make_fan(to);
	if (!e && rename(from, to) != 0)
		e = of_errno(errno);
	if (e)
		return e;
	snprintf(at, sizeof at, "%s", to);
	*strrchr(at, '/') = '\0';
	return keyring_sync_dir(at);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static enum err write_at(int fd, struct bytes data, uint64_t at)
{
	for (size_t done = 0; done < data.n;) {
		ssize_t n = pwrite(fd, data.p + done, data.n - done, (off_t)(at + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? of_errno(errno) : ERR_IO;
		done += (size_t)n;
	}
	return ERR_OK;
}

static enum err read_at(int fd, uint64_t at, size_t n, struct buf *out)
{
	size_t before = out->n;
	uint8_t *to = buf_extend(out, n);
	if (!to)
		return out->err;
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(fd, to + done, n - done, (off_t)(at + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			out->n = before;
			return got < 0 ? ERR_IO : ERR_CORRUPT;
		}
		done += (size_t)got;
	}
	return ERR_OK;
}

static enum err synced(int fd, enum err e)
{
	if (!e && fsync(fd) != 0)
		e = of_errno(errno);
	if (close(fd) != 0 && !e)
		e = ERR_IO;
	return e;
}

enum err blob_files_put(const char *dir, const uint8_t id[ID_BYTES], struct bytes blob)
{
	char part[PATH_BYTES], whole[PATH_BYTES];
	part_path(dir, id, part);
	whole_path(dir, id, whole);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return of_errno(errno);
	enum err e = synced(fd, write_at(fd, blob, 0));
	if (!e)
		e = take_place(part, whole);
	if (e)
		unlink(part);
	return e;
}

static enum err read_file(const char *path, uint64_t from, size_t n, struct buf *out)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return of_errno(errno);
	enum err e = fstat(fd, &st) == 0 ? ERR_OK : ERR_IO;
	if (!e && n == 0) {
		if ((uint64_t)st.st_size > BLOB_BYTES_MAX)
			e = ERR_CORRUPT;
		n = (size_t)st.st_size;
	}
	if (!e && n)
		e = read_at(fd, from, n, out);
	close(fd);
	return e;
}

enum err blob_files_read(const char *dir, const uint8_t id[ID_BYTES], uint64_t from, size_t n, struct buf *out)
{
	char path[PATH_BYTES];
	whole_path(dir, id, path);
	return read_file(path, from, n, out);
}

/* --- what is being fetched -------------------------------------------------------------------- */

enum err blob_files_load(const char *dir, const uint8_t id[ID_BYTES], const struct blob_shape *s, struct buf *head, uint32_t *pieces)
{
	char path[PATH_BYTES];
	struct buf part;
	buf_init(&part, BLOB_BYTES_MAX);
	part_path(dir, id, path);
	enum err e = read_file(path, 0, 0, &part);
	*pieces = e ? 0 : blob_good_pieces(id, s, buf_bytes(&part));
	if (*pieces)
		buf_put(head, part.p, blob_piece_bytes(s, 0));
	buf_release(&part);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? head->err : e ? e : head->err;
}

enum err blob_files_store(const char *dir, const uint8_t id[ID_BYTES], const struct blob_shape *s, uint32_t piece, struct bytes data)
{
	char path[PATH_BYTES];
	part_path(dir, id, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return of_errno(errno);
	enum err e = write_at(fd, data, blob_piece_at(s, piece));
	if (close(fd) != 0 && !e)
		e = ERR_IO;
	return e;
}

enum err blob_files_finish(const char *dir, const uint8_t id[ID_BYTES], const struct blob_shape *s)
{
	char part[PATH_BYTES], whole[PATH_BYTES];
	struct buf all;
	part_path(dir, id, part);
	whole_path(dir, id, whole);
	buf_init(&all, BLOB_BYTES_MAX);
	enum err e = read_file(part, 0, 0, &all);
	if (!e && (all.n != s->size || blob_check(id, buf_bytes(&all)))) {
		e = ERR_BAD_HASH;
		unlink(part);
	}
	buf_release(&all);
	int fd = e ? -1 : open(part, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (!e)
		e = fd < 0 ? of_errno(errno) : synced(fd, ERR_OK);
	return e ? e : take_place(part, whole);
}

void blob_files_remove(const char *dir, const uint8_t id[ID_BYTES])
{
	char path[PATH_BYTES];
	whole_path(dir, id, path);
	unlink(path);
	part_path(dir, id, path);
	unlink(path);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct walk {
	void (*visit)(void *arg, const uint8_t id[ID_BYTES], uint64_t size);
	void *arg;
};

static bool hex_name(const char *name, size_t n)
{
	return strlen(name) == n && strspn(name, "0123456789abcdef") == n;
}

/* depth 0: the files themselves. In order of id, so that a list of them grows at its end. */
static enum err walk_dir(const char *path, int depth, const struct walk *w)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return of_errno(errno);
	enum err e = ERR_OK;
	for (int i = 0; i < n; i++) {
		char inner[PATH_BYTES + 8];
		uint8_t id[ID_BYTES];
		struct stat st;
		const char *name = names[i]->d_name;
		snprintf(inner, sizeof inner, "%s/%.80s", path, name);
		if (!e && depth && hex_name(name, 2))
			e = walk_dir(inner, depth - 1, w);
		else if (!e && !depth && hex_decode(name, id, sizeof id) && lstat(inner, &st) == 0 && S_ISREG(st.st_mode))
			w->visit(w->arg, id, (uint64_t)st.st_size);
		free(names[i]);
	}
	free(names);
	return e;
}

enum err blob_files_each(const char *dir, bool parts, void (*visit)(void *arg, const uint8_t id[ID_BYTES], uint64_t size), void *arg)
{
	char path[PATH_BYTES];
	struct walk w = {visit, arg};
	snprintf(path, sizeof path, parts ? "%s/blobs/part" : "%s/blobs", dir);
	enum err e = walk_dir(path, parts ? 0 : 2, &w);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

struct copying {
	const char *from, *to;
	uint64_t bytes;
	enum err err;
};

static void copy_one(void *arg, const uint8_t id[ID_BYTES], uint64_t size)
{
	struct copying *c = arg;
	char from[PATH_BYTES], to[PATH_BYTES];
	struct buf all;
	if (c->err)
		return;
	whole_path(c->from, id, from);
	whole_path(c->to, id, to);
	c->err = make_fan(to);
	if (!c->err && (link(from, to) == 0 || errno == EEXIST)) {
		c->bytes += size;
		return;
	}
	buf_init(&all, BLOB_BYTES_MAX);
	if (!c->err)
		c->err = read_file(from, 0, 0, &all);
	if (!c->err)
		c->err = blob_files_put(c->to, id, buf_bytes(&all));
	else if (c->err == ERR_NOT_FOUND)
		c->err = ERR_OK; /* erased meanwhile */
	buf_release(&all);
	c->bytes += size;
}

enum err blob_files_copy(const char *from, const char *to, uint64_t *bytes)
{
	struct copying c = {from, to, 0, ERR_OK};
	enum err e = blob_files_make(to);
	if (!e)
		e = blob_files_each(from, false, copy_one, &c);
	*bytes = c.bytes;
	if (!e)
		e = c.err;
	int fd = e ? -1 : open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!e && (fd < 0 || syncfs(fd) != 0)) /* the links' names */
		e = ERR_IO;
	if (fd >= 0)
		close(fd);
	return e;
}
