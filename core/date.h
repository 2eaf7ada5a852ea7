/*
 * date - days of the Gregorian calendar as people write them in records: YYYY-MM-DD.
 */
#ifndef CORE_DATE_H
#define CORE_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* A day that there is, from 1900 on. */
bool date_valid(const char *s);

/* Whether that valid day has begun somewhere on earth. */
bool date_begun(const char *s, uint64_t now_ms);

#endif
