#include "engine/cli/scenario/trial.h"

#include "engine/cli/scenario/stage.h"

#define KILLED_EXIT_STATUS 137 /* of a process that SIGKILL ended, as a shell tells it */

struct conduct {
    struct scenario *scenario;
    struct trial *trial;
    struct str *lines; /* NULL: not kept */
    struct stage stage;
    struct event_log log;
    struct journal found;
};

static void take_line(void *ctx, struct slice line)
{
    struct conduct *c = ctx;
    story_take(&c->trial->story, line);
    if (c->lines)
        str_add(c->lines, line);
}

static void count(struct conduct *c)
{
    struct trial *trial = c->trial;
    trial->operations += c->stage.counting.operations;
    trial->browsers += c->stage.counting.starts;
    trial->took_ms += instant_to_ms(world_now(&c->stage.counting.base));
    stage_look_at_run(&c->stage, (uint32_t)trial->run_count);
    for (size_t i = 0; i < c->scenario->fault_count; i++)
        trial->struck[i] += stage_struck(&c->stage, i);
    if (c->scenario->replayed)
        trial->assumed = (uint32_t)replayed_assumed(c->scenario->replayed);
}

static void note_end(struct conduct *c, enum err_code code, const struct run_end *end, const struct err *why)
{
    struct run_told *run = &c->trial->runs[c->trial->run_count++];
    count(c);
    if (stage_was_killed(&c->stage, code)) {
        *run = (struct run_told){"killed", "none", KILLED_EXIT_STATUS};
        return;
    }
    if (code != ERR_OK && code != ERR_ENV) {
        c->trial->broken = *why;
        *run = (struct run_told){"killed", "none", err_exit_status(code)};
        return;
    }
    *run = (struct run_told){batch_outcome_name(end->summary.outcome), kind_name(end->summary.kind),
                             code == ERR_ENV ? err_exit_status(code) : run_exit_status(&end->summary)};
    story_end_run(&c->trial->story);
}

static void process(struct conduct *c)
{
    static struct err why; /* static: it is large */
    struct run_end end = {0};
    uint32_t run = (uint32_t)c->trial->run_count + 1;
    err_init(&why);
    story_begin_run(&c->trial->story);
    struct world *world = stage_begin(&c->stage, run);
    struct run_plan plan = stage_plan(&c->stage, run > 1 ? &c->found : NULL);
    enum err_code code = run_batch(&plan, world, &c->log, &end, &why);
    note_end(c, code, &end, &why);
}

/* The journal as the next process finds it: a torn line at its end was never written. */
static enum err_code fold(struct conduct *c)
{
    journal_fini(&c->found);
    c->found = (struct journal){0};
    if (journal_fold(str_slice(&c->stage.journal), &c->found, &c->trial->broken) == ERR_OK)
        story_take_journal(&c->trial->story, &c->found);
    return c->trial->broken.code;
}

static void follow(struct conduct *c)
{
    process(c);
    for (size_t i = 0; i < c->scenario->then_count && c->trial->broken.code == ERR_OK; i++) {
        const struct value *then = &c->scenario->then[i]->value;
        c->trial->took_ms += then->number;
        if (slice_equal(then->text, SLICE("login")))
            stage_login(&c->stage);
        else if (then->number)
            stage_wait(&c->stage, then->number);
        else if (fold(c) == ERR_OK)
            process(c);
    }
    if (c->trial->broken.code == ERR_OK)
        (void)fold(c);
    stage_look_at_charts(&c->stage);
}

/* A recording that the engine does not keep to is what its scenario is there to see. */
static bool is_broken(enum err_code code)
{
    return code == ERR_DIVERGED || code == ERR_INTERNAL;
}

static enum err_code take_stage(struct conduct *c, bool faults, struct err *err)
{
    enum err_code code = stage_open(&c->stage, c->scenario, &c->trial->story, faults, err);
    if (code == ERR_OK) {
        follow(c);
    } else if (is_broken(code)) {
        c->trial->broken = *err;
        err_init(err);
        code = ERR_OK;
    }
    return code;
}

enum err_code trial_run(struct trial *trial, struct scenario *scenario, bool faults, struct str *lines, struct err *err)
{
    static struct conduct c; /* static: it is large, and there is one at a time */
    *trial = (struct trial){0};
    c = (struct conduct){.scenario = scenario, .trial = trial, .lines = lines};
    TRY(story_init(&trial->story, scenario->batch, err));
    event_log_init(&c.log, &c, take_line);
    enum err_code code = take_stage(&c, faults, err);
    event_log_fini(&c.log);
    stage_close(&c.stage);
    journal_fini(&c.found);
    (void)in_one_line(trial->broken.text);
    return code == ERR_OK && trial->story.full ? err_set(err, ERR_ENV, "out of memory") : code;
}

void trial_fini(struct trial *trial)
{
    story_fini(&trial->story);
}
