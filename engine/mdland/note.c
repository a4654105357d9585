/* The SOAP note: four sections, filled through the page's editors, read back
   from the reloaded page. */
#include "engine/mdland/attempt.h"

static void args_sections(struct attempt *a)
{
    json_out_array(&a->json, "sections");
    for (size_t i = 0; i < NOTE_SECTION_COUNT; i++)
        json_out_string(&a->json, NULL, a->plan->visit->section_html[i]);
    json_out_end_array(&a->json);
}

static bool on_chart(struct attempt *a, bool *ret_there)
{
    args_begin(a);
    args_identity(a);
    args_sections(a);
    struct call_outcome outcome;
    if (!attempt_call(a, OPERATION_READ_NOTE, &outcome))
        return false;
    bool empty = false;
    if (!answer_flag(&outcome.answer, "equal", ret_there) || !answer_flag(&outcome.answer, "empty", &empty))
        return step_failed(a, KIND_UNKNOWN);
    /* Ours is there whole or not at all, so another one was written by a person: before
       our save, after it, or between two runs. It stays. */
    if (*ret_there || empty)
        return true;
    a->end.place = "the visit already has another note";
    return step_failed(a, KIND_CONFLICT);
}

static bool fill(struct attempt *a)
{
    if (!step_begin(a, STEP_FILL_SOAP))
        return false;
    args_begin(a);
    args_identity(a);
    args_sections(a);
    return attempt_do(a, OPERATION_FILL_SOAP) && step_done(a);
}

bool note_save(struct attempt *a)
{
    static const struct fence fence = {
        .effect = EFFECT_NOTE,
        .step = STEP_SAVE_SOAP,
        .act = OPERATION_SAVE_SOAP,
        .is_there = on_chart,
        .prepare = fill,
    };
    if (!step_begin(a, STEP_NAVIGATE_PT_NOTE))
        return false;
    args_begin(a);
    args_identity(a);
    return attempt_do(a, OPERATION_NAVIGATE_PT_NOTE) && step_done(a) && fence_run(a, &fence);
}
