/* What `revisit sweep` is asked: parsed and judged before anything is opened. */
#ifndef ENGINE_CLI_SWEEP_ARGUMENTS_H
#define ENGINE_CLI_SWEEP_ARGUMENTS_H

#include "engine/base/err.h"

#include <stdint.h>

/* A sweep over fewer visits, or with fewer faults or seeds, is not held to what must come up. */
#define SWEEP_SEEDS_ENOUGH 500
#define SWEEP_VISITS_ENOUGH 20
#define SWEEP_FAULTS_ENOUGH 20

struct sweep_arguments {
    const char *path;
    uint64_t seed_from, seed_to;
    uint32_t faults_max, jobs;
    bool shrink, cells, log, quiet;
    /* One schedule: the seed, 0 for none, gives its settings. */
    const char *schedule, *faults_path; /* NULL: none */
    const char *out_dir;
};

enum err_code sweep_arguments_parse(int argc, char **argv, struct sweep_arguments *ret_arguments, struct err *err) MUST_USE;

#endif
