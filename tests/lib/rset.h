/*
 * rset - OneRoster sets for tests, made from the published column tables: a small school, or a large one, to be
 * bent and packed.
 */
#ifndef TESTS_LIB_RSET_H
#define TESTS_LIB_RSET_H

#include "node/oneroster.h"
#include "proto/buf.h"

enum { RSET_TABLES = 8 };

struct rset {
	enum oneroster_version version;
	bool delta;
	struct buf text[RSET_TABLES];
	size_t rows[RSET_TABLES];
};

void rset_begin(struct rset *s, enum oneroster_version version);
void rset_release(struct rset *s);

/* "sourcedId=s1;role=student": what is not named is empty. table: "users". */
void rset_row(struct rset *s, const char *table, const char *values);

/* In every table, the first time that it stands there; aborts where it stands nowhere. */
void rset_replace(struct rset *s, const char *from, const char *to);

/* With the manifest that fits. */
void rset_pack(const struct rset *s, struct buf *zip);

/* Three students with guardians, two of staff, two classes and a group. */
void rset_small(struct rset *s, enum oneroster_version version);
/* Classes of 27 with four groups each, two guardians to a student. */
void rset_large(struct rset *s, enum oneroster_version version, int students, int teachers);

#endif
