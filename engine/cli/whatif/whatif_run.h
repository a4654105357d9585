/* One what-if run of a recording's batch: other settings, faults, and every process that it
   takes - one that a fault kills is followed by the next, resumed from the journal. */
#ifndef ENGINE_CLI_WHATIF_RUN_H
#define ENGINE_CLI_WHATIF_RUN_H

#include "engine/cli/recorded.h"
#include "engine/report/outcomes.h"
#include "recorder/whatif/whatif.h"

#define WHATIF_PROCESSES_MAX 12
#define WHATIF_JOURNAL_MAX   ((size_t)64 << 20)

struct whatif_terms {
    struct settings settings;
    struct fault faults[MODEL_FAULTS_MAX];
    size_t fault_count;
    struct outcomes *outcomes; /* hears also of what a kill kept from the log; NULL: nobody does */
    void *ctx; /* as in recorder/whatif/whatif.h */
    void (*told)(void *ctx, const struct recall_told *told);
};

struct whatif_end {
    struct run_end run; /* of the last process */
    uint32_t processes;
    struct duration killed; /* the time of the processes that were killed, in all */
    uint32_t struck[MODEL_FAULTS_MAX]; /* how often each fault did */
    bool cut; /* it kept to a recording that ends early, and ended there */
};

/* The recording was played (recorded_play). Event lines of all processes go to `log`. */
enum err_code whatif_run(const struct recorded *recorded, struct whatif *whatif, const struct whatif_terms *terms,
                         struct event_log *log, struct whatif_end *ret_end, struct err *err) MUST_USE;

#endif
