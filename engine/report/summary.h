/* A run in a few lines for a person: a fold of the event log and of nothing
   else, so that it cannot disagree with it. */
#ifndef ENGINE_REPORT_SUMMARY_H
#define ENGINE_REPORT_SUMMARY_H

#include "engine/base/str.h"
#include "engine/policy/kind.h"

#define SUMMARY_STEPS_MAX 32
#define SUMMARY_VISITS_MAX 8 /* visits that are named, so that all is one screen; the rest is counted */

struct step_stats {
    char name[32];
    int64_t *durations_ms; /* owned */
    size_t count, capacity;
    int64_t total_ms;
};

struct visit_line {
    char text[160];
};

struct summary {
    struct step_stats steps[SUMMARY_STEPS_MAX];
    size_t step_count;
    struct visit_line reviews[SUMMARY_VISITS_MAX]; /* that a person must look at: told first */
    struct visit_line visits[SUMMARY_VISITS_MAX];  /* the others that did not end well */
    size_t review_count, visit_count;             /* may be more than are named */
    int64_t settled, settled_failed, settled_needs_review; /* by earlier runs */
    int64_t total, done, failed, needs_review, interrupted, not_attempted, undecided;
    int64_t retries, retried_done;
    int64_t total_ms;
    char outcome[16];
    enum kind fatal; /* of a fatal stop, else KIND_NONE */
    bool ended; /* batch_summary was seen */
    char place[96]; /* where the log stands: the attempt that began last, the step that ended last */
    char step[32];
};

void summary_init(struct summary *s);
void summary_fini(struct summary *s);

/* Takes one line of the event log; a line that is no event is ignored. */
void summary_take(struct summary *s, struct slice line);

/* The text, several lines. real_us: how long this took in real time; -1 = live,
   where simulated and real time are the same. */
void summary_print(struct summary *s, int64_t real_us, struct str *out);

#endif
