#include "engine/batch/runner.h"

#include "engine/batch/run.h"

#include "engine/mdland/operation.h"

static void on_dialog(void *ctx, const char *id, struct slice type, size_t length, bool accepted)
{
    struct runner *r = ctx;
    event_dialog(r->log, run_now(r), id, type, length, accepted);
}

static void on_browser(void *ctx, const char *what)
{
    struct runner *r = ctx;
    event_browser(r->log, run_now(r), what);
}

static void on_stop(void *ctx, bool out_of_time)
{
    struct runner *r = ctx;
    event_stop(r->log, run_now(r), out_of_time);
}

void run_stop(struct runner *r, enum batch_outcome outcome, enum kind kind)
{
    if (r->over && outcome != BATCH_ENVIRONMENT)
        return;
    r->over = true;
    r->summary.outcome = outcome;
    r->summary.kind = kind;
}

void run_stop_asked(struct runner *r)
{
    run_stop(r, BATCH_STOPPED, r->caller.out_of_time ? KIND_TIMEOUT : KIND_NONE);
}

enum err_code run_stop_expired(struct runner *r)
{
    struct record record = {.type = RECORD_LATCH, .kind = KIND_SESSION_EXPIRED};
    r->caller.fenced = true; /* also where a plain GET found it, and a page is still there */
    run_stop(r, BATCH_FATAL, KIND_SESSION_EXPIRED);
    event_session(r->log, run_now(r), "expired");
    return journal_commit(&r->caller, NULL, &record, r->err);
}

const struct visit_state *run_found(const struct runner *r, struct visit_label visit)
{
    return r->plan->found ? journal_find(r->plan->found, visit) : NULL;
}

static struct visit_label label_of(const struct runner *r, size_t index)
{
    const struct batch_visit *visit = &r->plan->batch->visits[index];
    return (struct visit_label){r->plan->batch->patients[visit->patient].number, visit->dos};
}

static bool is_settled(const struct runner *r, size_t index)
{
    const struct visit_state *found = run_found(r, label_of(r, index));
    return found && found->settled;
}

static enum err_code visit_at(struct runner *r, size_t index)
{
    struct arena arena;
    struct visit *visit = NULL;
    arena_init(&arena, VISIT_ARENA_BYTES);
    enum err_code code = batch_visit_open(r->plan->batch, index, &arena, &visit, r->err);
    if (code == ERR_OK)
        code = attempts_run(r, visit);
    arena_fini(&arena);
    return code;
}

/* *ret_next: the first that this run did not come to. */
static enum err_code run_visits(struct runner *r, size_t *ret_next)
{
    for (size_t i = *ret_next; i < r->plan->batch->visit_count && !r->over; i++) {
        bool go;
        if (is_settled(r, i))
            continue;
        TRY(gate_pass(r, &go));
        if (!go)
            return ERR_OK;
        uint32_t completed = r->completed;
        enum err_code code = visit_at(r, i);
        *ret_next = r->completed > completed ? i + 1 : i;
        TRY(code);
    }
    return ERR_OK;
}

static void settle_rest(struct runner *r, size_t next)
{
    for (size_t i = next; i < r->plan->batch->visit_count; i++) {
        struct visit_result result = {.visit = label_of(r, i), .outcome = VISIT_NOT_ATTEMPTED};
        if (!is_settled(r, i))
            visit_settle(r, &result);
    }
}

static enum err_code journal_start(struct runner *r)
{
    const struct run_plan *plan = r->plan;
    struct slice settings = plan->settings.len ? plan->settings : SLICE("{}");
    struct run_start start = {
        .batch_hash = plan->batch->hash,
        .plan_hash = batch_plan_hash(plan->batch),
        .total = r->summary.total,
        .wall_us = plan->wall_us,
    };
    if (!text_format(start.batch_id, sizeof start.batch_id, "%.*s", SLICE_ARG(plan->batch->id)) ||
        !text_format(start.settings, sizeof start.settings, "%.*s", SLICE_ARG(settings)))
        return err_set(r->err, ERR_INPUT, "the batch's id or the settings are too long for a journal");
    if (plan->found && plan->found->runs) {
        start.forced_batch = start.batch_hash != plan->found->start.batch_hash;
        start.forced_settings = strcmp(start.settings, plan->found->start.settings) != 0;
    }
    struct record record = {.type = RECORD_RUN_START, .start = &start};
    return journal_commit(&r->caller, NULL, &record, r->err);
}

static enum err_code run_body(struct runner *r, size_t *ret_next)
{
    TRY(journal_start(r));
    if (r->summary.settled == r->summary.total)
        return ERR_OK;
    TRY(look_before(r));
    return run_visits(r, ret_next);
}

static enum err_code journal_end(struct runner *r, struct err *err)
{
    struct record record = {
        .type = RECORD_RUN_END,
        .ms = instant_to_ms(run_now(r)),
        .ended = r->summary.outcome,
        .kind = r->summary.kind,
        .exit_status = run_exit_status(&r->summary),
    };
    return journal_commit(&r->caller, NULL, &record, err);
}

/* A run whose environment broke says so in its journal, unless that is what broke; that it
   cannot is then no news. */
static enum err_code journal_broken_end(struct runner *r)
{
    static struct err failed; /* static: it is large, and there is one */
    if (r->caller.journal_failed)
        return ERR_ENV;
    err_init(&failed);
    if (journal_end(r, &failed) == ERR_OK || failed.code == ERR_ENV)
        return ERR_ENV;
    *r->err = failed;
    return failed.code;
}

static enum err_code leave_area(struct runner *r)
{
    bool closed;
    if (!r->area_dirty)
        return ERR_OK;
    r->caller.attempt = 1;
    r->caller.limit = INSTANT_NEVER;
    return visit_leave(&r->caller, &closed, r->err);
}

/* Ends the log. A broken environment still gets its results and its summary. A replay
   that left its recording gets neither: what happened then is not known. */
static enum err_code finish(struct runner *r, size_t next, enum err_code code)
{
    if (code != ERR_OK && code != ERR_ENV)
        return code;
    struct mark mark = MARK_RUN;
    r->caller.world->ops->mark(r->caller.world, &mark);
    if (code == ERR_OK)
        code = leave_area(r);
    if (code != ERR_OK && code != ERR_ENV)
        return code;
    call_stop_browser(&r->caller, NULL);
    if (code == ERR_ENV)
        run_stop(r, BATCH_ENVIRONMENT, KIND_NONE);
    settle_rest(r, next);
    code = code == ERR_OK ? journal_end(r, r->err) : journal_broken_end(r);
    if (code != ERR_OK && code != ERR_ENV)
        return code;
    if (code == ERR_ENV)
        run_stop(r, BATCH_ENVIRONMENT, KIND_NONE);
    r->summary.took = (struct duration){run_now(r).us};
    event_batch_summary(r->log, run_now(r), &r->summary);
    return code;
}

static void count_settled(struct runner *r)
{
    for (size_t i = 0; i < r->plan->batch->visit_count; i++) {
        if (!is_settled(r, i))
            continue;
        r->summary.settled++;
        r->summary.earlier[run_found(r, label_of(r, i))->outcome]++;
    }
}

static void begin(struct runner *r, struct world *world)
{
    const struct run_plan *plan = r->plan;
    str_init(&r->main_url, 4096);
    str_add(&r->main_url, plan->base_url);
    str_add(&r->main_url, SLICE(MAIN_PAGE));
    struct caller_options options = {
        .start = {.url = str_slice(&r->main_url),
                  .cookies = plan->cookies,
                  .cookie_count = plan->cookie_count,
                  .headed = plan->headed,
                  .guarded = operation_guarded,
                  .guarded_count = operation_guarded_count},
        .dialogs = dialog_rules,
        .dialog_count = dialog_rule_count,
        .multiplier_thousandths = plan->multiplier_thousandths,
        .observer = {r, on_dialog, on_browser, on_stop},
    };
    caller_init(&r->caller, world, &options);
    if (plan->batch_timeout.us)
        r->caller.stop_at = instant_add(world_now(world), plan->batch_timeout);
}

enum err_code run_batch(const struct run_plan *plan, struct world *world, struct event_log *log,
                        struct run_end *ret_end, struct err *err)
{
    struct runner r = {.plan = plan, .log = log, .err = err, .breaker = {.mode = plan->breaker}};
    r.summary.total = (uint32_t)plan->batch->visit_count;
    r.summary.outcome = BATCH_COMPLETE;
    begin(&r, world);
    count_settled(&r);
    event_batch_start(log, world_now(world), &r.summary);
    size_t next = 0;
    enum err_code code = run_body(&r, &next);
    code = finish(&r, next, code);
    *ret_end = (struct run_end){.summary = r.summary, .late_replies = r.caller.late_replies};
    str_fini(&r.main_url);
    return code;
}

int run_exit_status(const struct batch_summary *summary)
{
    static const int statuses[] = {
#define X(id, name, status) [id] = status,
#include "engine/batch/batch_outcome.def"
#undef X
    };
    if (summary->outcome != BATCH_COMPLETE)
        return statuses[summary->outcome];
    if (summary->counts[VISIT_NEEDS_REVIEW] + summary->earlier[VISIT_NEEDS_REVIEW])
        return 8;
    return summary->counts[VISIT_FAILED] + summary->earlier[VISIT_FAILED] ? 1 : 0;
}
