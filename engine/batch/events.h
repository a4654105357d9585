/* The event log: one JSON object a line, every line starting with '{', keys in
   a fixed order, integers only, absent rather than null. Instants and durations
   are whole milliseconds, rounded down. A patient is a label (p1, p2, ... by
   order in the batch) and an error is a sentence of ours: the log carries no
   identity and no page text. */
#ifndef ENGINE_BATCH_EVENTS_H
#define ENGINE_BATCH_EVENTS_H

#include "engine/base/clock.h"
#include "engine/base/str.h"
#include "engine/policy/breaker.h"
#include "engine/policy/kind.h"

#include <stdint.h>

#define EVENTS_FORMAT 1

enum visit_outcome {
#define X(id, name) id,
#include "engine/batch/outcome.def"
#undef X
    VISIT_OUTCOME_COUNT
};

enum batch_outcome {
#define X(id, name, status) id,
#include "engine/batch/batch_outcome.def"
#undef X
    BATCH_OUTCOME_COUNT
};

const char *visit_outcome_name(enum visit_outcome outcome);
const char *batch_outcome_name(enum batch_outcome outcome);

/* Why a visit needs review: its bill is on the chart, or may be. */
const char *event_review_sentence(bool billed);

struct event_log {
    void *ctx;
    /* One line, its newline included; valid for the call. */
    void (*line)(void *ctx, struct slice line);
    struct str text; /* the line being written */
};

void event_log_init(struct event_log *log, void *ctx, void (*line)(void *ctx, struct slice line));
void event_log_fini(struct event_log *log);

struct visit_label {
    uint32_t patient, dos;
};

struct visit_result {
    struct visit_label visit;
    enum visit_outcome outcome;
    const char *step;  /* NULL unless it ended in a step that failed */
    enum kind kind;    /* KIND_NONE: no error */
    const char *place; /* what of the page was missing, in words; or NULL */
    bool billed;       /* our bill was seen on the chart */
    struct duration took;
    uint32_t attempts; /* tries made */
};

struct batch_summary {
    uint32_t total, counts[VISIT_OUTCOME_COUNT];
    uint32_t settled, earlier[VISIT_OUTCOME_COUNT]; /* by earlier runs: all, and how they ended */
    struct duration took;
    enum batch_outcome outcome;
    enum kind kind; /* of a fatal stop; timeout: the batch was out of time */
};

/* Those settled by earlier runs are counted, and those of them that did not end well. */
void event_batch_start(struct event_log *log, struct instant at, const struct batch_summary *summary);
void event_visit_start(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt);
void event_step(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt, const char *step,
                struct duration took, enum kind kind);
void event_retry(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt,
                 struct duration delay, const char *step, enum kind kind);
void event_visit_result(struct event_log *log, struct instant at, const struct visit_result *result);
void event_progress(struct event_log *log, struct instant at, uint32_t completed, uint32_t total);
/* id NULL: a dialog that is not in the table; then only its kind and length are told. */
void event_dialog(struct event_log *log, struct instant at, const char *id, struct slice type, size_t length, bool accepted);
void event_browser(struct event_log *log, struct instant at, const char *what);
/* delay: the wait of an open breaker. probe: how many it has made since it opened. */
void event_breaker(struct event_log *log, struct instant at, const struct breaker *breaker, struct duration delay);
void event_stop(struct event_log *log, struct instant at, bool out_of_time);
void event_session(struct event_log *log, struct instant at, const char *what);
void event_batch_summary(struct event_log *log, struct instant at, const struct batch_summary *summary);

#endif
