/* What works on the records while no node runs on them: fsck, reindex. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/blob_rows.h"
#include "node/blob_files.h"
#include "node/cmd.h"
#include "node/offline.h"

/* --- fsck ------------------------------------------------------------------------------------- */

static uint64_t hash_tables(struct txn *t, uint8_t out[HASH_BYTES])
{
	static const enum table derived[] = {T_DIGEST, T_SCOPE, T_VIEW, T_DENY};
	struct hash h;
	uint64_t rows = 0;
	hash_start(&h, "estafeta fsck", HASH_BYTES, (struct bytes){0});
	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
		struct cursor c;
		cursor_open(&c, t, derived[i]);
		for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c), rows++) {
			hash_add(&h, c.key.p, c.key.n);
			hash_add(&h, c.value.p, c.value.n);
		}
		cursor_close(&c);
	}
	hash_end(&h, out);
	return rows;
}

struct file_findings {
	const char *dir;
	uint64_t files, missing, damaged;
	struct blob_row last;
};

/* Every file that records name: whether it is there, and is what its id says. */
static void check_files(struct txn *t, struct file_findings *f)
{
	struct blob_row row = {.size = 0};
	while (blob_rows_next(t, &row, false)) {
		struct buf blob;
		bool again = memcmp(f->last.id, row.id, ID_BYTES) == 0; /* of another author */
		f->last = row;
		if (again)
			continue;
		buf_init(&blob, BLOB_BYTES_MAX);
		enum err e = blob_files_read(f->dir, row.id, 0, 0, &blob);
		if (e == ERR_NOT_FOUND)
			f->missing++;
		else if (e || blob_check(row.id, buf_bytes(&blob)))
			f->damaged++;
		else
			f->files++;
		buf_release(&blob);
	}
}

/* Works on a damaged map too: in a child, so that SIGBUS or an abort is an answer and not our end. */
static int fsck_child(const char *dir)
{
	struct offline o;
	struct batch b;
	struct findings f = {0};
	struct file_findings files = {.dir = dir};
	uint8_t kept[HASH_BYTES], made[HASH_BYTES];
	int code = offline_open(&o, dir);
	if (code)
		return code;
	enum err e = offline_begin(&b, &o.opened.school);
	if (e) {
		offline_close(&o);
		return cmd_fail_err(e, dir);
	}
	offline_check(&o.opened.school, &b.txn, &f);
	check_files(&b.txn, &files);
	uint64_t stray = txn_count(&b.txn, T_LEAF) - (f.records - f.bad_records - f.bad_leaves);
	uint64_t rows = hash_tables(&b.txn, kept);
	e = batch_reindex(&b);
	hash_tables(&b.txn, made);
	bool same = !e && memcmp(kept, made, sizeof kept) == 0;
	batch_abort(&b);
	offline_close(&o);
	printf("records %llu, damaged %llu, without an index %llu, stray index rows %llu, derived rows %llu %s\n", (unsigned long long)f.records,
	       (unsigned long long)f.bad_records, (unsigned long long)f.bad_leaves, (unsigned long long)stray, (unsigned long long)rows,
	       same ? "as they should be" : "differ from a rebuild");
	printf("files %llu, missing %llu, damaged %llu\n", (unsigned long long)files.files, (unsigned long long)files.missing,
	       (unsigned long long)files.damaged);
	if (e)
		return cmd_fail_err(e, dir);
	if (f.bad_records || f.bad_leaves || stray)
		return cmd_fail(EX_DATAERR, "%s is damaged: restore a backup, the network brings what is newer", dir);
	if (files.damaged)
		return cmd_fail(EX_DATAERR, "%s: delete the damaged files under blobs/: a parent school has them, or a backup", dir);
	if (!same)
		return cmd_fail(EX_DATAERR, "the indices are not what the records say: run estafeta reindex --dir %s", dir);
	return EX_OK;
}

int cmd_fsck(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	int code, status;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR]",
			     "Reads every record and checks form, hash, signature and indices. Changes nothing. The node must not run.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "fsck takes no argument: %s", argv[1]);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		code = fsck_child(path);
		fflush(NULL);
		_exit(code);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return cmd_fail(EX_OSERR, "%s", strerror(errno));
	if (WIFSIGNALED(status))
		return cmd_fail(EX_DATAERR, "%s is damaged beyond reading (signal %d): restore a backup", path, WTERMSIG(status));
	return WEXITSTATUS(status);
}

int cmd_reindex(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	struct offline o;
	struct batch b;
	int code;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR]",
			     "Makes digests, shares and views anew from the records. The node must not run.", &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "reindex takes no argument: %s", argv[1]);
	if ((code = offline_open(&o, path)))
		return code;
	enum err e = offline_begin(&b, &o.opened.school);
	if (!e) {
		e = batch_reindex(&b);
		if (e)
			batch_abort(&b);
		else
			e = batch_commit(&b);
	}
	offline_close(&o);
	return e ? cmd_fail_err(e, path) : EX_OK;
}
