/*
 * offline - a node's directory as a command works on it while no daemon runs
 * there. What goes wrong is said on stderr; the code to end with is returned.
 */
#ifndef NODE_OFFLINE_H
#define NODE_OFFLINE_H

#include "core/batch.h"
#include "node/keyring.h"

struct offline {
	struct keyring keyring;
	struct opened opened;
};

/* Locks the directory and opens keys and store; 0, or the code. */
int offline_open(struct offline *o, const char *dir);
void offline_close(struct offline *o);

/*
 * The same, asking for the recovery key as offline_sheet_key does; a node.key older than the school's
 * log is brought up to it (keyring_open_school_by_sheet).
 */
int offline_open_by_sheet(struct offline *o, const char *dir, const char *sheet, uint8_t secret[32], bool *behind);

/* A batch on the opened school, now and with fresh randomness. */
enum err offline_begin(struct batch *b, struct school *s) MUST_USE;

/* Reads every record: form, hash, signature, and its place in the index. */
struct findings {
	uint64_t records, bad_records, bad_leaves;
};
void offline_check(const struct school *s, struct txn *t, struct findings *f);

/*
 * Asks for the key of the recovery sheet: from a file with the sheet or the key alone in it, else
 * typed without echo, or as a line of standard input. Wipe after use. 0, or the code.
 */
int offline_sheet_key(const char *file, uint8_t secret[32]);

/* Deletes a directory with all that is in it. */
void remove_tree(const char *path);

#endif
