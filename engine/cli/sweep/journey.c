#include "engine/cli/sweep/journey.h"

#define JOURNAL_BYTES_MAX ((size_t)64 << 20)
/* A batch of 100 with every retry used asks a tenth of it. */
#define TURNS_MAX 100000u
#define TURNS_OF_VISIT_MAX 1000u

static void take_line(void *ctx, struct slice line)
{
    struct journey *j = ctx;
    watch_line(&j->watch, line);
    if (j->plan->echo)
        str_add(j->plan->echo, line);
}

static struct world *begin_model(void *ctx, const struct model_options *options)
{
    struct journey *j = ctx;
    model_init(&j->model, options);
    return model_world(&j->model);
}

static bool model_is_killed(void *ctx)
{
    return model_killed(&((struct journey *)ctx)->model);
}

static uint32_t model_has_struck(void *ctx, size_t fault)
{
    return model_struck(&((struct journey *)ctx)->model, fault);
}

void journey_set(struct journey *j, const struct stage *stage)
{
    j->stage = *stage;
}

void journey_init(struct journey *j, struct clinic *clinic)
{
    *j = (struct journey){.clinic = clinic, .stage = {.ctx = j}};
    j->stage.begin = begin_model;
    j->stage.killed = model_is_killed;
    j->stage.struck = model_has_struck;
    j->stage.plan.base_url = SLICE("https://ehr.invalid");
    watch_init(&j->watch, clinic, &j->verdicts);
    str_init(&j->journal, JOURNAL_BYTES_MAX);
    event_log_init(&j->log, j, take_line);
}

void journey_fini(struct journey *j)
{
    watch_fini(&j->watch);
    str_fini(&j->journal);
    event_log_fini(&j->log);
}

static void begin_world(struct journey *j)
{
    const struct journey_plan *plan = j->plan;
    j->options = (struct model_options){
        .ledger = j->clinic->ledger,
        .faults = plan->faults,
        .fault_count = j->at_peace ? 0 : plan->fault_count,
        .run = j->runs,
        .commit = plan->commit,
        .commit_ctx = plan->commit_ctx,
        .journal = &j->journal,
        .latency = plan->latency,
        .seed = plan->seed,
        .turns_max = TURNS_MAX + TURNS_OF_VISIT_MAX * j->clinic->visit_count,
    };
    tap_init(&j->tap, j->stage.begin(j->stage.ctx, &j->options), &j->watch);
    j->tap.spots = plan->spots;
    j->tap.stop_broken = plan->stop_broken;
}

bool journey_process(struct journey *j, const struct journal *found)
{
    const struct journey_plan *plan = j->plan;
    struct run_end end;
    j->at_peace |= ++j->runs > JOURNEY_FAULTY_RUNS;
    if (j->at_peace)
        j->watch.terms.batch_timeout = (struct duration){0};
    struct run_plan run = j->stage.plan;
    run.batch = j->clinic->batch;
    run.max_retries = j->watch.terms.max_retries;
    run.multiplier_thousandths = j->watch.terms.multiplier_thousandths;
    run.min_gap = j->watch.terms.min_gap;
    run.batch_timeout = j->watch.terms.batch_timeout;
    run.found = found;
    watch_run(&j->watch);
    begin_world(j);
    err_init(&j->err);
    enum err_code code = run_batch(&run, &j->tap.base, &j->log, &end, &j->err);
    for (size_t i = 0; i < j->options.fault_count; i++)
        j->struck[i] += j->stage.struck(j->stage.ctx, i);
    if (plan->stop_broken && j->verdicts.first != INVARIANT_COUNT)
        return false;
    if (j->stage.killed(j->stage.ctx)) {
        j->kills++;
        watch_killed(&j->watch);
    } else {
        watch_run_ended(&j->watch, code, &j->err, &end.summary);
    }
    return j->verdicts.first == INVARIANT_COUNT;
}

/* As the next process finds it. */
static bool fold(struct journey *j, struct journal *ret_found)
{
    err_init(&j->err);
    enum err_code code = journal_fold(str_slice(&j->journal), ret_found, &j->err);
    MUST(&j->verdicts, INV_FOLD, code == ERR_OK, "the journal cannot be folded: %.100s", j->err.text);
    if (code == ERR_OK)
        watch_folded(&j->watch, ret_found);
    return code == ERR_OK;
}

static bool next_process(struct journey *j)
{
    struct journal found = {0};
    bool go_on = fold(j, &found) && journey_process(j, &found);
    journal_fini(&found);
    return go_on;
}

static void resume_finished(struct journey *j)
{
    j->at_peace = true;
    if (!next_process(j))
        return;
    watch_nothing_done(&j->watch);
    MUST(&j->verdicts, INV_RESUME_TWICE, j->tap.asked == 0, "%u operations", j->tap.asked);
    watch_recovered(&j->watch, str_slice(&j->journal));
}

/* A recording's settings are its own: a seed changes how often is tried again, and when the
   batch is out of time. */
static struct terms terms_of(const struct journey *j, const struct journey_plan *plan)
{
    const struct run_plan *recorded = &j->stage.plan;
    struct terms terms = plan->terms;
    if (!j->clinic->recorded)
        return terms;
    terms.multiplier_thousandths = recorded->multiplier_thousandths;
    terms.min_gap = recorded->min_gap;
    terms.max_retries = plan->seed ? terms.max_retries : recorded->max_retries;
    terms.batch_timeout = terms.batch_timeout.us ? terms.batch_timeout : recorded->batch_timeout;
    return terms;
}

void journey_begin(struct journey *j, const struct journey_plan *plan)
{
    struct terms terms = terms_of(j, plan);
    j->plan = plan;
    j->runs = j->kills = 0;
    j->at_peace = false;
    memset(j->struck, 0, sizeof j->struck);
    str_clear(&j->journal);
    ledger_reset(j->clinic->ledger);
    watch_reset(&j->watch, &terms);
}

bool journey_run(struct journey *j, const struct journey_plan *plan)
{
    journey_begin(j, plan);
    bool go_on = journey_process(j, NULL);
    while (go_on) {
        bool done = watch_is_finished(&j->watch);
        if (!done || plan->resume_after)
            watch_recovered(&j->watch, str_slice(&j->journal));
        if (watch_is_finished(&j->watch) || j->runs == JOURNEY_RUNS_MAX)
            break;
        ledger_login(j->clinic->ledger);
        go_on = next_process(j);
    }
    if (go_on && plan->resume_after && watch_is_finished(&j->watch))
        resume_finished(j);
    if (go_on)
        watch_all_ended(&j->watch);
    return j->verdicts.first == INVARIANT_COUNT;
}
