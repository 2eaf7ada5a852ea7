/*
 * cmd - the command line: one function a subcommand, argv[0] being its name.
 * Each returns a code of sysexits.h, answers --help, and says errors on stderr
 * with the program's name before them. main.c holds the table.
 */
#ifndef NODE_CMD_H
#define NODE_CMD_H

#include <jansson.h>
#include <stdbool.h>
#include <sysexits.h>

#include "node/keyring.h"
#include "node/sysexit.h"

int cmd_init(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_invite(int argc, char **argv);
int cmd_join(int argc, char **argv);
int cmd_peer(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_admin_link(int argc, char **argv);
int cmd_revoke(int argc, char **argv);
int cmd_terms(int argc, char **argv);
int cmd_transfer(int argc, char **argv);
int cmd_bundle(int argc, char **argv);
int cmd_ingest(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_recover(int argc, char **argv);
int cmd_rotate(int argc, char **argv);
int cmd_fsck(int argc, char **argv);
int cmd_reindex(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_archive(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_erase(int argc, char **argv);
int cmd_demo(int argc, char **argv);

/* A flag "--name VALUE" (value set), or "--name" alone (on set). A row with a NULL name ends a table. */
struct flag {
	const char *name; /* with its dashes */
	const char **value;
	bool *on;
	const char *help;
};

/*
 * Reads flags from anywhere in argv and leaves the rest, in order, in argv[1..];
 * "--" ends them. usage is the line behind "estafeta NAME"; about explains.
 * Returns how many arguments are left, or -1 when *code says how to end: the
 * help was asked for, or the usage is wrong. --help is in every table by itself.
 */
int cmd_flags(int argc, char **argv, const struct flag *flags, const char *usage, const char *about, int *code);

/* "estafeta: text" on stderr; returns the code. */
int cmd_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The code and text of an error. */
int cmd_fail_err(enum err e, const char *what);

/* Says what a problem that the node answered with says, WHAT (may be NULL) before it; returns the code. */
int cmd_problem(const char *what, const json_t *problem, int status);

/* The data directory by the rules of keyring_dir; 0, or the code to end with. */
int cmd_dir(const char *option, char out[DATA_PATH_BYTES_MAX]);

/*
 * Asks the running node: takes in over (NULL: no body). 0 and *out (the caller's;
 * NULL when there is no body) for a 2xx answer; otherwise it has said why and
 * returns the code to end with.
 */
int cmd_call(const char *dir, const char *method, const char *target, json_t *in, json_t **out);

/* JSON on stdout, for people and scripts that ask for --json; returns EX_OK or EX_IOERR. */
int cmd_print_json(json_t *value);

/* A text of a JSON object, "" where there is none. */
const char *cmd_text(const json_t *o, const char *key);

/* A school given as hex id, by its short form, or by its name or a part of it; 0 or the code. */
int cmd_school(const char *dir, const char *text, bool whole_name, char id[65]);

#endif
