#include "node/offline.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "node/cmd.h"
#include "node/loop.h"
#include "proto/text.h"

enum { SHEET_LINE_BYTES = 512 };

int offline_open(struct offline *o, const char *dir)
{
	char error[KEYRING_ERROR_BYTES] = "";
	enum err e = keyring_open(&o->keyring, dir, error);
	if (!e) {
		e = keyring_open_school(&o->keyring, &o->opened, error);
		if (e)
			keyring_close(&o->keyring);
	}
	return e ? cmd_fail(exit_code(e), "%s", error[0] ? error : err_text(e)) : 0;
}

int offline_open_by_sheet(struct offline *o, const char *dir, const char *sheet, uint8_t secret[32], bool *behind)
{
	char error[KEYRING_ERROR_BYTES] = "";
	enum err e = keyring_open(&o->keyring, dir, error);
	if (e)
		return cmd_fail(exit_code(e), "%s", error);
	int code = offline_sheet_key(sheet, secret);
	if (!code) {
		e = keyring_open_school_by_sheet(&o->keyring, secret, &o->opened, behind, error);
		code = e ? cmd_fail(exit_code(e), "%s", error[0] ? error : err_text(e)) : 0;
	}
	if (code)
		keyring_close(&o->keyring);
	return code;
}

void offline_close(struct offline *o)
{
	keyring_close_school(&o->opened);
	keyring_close(&o->keyring);
}

enum err offline_begin(struct batch *b, struct school *s)
{
	uint8_t seed[32];
	randombytes_buf(seed, sizeof seed);
	return batch_begin(b, s, clock_ms(), seed);
}

void offline_check(const struct school *s, struct txn *t, struct findings *f)
{
	struct cursor c;
	cursor_open(&c, t, T_REC);
	for (bool on = cursor_seek(&c, (struct bytes){0}); on; on = cursor_next(&c)) {
		struct record r;
		struct leaf leaf;
		f->records++;
		enum err e = record_read(c.value, &r);
		const struct school_key *key = e ? NULL : roster_key(&s->roster, &r);
		if (!e && (!key || record_verify(&r, key->sign)))
			e = ERR_BAD_SIGNATURE;
		if (e)
			f->bad_records++;
		else if (!leaf_find(t, r.subject, r.period, r.id, &leaf) || leaf.lseq != get_u64(c.key.p))
			f->bad_leaves++;
	}
	cursor_close(&c);
}

/* --- the sheet -------------------------------------------------------------------------------- */

/* The sheet's line with the key ends in it, behind a colon; alone it is the whole line. */
static bool key_in(char *line, uint8_t secret[32])
{
	char *colon = strrchr(line, ':');
	bool named = colon && (strstr(line, "Recovery key") || strstr(line, "Ключ восстановления"));
	return (!colon || named) && text_decode(colon ? colon + 1 : line, secret, 32) == ERR_OK;
}

static bool read_key(FILE *in, uint8_t secret[32])
{
	char line[SHEET_LINE_BYTES];
	bool found = false;
	while (!found && fgets(line, sizeof line, in)) {
		line[strcspn(line, "\r\n")] = '\0';
		found = key_in(line, secret);
	}
	sodium_memzero(line, sizeof line);
	return found;
}

/* The typed key is not to stay on the screen. */
static bool type_key(uint8_t secret[32])
{
	struct termios was, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
	if (terminal) {
		fputs("The recovery key, from the school's recovery sheet: ", stderr);
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool found = read_key(stdin, secret);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
	return found;
}

int offline_sheet_key(const char *file, uint8_t secret[32])
{
	if (!file)
		return type_key(secret) ? 0 : cmd_fail(EX_DATAERR, "that is no recovery key: 56 characters, as they stand on the sheet");
	FILE *in = fopen(file, "re");
	if (!in)
		return cmd_fail(EX_NOINPUT, "%s: %s", file, strerror(errno));
	bool found = read_key(in, secret);
	fclose(in);
	return found ? 0 : cmd_fail(EX_DATAERR, "%s: no recovery key in it", file);
}

/* --- files ------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
