/*
 * table - any list that the API answers, as CSV for a spreadsheet: the same rows, a column
 * for each member, those of members within joined by dots. Values that a spreadsheet would
 * take for a formula are defused (node/csv.h).
 */
#ifndef NODE_TABLE_H
#define NODE_TABLE_H

#include <jansson.h>

#include "proto/buf.h"

/* False where the answer holds no list. Errors are out's. */
bool table_write(const json_t *answer, struct buf *out);

#endif
