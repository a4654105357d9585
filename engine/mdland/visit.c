#include "engine/mdland/visit.h"

#include "engine/mdland/attempt.h"

/* The longest arguments: a note of four sections. */
#define ARGS_BYTES_MAX ((size_t)16 << 20)

static bool whole_visit(struct attempt *a)
{
    if (!walk_to_visit(a))
        return false;
    if (!a->plan->visit->soap_only && !codes_save(a))
        return false;
    if (!note_save(a))
        return false;
    if (!a->plan->visit->soap_only && !billing_create(a))
        return false;
    return walk_close(a);
}

/* A visit that is left at a safe point is closed, so that its lock does not keep
   out whoever finishes it. Whether that works changes nothing. */
static void release(struct attempt *a)
{
    CLEANUP_OUTCOME struct call_outcome outcome = {0};
    if (!a->end.left_open || !a->caller->browser_up)
        return;
    args_begin(a);
    a->end.left_open = !attempt_act(a, OPERATION_CLOSE_VISIT, &outcome) || outcome.kind != KIND_NONE;
}

enum err_code visit_attempt(const struct visit_plan *plan, uint32_t attempt, struct attempt_end *ret_end, struct err *err)
{
    struct attempt a = {
        .plan = plan,
        .caller = plan->caller,
        .number = attempt,
        .err = err,
        .end = {.left_open = plan->close_first},
    };
    plan->caller->attempt = attempt;
    str_init(&a.args, ARGS_BYTES_MAX);
    bool done = whole_visit(&a);
    if (a.end.interrupted && a.code == ERR_OK)
        release(&a);
    str_fini(&a.args);
    if (done)
        a.end.kind = KIND_NONE;
    /* Unless the run is over, an attempt that did not end well says why. */
    ASSERT(done || a.code != ERR_OK || a.end.interrupted || a.end.kind != KIND_NONE);
    *ret_end = a.end;
    return a.code;
}
