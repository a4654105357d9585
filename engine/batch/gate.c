/* Between two visits no chart is open, so this is where a run waits: for the breaker to
   close, for the gap to pass. A stop ends every wait. */
#include "engine/batch/run.h"

#include "engine/policy/pace.h"
#include "engine/policy/retry.h"

/* Every move of the breaker is told and journaled here. */
static enum err_code moved(struct runner *r, struct duration wait)
{
    struct record record = {.type = RECORD_BREAKER, .breaker = r->breaker.state, .probe = r->breaker.probes_failed};
    event_breaker(r->log, run_now(r), &r->breaker, wait);
    return journal_commit(&r->caller, NULL, &record, r->err);
}

static struct duration longer(struct duration a, struct duration b)
{
    return a.us > b.us ? a : b;
}

/* What the site asked for counts where it is longer: the visit before, or the last look. */
static struct duration open_wait(const struct runner *r)
{
    struct duration wait = retry_delay_asked(breaker_wait(&r->breaker), r->retry_after_s);
    return longer(wait, instant_since(r->not_before, run_now(r)));
}

/* A probe always has an end, a failed one where a stop cut it. */
static enum err_code probe(struct runner *r, struct duration *ret_wait)
{
    bool well = false;
    breaker_begin_probe(&r->breaker);
    TRY(moved(r, (struct duration){0}));
    TRY(look_probe(r, &well));
    breaker_end_probe(&r->breaker, well);
    *ret_wait = open_wait(r);
    return moved(r, *ret_wait);
}

static enum err_code outlast_breaker(struct runner *r)
{
    r->retry_after_s = 0;
    breaker_open(&r->breaker);
    struct duration wait = open_wait(r);
    TRY(moved(r, wait));
    while (r->breaker.state == BREAKER_OPEN && !r->caller.stop_asked) {
        TRY(call_wait(&r->caller, wait, r->err));
        if (!r->caller.stop_asked)
            TRY(probe(r, &wait));
    }
    if (r->breaker.state == BREAKER_STOPPED && !r->caller.stop_asked)
        run_stop(r, BATCH_BREAKER, KIND_NONE);
    return ERR_OK;
}

static enum err_code keep_pace(struct runner *r)
{
    if (!r->any_visit)
        return ERR_OK;
    struct duration left = longer(pace_left(r->plan->min_gap, r->visit_ended, run_now(r)), instant_since(r->not_before, run_now(r)));
    return left.us ? call_wait(&r->caller, left, r->err) : ERR_OK;
}

enum err_code gate_pass(struct runner *r, bool *ret_go)
{
    *ret_go = false;
    struct mark mark = MARK_RUN;
    r->caller.world->ops->mark(r->caller.world, &mark);
    if (!r->caller.stop_asked && breaker_trips(&r->breaker))
        TRY(outlast_breaker(r));
    if (!r->over && !r->caller.stop_asked)
        TRY(keep_pace(r));
    if (!r->over && r->caller.stop_asked)
        run_stop_asked(r);
    *ret_go = !r->over;
    return ERR_OK;
}
