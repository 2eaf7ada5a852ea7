/*
 * metrics - what the node counts, one table (metrics.def), written as Prometheus text. Safe from
 * any thread.
 */
#ifndef NODE_METRICS_H
#define NODE_METRICS_H

#include "proto/buf.h"

enum metric {
#define METRIC(id, kind, name, labels, help) METRIC_##id,
#include "node/metrics.def"
#undef METRIC
	METRIC_COUNT
};

/* Counters. */
void metric_add(enum metric m, uint64_t n);

/* Gauges. */
void metric_set(enum metric m, int64_t value);

/* Histograms. */
void metric_time(enum metric m, uint64_t duration_ns);

/* text/plain; version=0.0.4 */
void metrics_write(struct buf *out);

#endif
