/* Schedules of faults: every shape that a fault can have, and some of them put at random
   into a batch - the same ones for the same seed, on every machine. */
#ifndef ENGINE_CLI_SWEEP_SCHEDULE_H
#define ENGINE_CLI_SWEEP_SCHEDULE_H

#include "engine/cli/sweep/journey.h"

/* What can happen at a target. */
struct shape {
    enum fault_target target;
    enum fault_kind kind;
    bool taken;
};

#define SHAPES_MAX 1024

/* All of them, in the order of the tables. */
const struct shape *shapes_all(size_t *ret_count);
/* One for each that can happen at this target; returns how many. */
size_t shapes_at(enum fault_target target, struct shape ret_shapes[FAULT_KIND_COUNT * 2]);
/* A size that is worth trying, where the kind has one; chance: any number. */
uint32_t shape_size(enum fault_kind kind, uint64_t chance);

struct schedule {
    struct fault faults[MODEL_FAULTS_MAX];
    size_t count;
    uint32_t max; /* at random: no more are put in */
};

/* At least one fault and at most `max`, of kinds of which each seed leaves some out. */
void schedule_random(uint64_t seed, const struct batch *batch, uint32_t max, struct schedule *ret_schedule);
/* The settings that go with a seed; 0: those of a plain run. */
struct terms schedule_terms(uint64_t seed);
/* They, the latencies, and whether the run is resumed when it is finished: all of a plan but
   its faults. */
void schedule_settle(uint64_t seed, struct journey_plan *plan);

/* Does the process end by it, one way or another? */
bool kind_ends_process(enum fault_kind kind);

#endif
