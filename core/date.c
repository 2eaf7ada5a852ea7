#include "core/date.h"

#include <string.h>

enum { FURTHEST_EAST_S = 14 * 3600, MOSCOW_S = 3 * 3600, DAY_S = 24 * 3600 };

static int digits(const char *s, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = 10 * v + s[i] - '0';
	}
	return v;
}

bool date_valid(const char *s)
{
	static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return false;
	int year = digits(s, 4), month = digits(s + 5, 2), day = digits(s + 8, 2);
	if (year < 1900 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return day <= DAYS[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01: days_from_civil of Howard Hinnant, "chrono-compatible low-level date algorithms". */
static int64_t day_number(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool date_begun(const char *s, uint64_t now_ms)
{
	return day_number(digits(s, 4), digits(s + 5, 2), digits(s + 8, 2)) <= (int64_t)((now_ms / 1000 + FURTHEST_EAST_S) / DAY_S);
}

static void put_digits(char *out, int n, int64_t v)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
}

/* civil_from_days, as above. */
void date_of(uint64_t ms, char out[DATE_BYTES])
{
	int64_t days = (int64_t)((ms / 1000 + MOSCOW_S) / DAY_S) + 719468;
	int64_t era = days / 146097, of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * of_year + 2) / 153, month = m + (m < 10 ? 3 : -9);
	year += era * 400 + (month <= 2);
	memcpy(out, "0000-00-00", DATE_BYTES);
	put_digits(out, 4, year > 9999 ? 9999 : year);
	put_digits(out + 5, 2, month);
	put_digits(out + 8, 2, of_year - (153 * m + 2) / 5 + 1);
}

bool date_holds(const char *since, const char *until, const char *day)
{
	return (!*since || strcmp(since, day) <= 0) && (!*until || strcmp(day, until) < 0);
}

int date_school_year(const char *s)
{
	return digits(s, 4) - (digits(s + 5, 2) < 9);
}

int date_years(const char *from, const char *to)
{
	return digits(to, 4) - digits(from, 4) - (strcmp(to + 5, from + 5) < 0);
}
