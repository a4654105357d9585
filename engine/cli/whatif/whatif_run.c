#include "engine/cli/whatif/whatif_run.h"

static enum err_code fold(const struct str *journal, struct journal *ret_found, struct err *err)
{
    journal_fini(ret_found);
    *ret_found = (struct journal){0};
    return journal_fold(str_slice(journal), ret_found, err);
}

/* True when another process goes on after this one. */
static bool was_killed(const struct whatif *whatif, enum err_code code)
{
    return code == ERR_UNREADABLE && whatif_killed(whatif);
}

static void count_struck(const struct whatif *whatif, const struct whatif_terms *terms, struct whatif_end *end)
{
    for (size_t i = 0; i < terms->fault_count; i++)
        end->struck[i] += whatif_struck(whatif, i);
}

/* A process was killed: the next one's plan goes on from its journal. */
static enum err_code go_on(struct whatif *whatif, const struct recorded *recorded, const struct whatif_terms *terms,
                           const struct str *journal, struct journal *found, struct whatif_end *end, struct err *err)
{
    end->killed.us += world_now(&whatif->base).us;
    TRY(fold(journal, found, err));
    if (terms->outcomes)
        outcomes_settle(terms->outcomes, found, &recorded->run.found);
    return ERR_OK;
}

static enum err_code run_processes(const struct recorded *recorded, struct whatif *whatif, const struct whatif_terms *terms, struct run_plan *plan, struct world *world,
                                   struct str *journal, struct journal *found, struct event_log *log, struct whatif_end *end,
                                   struct err *err)
{
    for (end->processes = 1; end->processes < WHATIF_PROCESSES_MAX; end->processes++) {
        enum err_code code = run_batch(plan, world, log, &end->run, err);
        end->cut = code == ERR_DIVERGED && whatif_ended(whatif);
        bool environment = code == ERR_ENV && end->run.summary.outcome == BATCH_ENVIRONMENT;
        bool killed = was_killed(whatif, code);
        count_struck(whatif, terms, end);
        if (killed || end->cut || environment)
            err_init(err);
        if (!killed)
            return err->code;
        TRY(go_on(whatif, recorded, terms, journal, found, end, err));
        plan->found = found;
        world = whatif_resume(whatif, end->processes + 1);
    }
    return err_set(err, ERR_INPUT, "%u processes of this run were killed: it is given up", WHATIF_PROCESSES_MAX);
}

enum err_code whatif_run(const struct recorded *recorded, struct whatif *whatif, const struct whatif_terms *terms,
                         struct event_log *log, struct whatif_end *ret_end, struct err *err)
{
    CLEANUP_STR struct str settings;
    CLEANUP_STR struct str journal;
    struct journal found = {0};
    str_init(&settings, SETTINGS_BYTES_MAX);
    str_init(&journal, WHATIF_JOURNAL_MAX);
    str_add(&journal, str_slice(&replay_recording(recorded->run.replay)->journal));
    settings_format(&terms->settings, &settings);
    struct whatif_options options = {.faults = terms->faults, .fault_count = terms->fault_count, .journal = &journal,
                                     .ctx = terms->ctx, .told = terms->told};
    struct run_plan plan = recorded_plan(recorded, &terms->settings, str_slice(&settings));
    *ret_end = (struct whatif_end){0};
    enum err_code code =
        run_processes(recorded, whatif, terms, &plan, whatif_begin(whatif, &options), &journal, &found, log, ret_end, err);
    journal_fini(&found);
    return code;
}
