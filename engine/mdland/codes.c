/* Diagnosis and procedure codes. What is already on the chart is not added
   again; units and links are set every time. */
#include "engine/mdland/attempt.h"

static void args_icd(struct attempt *a, bool with_names)
{
    const struct visit *visit = a->plan->visit;
    json_out_array(&a->json, "icd");
    for (size_t i = 0; i < visit->icd_count; i++) {
        if (!with_names) {
            json_out_string(&a->json, NULL, visit->icd[i].code);
            continue;
        }
        json_out_object(&a->json, NULL);
        json_out_string(&a->json, "code", visit->icd[i].code);
        json_out_string(&a->json, "name", visit->icd[i].name);
        json_out_end_object(&a->json);
    }
    json_out_end_array(&a->json);
}

static void args_cpt(struct attempt *a, bool with_names)
{
    const struct visit *visit = a->plan->visit;
    json_out_array(&a->json, "cpt");
    for (size_t i = 0; i < visit->cpt_count; i++) {
        json_out_object(&a->json, NULL);
        json_out_string(&a->json, "code", visit->cpt[i].code);
        if (with_names)
            json_out_string(&a->json, "name", visit->cpt[i].name);
        json_out_int(&a->json, "units", visit->cpt[i].units);
        json_out_end_object(&a->json);
    }
    json_out_end_array(&a->json);
}

static bool on_chart(struct attempt *a, bool *ret_there)
{
    args_begin(a);
    args_identity(a);
    args_icd(a, false);
    args_cpt(a, false);
    struct call_outcome outcome;
    if (!attempt_call(a, OPERATION_READ_DIAGNOSIS, &outcome))
        return false;
    return answer_flag(&outcome.answer, "present", ret_there) ? true : step_failed(a, KIND_UNKNOWN);
}

static bool add_codes(struct attempt *a)
{
    if (!step_begin(a, STEP_ADD_ICD))
        return false;
    args_begin(a);
    args_identity(a);
    args_icd(a, true);
    if (!attempt_do(a, OPERATION_ADD_ICD) || !step_done(a) || !step_begin(a, STEP_ADD_CPT))
        return false;
    args_begin(a);
    args_identity(a);
    args_cpt(a, true);
    return attempt_do(a, OPERATION_ADD_CPT) && step_done(a);
}

bool codes_save(struct attempt *a)
{
    static const struct fence fence = {
        .effect = EFFECT_DIAGNOSIS,
        .step = STEP_SAVE_DIAGNOSIS,
        .act = OPERATION_SAVE_DIAGNOSIS,
        .is_there = on_chart,
        .prepare = add_codes,
    };
    if (!step_begin(a, STEP_NAVIGATE_ICD))
        return false;
    args_begin(a);
    args_identity(a);
    return attempt_do(a, OPERATION_NAVIGATE_ICD) && step_done(a) && fence_run(a, &fence);
}
