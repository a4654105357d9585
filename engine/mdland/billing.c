/* The bill: created once, or left to a person. The visit may close itself
   afterwards; then it is opened again to be read. */
#include "engine/mdland/attempt.h"

static bool navigate_checkout(struct attempt *a)
{
    if (!step_begin(a, STEP_NAVIGATE_CHECKOUT))
        return false;
    args_begin(a);
    args_identity(a);
    return attempt_do(a, OPERATION_NAVIGATE_CHECKOUT) && step_done(a);
}

static bool on_chart(struct attempt *a, bool *ret_there)
{
    args_begin(a);
    args_identity(a);
    struct call_outcome outcome;
    if (!attempt_call(a, OPERATION_READ_BILLING, &outcome))
        return false;
    if (!answer_flag(&outcome.answer, "billed", ret_there))
        return step_failed(a, KIND_UNKNOWN);
    /* It was not billed when we opened it, and we have not done it. */
    if (*ret_there && a->plan->facts->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED)
        return step_failed(a, KIND_ALREADY_BILLED);
    return true;
}

static bool walk_again(struct attempt *a)
{
    a->end.left_open = false;
    return walk_to_visit(a) && navigate_checkout(a) && step_begin(a, STEP_GENERATE_BILLING);
}

bool billing_create(struct attempt *a)
{
    static const struct fence fence = {
        .effect = EFFECT_BILLING,
        .step = STEP_GENERATE_BILLING,
        .act = OPERATION_GENERATE_BILLING,
        .is_there = on_chart,
        .reach = walk_again,
    };
    return navigate_checkout(a) && fence_run(a, &fence);
}
