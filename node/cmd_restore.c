/* Puts a backup in place; where the node itself is gone, makes it anew with the recovery sheet. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/recovery.h"
#include "node/blob_files.h"
#include "node/cmd.h"
#include "node/disk.h"
#include "node/identity_file.h"
#include "node/loop.h"
#include "node/offline.h"

enum { STORE_MAP_BYTES_LOG2 = 34, KEYS_MAP_BYTES = 1 << 30, STORE_EXTRA_BYTES = 256 * 1024 };

/* The paths that a restore moves between. */
struct places {
	char fresh[DATA_PATH_BYTES_MAX], live[DATA_PATH_BYTES_MAX], old[DATA_PATH_BYTES_MAX], keys[DATA_PATH_BYTES_MAX];
	char from[DATA_PATH_BYTES_MAX + 16], to[DATA_PATH_BYTES_MAX + 16];
};

static bool find_places(struct places *p, const char *dir, const char *backup)
{
	char aside[40]; /* several restores in a row keep each what they found */
	snprintf(aside, sizeof aside, "store.old-%llu", (unsigned long long)clock_ms());
	if (keyring_path(dir, "store.new", p->fresh) || keyring_path(dir, aside, p->old) || keyring_path(dir, "store", p->live) ||
	    keyring_path(dir, "keys", p->keys) || strlen(backup) >= DATA_PATH_BYTES_MAX)
		return false;
	snprintf(p->from, sizeof p->from, "%s/data.mdb", backup);
	snprintf(p->to, sizeof p->to, "%s/data.mdb", p->fresh);
	return true;
}

static bool copy_file(const char *from, const char *to)
{
	char block[64 * 1024];
	bool ok = false;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	for (ssize_t n = 1; in >= 0 && out >= 0 && n > 0;) {
		n = read(in, block, sizeof block);
		ok = n == 0;
		if (n > 0 && write(out, block, (size_t)n) != n)
			break;
	}
	ok = ok && fsync(out) == 0;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ok;
}

/* --- the node itself -------------------------------------------------------------------------- */

/* Reads identity.box of the backup with the sheet's key. */
static int open_box(const char *backup, const uint8_t secret[32], struct keyring *k)
{
	char path[DATA_PATH_BYTES_MAX];
	uint8_t box[IDENTITY_BOX_BYTES];
	if (keyring_path(backup, "identity.box", path))
		return cmd_fail(EX_USAGE, "the path is too long");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, box, sizeof box);
	int no = errno;
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return cmd_fail(EX_NOINPUT, "%s: %s", path, strerror(no));
	if (n != (ssize_t)sizeof box || identity_box_open(secret, box, k->master, &k->identity))
		return cmd_fail(EX_DATAERR, "%s does not open with that recovery key: is it of this school?", path);
	return 0;
}

static int make_node(const char *dir, const struct keyring *k)
{
	enum err e = keyring_place(dir, k->master, &k->identity);
	return e ? cmd_fail(e == ERR_PERMISSION || e == ERR_CONFLICT ? EX_CANTCREAT : exit_code(e), "%s: %s", dir,
			    e == ERR_CONFLICT ? "the directory holds other files" : err_text(e))
		 : 0;
}

/* An empty directory becomes the school's node again. secret is filled in. */
static int anew(const char *dir, const char *backup, const char *sheet, uint8_t secret[32])
{
	struct keyring k = {.lock = -1};
	fprintf(stderr, "There is no node in %s: making the school's node anew from the backup.\n", dir);
	int code = offline_sheet_key(sheet, secret);
	if (!code)
		code = open_box(backup, secret, &k);
	if (!code)
		code = make_node(dir, &k);
	sodium_memzero(&k, sizeof k);
	return code;
}

/* --- the store -------------------------------------------------------------------------------- */

static enum err open_copy(const struct keyring *k, const char *path, struct school *s, struct store **store, struct store *keys)
{
	struct store_options options = {.map_bytes = (size_t)1 << STORE_MAP_BYTES_LOG2};
	enum err e = store_open(store, path, &options);
	if (e)
		return e;
	e = school_open(s, *store, keys, k->master, &k->identity);
	if (e)
		store_close(*store);
	return e;
}

/* Opens the copy and reads every record, in a child: a cut file is SIGBUS, and must not end us halfway. */
static bool copy_is_sound(const struct keyring *k, const char *path)
{
	struct school s;
	struct store *store;
	struct findings f = {0};
	struct txn t;
	int status = 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		bool ok = !open_copy(k, path, &s, &store, NULL) && !txn_begin(&t, store, false);
		if (ok)
			offline_check(&s, &t, &f);
		_exit(!ok || f.bad_records || f.bad_leaves);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Brings the backup into store.new, sound, of this school, and in a life of its own. */
static int bring(const struct keyring *k, const struct places *p, const char *backup)
{
	struct school s;
	struct store *store;
	uint8_t seed[32];
	struct stat st;
	unlink(p->to);
	if (stat(p->from, &st))
		return cmd_fail(EX_NOINPUT, "%s: %s; nothing was changed", p->from, strerror(errno));
	if (!disk_has_room(k->dir, (uint64_t)st.st_size + STORE_EXTRA_BYTES))
		return cmd_fail(EX_IOERR, "%s: the disk is full; nothing was changed", k->dir);
	if (mkdir(p->fresh, 0700) && errno != EEXIST)
		return cmd_fail(EX_CANTCREAT, "%s: %s", p->fresh, strerror(errno));
	if (!copy_file(p->from, p->to))
		return cmd_fail(EX_NOINPUT, "%s: %s; nothing was changed", p->from, strerror(errno));
	if (!copy_is_sound(k, p->fresh) || open_copy(k, p->fresh, &s, &store, NULL))
		return cmd_fail(EX_DATAERR, "%s: not a sound backup; nothing was changed", backup);
	int code = 0, me = roster_find(&s.roster, s.id);
	if (!school_has_key(&s))
		code = cmd_fail(EX_DATAERR, "%s: a backup of another school; nothing was changed", backup);
	else if (s.roster.members[me].key_count < k->identity.generation + 1u)
		code = cmd_fail(EX_DATAERR, "%s: from before the school's keys were changed; nothing was changed: use a later backup", backup);
	else if (s.roster.members[me].key_count > k->identity.generation + 1u)
		fprintf(stderr, "node.key is from before the school's keys were changed: run estafeta rotate, with the recovery sheet.\n");
	randombytes_buf(seed, sizeof seed);
	enum err e = code ? ERR_OK : school_reincarnate(&s, seed);
	school_close(&s);
	store_close(store);
	return e ? cmd_fail_err(e, p->fresh) : code;
}

static int swap(const struct places *p, const char *dir, bool *kept)
{
	*kept = rename(p->live, p->old) == 0;
	if (!*kept && errno != ENOENT)
		return cmd_fail(EX_IOERR, "%s: %s; nothing was changed", p->live, strerror(errno));
	if (rename(p->fresh, p->live)) {
		int no = errno;
		bool back = !*kept || rename(p->old, p->live) == 0;
		return cmd_fail(EX_IOERR, "%s: %s; %s%s", p->live, strerror(no), back ? "nothing was changed" : "the store lies in ",
				back ? "" : p->old);
	}
	enum err e = keyring_sync_dir(dir);
	return e ? cmd_fail_err(e, dir) : 0;
}

/* The subjects' keys are in no backup; what is wrapped for the sheet brings them back. */
static int reopen(const char *dir, const uint8_t secret[32])
{
	struct offline o;
	struct batch b;
	struct recovery_report report;
	int code = offline_open(&o, dir);
	if (code)
		return code;
	enum err e = offline_begin(&b, &o.opened.school);
	if (!e) {
		e = recovery_open(&b, secret, &report);
		if (e)
			batch_abort(&b);
		else
			e = batch_commit(&b);
	}
	offline_close(&o);
	if (e)
		return cmd_fail(exit_code(e), "%s", e == ERR_FORBIDDEN ? "that is another school's recovery key" : err_text(e));
	printf("Keys of %llu students and staff were opened with the recovery sheet", (unsigned long long)report.subjects);
	if (report.unreadable)
		printf("; %llu of %llu wraps do not open", (unsigned long long)report.unreadable, (unsigned long long)report.wraps);
	puts(".");
	return 0;
}

/* Records, and not one key: an earlier attempt to make the node anew broke off before the sheet was used. */
static bool keys_missing(const char *dir)
{
	struct offline o;
	struct txn t, keys;
	struct cursor c;
	uint8_t subject[SUBJECT_BYTES];
	bool missing = false;
	if (offline_open(&o, dir))
		return false;
	if (!txn_begin(&t, o.opened.store, false)) {
		cursor_open(&c, &t, T_LEAF);
		missing = cursor_last(&c) && memcmp(c.key.p, network_subject, SUBJECT_BYTES) != 0;
		cursor_close(&c);
		txn_abort(&t);
	}
	if (missing && !txn_begin(&keys, o.opened.keys, false)) {
		missing = !vault_next(&keys, NULL, subject);
		txn_abort(&keys);
	}
	offline_close(&o);
	return missing;
}

/* What is there already stays. A file that does not come with it comes from the network, or is reported by fsck. */
static void bring_files(const char *dir, const char *backup)
{
	uint64_t bytes;
	enum err e = blob_files_copy(backup, dir, &bytes);
	if (e)
		fprintf(stderr, "Some evidence files could not be brought back (%s); the network is asked for them.\n", err_text(e));
}

static int restore(const char *dir, const char *backup, const char *sheet)
{
	struct keyring k;
	struct places p;
	uint8_t secret[32] = {0};
	char error[KEYRING_ERROR_BYTES] = "";
	bool kept = false;
	int code = 0;
	enum err e = keyring_open(&k, dir, error);
	bool gone = e == ERR_NOT_FOUND;
	if (gone) {
		code = anew(dir, backup, sheet, secret);
		e = code ? ERR_OK : keyring_open(&k, dir, error);
	}
	if (!code && e)
		code = cmd_fail(exit_code(e), "%s", error);
	if (!code && !find_places(&p, dir, backup))
		code = cmd_fail(EX_USAGE, "the path is too long");
	if (!code) {
		code = bring(&k, &p, backup);
		if (!code)
			code = swap(&p, dir, &kept);
		if (!code)
			bring_files(dir, backup);
		if (code)
			remove_tree(p.fresh);
		if (code && gone)
			keyring_unplace(dir);
		keyring_close(&k);
	}
	if (!code && !gone && keys_missing(dir)) {
		fprintf(stderr, "The keys of students and staff are missing; the recovery sheet opens them.\n");
		code = offline_sheet_key(sheet, secret);
		gone = true;
	}
	if (!code && gone)
		code = reopen(dir, secret);
	sodium_memzero(secret, sizeof secret);
	if (code)
		return code;
	if (kept)
		printf("Restored. What was there lies in %s; delete it once all is well.\n", p.old);
	else
		printf("Restored in %s. Look through %s/estafeta.conf, then: estafeta run --dir %s\n", dir, dir, dir);
	puts("Students can be released or accepted again once a parent school agrees with this copy.");
	return 0;
}

int cmd_restore(int argc, char **argv)
{
	const char *dir = NULL, *sheet = NULL;
	char path[DATA_PATH_BYTES_MAX];
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--sheet", &sheet, NULL, "file with the recovery key, instead of typing it"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "BACKUP_DIRECTORY [--sheet FILE]",
			     "Puts a copy made by estafeta backup in place. It is checked first; the present store is kept\n"
			     "as store.old-TIME. The network then brings what is newer. The node must not run.\n"
			     "Where there is no node any more, it is made anew: the backup and the recovery sheet suffice.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left != 1)
		return cmd_fail(EX_USAGE, "give one backup's directory; see estafeta restore --help");
	return restore(path, argv[1], sheet);
}

int cmd_recover(int argc, char **argv)
{
	const char *dir = NULL, *sheet = NULL;
	char path[DATA_PATH_BYTES_MAX];
	uint8_t secret[32];
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--sheet", &sheet, NULL, "file with the recovery key, instead of typing it"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "[--sheet FILE]",
			     "Opens the keys of students and staff with the school's recovery sheet, where the keys\n"
			     "directory is lost or old. The node must not run.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "recover takes no argument: %s", argv[1]);
	enum err e = keyring_make_keys(path);
	if (e && e != ERR_CONFLICT)
		return e == ERR_NOT_FOUND ? cmd_fail(EX_NOINPUT, "%s: there is no node", path) : cmd_fail_err(e, path);
	code = offline_sheet_key(sheet, secret);
	if (!code)
		code = reopen(path, secret);
	sodium_memzero(secret, sizeof secret);
	return code;
}
