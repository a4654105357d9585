/* A scenario's course: its runs, one process after the other, with what stands between them -
   a login, a wait, a resume from the journal - and what came of it. Time is virtual. */
#ifndef ENGINE_CLI_SCENARIO_COURSE_H
#define ENGINE_CLI_SCENARIO_COURSE_H

#include "engine/cli/scenario/scenario.h"
#include "engine/cli/scenario/story.h"

struct run_course {
    const char *outcome, *error; /* static words */
    int exit_status;
};

struct course {
    struct story story;
    struct run_course runs[SCENARIO_RUNS_MAX];
    size_t run_count;
    int64_t took_ms; /* of all runs, and the waits between them */
    uint32_t operations, browsers;
    uint32_t struck[MODEL_FAULTS_MAX];
    struct err broken; /* ERR_OK, or what ended the engine that should not have: ERR_INTERNAL and its like */
};

/* faults: false runs it as if nothing went wrong. An error is the system's. course_fini()
   is to be called whatever comes. */
enum err_code course_run(struct course *course, struct scenario *scenario, bool faults, struct err *err) MUST_USE;
void course_fini(struct course *course);

#endif
