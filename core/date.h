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

enum { DATE_BYTES = 11 };

/* The day at that moment in Moscow, by which the country's timetables are told; years to 9999. */
void date_of(uint64_t ms, char out[DATE_BYTES]);

/* Whether a period from `since` until the day before `until` holds that day; empty: open on that side. */
bool date_holds(const char *since, const char *until, const char *day);

/* The school year that a valid day lies in, named by the calendar year in which it begins, on 1 September. */
int date_school_year(const char *s);

/* Whole years from one valid day to a later one. */
int date_years(const char *from, const char *to);

#endif
