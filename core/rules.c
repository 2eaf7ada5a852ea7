#include "core/rules.h"

int64_t rules_mean(int64_t sum, int64_t n)
{
	return (200 * sum + n) / (2 * n);
}

int64_t rules_indicator(const struct rules *r, int64_t sum_of_means, int64_t n)
{
	int64_t top = n * r->indicator_top;
	return (2 * sum_of_means * r->indicator_scale + top) / (2 * top);
}

bool rules_deviates(const struct rules *r, int64_t external, int64_t expert)
{
	int64_t apart = external > expert ? external - expert : expert - external;
	return apart >= r->deviation_from;
}

bool rules_one_sided(const struct rules *r, size_t most, size_t all)
{
	return (int64_t)all >= r->one_sided_least && (int64_t)most * 100 >= r->one_sided_share * (int64_t)all;
}
