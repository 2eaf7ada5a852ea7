#include "node/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/succession.h"
#include "node/auth.h"
#include "node/disk.h"
#include "node/identity_file.h"
#include "node/loop.h"
#include "node/offline.h"
#include "proto/text.h"

/* In the order in which they are moved where a rename of the whole cannot be: node.key makes it a node. */
static const char *const PARTS[] = {"estafeta.conf", "recovery-sheet.txt", "store", "keys", "master.key", "node.key"};

enum { PART_COUNT = sizeof PARTS / sizeof *PARTS, KEYS_MAP_BYTES = 1 << 30, STORE_MAP_BYTES = 1 << 30, NEW_STORE_BYTES = 256 * 1024 };

struct making {
	char dir[DATA_PATH_BYTES_MAX]; /* where it is built */
	uint8_t master[KEY_BYTES];
	uint8_t recovery_secret[32];
	struct identity identity;
	uint8_t id[SCHOOL_BYTES];
};

static enum err explain(char error[KEYRING_ERROR_BYTES], const char *path, const char *what, enum err e)
{
	snprintf(error, KEYRING_ERROR_BYTES, "%.300s: %s", path, what);
	return e;
}

/* --- the files -------------------------------------------------------------------------------- */

static void make_secrets(struct making *m)
{
	struct buf body;
	randombytes_buf(m->master, sizeof m->master);
	randombytes_buf(&m->identity, sizeof m->identity);
	m->identity.generation = m->identity.kx_old_count = 0;
	randombytes_buf(m->recovery_secret, sizeof m->recovery_secret);
	crypto_scalarmult_base(m->identity.recovery, m->recovery_secret);
	succession_from(m->identity.next, m->recovery_secret, 1);
	buf_init(&body, RECORD_BYTES_MAX);
	school_inception(&m->identity, &body);
	roster_school_id(m->id, buf_bytes(&body));
	buf_release(&body);
}

static enum err write_keys(const struct making *m)
{
	enum err e = keyring_write_file(m->dir, "master.key", bytes_of(m->master, sizeof m->master));
	return e ? e : identity_write(m->dir, "node.key", m->master, &m->identity);
}

static enum err write_config(const struct making *m, const struct keyring_new *n)
{
	struct buf text;
	enum err e;
	buf_init(&text, CONFIG_BYTES_MAX);
	buf_put_text(&text, "# Estafeta: the configuration of this node. What is not said here has its default.\n\n[http]\n");
	if (n->http_listen && *n->http_listen) {
		struct address a;
		buf_printf(&text, "listen = %s\n", n->http_listen);
		if (address_parse(n->http_listen, &a) && !address_is_loopback(&a))
			buf_put_text(&text, "insecure_lan = yes\n");
	}
	buf_put_text(&text, "\n[peer]\n");
	if (n->peer_listen && *n->peer_listen)
		buf_printf(&text, "listen = %s\n", n->peer_listen);
	if (n->advertise && *n->advertise)
		buf_printf(&text, "advertise = %s\n", n->advertise);
	e = text.err ? text.err : keyring_write_file(m->dir, "estafeta.conf", buf_bytes(&text));
	buf_release(&text);
	return e;
}

static enum err write_sheet(const struct making *m, const struct keyring_new *n)
{
	char id[TEXT_SCHOOL_BYTES], secret[TEXT_SCHOOL_BYTES];
	struct buf text;
	text_encode(bytes_of(m->id, sizeof m->id), id, sizeof id);
	text_encode(bytes_of(m->recovery_secret, sizeof m->recovery_secret), secret, sizeof secret);
	buf_init(&text, 8192);
	buf_printf(&text,
		   "ЭСТАФЕТА: ЛИСТ ВОССТАНОВЛЕНИЯ\n\n"
		   "Школа:              %s\n"
		   "Номер школы:        %s\n"
		   "Ключ восстановления: %s\n\n"
		   "Этим ключом школа откроет записи своих учеников, если сервер и его резервные копии\n"
		   "утрачены: сами записи сохранились в других школах, но прочесть их без ключа нельзя.\n"
		   "Им же школа меняет свои ключи (estafeta rotate), если содержимое сервера украдено.\n"
		   "Напечатайте лист, уберите в сейф и удалите этот файл. Кто держит ключ, тот читает записи\n"
		   "и говорит за школу; на сервере ключа нет, и восстановить его никто не может.\n\n",
		   n->card.name, id, secret);
	buf_printf(&text,
		   "ESTAFETA: RECOVERY SHEET\n\n"
		   "School:       %s\n"
		   "School id:    %s\n"
		   "Recovery key: %s\n\n"
		   "With this key the school opens its students' records when the server and its backups are\n"
		   "lost: the records live on at other schools, but nobody can read them without the key.\n"
		   "With it the school changes its own keys (estafeta rotate) when the server's files were stolen.\n"
		   "Print this sheet, put it into the safe, and delete this file. Whoever holds the key reads the\n"
		   "records and speaks for the school; the server does not have it, and nobody can restore it.\n",
		   n->card.name, id, secret);
	enum err e = text.err ? text.err : keyring_write_file(m->dir, "recovery-sheet.txt", buf_bytes(&text));
	buf_wipe(&text);
	sodium_memzero(secret, sizeof secret);
	return e;
}

static enum err put_first_link(struct store *store, char link[LINK_TEXT_BYTES])
{
	struct txn t;
	uint8_t secret[LINK_SECRET_BYTES];
	enum err e = txn_begin(&t, store, true);
	if (e)
		return e;
	randombytes_buf(secret, sizeof secret);
	e = auth_link_put(&t, clock_ms(), secret, link);
	sodium_memzero(secret, sizeof secret);
	if (!e)
		return txn_commit(&t);
	txn_abort(&t);
	return e;
}

static enum err make_stores(const struct making *m, const struct keyring_new *n, char link[LINK_TEXT_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	struct store *store = NULL, *keys = NULL;
	struct store_options o = {.map_bytes = STORE_MAP_BYTES, .create = true};
	uint8_t seed[32];
	enum err e = keyring_path(m->dir, "store", path);
	if (!e && mkdir(path, 0700) != 0)
		e = ERR_IO;
	if (!e)
		e = store_open(&store, path, &o);
	o.map_bytes = KEYS_MAP_BYTES;
	if (!e)
		e = keyring_path(m->dir, "keys", path);
	if (!e && mkdir(path, 0700) != 0)
		e = ERR_IO;
	if (!e)
		e = store_open(&keys, path, &o);
	randombytes_buf(seed, sizeof seed);
	if (!e)
		e = school_create(store, keys, m->master, &m->identity, &n->card, clock_ms(), seed);
	if (!e)
		e = put_first_link(store, link);
	sodium_memzero(seed, sizeof seed);
	store_close(store);
	store_close(keys);
	return e;
}

/* --- the directory ---------------------------------------------------------------------------- */

static void parent_of(const char *dir, char out[DATA_PATH_BYTES_MAX])
{
	snprintf(out, DATA_PATH_BYTES_MAX, "%s", dir);
	char *slash = strrchr(out, '/');
	if (!slash)
		strcpy(out, ".");
	else
		slash[slash == out] = '\0';
}

/* Only what a broken attempt inside the directory may have left is passed over. */
static bool is_part(const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strncmp(name, ".estafeta-init-", 15) == 0)
		return true;
	for (int i = 0; i < PART_COUNT - 1; i++)
		if (strcmp(name, PARTS[i]) == 0)
			return true;
	return false;
}

/* OK: absent, or ours to fill. */
static enum err look_at(const char *dir, bool *exists, char error[KEYRING_ERROR_BYTES])
{
	char path[DATA_PATH_BYTES_MAX];
	if (keyring_path(dir, "node.key", path))
		return explain(error, dir, "the path is too long", ERR_TOO_LARGE);
	if (access(path, F_OK) == 0)
		return explain(error, dir, "there is a node here already; nothing was changed", ERR_CONFLICT);
	DIR *d = opendir(dir);
	*exists = d != NULL;
	if (!d)
		return errno == ENOENT ? ERR_OK : explain(error, dir, strerror(errno), ERR_PERMISSION);
	bool free_to_use = true;
	for (struct dirent *entry; (entry = readdir(d));)
		free_to_use &= is_part(entry->d_name);
	closedir(d);
	return free_to_use ? ERR_OK : explain(error, dir, "the directory holds other files", ERR_CONFLICT);
}

static enum err move_parts(const char *from, const char *to)
{
	char a[DATA_PATH_BYTES_MAX], b[DATA_PATH_BYTES_MAX];
	for (int i = 0; i < PART_COUNT; i++) {
		if (keyring_path(from, PARTS[i], a) || keyring_path(to, PARTS[i], b))
			return ERR_TOO_LARGE;
		remove_tree(b); /* of an attempt that broke off */
		if (i == PART_COUNT - 1 && keyring_sync_dir(to))
			return ERR_IO;
		if (rename(a, b) != 0)
			return ERR_IO;
	}
	rmdir(from);
	return keyring_sync_dir(to);
}

static enum err place(const struct making *m, const char *dir, bool inside)
{
	char parent[DATA_PATH_BYTES_MAX];
	enum err e = keyring_sync_dir(m->dir);
	if (e)
		return e;
	if (inside)
		return move_parts(m->dir, dir);
	if (rename(m->dir, dir) != 0)
		return ERR_IO;
	parent_of(dir, parent);
	return keyring_sync_dir(parent);
}

enum err keyring_create(const char *dir, const struct keyring_new *n, char link[LINK_TEXT_BYTES],
			char error[KEYRING_ERROR_BYTES])
{
	struct making m = {0};
	char parent[DATA_PATH_BYTES_MAX];
	bool exists;
	*error = '\0';
	enum err e = look_at(dir, &exists, error);
	if (e)
		return e;
	parent_of(dir, parent);
	/* a directory given to us, such as a service's, may lie in one that is not ours */
	const char *where = exists ? dir : parent;
	int length = snprintf(m.dir, sizeof m.dir, "%s/.estafeta-init-XXXXXX", where);
	const char *remote = disk_remote(where);
	if (remote) {
		snprintf(error, KEYRING_ERROR_BYTES, "%.300s: lies on %s; the store needs a disk of this machine", where, remote);
		return ERR_CONFIG;
	}
	if (!disk_has_room(where, NEW_STORE_BYTES))
		return explain(error, where, err_text(ERR_DISK_FULL), ERR_DISK_FULL);
	if (length < 0 || length >= (int)sizeof m.dir)
		return explain(error, dir, "the path is too long", ERR_TOO_LARGE);
	if (!mkdtemp(m.dir))
		return explain(error, where, strerror(errno), errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_PERMISSION);
	make_secrets(&m);
	e = write_config(&m, n);
	if (!e)
		e = write_sheet(&m, n);
	if (!e)
		e = make_stores(&m, n, link);
	if (!e)
		e = write_keys(&m);
	if (!e)
		e = place(&m, dir, exists);
	if (e) {
		explain(error, dir, err_text(e), e);
		remove_tree(m.dir);
	}
	sodium_memzero(&m, sizeof m);
	return e;
}

/* --- a school that was ------------------------------------------------------------------------ */

enum err keyring_make_keys(const char *dir)
{
	char path[DATA_PATH_BYTES_MAX], file[DATA_PATH_BYTES_MAX];
	struct store *keys;
	struct store_options o = {.map_bytes = KEYS_MAP_BYTES, .create = true};
	if (keyring_path(dir, "keys", path) || keyring_path(path, "data.mdb", file))
		return ERR_TOO_LARGE;
	if (access(file, F_OK) == 0)
		return ERR_CONFLICT;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return errno == EACCES || errno == EROFS ? ERR_PERMISSION : errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	enum err e = store_open(&keys, path, &o);
	if (!e)
		store_close(keys);
	return e;
}

/* Nothing in it, so that keyring_unplace takes away only what is ours. */
static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	bool empty = d != NULL;
	for (struct dirent *entry; d && (entry = readdir(d));)
		empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (d)
		closedir(d);
	return empty;
}

enum err keyring_place(const char *dir, const uint8_t master[KEY_BYTES], const struct identity *identity)
{
	static const char EMPTY[] = "# Estafeta: the configuration of this node. What is not said here has its default.\n";
	enum err e = ERR_OK;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		e = errno == EACCES || errno == EROFS ? ERR_PERMISSION : ERR_IO;
	else if (!is_empty(dir))
		e = ERR_CONFLICT;
	if (!e)
		e = keyring_make_keys(dir);
	if (!e)
		e = keyring_write_file(dir, "estafeta.conf", bytes_text(EMPTY));
	if (!e)
		e = keyring_write_file(dir, "master.key", bytes_of(master, KEY_BYTES));
	if (!e)
		e = identity_write(dir, "node.key", master, identity);
	return e ? e : keyring_sync_dir(dir);
}

void keyring_unplace(const char *dir)
{
	char path[DATA_PATH_BYTES_MAX];
	for (int i = PART_COUNT - 1; i >= 0; i--)
		if (keyring_path(dir, PARTS[i], path) == ERR_OK)
			remove_tree(path);
}
