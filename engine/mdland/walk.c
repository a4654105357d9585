/* From the waiting room to the opened visit. The way is the same in every
   attempt, the first included: the area may be empty or hold another visit, the
   list may have been re-sorted, so nothing of an earlier walk is relied on but
   the pinned ids. */
#include "engine/mdland/attempt.h"

static bool validate_session(struct attempt *a)
{
    struct call_outcome outcome;
    args_begin(a);
    if (!attempt_call(a, OPERATION_VALIDATE_SESSION, &outcome))
        return false;
    enum err_code code = a->plan->hooks->account(a->plan->hooks->ctx, answer_word(&outcome.answer, "doctorId"), a->err);
    return code == ERR_OK ? true : attempt_broken(a, code);
}

static bool start_browser(struct attempt *a)
{
    if (!step_begin(a, STEP_START_BROWSER))
        return false;
    struct call_outcome outcome;
    enum err_code code = call_start_browser(a->caller, &outcome, a->err);
    if (code != ERR_OK)
        return attempt_broken(a, code);
    if (outcome.kind != KIND_NONE) {
        a->end.place = outcome.silence;
        return step_failed(a, outcome.kind);
    }
    if (!step_done(a) || !step_begin(a, STEP_VALIDATE_SESSION))
        return false;
    return validate_session(a) && step_done(a);
}

bool walk_close(struct attempt *a)
{
    if (!step_begin(a, STEP_CLOSE_VISIT))
        return false;
    args_begin(a);
    if (!attempt_do(a, OPERATION_CLOSE_VISIT))
        return false;
    a->end.left_open = false;
    return step_done(a);
}

static bool open_waiting_room(struct attempt *a)
{
    if (!step_begin(a, STEP_OPEN_WAITING_ROOM))
        return false;
    args_begin(a);
    return attempt_do(a, OPERATION_OPEN_WAITING_ROOM) && step_done(a);
}

static bool search_patient(struct attempt *a)
{
    if (!step_begin(a, STEP_SEARCH_PATIENT))
        return false;
    json_out_string(args_begin(a), "dob", a->plan->visit->patient->dob);
    return attempt_do(a, OPERATION_SEARCH_PATIENT) && step_done(a);
}

static bool select_patient(struct attempt *a)
{
    if (!step_begin(a, STEP_SELECT_PATIENT))
        return false;
    struct json_out *args = args_begin(a);
    json_out_string(args, "name", a->plan->visit->patient->name);
    json_out_string(args, "dob", a->plan->visit->patient->dob);
    return attempt_do(a, OPERATION_SELECT_PATIENT) && step_done(a);
}

static bool sort_visits(struct attempt *a)
{
    if (!step_begin(a, STEP_SORT_VISITS))
        return false;
    args_begin(a);
    return attempt_do(a, OPERATION_SORT_VISITS) && step_done(a);
}

static bool copy_site_id(const struct call_outcome *outcome, const char *key, char ret_id[SITE_ID_MAX])
{
    const char *text = answer_word(&outcome->answer, key);
    size_t length = strlen(text);
    if (length == 0 || length >= SITE_ID_MAX || strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz-") != length)
        return false;
    memcpy(ret_id, text, length + 1);
    return true;
}

/* The first open pins the visit: later attempts open that one or none. */
static bool pin(struct attempt *a, const struct call_outcome *outcome)
{
    struct visit_facts opened = *a->plan->facts;
    if (!copy_site_id(outcome, "rowId", opened.row_id) || !copy_site_id(outcome, "visitId", opened.visit_id))
        return step_failed(a, KIND_UNKNOWN);
    if (a->plan->facts->pinned) {
        bool same = strcmp(opened.visit_id, a->plan->facts->visit_id) == 0;
        return same ? true : step_failed(a, KIND_VISIT_NOT_FOUND);
    }
    if (!a->plan->hooks->opened(a->plan->hooks->ctx, &opened)) {
        a->end.place = "another visit of the batch has this chart";
        return step_failed(a, KIND_AMBIGUOUS);
    }
    enum err_code code = a->plan->hooks->pinned(a->plan->hooks->ctx, &opened, a->err);
    return code == ERR_OK ? true : attempt_broken(a, code);
}

static bool open_visit(struct attempt *a)
{
    if (!step_begin(a, STEP_OPEN_VISIT))
        return false;
    const struct visit *visit = a->plan->visit;
    struct json_out *args = args_begin(a);
    json_out_string(args, "name", visit->patient->name);
    json_out_string(args, "dob", visit->patient->dob);
    json_out_string(args, "payer", visit->patient->insurance);
    if (a->plan->facts->pinned) {
        json_out_text(args, "rowId", a->plan->facts->row_id);
        json_out_text(args, "visitId", a->plan->facts->visit_id);
    } else {
        json_out_int(args, "order", visit->dos);
    }
    struct call_outcome outcome;
    a->end.left_open = true;
    if (!attempt_call(a, OPERATION_OPEN_VISIT, &outcome))
        return false;
    bool billed = false;
    if (!answer_flag(&outcome.answer, "billed", &billed))
        return step_failed(a, KIND_UNKNOWN);
    if (!pin(a, &outcome))
        return false;
    if (strcmp(answer_word(&outcome.answer, "payer"), "differs") == 0) {
        a->end.place = "the visit's payer is not the one that the batch names";
        return step_failed(a, KIND_BAD_INPUT);
    }
    /* Billed, and not by us: a person has finished this visit. */
    if (billed && !visit->soap_only && a->plan->facts->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED)
        return step_failed(a, KIND_ALREADY_BILLED);
    return step_done(a);
}

/* What another visit, or another attempt, left open. Where it does not close its browser
   has been killed: a new one has nothing open, and this attempt goes on. */
static bool close_leftover(struct attempt *a)
{
    if (walk_close(a))
        return true;
    bool cured = a->code == ERR_OK && !a->end.interrupted && !a->caller->browser_up &&
                 kind_class_of(a->end.kind) == CLASS_TRANSIENT;
    if (!cured)
        return false;
    a->end.kind = KIND_NONE;
    a->end.place = NULL;
    return start_browser(a);
}

bool walk_to_visit(struct attempt *a)
{
    bool ready = !a->caller->browser_up ? start_browser(a) : !a->end.left_open || close_leftover(a);
    if (!ready)
        return false;
    a->end.left_open = false;
    return open_waiting_room(a) && search_patient(a) && select_patient(a) && sort_visits(a) && open_visit(a);
}
