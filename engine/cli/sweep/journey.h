/* One run of a batch from its first process to its last: whatever ends a process early - a
   kill, a stop, an open breaker, a full disk, the end of the session - the next one folds
   the journal and goes on, as `revisit run --resume` does, until every visit is settled.
   Faults strike in the first processes; those after are left in peace, so that a run which
   can end does. */
#ifndef ENGINE_CLI_SWEEP_JOURNEY_H
#define ENGINE_CLI_SWEEP_JOURNEY_H

#include "recorder/model/model.h"
#include "engine/cli/sweep/tap.h"

#define JOURNEY_FAULTY_RUNS 6
#define JOURNEY_RUNS_MAX    12

/* What is behind the tap: a world a process. `options` holds what the process is to find -
   its number, its faults, the journal - and goes for as long as it does. */
struct stage {
    void *ctx;
    struct world *(*begin)(void *ctx, const struct model_options *options);
    /* Asked once, when the process has ended: by a fault that killed it? */
    bool (*killed)(void *ctx);
    /* How often the n-th fault struck in this process. */
    uint32_t (*struck)(void *ctx, size_t fault);
    struct run_plan plan; /* what a run over it is told, but for the terms */
};

struct journey_plan {
    const struct fault *faults;
    size_t fault_count;
    struct terms terms;
    uint64_t seed;      /* of the latencies; 0: plain ones */
    struct model_latency latency;
    bool stop_broken;   /* end it where a law is broken, not where that process ends */
    bool resume_after;  /* also resume it once it is finished */
    struct str *echo;   /* takes the event log; NULL: nobody does */
    struct spots *spots; /* counts the places come to; NULL: nobody does */
    /* Makes the records durable; NULL: they go to journey.journal. */
    int (*commit)(void *ctx, struct slice record);
    void *commit_ctx;
};

struct journey {
    struct clinic *clinic; /* borrowed */
    struct verdicts verdicts;
    struct watch watch;
    struct model model; /* unless the stage is another */
    struct stage stage;
    struct model_options options; /* of the process in hand */
    struct tap tap;
    struct str journal;
    struct event_log log;
    struct err err;
    const struct journey_plan *plan;
    /* Of the last one. */
    uint32_t struck[MODEL_FAULTS_MAX];
    uint32_t runs, kills;
    bool at_peace; /* no fault strikes any more */
};

void journey_init(struct journey *j, struct clinic *clinic);
/* Another world than the model; before any run. */
void journey_set(struct journey *j, const struct stage *stage);
void journey_fini(struct journey *j);
/* False when a law was broken: the verdicts say which. */
bool journey_run(struct journey *j, const struct journey_plan *plan);

/* The same in parts, for whoever ends processes himself: charts, journal and watch as new;
   one process, resumed from what was found (NULL: the first). */
void journey_begin(struct journey *j, const struct journey_plan *plan);
bool journey_process(struct journey *j, const struct journal *found);

#endif
