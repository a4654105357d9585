/* Schedules of faults: every shape that a fault can have, and as many of them as are wanted
   put at random into a batch - the same ones for the same seed, on every machine. */
#ifndef ENGINE_CLI_SWEEP_SCHEDULE_H
#define ENGINE_CLI_SWEEP_SCHEDULE_H

#include "engine/mdland/batch_input.h"
#include "recorder/fault.h"
#include "recorder/model.h"
#include "engine/cli/sweep/watch.h"

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
};

/* About `wanted` faults, one every few visits. */
void schedule_random(uint64_t seed, const struct batch *batch, uint32_t wanted, struct schedule *ret_schedule);
/* The settings that go with a seed; 0: those of a plain run. */
struct terms schedule_terms(uint64_t seed);

/* Does the process end by it, one way or another? */
bool kind_ends_process(enum fault_kind kind);

#endif
