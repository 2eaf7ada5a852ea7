/*
 * keyring - a node's directory and its secrets.
 *
 *   estafeta.conf       configuration
 *   master.key          32 random bytes, mode 0600: seals everything below
 *   node.key            the school's own keys, sealed by the master key
 *   node.key.next       only while they change
 *   store/  keys/       the records; the subjects' keys
 *   blobs/  uploads/    evidence files, sealed; those on their way in, sealed too
 *   recovery-sheet.txt  written once by init, to be printed and deleted
 *   lock                held while a process works on the directory
 *   control.sock  ports only while the node runs
 *
 * Errors carry a text for people in error, with the file's name. Secrets are
 * zeroed by keyring_close.
 */
#ifndef NODE_KEYRING_H
#define NODE_KEYRING_H

#include "core/school.h"
#include "node/config.h"

enum { KEYRING_ERROR_BYTES = CONFIG_ERROR_BYTES };

struct keyring {
	char dir[DATA_PATH_BYTES_MAX];
	int lock; /* descriptor, -1: none */
	uint8_t master[KEY_BYTES];
	struct identity identity;
	struct config config;
};

/*
 * option (the --dir flag) or else $ESTAFETA_DIR, /var/lib/estafeta where that may
 * be written, ./estafeta-data. TOO_LARGE: the path is.
 */
enum err keyring_dir(const char *option, char out[DATA_PATH_BYTES_MAX]) MUST_USE;

/* dir/name; TOO_LARGE when it does not fit. */
enum err keyring_path(const char *dir, const char *name, char out[DATA_PATH_BYTES_MAX]) MUST_USE;

/*
 * Locks the directory and reads configuration and keys. NOT_FOUND: no node
 * there; LOCKED: another process has it; CONFIG: a file's mode or the
 * configuration is wrong; CORRUPT, IO, PERMISSION.
 */
enum err keyring_open(struct keyring *k, const char *dir, char error[KEYRING_ERROR_BYTES]) MUST_USE;
void keyring_close(struct keyring *k);

/* Opens both environments and the school over them; keyring_close_school is the inverse. */
struct opened {
	struct store *store, *keys;
	struct school school;
	bool open;
};
enum err keyring_open_school(struct keyring *k, struct opened *o, char error[KEYRING_ERROR_BYTES]) MUST_USE;

/*
 * The same with the recovery secret: where node.key is older than the school's log it is first brought
 * up to it, and *behind tells so. The network key of that log stays lost. FORBIDDEN: of another school.
 */
enum err keyring_open_school_by_sheet(struct keyring *k, const uint8_t recovery_secret[32], struct opened *o, bool *behind,
				      char error[KEYRING_ERROR_BYTES]) MUST_USE;
void keyring_close_school(struct opened *o);

/*
 * Writes both environments anew where something was erased since (META_COMPACT), so that no byte of it
 * stays in their free pages. The school is closed and opened again. After an error but CORRUPT it is
 * open as it was, and the next start tries again.
 */
enum err keyring_compact(struct keyring *k, struct opened *o, char error[KEYRING_ERROR_BYTES]) MUST_USE;

/*
 * Rotation, safe against a crash at any point: put_next lays the identity that
 * follows beside the present one; then the key event is committed; take_next puts
 * it in its place. A crash in between is settled by keyring_open_school, by
 * whether the store has the event.
 */
enum err keyring_put_next(const struct keyring *k, const struct identity *next) MUST_USE;
enum err keyring_take_next(struct keyring *k) MUST_USE;

/* What a new node is told. Texts are borrowed; NULL or "" leaves the default. */
struct keyring_new {
	struct school_card card;
	const char *http_listen, *peer_listen, *advertise;
};

/*
 * Makes a whole node in a directory that does not exist or is empty; link is the
 * administrator's first one-time code. A crash leaves no half of it under that
 * name. CONFLICT: there is a node already.
 */
enum err keyring_create(const char *dir, const struct keyring_new *n, char link[64],
			char error[KEYRING_ERROR_BYTES]) MUST_USE;

/*
 * Makes a node of a school that was: its keys and a configuration with nothing in it, in a directory
 * that is absent or empty; the store is still to come. CONFLICT: it holds something else. unplace
 * takes it away again.
 */
enum err keyring_place(const char *dir, const uint8_t master[KEY_BYTES], const struct identity *identity) MUST_USE;
void keyring_unplace(const char *dir);

/* An empty environment for the subjects' keys; CONFLICT: it is there. */
enum err keyring_make_keys(const char *dir) MUST_USE;

/* Writes a file of mode 0600 durably: temporary file, fsync, rename. */
enum err keyring_write_file(const char *dir, const char *name, struct bytes content) MUST_USE;

/* Makes names in a directory durable. */
enum err keyring_sync_dir(const char *path) MUST_USE;

#endif
