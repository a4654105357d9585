/* A scenario's trial: its runs, one process after the other, with what stands between them -
   a login, a wait, a resume from the journal - and what came of it. Time is virtual. */
#ifndef ENGINE_CLI_SCENARIO_TRIAL_H
#define ENGINE_CLI_SCENARIO_TRIAL_H

#include "engine/cli/scenario/scenario.h"
#include "engine/cli/scenario/story.h"

struct run_told {
    const char *outcome, *error; /* static words */
    int exit_status;
};

struct trial {
    struct story story;
    struct run_told runs[SCENARIO_RUNS_MAX];
    size_t run_count; /* 0: the recording could not be replayed, see `broken` */
    int64_t took_ms; /* of all runs, and the waits between them */
    uint32_t operations, browsers;
    uint32_t assumed; /* answers that a recording does not hold */
    uint32_t struck[MODEL_FAULTS_MAX];
    struct err broken; /* ERR_OK, or what ended the engine that should not have: ERR_INTERNAL and its like */
};

/* faults: false runs it as if nothing went wrong. lines: what takes the event logs of its runs,
   or NULL. An error is the system's. trial_fini() is to be called whatever comes. */
enum err_code trial_run(struct trial *trial, struct scenario *scenario, bool faults, struct str *lines,
                        struct err *err) MUST_USE;
void trial_fini(struct trial *trial);

#endif
