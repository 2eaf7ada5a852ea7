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

static int explained(enum err e, const char *dir)
{
	switch (e) {
	case ERR_INCOMPLETE:
		return cmd_fail(EX_TEMPFAIL, "%s was restored from a backup: let it come to agree with a parent school first", dir);
	case ERR_QUOTA:
	case ERR_TOO_LARGE:
		return cmd_fail(EX_DATAERR, "%s: the keys were changed as often as a school can", dir);
	default:
		return cmd_fail_err(e, dir);
	}
}

int cmd_rotate(int argc, char **argv)
{
	const char *dir = NULL;
	char path[DATA_PATH_BYTES_MAX];
	struct offline o;
	struct identity next;
	uint8_t seed[32];
	int code;
	const struct flag flags[] = {{"--dir", &dir, NULL, "the node's directory"}, {0}};
	int left = cmd_flags(argc, argv, flags, "[--dir DIR]",
			     "Changes the school's keys: when the old ones may have been read by others, or once in a while.\n"
			     "What was signed so far counts; what somebody signs with the old key from now on does not.\n"
			     "Neighbours learn the new keys by themselves. The node must not run.",
			     &code);
	if (left < 0 || (code = cmd_dir(dir, path)))
		return code;
	if (left > 0)
		return cmd_fail(EX_USAGE, "rotate takes no argument: %s", argv[1]);
	if ((code = offline_open(&o, path)))
		return code;
	randombytes_buf(seed, sizeof seed);
	identity_next(&o.keyring.identity, seed, &next);
	enum err e = keyring_put_next(&o.keyring, &next);
	if (!e)
		e = commit_event(&o, &next);
	if (!e)
		e = keyring_take_next(&o.keyring);
	offline_close(&o);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(&next, sizeof next);
	if (e)
		return explained(e, path);
	puts("The school has new keys. Make a backup now: earlier ones can no longer be restored.");
	return EX_OK;
}
