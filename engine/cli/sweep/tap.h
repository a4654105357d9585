/* A door in front of another: all that passes is shown to a watch, and nothing is changed;
   where it is asked for, next() fails once a law is broken. */
#ifndef ENGINE_CLI_SWEEP_TAP_H
#define ENGINE_CLI_SWEEP_TAP_H

#include "recorder/model/fault.h"
#include "engine/cli/sweep/watch.h"

/* How often each place was come to: of the first visits of a batch by attempt, and of the
   time outside any. */
#define SPOTS_VISITS   3
#define SPOTS_ATTEMPTS 3

struct spots {
    uint32_t met[SPOTS_VISITS][SPOTS_ATTEMPTS][FAULT_TARGET_COUNT];
    uint32_t outside[FAULT_TARGET_COUNT];
};

struct tap {
    struct world base;
    struct world *behind;
    struct watch *watch;
    struct spots *spots; /* NULL: not counted */
    uint32_t asked; /* page operations and browser starts */
    bool stop_broken; /* nothing passes any more once a law is broken */
};

void tap_init(struct tap *tap, struct world *behind, struct watch *watch);

#endif
