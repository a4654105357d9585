/* A scenario: a claim about what the engine does, as a person writes it (fixtures/scenarios),
   read, judged and ready to be run. */
#ifndef ENGINE_CLI_SCENARIO_SCENARIO_H
#define ENGINE_CLI_SCENARIO_SCENARIO_H

#include "engine/cli/scenario/replayed.h"
#include "engine/cli/scenario/roster.h"
#include "engine/cli/scenario/schema.h"
#include "recorder/model/fault.h"
#include "recorder/model/model.h"

#define SCENARIO_RUNS_MAX 12
#define SCENARIO_THEN_MAX 48

struct scenario {
    const char *path; /* borrowed */
    struct str text;  /* of the file; owned */
    struct arena arena;
    struct items items;
    const struct node *root;
    struct slice claim;
    struct replayed *replayed; /* owned; NULL: on the modelled EHR, with */
    struct roster roster;
    const struct batch *batch; /* of either */
    struct fault faults[MODEL_FAULTS_MAX];
    const struct item *fault_items[MODEL_FAULTS_MAX];
    size_t fault_count;
    const struct item *then[SCENARIO_THEN_MAX];
    size_t then_count;
};

/* Reads and judges. Problems of the file go to `problems`, and true says that there are none;
   ERR_ENV where the system failed. scenario_close() is to be called whatever comes. */
enum err_code scenario_open(struct scenario *scenario, const char *path, struct problems *problems, bool *ret_whole,
                            struct err *err) MUST_USE;
void scenario_close(struct scenario *scenario);

/* The index of a visit; SIZE_MAX: the batch has none of that label. */
size_t scenario_visit(const struct scenario *scenario, struct visit_label visit);

/* A path that the scenario names is relative to its file. False: too long. */
bool scenario_beside(const char *path, struct slice named, char *ret_path, size_t size) MUST_USE;

#endif
