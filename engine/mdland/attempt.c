#include "engine/mdland/attempt.h"

#include "engine/mdland/session.h"

bool attempt_broken(struct attempt *a, enum err_code code)
{
    a->code = code;
    return false;
}

bool step_begin(struct attempt *a, enum step step)
{
    a->step = step;
    a->end.step = step;
    a->step_began = world_now(a->caller->world);
    struct mark mark = a->plan->mark;
    mark.attempt = a->number;
    mark.step = step_name(step);
    a->caller->world->ops->mark(a->caller->world, &mark);
    a->end.interrupted = a->caller->stop_asked;
    return !a->end.interrupted;
}

static void report_step(struct attempt *a, enum kind kind)
{
    struct duration took = instant_since(world_now(a->caller->world), a->step_began);
    a->plan->hooks->step(a->plan->hooks->ctx, a->step, took, kind);
}

bool step_done(struct attempt *a)
{
    report_step(a, KIND_NONE);
    return true;
}

/* Once the grace of a stop is over, a failure is not the visit's, whatever it is. */
bool step_failed(struct attempt *a, enum kind kind)
{
    a->end.kind = kind;
    a->end.interrupted |= call_grace_is_over(a->caller);
    report_step(a, kind);
    return false;
}

struct json_out *args_begin(struct attempt *a)
{
    str_clear(&a->args);
    json_out_init(&a->json, &a->args);
    json_out_object(&a->json, NULL);
    return &a->json;
}

void args_identity(struct attempt *a)
{
    json_out_text(&a->json, "visitId", a->plan->facts->visit_id);
    json_out_string(&a->json, "name", a->plan->visit->patient->name);
    json_out_string(&a->json, "dob", a->plan->visit->patient->dob);
}

bool attempt_act(struct attempt *a, enum operation_id id, struct call_outcome *ret_outcome)
{
    json_out_end_object(&a->json);
    if (str_full(&a->args)) {
        *ret_outcome = (struct call_outcome){.kind = KIND_BAD_INPUT};
        return true;
    }
    enum err_code code = call_page(a->caller, operation_get(id), str_slice(&a->args), ret_outcome, a->err);
    if (code != ERR_OK)
        return attempt_broken(a, code);
    if (ret_outcome->answer.expired)
        ret_outcome->kind = KIND_SESSION_EXPIRED;
    return true;
}

/* After an effect that was given up the browser is killed before anything that
   could let a queued click run; after a read the page is asked whether the
   session lives, and killed when it does not answer. */
static bool examine(struct attempt *a, const struct call_outcome *outcome, enum kind *kind)
{
    if (*kind == KIND_SESSION_EXPIRED || *kind == KIND_UNDECIDED || !a->caller->browser_up)
        return true;
    enum session_verdict verdict;
    enum err_code code = session_examine(a->caller, outcome->unanswered, &verdict, a->err);
    if (code != ERR_OK)
        return attempt_broken(a, code);
    if (verdict == SESSION_EXPIRED)
        *kind = KIND_SESSION_EXPIRED;
    if (verdict == SESSION_HUNG && a->caller->browser_up && outcome->unanswered)
        call_stop_browser(a->caller, "hung");
    return true;
}

/* Closing the visit and walking again cures what failed inside it. The shell, its
   list and its search are loaded once, with the browser's page: what broke there
   stays broken, for this visit and for all that follow. */
static bool is_of_shell(enum step step)
{
    return step == STEP_VALIDATE_SESSION || step == STEP_OPEN_WAITING_ROOM || step == STEP_SEARCH_PATIENT ||
           step == STEP_SELECT_PATIENT || step == STEP_SORT_VISITS || step == STEP_CLOSE_VISIT;
}

bool attempt_fail(struct attempt *a, const struct call_outcome *outcome)
{
    enum kind kind = outcome->kind;
    a->end.place = outcome->answer.what[0] ? place_sentence(outcome->answer.what) : outcome->silence;
    if (!examine(a, outcome, &kind))
        return false;
    if (is_of_shell(a->step) && kind_class_of(kind) == CLASS_TRANSIENT && a->caller->browser_up)
        call_stop_browser(a->caller, "killed");
    return step_failed(a, kind);
}

bool attempt_call(struct attempt *a, enum operation_id id, struct call_outcome *ret_outcome)
{
    if (!attempt_act(a, id, ret_outcome))
        return false;
    if (ret_outcome->kind != KIND_NONE)
        return attempt_fail(a, ret_outcome);
    if (!ret_outcome->answer.unreadable)
        return true;
    enum session_verdict verdict;
    enum err_code code = session_examine_frames(a->caller, &verdict, a->err);
    if (code != ERR_OK)
        return attempt_broken(a, code);
    return verdict == SESSION_EXPIRED ? step_failed(a, KIND_SESSION_EXPIRED) : true;
}

bool attempt_do(struct attempt *a, enum operation_id id)
{
    struct call_outcome outcome;
    return attempt_call(a, id, &outcome);
}
