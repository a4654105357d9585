/* The fence around a change of the chart, the same in a first attempt as in any
   other: look whether it is there already; if not, act; look again in the same
   way. The intent is durable before the act, the result after the proof. What was
   intended and never proved is unknown: codes and notes are written again where
   the chart does not show them, a bill never is. No deadline of the visit cuts an
   effect, or a look for one that may have happened. */
#include "engine/mdland/attempt.h"

/* A read that says "not there" after an unknown outcome is repeated after this. */
#define SECOND_LOOK_MS 1000

static enum effect_state state_of(const struct attempt *a, const struct fence *fence)
{
    return a->plan->facts->effects[fence->effect];
}

static bool commit_result(struct attempt *a, const struct fence *fence, bool proved)
{
    enum err_code code = a->plan->hooks->result(a->plan->hooks->ctx, fence->step, proved, a->err);
    return code == ERR_OK ? true : attempt_broken(a, code);
}

/* One look, and a second a moment later when the first says no. Where a stop leaves no
   time for the second, nothing is decided: a resume looks again. */
static bool look_again(struct attempt *a, const struct fence *fence, bool *ret_there)
{
    bool whole;
    if (!fence->is_there(a, ret_there))
        return false;
    if (*ret_there)
        return true;
    enum err_code code = call_wait_out(a->caller, duration_ms(SECOND_LOOK_MS), &whole, a->err);
    if (code != ERR_OK)
        return attempt_broken(a, code);
    a->end.interrupted = !whole;
    return whole && fence->is_there(a, ret_there);
}

/* The visit's deadline does not cut the looks for what may have happened. */
static bool look_twice(struct attempt *a, const struct fence *fence, bool *ret_there)
{
    struct instant limit = a->caller->limit;
    a->caller->limit = INSTANT_NEVER;
    bool looked = look_again(a, fence, ret_there);
    a->caller->limit = limit;
    return looked;
}

static bool needs_review(struct attempt *a)
{
    a->end.needs_review = true;
    return step_failed(a, KIND_UNKNOWN);
}

/* Our own request may still be at work on the chart: nothing is read or tried
   again before its exchange has ended, which the exchange's timeout bounds. */
static bool outlive_request(struct attempt *a, enum effect_request *ret_request)
{
    struct world *world = a->caller->world;
    while ((*ret_request = world->ops->effect(world).request) == EFFECT_IN_FLIGHT && !a->caller->stop_asked) {
        enum err_code code = call_wait(a->caller, duration_ms(SECOND_LOOK_MS), a->err);
        if (code != ERR_OK)
            return attempt_broken(a, code);
    }
    return true;
}

/* The act failed. Where no byte of its request left, it has not begun and may be
   tried again as if never tried; anything else stays unknown. */
static bool act_failed(struct attempt *a, const struct fence *fence, const struct call_outcome *outcome)
{
    if (outcome->unanswered && a->caller->browser_up)
        call_stop_browser(a->caller, "killed");
    enum effect_request request = outcome->effect.request;
    a->end.retry_after_s = outcome->effect.retry_after_s;
    if (request == EFFECT_IN_FLIGHT && !outlive_request(a, &request))
        return false;
    bool begun = request != EFFECT_NO_REQUEST && request != EFFECT_NOT_SENT;
    if (!begun && !commit_result(a, fence, false))
        return false;
    return attempt_fail(a, outcome);
}

static bool act(struct attempt *a, const struct fence *fence, bool *ret_closed)
{
    enum err_code code = a->plan->hooks->intent(a->plan->hooks->ctx, fence->step, a->err);
    if (code != ERR_OK)
        return attempt_broken(a, code);
    args_begin(a);
    args_identity(a);
    struct call_outcome outcome;
    if (!attempt_act(a, fence->act, &outcome))
        return false;
    if (outcome.kind != KIND_NONE)
        return act_failed(a, fence, &outcome);
    (void)answer_flag(&outcome.answer, "closed", ret_closed);
    return true;
}

static bool not_shown(struct attempt *a, const struct fence *fence)
{
    if (fence->effect == EFFECT_BILLING)
        return needs_review(a);
    a->end.place = "the chart does not show what was saved";
    return step_failed(a, KIND_UNKNOWN);
}

static bool prove(struct attempt *a, const struct fence *fence, bool closed)
{
    bool there = false;
    if (closed && fence->reach && !fence->reach(a))
        return false;
    if (!look_twice(a, fence, &there))
        return false;
    if (!there)
        return not_shown(a, fence);
    return commit_result(a, fence, true);
}

/* The visit's deadline cuts neither the effect nor the read that proves it. */
static bool act_and_prove(struct attempt *a, const struct fence *fence)
{
    struct instant limit = a->caller->limit;
    bool closed = false;
    a->caller->limit = INSTANT_NEVER;
    bool proved = act(a, fence, &closed) && prove(a, fence, closed);
    a->caller->limit = limit;
    return proved;
}

bool fence_run(struct attempt *a, const struct fence *fence)
{
    bool there = false;
    if (!step_begin(a, fence->step))
        return false;
    bool unknown = state_of(a, fence) == EFFECT_INTENDED;
    bool looked = unknown ? look_twice(a, fence, &there) : fence->is_there(a, &there);
    if (!looked)
        return false;
    if (there && unknown)
        return commit_result(a, fence, true);
    if (there)
        return true;
    if (fence->effect == EFFECT_BILLING && state_of(a, fence) != EFFECT_UNTOUCHED)
        return needs_review(a);
    if (fence->prepare && !fence->prepare(a))
        return false;
    return step_begin(a, fence->step) && act_and_prove(a, fence) && step_done(a);
}
