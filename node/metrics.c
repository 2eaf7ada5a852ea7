#include "node/metrics.h"

#include <stdatomic.h>

#include "proto/require.h"

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const struct {
	enum kind kind;
	const char *name;
	const char *labels;
	const char *help;
} TABLE[] = {
#define METRIC(id, kind, name, labels, help) {kind, name, labels, help},
#include "node/metrics.def"
#undef METRIC
};

static const struct {
	uint64_t ns;
	const char *text;
} BUCKETS_LE[] = {
    {100000, "0.0001"}, {300000, "0.0003"}, {1000000, "0.001"},	 {3000000, "0.003"},
    {10000000, "0.01"}, {30000000, "0.03"}, {100000000, "0.1"},	 {300000000, "0.3"},
    {1000000000, "1"},	{3000000000, "3"},  {10000000000, "10"},
};

enum { BUCKET_COUNT = sizeof BUCKETS_LE / sizeof *BUCKETS_LE };

/* value: a counter, a gauge, or how many times a histogram was told. */
static struct {
	_Atomic int64_t value;
	_Atomic uint64_t sum_ns;
	_Atomic uint64_t bucket[BUCKET_COUNT];
} values[METRIC_COUNT];

void metric_add(enum metric m, uint64_t n)
{
	require(TABLE[m].kind == COUNTER);
	atomic_fetch_add_explicit(&values[m].value, (int64_t)n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t value)
{
	require(TABLE[m].kind == GAUGE);
	atomic_store_explicit(&values[m].value, value, memory_order_relaxed);
}

void metric_time(enum metric m, uint64_t duration_ns)
{
	require(TABLE[m].kind == HISTOGRAM);
	atomic_fetch_add_explicit(&values[m].value, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&values[m].sum_ns, duration_ns, memory_order_relaxed);
	for (int i = 0; i < BUCKET_COUNT; i++) {
		if (duration_ns <= BUCKETS_LE[i].ns) {
			atomic_fetch_add_explicit(&values[m].bucket[i], 1, memory_order_relaxed);
			break;
		}
	}
}

static void put_histogram(struct buf *out, int m)
{
	const char *name = TABLE[m].name;
	const char *labels = TABLE[m].labels;
	const char *comma = *labels ? "," : "";
	long long count = (long long)values[m].value;
	uint64_t below = 0;
	for (int i = 0; i < BUCKET_COUNT; i++) {
		below += values[m].bucket[i];
		buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma,
			   BUCKETS_LE[i].text, (unsigned long long)below);
	}
	buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %lld\n", name, labels, comma, count);
	buf_printf(out, "%s_sum %.9f\n%s_count %lld\n", name, (double)values[m].sum_ns / 1e9, name,
		   count);
}

void metrics_write(struct buf *out)
{
	static const char *const KINDS[] = {"counter", "gauge", "histogram"};
	for (int m = 0; m < METRIC_COUNT; m++) {
		if (m == 0 || strcmp(TABLE[m].name, TABLE[m - 1].name) != 0)
			buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", TABLE[m].name,
				   TABLE[m].help, TABLE[m].name, KINDS[TABLE[m].kind]);
		if (TABLE[m].kind == HISTOGRAM)
			put_histogram(out, m);
		else if (*TABLE[m].labels)
			buf_printf(out, "%s{%s} %lld\n", TABLE[m].name, TABLE[m].labels,
				   (long long)values[m].value);
		else
			buf_printf(out, "%s %lld\n", TABLE[m].name, (long long)values[m].value);
	}
}
