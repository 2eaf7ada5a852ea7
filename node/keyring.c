#include "node/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/erasure.h"
#include "node/disk.h"
#include "node/identity_file.h"

enum { KEYS_MAP_BYTES = 1 << 30 };

enum err keyring_path(const char *dir, const char *name, char out[DATA_PATH_BYTES_MAX])
{
	int n = snprintf(out, DATA_PATH_BYTES_MAX, "%s/%s", dir, name);
	return n > 0 && n < DATA_PATH_BYTES_MAX ? ERR_OK : ERR_TOO_LARGE;
}

enum err keyring_dir(const char *option, char out[DATA_PATH_BYTES_MAX])
{
	static const char SYSTEM[] = "/var/lib/estafeta";
	const char *dir = option && *option ? option : getenv("ESTAFETA_DIR");
	if (!dir || !*dir)
		dir = access(SYSTEM, W_OK) == 0 ? SYSTEM : "./estafeta-data";
	size_t n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (n >= DATA_PATH_BYTES_MAX)
		return ERR_TOO_LARGE;
	memcpy(out, dir, n);
	out[n] = '\0';
	return ERR_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static enum err explain(char error[KEYRING_ERROR_BYTES], const char *path, const char *what, enum err e)
{
	snprintf(error, KEYRING_ERROR_BYTES, "%.300s: %s", path, what);
	return e;
}

static enum err of_errno(int no)
{
	return no == ENOENT                   ? ERR_NOT_FOUND
	       : no == ENOTDIR                ? ERR_CONFIG
	       : no == EACCES || no == EPERM  ? ERR_PERMISSION
	       : no == ENOSPC || no == EDQUOT ? ERR_DISK_FULL
					      : ERR_IO;
}

/* A secret file of exactly n bytes that nobody else may read. */
static enum err read_secret(const char *dir, const char *name, uint8_t *out, size_t n, char error[KEYRING_ERROR_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	struct stat st;
	enum err e = keyring_path(dir, name, path);
	if (e)
		return explain(error, dir, "the path is too long", ERR_CONFIG);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return explain(error, path, strerror(errno), of_errno(errno));
	if (fstat(fd, &st) != 0)
		e = explain(error, path, strerror(errno), ERR_IO);
	else if (st.st_mode & 077)
		e = explain(error, path, "others may read or write it; it must have mode 0600", ERR_CONFIG);
	else if (!S_ISREG(st.st_mode) || st.st_size != (off_t)n)
		e = explain(error, path, "not the size it should have", ERR_CORRUPT);
	else if (read(fd, out, n) != (ssize_t)n)
		e = explain(error, path, "cannot be read", ERR_IO);
	close(fd);
	return e;
}

static enum err read_identity(const struct keyring *k, const char *name, struct identity *out, char error[KEYRING_ERROR_BYTES])
{
	uint8_t sealed[IDENTITY_FILE_BYTES];
	enum err e = read_secret(k->dir, name, sealed, sizeof sealed, error);
	if (!e && identity_unseal(k->master, sealed, out))
		e = explain(error, name, "does not open under master.key", ERR_CORRUPT);
	return e;
}

static enum err take_lock(struct keyring *k, char error[KEYRING_ERROR_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	if (keyring_path(k->dir, "lock", path))
		return explain(error, k->dir, "the path is too long", ERR_CONFIG);
	k->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (k->lock < 0)
		return explain(error, path, strerror(errno), of_errno(errno));
	if (flock(k->lock, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	return errno == EWOULDBLOCK ? explain(error, k->dir, "another estafeta is already running on this directory", ERR_LOCKED)
				    : explain(error, path, strerror(errno), ERR_IO);
}

static enum err read_all(struct keyring *k, char error[KEYRING_ERROR_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	if (keyring_path(k->dir, "node.key", path))
		return explain(error, k->dir, "the path is too long", ERR_CONFIG);
	if (access(path, F_OK) != 0)
		return explain(error, k->dir, errno == ENOENT ? "there is no node here; make one with: estafeta init" : strerror(errno),
			       of_errno(errno));
	const char *remote = disk_remote(k->dir);
	if (remote) {
		snprintf(error, KEYRING_ERROR_BYTES, "%.300s: lies on %s; the store needs a disk of this machine", k->dir, remote);
		return ERR_CONFIG;
	}
	enum err e = take_lock(k, error);
	if (!e)
		e = read_secret(k->dir, "master.key", k->master, sizeof k->master, error);
	if (!e)
		e = read_identity(k, "node.key", &k->identity, error);
	if (!e)
		e = keyring_path(k->dir, "estafeta.conf", path);
	if (!e)
		e = config_load(&k->config, path, error);
	return e;
}

enum err keyring_open(struct keyring *k, const char *dir, char error[KEYRING_ERROR_BYTES])
{
	*k = (struct keyring){.lock = -1};
	*error = '\0';
	snprintf(k->dir, sizeof k->dir, "%s", dir);
	enum err e = read_all(k, error);
	if (e && !*error)
		explain(error, dir, err_text(e), e);
	if (e)
		keyring_close(k);
	return e;
}

void keyring_close(struct keyring *k)
{
	if (k->lock >= 0)
		close(k->lock);
	sodium_memzero(k, sizeof *k);
	k->lock = -1;
}

/* --- the stores ------------------------------------------------------------------------------- */

/* Our keys as the store knows them: how many. */
static size_t keys_in_log(const struct school *s)
{
	int me = roster_find(&s->roster, s->id);
	return me == NO_SCHOOL ? 0 : s->roster.members[me].key_count;
}

enum err keyring_put_next(const struct keyring *k, const struct identity *next)
{
	enum err e = identity_write(k->dir, "node.key.next", k->master, next);
	return e ? e : keyring_sync_dir(k->dir); /* before the event can be */
}

enum err keyring_take_next(struct keyring *k)
{
	char from[DATA_PATH_BYTES_MAX], to[DATA_PATH_BYTES_MAX], error[KEYRING_ERROR_BYTES];
	enum err e = read_identity(k, "node.key.next", &k->identity, error);
	if (!e && (keyring_path(k->dir, "node.key.next", from) || keyring_path(k->dir, "node.key", to)))
		e = ERR_TOO_LARGE;
	if (!e && rename(from, to) != 0)
		e = of_errno(errno);
	return e ? e : keyring_sync_dir(k->dir);
}

/* The log has more keys than node.key, which is from a backup. */
static enum err catch_up(struct keyring *k, size_t known, const uint8_t *recovery_secret, char error[KEYRING_ERROR_BYTES])
{
	struct identity latest;
	if (!recovery_secret)
		return explain(error, k->dir,
			       "node.key is from before the school's keys were changed; estafeta rotate mends that with the recovery sheet",
			       ERR_CORRUPT);
	enum err e = identity_at(&k->identity, (uint32_t)known - 1, recovery_secret, &latest);
	if (e)
		return explain(error, k->dir, "the recovery key is of another school", e);
	e = keyring_put_next(k, &latest);
	if (!e)
		e = keyring_take_next(k);
	sodium_memzero(&latest, sizeof latest);
	return e ? explain(error, k->dir, err_text(e), e) : ERR_OK;
}

/* A rotation that broke off: the store has the event, or it never happened. */
static enum err settle_rotation(struct keyring *k, struct opened *o, const uint8_t *recovery_secret, bool *behind,
				char error[KEYRING_ERROR_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	size_t known = keys_in_log(&o->school);
	enum err e = keyring_path(k->dir, "node.key.next", path);
	if (e)
		return e;
	if (known == k->identity.generation + 1u) {
		unlink(path);
		return ERR_OK;
	}
	if (known < k->identity.generation + 1u)
		return explain(error, k->dir, "the store is from before the school's keys were changed: restore a later backup", ERR_CORRUPT);
	*behind = keyring_take_next(k) || known != k->identity.generation + 1u;
	e = *behind ? catch_up(k, known, recovery_secret, error) : ERR_OK;
	if (e)
		return e;
	school_close(&o->school);
	return school_open(&o->school, o->store, o->keys, k->master, &k->identity);
}

static enum err open_part(struct keyring *k, const char *name, size_t map_bytes, const char *if_missing, struct store **out,
			  char error[KEYRING_ERROR_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	struct store_options options = {.map_bytes = map_bytes};
	enum err e = keyring_path(k->dir, name, path);
	if (e)
		return explain(error, k->dir, "the path is too long", e);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return explain(error, path, if_missing, ERR_NOT_FOUND);
	e = store_open(out, path, &options);
	return e ? explain(error, path, err_text(e), e) : ERR_OK;
}

static enum err open_school(struct keyring *k, const uint8_t *recovery_secret, struct opened *o, bool *behind,
			    char error[KEYRING_ERROR_BYTES])
{
	*o = (struct opened){0};
	enum err e = open_part(k, "store", (size_t)k->config.map_size_mb << 20,
			       "missing; estafeta restore puts a backup in its place", &o->store, error);
	if (!e)
		e = open_part(k, "keys", KEYS_MAP_BYTES, "missing; estafeta recover makes it anew from the recovery sheet", &o->keys,
			      error);
	if (!e) {
		e = school_open(&o->school, o->store, o->keys, k->master, &k->identity);
		o->open = e == ERR_OK;
		e = e ? explain(error, k->dir, err_text(e), e) : settle_rotation(k, o, recovery_secret, behind, error);
	}
	if (e)
		keyring_close_school(o);
	return e;
}

enum err keyring_open_school(struct keyring *k, struct opened *o, char error[KEYRING_ERROR_BYTES])
{
	bool behind;
	return open_school(k, NULL, o, &behind, error);
}

enum err keyring_open_school_by_sheet(struct keyring *k, const uint8_t recovery_secret[32], struct opened *o, bool *behind,
				      char error[KEYRING_ERROR_BYTES])
{
	*behind = false;
	return open_school(k, recovery_secret, o, behind, error);
}

void keyring_close_school(struct opened *o)
{
	if (o->open)
		school_close(&o->school);
	store_close(o->store);
	store_close(o->keys);
	*o = (struct opened){0};
}

/* --- compaction ------------------------------------------------------------------------------- */

static bool compaction_due(struct opened *o)
{
	struct txn t;
	if (txn_begin(&t, o->store, false))
		return false;
	bool due = meta_get(&t, META_COMPACT, NULL);
	txn_abort(&t);
	return due;
}

static enum err compaction_done(struct opened *o)
{
	struct txn t;
	enum err e = txn_begin(&t, o->store, true);
	if (e)
		return e;
	txn_del(&t, T_META, bytes_text(META_COMPACT));
	return txn_commit(&t);
}

/* A compact copy beside the environment, durable. */
static enum err copy_beside(const struct keyring *k, struct store *s, const char *name)
{
	char path[DATA_PATH_BYTES_MAX], file[DATA_PATH_BYTES_MAX];
	if (keyring_path(k->dir, name, path) || keyring_path(path, "data.mdb", file))
		return ERR_TOO_LARGE;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return of_errno(errno);
	unlink(file); /* of an attempt that broke off */
	enum err e = disk_has_room(path, store_bytes(s)) ? store_copy(s, path) : ERR_DISK_FULL;
	int fd = e ? -1 : open(file, O_RDONLY | O_CLOEXEC);
	if (!e && (fd < 0 || fsync(fd) != 0))
		e = ERR_IO;
	if (fd >= 0)
		close(fd);
	return e;
}

static void drop_copy(const struct keyring *k, const char *name)
{
	char path[DATA_PATH_BYTES_MAX], file[DATA_PATH_BYTES_MAX];
	if (keyring_path(k->dir, name, path) || keyring_path(path, "data.mdb", file))
		return;
	unlink(file);
	rmdir(path);
}

static enum err take_copy(const struct keyring *k, const char *copy, const char *live)
{
	char from[DATA_PATH_BYTES_MAX], to[DATA_PATH_BYTES_MAX], dir[DATA_PATH_BYTES_MAX];
	if (keyring_path(k->dir, live, dir) || keyring_path(dir, "data.mdb", to) || keyring_path(k->dir, copy, dir) ||
	    keyring_path(dir, "data.mdb", from))
		return ERR_TOO_LARGE;
	if (rename(from, to) != 0)
		return of_errno(errno);
	rmdir(dir);
	return keyring_path(k->dir, live, dir) ? ERR_TOO_LARGE : keyring_sync_dir(dir);
}

enum err keyring_compact(struct keyring *k, struct opened *o, char error[KEYRING_ERROR_BYTES])
{
	if (!compaction_due(o))
		return ERR_OK;
	enum err e = copy_beside(k, o->keys, "keys.compact");
	if (!e)
		e = copy_beside(k, o->store, "store.compact");
	if (e) {
		drop_copy(k, "keys.compact");
		drop_copy(k, "store.compact");
		return explain(error, k->dir, "what was erased could not be cleared from the files: is the disk full?", e);
	}
	keyring_close_school(o);
	e = take_copy(k, "keys.compact", "keys");
	if (!e)
		e = take_copy(k, "store.compact", "store");
	enum err again = keyring_open_school(k, o, error);
	if (again)
		return ERR_CORRUPT;
	return e ? e : compaction_done(o);
}

enum err keyring_write_file(const char *dir, const char *name, struct bytes content)
{
	char path[DATA_PATH_BYTES_MAX], temporary[DATA_PATH_BYTES_MAX];
	enum err e = keyring_path(dir, name, path);
	int n = snprintf(temporary, sizeof temporary, "%s/.%s.new", dir, name);
	if (e || n >= (int)sizeof temporary)
		return ERR_TOO_LARGE;
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return of_errno(errno);
	for (size_t at = 0; at < content.n && !e;) {
		ssize_t written = write(fd, content.p + at, content.n - at);
		if (written < 0)
			e = of_errno(errno);
		else
			at += (size_t)written;
	}
	if (!e && fsync(fd) != 0)
		e = of_errno(errno);
	if (close(fd) != 0 && !e)
		e = ERR_IO;
	if (!e && rename(temporary, path) != 0)
		e = of_errno(errno);
	if (e)
		unlink(temporary);
	return e;
}

enum err keyring_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	int bad = fsync(fd);
	close(fd);
	return bad ? ERR_IO : ERR_OK;
}
