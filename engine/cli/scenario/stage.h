/* The world in which a scenario's runs go on, one after the other: the modelled EHR, or what
   a recording would have been. Which of them is chosen here and nowhere else. */
#ifndef ENGINE_CLI_SCENARIO_STAGE_H
#define ENGINE_CLI_SCENARIO_STAGE_H

#include "engine/cli/scenario/counting.h"
#include "engine/cli/scenario/scenario.h"

struct stage {
    struct scenario *scenario; /* borrowed */
    struct story *story;       /* borrowed */
    bool faults;
    struct str journal; /* of all runs so far */
    struct settings settings;
    struct str settings_text;
    struct model model; /* of the modelled EHR */
    struct whatif_options options; /* of a recording */
    struct counting counting;
};

/* All as new. faults: false leaves them out. stage_close() is to be called whatever comes. */
enum err_code stage_open(struct stage *stage, struct scenario *scenario, struct story *story, bool faults, struct err *err) MUST_USE;
void stage_close(struct stage *stage);

/* The door for the n-th run, from 1. */
struct world *stage_begin(struct stage *stage, uint32_t run);
/* What that run is told; `found` is what its journal says, NULL: it is the first. */
struct run_plan stage_plan(const struct stage *stage, const struct journal *found);

/* Did the run end in the middle: killed by a fault, or where its recording was cut? */
bool stage_was_killed(const struct stage *stage, enum err_code code);
/* How often the n-th fault struck in this run; of a recording, in all so far. */
uint32_t stage_struck(const struct stage *stage, size_t fault);

/* Between two runs. */
void stage_login(struct stage *stage);
void stage_wait(struct stage *stage, int64_t ms);

/* After the last: what the charts show, and what the last door saw. */
void stage_look_at_charts(struct stage *stage);
void stage_look_at_run(struct stage *stage, uint32_t run);

#endif
