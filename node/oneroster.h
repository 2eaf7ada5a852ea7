/*
 * oneroster - a school's people, classes and groups as a OneRoster CSV archive, versions 1.1 and 1.2, bulk and delta: read
 * into a plan (node/import.h), and written so that the plan of it finds all the same.
 * https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv
 *
 * What the tables have no column for goes into metadata.* columns of ours: position, relation, course, pilot, type.
 * A homeroom class is a class; its students are those enrolled, its primary teachers its class teachers. A scheduled class is
 * a group. Who was brought by an earlier bulk file and stands in this one no more is gone: they leave today.
 */
#ifndef NODE_ONEROSTER_H
#define NODE_ONEROSTER_H

#include "node/import.h"

enum oneroster_version { ONEROSTER_1_1, ONEROSTER_1_2, ONEROSTER_VERSIONS };

/*
 * school: whose part of a file of several schools, by its sourcedId; NULL where there is one. On BAD_FORM, BAD_UTF8 and TOO_LARGE why
 * names file and line. import_release in any case.
 */
enum err oneroster_plan(struct import_plan *p, struct bytes zip, const char *school, const struct import_base *base, char why[200]) MUST_USE;

/* Appends the archive. */
enum err oneroster_write(struct buf *out, enum oneroster_version version, const char *school_id, const char *school_name,
			 const struct import_base *base) MUST_USE;

#endif
