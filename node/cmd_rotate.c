#include <stdio.h>

#include "core/rotation.h"
#include "node/cmd.h"
#include "node/offline.h"

static enum err commit_event(struct offline *o, const struct identity *next)
{
	struct batch b;
	enum err e = offline_begin(&b, &o->opened.school);
	if (e)
		return e;
	e = rotation_write(&b, next);
	if (e)
		batch_abort(&b);
	else
		e = batch_commit(&b);
	return e;
}

static int explained(enum err e, const char *dir, bool behind)
{
	switch (e) {
	case ERR_FORBIDDEN:
		return cmd_fail(EX_NOPERM, "that is another school's recovery key; nothing was changed");
	case ERR_INCOMPLETE:
		return cmd_fail(EX_TEMPFAIL, "%s was restored from a backup: %slet it come to agree with a parent school first", dir,
				behind ? "node.key has the school's latest key again; " : "");
	case ERR_QUOTA:
	case ERR_TOO_LARGE:
		return cmd_fail(EX_DATAERR, "%s: the keys were changed as often as a school can", dir);
	default:
		return cmd_fail_err(e, dir);
	}
}

static enum err rotate(struct offline *o, const uint8_t recovery_secret[32])
{
	struct identity next;
	uint8_t seed[32];
	randombytes_buf(seed, sizeof seed);
	enum err e = identity_next(&o->keyring.identity, recovery_secret, seed, &next);
	if (!e)
		e = keyring_put_next(&o->keyring, &next);
	if (!e)
		e = commit_event(o, &next);
	if (!e)
		e = keyring_take_next(&o->keyring);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(&next, sizeof next);
	return e;
}

int cmd_rotate(int argc, char **argv)
{
	const char *dir = NULL, *sheet = NULL;
	char path[DATA_PATH_BYTES_MAX];
	struct offline o;
	uint8_t secret[32];
	bool behind;
	int code;
	const struct flag flags[] = {
		{"--dir", &dir, NULL, "the node's directory"},
		{"--sheet", &sheet, NULL, "file with the recovery key, instead of typing it"},
		{0},
	};
	int left = cmd_flags(argc, argv, flags, "[--sheet FILE]",
			     "Changes the school's keys: when others may have read the node's directory, or once in a while.\n"
			     "What this node holds by now counts; what is signed with the old keys from now on does not. The\n"
			     "new signing key comes from the recovery sheet, which a thief of the directory has only if\n"
			     "recovery-sheet.txt was left in it. Neighbours learn the new keys by themselves. A node.key that\n"
			     "is older than the records, from a backup, is brought up to them first. The node must not run.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "rotate takes no argument: %s", argv[1]);
	code = offline_open_by_sheet(&o, path, sheet, secret, &behind);
	if (!code) {
		enum err e = rotate(&o, secret);
		offline_close(&o);
		code = e ? explained(e, path, behind) : EX_OK;
	}
	sodium_memzero(secret, sizeof secret);
	if (!code)
		puts("The school has new keys. Make a backup now: earlier ones need the recovery sheet and the newer records.");
	return code;
}
