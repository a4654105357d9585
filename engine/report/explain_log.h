/* The event log of a run, kept to be explained: what happened in what order, and for each
   visit the steps that failed and the one that was slowest for its kind. A fold of the log
   and of nothing else; a run directory's log may be that of several runs.

   Slow is a step of a visit in which none failed that took
   - over EXPLAIN_SLOW_FACTOR times the p95 of the same step elsewhere in this run, where that
     is known of EXPLAIN_SLOW_SAMPLES at least, and EXPLAIN_SLOW_MS at least; or
   - over half of the budget of its operation. */
#ifndef ENGINE_REPORT_EXPLAIN_LOG_H
#define ENGINE_REPORT_EXPLAIN_LOG_H

#include "engine/batch/events.h"
#include "engine/mdland/step.h"

#define EXPLAIN_EVENTS_MAX   (1u << 23)
#define EXPLAIN_VISITS_MAX   100000
#define EXPLAIN_TROUBLES_MAX 10 /* of one visit; more are counted */
#define EXPLAIN_SLOW_FACTOR  3
#define EXPLAIN_SLOW_SAMPLES 5
#define EXPLAIN_SLOW_MS      1000
#define EXPLAIN_NONE         UINT32_MAX

enum explain_class {
#define X(id, name, headline) id,
#include "engine/report/explain_class.def"
#undef X
};

enum explain_event_kind {
    EXPLAIN_BATCH, /* a run begins: at its instant 0 */
    EXPLAIN_VISIT_START,
    EXPLAIN_STEP,
    EXPLAIN_RETRY,
    EXPLAIN_RESULT,
    EXPLAIN_BROWSER,
    EXPLAIN_DIALOG,
    EXPLAIN_BREAKER,
    EXPLAIN_STOP,
    EXPLAIN_SESSION,
    EXPLAIN_SUMMARY
};

struct explain_event {
    enum explain_event_kind kind;
    int64_t at_ms;
    struct visit_label visit; /* the one in hand; zeros outside any */
    uint32_t attempt;
    enum step step;             /* STEP_NONE: it names none */
    enum kind error;
    enum visit_outcome outcome; /* RESULT */
    bool billed;                /* RESULT: it needs review, and its bill is on the chart */
    const char *place;          /* RESULT: what of the page was missing, in words; or NULL. Static */
    bool pending;               /* STEP: it had not ended when the recording did */
    int64_t ms;                 /* what it took; of a retry and a breaker the wait */
    uint32_t length;            /* DIALOG: of its text */
    char word[24];  /* state of a browser, breaker or session; a dialog's id; a stop's reason; the batch's outcome */
    bool accepted;  /* DIALOG */
    char type[16];  /* DIALOG */
};

/* Indices are of events. */
struct explain_visit {
    struct visit_label visit;
    uint32_t first;  /* its first event */
    uint32_t result; /* EXPLAIN_NONE: it has none */
    uint32_t troubles[EXPLAIN_TROUBLES_MAX]; /* steps that failed, or the slow one */
    uint32_t trouble_count, troubles_more;
    uint32_t main;   /* the trouble that matters: what ended it, else what took longest */
    enum explain_class class;
    int64_t weight;  /* within its class: ms lost; of a slow one thousandths of the limit */
};

struct explain_steps {
    int64_t *ms; /* of those that went well, sorted; owned */
    uint32_t count, room;
};

struct explain_log {
    struct explain_event *events; /* owned */
    uint32_t count, room;
    struct explain_visit *visits; /* owned; by patient and dos */
    uint32_t visit_count, visit_room;
    struct explain_steps steps[STEP_COUNT];
    struct visit_label in_hand;
    uint32_t attempt;
    uint32_t total; /* visits of the batch */
    uint32_t settled, settled_failed, settled_needs_review; /* by runs before the last one that began */
    bool full;      /* there was no memory, or a ceiling was met: of no use */
};

/* Zeroed is new. */
void explain_log_fini(struct explain_log *log);
/* Takes a line of the event log; what is no event is passed over. */
void explain_log_take(struct explain_log *log, struct slice line);
/* The log ended within a step, as what it is the log of tells: it stands at the end. */
void explain_log_pend(struct explain_log *log, const struct explain_event *step);
/* All lines were taken: judges the visits. A multiplier of 0 is not known: then no step
   is held against its budget. */
void explain_log_judge(struct explain_log *log, uint32_t multiplier_thousandths);

/* NULL: the log has none of it. */
const struct explain_visit *explain_log_find(const struct explain_log *log, struct visit_label visit);

/* How long the same step took where it went well, without that of `event`. n = 0: nowhere. */
struct explain_compared {
    uint32_t n;
    int64_t p50_ms, p95_ms, max_ms;
};
struct explain_compared explain_log_compare(const struct explain_log *log, const struct explain_event *event);

/* The budget of the operation that a step is named for; 0: not known, or it has none. */
int64_t explain_step_budget_ms(enum step step, uint32_t attempt, uint32_t multiplier_thousandths);

const char *explain_class_name(enum explain_class class);

#endif
