/*
 * archive - small ZIP files in memory: texts at the root, stored or deflated. What comes in is a stranger's:
 * names, number and unpacked size are held to limits, whatever its directory claims.
 */
#ifndef NODE_ARCHIVE_H
#define NODE_ARCHIVE_H

#include "proto/buf.h"
#include "proto/limits.h"

struct archive_file {
	char name[ARCHIVE_NAME_BYTES_MAX];
	struct bytes text;
};

struct archive {
	struct archive_file file[ARCHIVE_FILES_MAX];
	size_t count;
	struct buf text; /* of all */
};

/* BAD_FORM, TOO_LARGE: why says what is wrong. archive_release in any case. */
enum err archive_read(struct archive *a, struct bytes zip, char why[200]) MUST_USE;
void archive_release(struct archive *a);

/* NULL: there is none of that name. */
const struct archive_file *archive_find(const struct archive *a, const char *name);

/* Appends the ZIP to out. */
enum err archive_write(const struct archive_file *files, size_t count, struct buf *out) MUST_USE;

#endif
