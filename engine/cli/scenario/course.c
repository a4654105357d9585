#include "engine/cli/scenario/course.h"

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

struct journey {
    struct scenario *scenario;
    struct course *course;
    bool faults;
    struct model model;
    struct counting counting;
    struct event_log log;
    struct str journal;
    struct journal found;
};

static void take_line(void *ctx, struct slice line)
{
    story_take(&((struct journey *)ctx)->course->story, line);
}

/* The one place that chooses in what world a run goes on. */
static struct world *begin_world(struct journey *j)
{
    model_init(&j->model, &(struct model_options){
        .ledger = j->scenario->roster.clinic.ledger,
        .faults = j->scenario->faults,
        .fault_count = j->faults ? j->scenario->fault_count : 0,
        .run = (uint32_t)j->course->run_count + 1,
        .journal = &j->journal,
        .turns_max = TURNS_MAX,
    });
    return counting_init(&j->counting, model_world(&j->model), &j->course->story);
}

static int64_t number(const struct scenario *s, enum row row, int64_t otherwise)
{
    const struct item *item = items_find(&s->items, row);
    return item ? item->value.number : otherwise;
}

static struct run_plan plan_of(const struct journey *j)
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
        .found = j->course->run_count ? &j->found : NULL,
    };
}

static void count(struct journey *j)
{
    struct model_counts counts = model_counts(&j->model);
    struct breaches *breaches = &j->course->story.breaches;
    uint32_t run = (uint32_t)j->course->run_count;
    j->course->operations += counts.operations;
    j->course->browsers += counts.starts;
    if (counts.effects_after_expiry)
        breach_note(breaches, NEVER_CHANGE_EXPIRED, (struct visit_label){0}, run);
    if (counts.effects_without_intent)
        breach_note(breaches, NEVER_NO_INTENT, (struct visit_label){0}, run);
    for (size_t i = 0; j->faults && i < j->scenario->fault_count; i++)
        j->course->struck[i] += model_struck(&j->model, i);
}

static void note_end(struct journey *j, enum err_code code, const struct run_end *end, const struct err *why)
{
    struct run_course *run = &j->course->runs[j->course->run_count++];
    count(j);
    if (model_killed(&j->model)) {
        *run = (struct run_course){"killed", "none", KILLED_EXIT_STATUS};
        return;
    }
    if (code != ERR_OK && code != ERR_ENV) {
        j->course->broken = *why;
        *run = (struct run_course){"killed", "none", err_exit_status(code)};
        return;
    }
    *run = (struct run_course){batch_outcome_name(end->summary.outcome), kind_name(end->summary.kind),
                               code == ERR_ENV ? err_exit_status(code) : run_exit_status(&end->summary)};
    story_end_run(&j->course->story);
}

static void process(struct journey *j)
{
    static struct err why; /* static: it is large */
    struct run_plan plan = plan_of(j);
    struct run_end end = {0};
    err_init(&why);
    story_begin_run(&j->course->story);
    struct world *world = begin_world(j);
    enum err_code code = run_batch(&plan, world, &j->log, &end, &why);
    note_end(j, code, &end, &why);
}

/* The journal as the next process finds it: a torn line at its end was never written. */
static enum err_code fold(struct journey *j)
{
    journal_fini(&j->found);
    j->found = (struct journal){0};
    if (journal_fold(str_slice(&j->journal), &j->found, &j->course->broken) == ERR_OK)
        story_take_journal(&j->course->story, &j->found);
    return j->course->broken.code;
}

static void pass(struct ledger *ledger, int64_t ms)
{
    ledger_advance(ledger, instant_add(ledger->now, duration_ms(ms)));
}

static void follow(struct journey *j)
{
    struct ledger *ledger = j->scenario->roster.clinic.ledger;
    process(j);
    for (size_t i = 0; i < j->scenario->then_count && j->course->broken.code == ERR_OK; i++) {
        const struct value *then = &j->scenario->then[i]->value;
        if (slice_equal(then->text, SLICE("login")))
            ledger_login(ledger);
        else if (then->number)
            pass(ledger, then->number);
        else if (fold(j) == ERR_OK)
            process(j);
    }
    if (j->course->broken.code == ERR_OK)
        (void)fold(j);
    j->course->took_ms = instant_to_ms(ledger->now);
    pass(ledger, AFTER_MS);
}

enum err_code course_run(struct course *course, struct scenario *scenario, bool faults, struct err *err)
{
    static struct journey j; /* static: it is large, and there is one at a time */
    *course = (struct course){0};
    j = (struct journey){.scenario = scenario, .course = course, .faults = faults};
    TRY(story_init(&course->story, scenario->roster.clinic.batch, err));
    str_init(&j.journal, JOURNAL_BYTES_MAX);
    event_log_init(&j.log, &j, take_line);
    ledger_reset(scenario->roster.clinic.ledger);
    follow(&j);
    breaches_of_charts(&course->story.breaches, &scenario->roster.clinic);
    event_log_fini(&j.log);
    str_fini(&j.journal);
    journal_fini(&j.found);
    for (size_t i = 0; i < course->story.count; i++)
        if (ledger_charts(scenario->roster.clinic.ledger)[i].bills && strcmp(course->story.visits[i].outcome, "failed") == 0)
            breach_note(&course->story.breaches, NEVER_FAILED_BILLED, course->story.visits[i].visit, 0);
    return course->story.full ? err_set(err, ERR_ENV, "out of memory") : ERR_OK;
}

void course_fini(struct course *course)
{
    story_fini(&course->story);
}
