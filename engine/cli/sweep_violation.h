/* A violation as a person reads it: the law, what was seen, the seed and the command that
   repeats it; shrunk before, if that was asked for, and written to a file. */
#ifndef ENGINE_CLI_SWEEP_VIOLATION_H
#define ENGINE_CLI_SWEEP_VIOLATION_H

#include "engine/cli/sweep/crew.h"
#include "engine/cli/sweep_arguments.h"

struct violation {
    enum invariant law;
    int died_of; /* as in struct seed_result */
    const char *where;
    struct journey_plan plan; /* that broke it */
    bool of_seed;             /* its faults are those that plan.seed draws */
};

/* On stdout. ERR_ENV when the file cannot be written, or no process be begun. */
enum err_code violation_tell(const struct sweep_arguments *arguments, struct journey *j, const struct violation *violation,
                         struct err *err) MUST_USE;

#endif
