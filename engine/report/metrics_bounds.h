/* The upper bounds of the histograms, in ms; past the last is one bucket more. They stand where
   the budgets of the steps are (engine/policy/timeout.h), and below. */
#ifndef ENGINE_REPORT_METRICS_BOUNDS_H
#define ENGINE_REPORT_METRICS_BOUNDS_H

#include "engine/report/metrics.h"

static const int64_t metrics_step_bounds_ms[METRICS_BUCKETS_MAX - 1] = {50, 100, 250, 500, 1000, 2500, 5000, 10000, 15000, 20000, 60000};
static const int64_t metrics_visit_bounds_ms[METRICS_BUCKETS_MAX - 1] = {1000, 2500, 5000, 10000, 15000, 30000, 60000, 120000, 300000, 600000, 1200000};

#endif
