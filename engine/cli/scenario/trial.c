#include "engine/cli/scenario/trial.h"

#include "engine/batch/runner.h"
#include "engine/cli/scenario/counting.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

#define JOURNAL_BYTES_MAX ((size_t)64 << 20)
#define KILLED_EXIT_STATUS 137 /* of a process that SIGKILL ended, as a shell tells it */
/* A batch of 500 with every retry used asks a tenth of it. */
#define TURNS_MAX ((uint64_t)1 << 24)
/* What is on its way when all runs have ended arrives before the charts are looked at. */
#define AFTER_MS ((int64_t)3600 * 1000)

struct conduct {
    struct scenario *scenario;
    struct trial *trial;
    bool faults;
    struct model model;
    struct counting counting;
    struct event_log log;
    struct str journal;
    struct journal found;
};

static void take_line(void *ctx, struct slice line)
{
    story_take(&((struct conduct *)ctx)->trial->story, line);
}

/* The one place that chooses in what world a run goes on. */
static struct world *begin_world(struct conduct *j)
{
    model_init(&j->model, &(struct model_options){
        .ledger = j->scenario->roster.clinic.ledger,
        .faults = j->scenario->faults,
        .fault_count = j->faults ? j->scenario->fault_count : 0,
        .run = (uint32_t)j->trial->run_count + 1,
        .journal = &j->journal,
        .turns_max = TURNS_MAX,
    });
    return counting_init(&j->counting, model_world(&j->model), &j->trial->story);
}

static int64_t number(const struct scenario *s, enum row row, int64_t otherwise)
{
    const struct item *item = items_find(&s->items, row);
    return item ? item->value.number : otherwise;
}

static struct run_plan plan_of(const struct conduct *j)
{
    const struct scenario *s = j->scenario;
    return (struct run_plan){
        .batch = s->roster.clinic.batch,
        .base_url = SLICE("https://ehr.invalid"),
        .max_retries = (uint32_t)number(s, ROW_MAX_RETRIES, RETRIES_DEFAULT),
        .multiplier_thousandths = (uint32_t)number(s, ROW_MULTIPLIER, MULTIPLIER_ONE),
        .min_gap = duration_ms(number(s, ROW_MIN_GAP, 0)),
        .batch_timeout = duration_ms(number(s, ROW_BATCH_TIMEOUT, 0)),
        .breaker = (enum breaker_mode)number(s, ROW_BREAKER, BREAKER_AUTO),
        .found = j->trial->run_count ? &j->found : NULL,
    };
}

static void count(struct conduct *j)
{
    struct model_counts counts = model_counts(&j->model);
    struct breaches *breaches = &j->trial->story.breaches;
    uint32_t run = (uint32_t)j->trial->run_count;
    j->trial->operations += counts.operations;
    j->trial->browsers += counts.starts;
    if (counts.effects_after_expiry)
        breach_note(breaches, NEVER_CHANGE_EXPIRED, (struct visit_label){0}, run);
    if (counts.effects_without_intent)
        breach_note(breaches, NEVER_NO_INTENT, (struct visit_label){0}, run);
    for (size_t i = 0; j->faults && i < j->scenario->fault_count; i++)
        j->trial->struck[i] += model_struck(&j->model, i);
}

static void note_end(struct conduct *j, enum err_code code, const struct run_end *end, const struct err *why)
{
    struct run_told *run = &j->trial->runs[j->trial->run_count++];
    count(j);
    if (model_killed(&j->model)) {
        *run = (struct run_told){"killed", "none", KILLED_EXIT_STATUS};
        return;
    }
    if (code != ERR_OK && code != ERR_ENV) {
        j->trial->broken = *why;
        *run = (struct run_told){"killed", "none", err_exit_status(code)};
        return;
    }
    *run = (struct run_told){batch_outcome_name(end->summary.outcome), kind_name(end->summary.kind),
                               code == ERR_ENV ? err_exit_status(code) : run_exit_status(&end->summary)};
    story_end_run(&j->trial->story);
}

static void process(struct conduct *j)
{
    static struct err why; /* static: it is large */
    struct run_plan plan = plan_of(j);
    struct run_end end = {0};
    err_init(&why);
    story_begin_run(&j->trial->story);
    struct world *world = begin_world(j);
    enum err_code code = run_batch(&plan, world, &j->log, &end, &why);
    note_end(j, code, &end, &why);
}

/* The journal as the next process finds it: a torn line at its end was never written. */
static enum err_code fold(struct conduct *j)
{
    journal_fini(&j->found);
    j->found = (struct journal){0};
    if (journal_fold(str_slice(&j->journal), &j->found, &j->trial->broken) == ERR_OK)
        story_take_journal(&j->trial->story, &j->found);
    return j->trial->broken.code;
}

static void pass(struct ledger *ledger, int64_t ms)
{
    ledger_advance(ledger, instant_add(ledger->now, duration_ms(ms)));
}

static void follow(struct conduct *j)
{
    struct ledger *ledger = j->scenario->roster.clinic.ledger;
    process(j);
    for (size_t i = 0; i < j->scenario->then_count && j->trial->broken.code == ERR_OK; i++) {
        const struct value *then = &j->scenario->then[i]->value;
        if (slice_equal(then->text, SLICE("login")))
            ledger_login(ledger);
        else if (then->number)
            pass(ledger, then->number);
        else if (fold(j) == ERR_OK)
            process(j);
    }
    if (j->trial->broken.code == ERR_OK)
        (void)fold(j);
    j->trial->took_ms = instant_to_ms(ledger->now);
    pass(ledger, AFTER_MS);
}

enum err_code trial_run(struct trial *trial, struct scenario *scenario, bool faults, struct err *err)
{
    static struct conduct j; /* static: it is large, and there is one at a time */
    *trial = (struct trial){0};
    j = (struct conduct){.scenario = scenario, .trial = trial, .faults = faults};
    TRY(story_init(&trial->story, scenario->roster.clinic.batch, err));
    str_init(&j.journal, JOURNAL_BYTES_MAX);
    event_log_init(&j.log, &j, take_line);
    ledger_reset(scenario->roster.clinic.ledger);
    follow(&j);
    breaches_of_charts(&trial->story.breaches, &scenario->roster.clinic);
    event_log_fini(&j.log);
    str_fini(&j.journal);
    journal_fini(&j.found);
    for (size_t i = 0; i < trial->story.count; i++)
        if (ledger_charts(scenario->roster.clinic.ledger)[i].bills && strcmp(trial->story.visits[i].outcome, "failed") == 0)
            breach_note(&trial->story.breaches, NEVER_FAILED_BILLED, trial->story.visits[i].visit, 0);
    return trial->story.full ? err_set(err, ERR_ENV, "out of memory") : ERR_OK;
}

void trial_fini(struct trial *trial)
{
    story_fini(&trial->story);
}
