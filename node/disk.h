/*
 * disk - what is to be known of a file system before a store is made or opened on it.
 */
#ifndef NODE_DISK_H
#define NODE_DISK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether what statfs(2) calls TYPE lies on another machine: its name for people, else NULL. Memory
 * maps and locks do not hold there, and the store lives by both.
 * http://www.lmdb.tech/doc/ (Caveats)
 */
const char *disk_remote_type(unsigned long type);

/* The same for a path; NULL also where it cannot be told. */
const char *disk_remote(const char *path);

/* Whether so much can still be written there. A store's lock file is a map: no room for it is SIGBUS. */
bool disk_has_room(const char *path, uint64_t bytes);

#endif
