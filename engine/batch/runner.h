/* A batch from its first event to its summary: the look at the site, then every visit
   that no earlier run has settled, in the order of the batch, each with its attempts.
   Whatever happens - a fatal stop, a signal, an open breaker, a broken environment -
   every such visit gets exactly one visit_result and the summary is printed; only a
   diverged replay or a bug leaves the log where it stands. */
#ifndef ENGINE_BATCH_RUNNER_H
#define ENGINE_BATCH_RUNNER_H

#include "engine/batch/events.h"
#include "engine/batch/journal.h"
#include "engine/mdland/batch_input.h"
#include "engine/world/world.h"

#define USER_AGENT "revisit"

struct run_plan {
    const struct batch *batch;
    struct slice base_url;         /* scheme, host, port; no slash at the end */
    const struct op_cookie *cookies; /* of the base URL's host */
    size_t cookie_count;
    uint32_t max_retries;          /* 0 to RETRIES_MAX */
    uint32_t multiplier_thousandths;
    bool headed;
    struct duration min_gap;       /* between the end of a visit and the next; 0 = none */
    struct duration visit_timeout; /* 0 = as the table of timeouts says */
    struct duration batch_timeout; /* then the run stops as if it were asked to; 0 = none */
    enum breaker_mode breaker;
    /* For the journal: all of the above as a flat JSON object, and the wall clock at
       instant 0, microseconds since 1970 UTC. */
    struct slice settings;
    int64_t wall_us;
    /* A resume: what earlier runs of this batch left. NULL: a first run. */
    const struct journal *found;
};

struct run_end {
    struct batch_summary summary;
    uint64_t late_replies;
};

/* Returns ERR_OK when the batch came to its end, whatever that was; the exit
   status is then run_exit_status(). ERR_ENV when the environment broke (the log
   is complete then too). Other errors: the log ends where the run did. */
enum err_code run_batch(const struct run_plan *plan, struct world *world, struct event_log *log,
                        struct run_end *ret_end, struct err *err) MUST_USE;

/* 0, 1, 3, 4, 5, 8 or 9, the first that applies in the order 9 3 4 5 8 1; what earlier
   runs settled counts too. */
int run_exit_status(const struct batch_summary *summary);

#endif
