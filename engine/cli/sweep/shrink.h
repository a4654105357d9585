/* A schedule that breaks a law, made as small as it goes: no part of it can be left out, no
   size halved, no kind be a plainer one without the law holding again. What breaks and how
   is found out is the caller's: a trial may be a process of its own. */
#ifndef ENGINE_CLI_SWEEP_SHRINK_H
#define ENGINE_CLI_SWEEP_SHRINK_H

#include "engine/cli/sweep/schedule.h"

#define SHRINK_TRIALS_MAX 5000

struct shrink {
    /* Is the same law broken under this plan? */
    bool (*breaks)(void *ctx, const struct journey_plan *plan);
    void *ctx;
    uint32_t trials; /* that were made; SHRINK_TRIALS_MAX: it may go further */
};

/* The plan's faults are copied to `schedule` and smaller ones left there, which the plan then
   points to; its settings are plain ones where these do. */
void shrink_plan(struct shrink *s, struct journey_plan *plan, struct schedule *schedule);

#endif
