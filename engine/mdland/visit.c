#include "engine/mdland/visit.h"

#include "engine/mdland/attempt.h"

/* The longest arguments: a note of four sections. */
#define ARGS_BYTES_MAX ((size_t)16 << 20)

/* Codes and note, unless a bill was begun: they were proved before its intent, and a
   billed chart may show no editors any more. */
static bool codes_and_note(struct attempt *a)
{
    if (a->plan->facts->effects[EFFECT_BILLING] != EFFECT_UNTOUCHED)
        return true;
    if (!a->plan->visit->soap_only && !codes_save(a))
        return false;
    return note_save(a);
}

/* Of a visit whose bill was begun all that is left is to look for it, and no deadline of
   the visit cuts that. */
static bool whole_visit(struct attempt *a)
{
    if (a->plan->facts->effects[EFFECT_BILLING] == EFFECT_INTENDED)
        a->caller->limit = INSTANT_NEVER;
    if (!walk_to_visit(a) || !codes_and_note(a))
        return false;
    if (!a->plan->visit->soap_only && !billing_create(a))
        return false;
    return walk_close(a);
}

enum err_code visit_leave(struct caller *c, bool *ret_closed, struct err *err)
{
    struct call_outcome outcome;
    *ret_closed = false;
    TRY(call_page(c, operation_get(OPERATION_CLOSE_VISIT), SLICE("{}"), &outcome, err));
    *ret_closed = outcome.kind == KIND_NONE;
    return ERR_OK;
}

/* A visit that is left at a safe point is closed. */
static void release(struct attempt *a)
{
    bool closed;
    if (!a->end.left_open)
        return;
    a->code = visit_leave(a->caller, &closed, a->err);
    a->end.left_open = !closed;
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
    struct instant limit = plan->caller->limit;
    plan->caller->attempt = attempt;
    str_init(&a.args, ARGS_BYTES_MAX);
    bool done = whole_visit(&a);
    plan->caller->limit = limit;
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
