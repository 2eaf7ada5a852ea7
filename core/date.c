#include "core/date.h"

#include <string.h>

enum { FURTHEST_EAST_S = 14 * 3600, DAY_S = 24 * 3600 };

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
