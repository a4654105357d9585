/* A run in numbers for a monitor: a fold of the event log, as Prometheus' text format has it.
   Labels are words of our own tables and nothing else: what a log has that no table knows is
   counted as "other", so no log can put a name into them. */
#ifndef ENGINE_REPORT_METRICS_H
#define ENGINE_REPORT_METRICS_H

#include "engine/base/str.h"
#include "engine/batch/events.h"
#include "engine/mdland/step.h"

#define METRICS_BUCKETS_MAX 12
#define METRICS_KINDS_MAX 32 /* at least those of kind.def */
#define METRICS_WORDS_MAX 8
#define METRICS_TEXT_MAX ((size_t)1 << 18)

struct metrics_histogram {
    uint64_t buckets[METRICS_BUCKETS_MAX]; /* each by itself; the last: past every bound */
    uint64_t count;
    int64_t sum_ms;
};

/* Zeroed: no run has begun. The last index of steps and kinds is "other". */
struct metrics {
    bool begun, ended;
    int64_t at_ms, ended_at_ms; /* of the last event; of batch_summary */
    int64_t total, settled, settled_failed, settled_needs_review;
    uint64_t visits[VISIT_OUTCOME_COUNT];
    uint64_t attempts, retries, dialogs;
    uint64_t browser[METRICS_WORDS_MAX]; /* by the words of KEY_BROWSER_STATE */
    struct metrics_histogram visit, steps[STEP_COUNT + 1];
    uint64_t failures[STEP_COUNT + 1][METRICS_KINDS_MAX + 1];
    enum breaker_state breaker;
    bool session_expired;
    enum batch_outcome outcome;
    bool has_outcome;
};

/* Takes one line; what is no event is passed over. A batch_start begins anew. */
void metrics_take(struct metrics *metrics, struct slice line);

/* What the log does not tell. */
struct metrics_run {
    int64_t began_us; /* wall clock, since 1970 UTC; 0: not known, and no instant is told */
    bool active;      /* a process is at it */
    const char *version;
};
void metrics_format(const struct metrics *metrics, const struct metrics_run *run, struct str *out);

#endif
