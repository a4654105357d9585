/* A page operation, from its call to its answer. It is carried out when its instant comes,
   by the page that is there then; an effect makes its request after half of its time. */
#include "recorder/model/model_parts.h"

static const bool navigates[FAULT_TARGET_COUNT] = {
    [FAULT_AT_OPERATION_VALIDATE_SESSION] = true,  [FAULT_AT_OPERATION_PROBE_SESSION] = true,
    [FAULT_AT_OPERATION_SEARCH_PATIENT] = true,    [FAULT_AT_OPERATION_SELECT_PATIENT] = true,
    [FAULT_AT_OPERATION_OPEN_VISIT] = true,        [FAULT_AT_OPERATION_NAVIGATE_ICD] = true,
    [FAULT_AT_OPERATION_NAVIGATE_PT_NOTE] = true,  [FAULT_AT_OPERATION_NAVIGATE_CHECKOUT] = true,
    [FAULT_AT_OPERATION_CLOSE_VISIT] = true,
};

/* What happens in the page alone, whatever the session. */
bool model_is_local(enum fault_target target)
{
    return target == FAULT_AT_OPERATION_ADD_ICD || target == FAULT_AT_OPERATION_ADD_CPT ||
           target == FAULT_AT_OPERATION_FILL_SOAP || target == FAULT_AT_OPERATION_PROBE_SESSION;
}

/* By its place in the table that the engine uses, which is the same each time. */
enum fault_target model_target_of(struct model *model, const struct operation *operation)
{
    uint32_t slot = ((uintptr_t)operation / sizeof(void *)) % (sizeof model->known / sizeof *model->known);
    if (model->known[slot] == operation)
        return (enum fault_target)model->known_target[slot];
    enum fault_target target = fault_target_of(operation->name);
    ASSERT(target < FAULT_AT_START);
    model->known[slot] = operation;
    model->known_target[slot] = (uint8_t)target;
    return target;
}

int64_t model_page_clock_ms(const struct model *model)
{
    return duration_to_ms(instant_since(model->base.now, model->page.began));
}

static void count(struct model *model, bool effect)
{
    model->counts.operations++;
    if (!effect)
        return;
    model->counts.effects++;
    model->counts.effects_without_intent += !model->intent_durable;
    model->counts.effects_after_expiry += model->told_expired;
    model->intent_durable = false;
    model->effect = (struct effect_report){0};
}

/* All but the codes, which have counts of their own. */
static void begin(struct model *model, const struct op_call *given, enum fault_target target, uint32_t op)
{
    struct model_call *call = &model->call;
    memset(call, 0, offsetof(struct model_call, codes));
    call->codes.icd_count = call->codes.cpt_count = 0;
    call->op = op;
    call->target = target;
    call->effect = given->operation->is_effect;
    call->start_by_ms = given->start_by_page_ms;
    call->called = model->base.now;
    call->budget = given->budget;
    call->http_timeout = given->http_timeout;
    call->other_document = given->nonce.len && !slice_equal(given->nonce, slice_of(model->page.nonce));
    call->unreadable = !model->options.recall && !model_call_read(call, given->args);
}

static struct duration time_to_act(const struct model *model, const struct model_call *call)
{
    const struct model_latency *l = &model->options.latency;
    struct duration plainly = navigates[call->target] ? l->navigation : l->read;
    if (call->effect)
        plainly.us = l->effect.us / 2;
    plainly = model_takes(model, plainly);
    return model->options.recall ? recall_time_to_act(call, plainly) : plainly;
}

static void push_act(struct model *model, struct duration after)
{
    model_push(model, after, (struct model_event){.kind = MODEL_ACT, .of_page = true, .op = model->call.op});
}

bool model_page_lost(struct model *model, const struct fault *fault, struct duration after)
{
    struct model_event lost = {.kind = MODEL_COMPLETION};
    switch ((int)fault->kind) {
    case FAULT_HANG:
    case FAULT_LOST_ANSWER: return true;
    case FAULT_STUCK: return model->page.stuck = true;
    case FAULT_FREEZE: return model->page.stuck = model->page.frozen = true;
    case FAULT_TARGET_CRASH: lost.completion = COMPLETION_CRASH; break;
    case FAULT_PIPE_CLOSED:
    case FAULT_BROWSER_GONE: lost.completion = COMPLETION_GONE; break;
    default: return false;
    }
    lost.of_page = true;
    model_push(model, after, lost);
    return true;
}

void model_dialog(struct model *model, uint32_t op)
{
    model->page.dialog = op;
    model_push(model, (struct duration){1000},
               (struct model_event){.kind = MODEL_COMPLETION, .of_page = true, .completion = COMPLETION_DIALOG});
}

/* A page that waits in vain says so shortly before its budget is over, and at once where it
   has come to that late. */
static struct duration until_it_says_so(const struct model *model)
{
    const struct model_call *call = &model->call;
    struct instant says = instant_add(call->called, page_patience(call->budget));
    return instant_since(instant_before(says, model->base.now) ? model->base.now : says, model->base.now);
}

/* Dismissed, what it asked about does not happen. */
void model_dialog_answered(struct model *model, bool accepted)
{
    const struct model_call *call = &model->call;
    uint32_t op = model->page.dialog;
    model->page.dialog = 0;
    if (op == 0)
        return;
    if (model->page.dialog_is_recalled) {
        model->page.dialog_is_recalled = false;
        if (op == call->op)
            recall_go_on(model, (struct duration){0});
        return;
    }
    if (op != call->op) {
        model_push(model, model_takes(model, model->options.latency.start),
                   (struct model_event){.kind = MODEL_COMPLETION, .of_page = true, .op = op, .completion = COMPLETION_RESULT});
        return;
    }
    if (accepted || !call->effect || call->fault->taken) {
        if (call->recalled)
            recall_go_on(model, (struct duration){0});
        else
            push_act(model, time_to_act(model, call));
        return;
    }
    struct model_event given_up = {.kind = MODEL_ANSWER, .of_page = true, .op = op};
    given_up.verdict = (struct model_verdict){.target = call->target, .kind = "timeout", .what = "visit"};
    model_push(model, until_it_says_so(model), given_up);
}

/* An effect that is taken although its page is lost acts first. */
static bool acts_all_the_same(const struct model_call *call)
{
    return call->effect && (call->fault->taken || call->fault->kind == FAULT_LOST_ANSWER);
}

/* Twice as long as it would have taken, and while it is waited for. */
static struct duration until_lost(const struct model_call *call, struct duration acts)
{
    return (struct duration){acts.us * 2 < call->budget.us ? acts.us * 2 : call->budget.us};
}

void model_operation(struct model *model, const struct op_call *given, uint32_t op)
{
    struct model_call *call = &model->call;
    enum fault_target target = model_target_of(model, given->operation);
    count(model, given->operation->is_effect);
    begin(model, given, target, op);
    const struct fault *fault = model->first_at[target] ? model_strike(model, target) : NULL;
    call->fault = fault;
    model->killed |= fault && fault->kind == FAULT_KILL;
    if (model->options.recall && !model->killed)
        recall_call(model, given->args);
    bool answers = model->page.there && !model->page.stuck;
    if (model->killed || !answers)
        return;
    struct duration after = time_to_act(model, call), later = {0};
    if (fault && fault->kind == FAULT_DIALOG) {
        model_dialog(model, op);
        return;
    }
    if (fault && fault->kind == FAULT_DELAY)
        later = model_fault_delay(fault);
    if (fault && fault->kind == FAULT_SLOW && fault->size)
        later.us = after.us * (fault->size - 1);
    bool lost = fault && model_page_lost(model, fault, until_lost(call, after));
    bool silent = call->recalled && !recall_acts(call) && fault && !model_fault_is_of_time(fault);
    if (!lost && call->recalled && !silent)
        recall_go_on(model, later);
    else if (!lost || acts_all_the_same(call))
        push_act(model, (struct duration){after.us + later.us});
}

void model_expired(const struct model *model, struct model_verdict *verdict)
{
    static const char *const kinds[] = {"session_expired", "network", "timeout"};
    uint32_t seen_by = model->expiry_seen_by < 2 ? model->expiry_seen_by : 2;
    verdict->kind = kinds[seen_by];
    verdict->what = seen_by == 1 ? "frame" : NULL;
    /* The note's page is told by the answer to its own request. */
    if (seen_by == 0 && model->call.target == FAULT_AT_OPERATION_SAVE_SOAP)
        verdict->what = model_place(model->call.target);
    verdict->expired = seen_by == 0;
    verdict->unreadable = seen_by == 1;
}

/* Waits to the end for what an error page does not have: the visit's header, the note's
   editors; else for the page itself. */
static void wait_in_vain(struct model *model, struct model_verdict *verdict)
{
    struct model_call *call = &model->call;
    bool opens = call->target == FAULT_AT_OPERATION_OPEN_VISIT, notes = call->target == FAULT_AT_OPERATION_NAVIGATE_PT_NOTE;
    verdict->kind = opens || notes ? "element_not_found" : "timeout";
    verdict->what = opens ? "visitBanner" : notes ? "noteEditor0" : model_place(call->target);
    call->answer_after = until_it_says_so(model);
}

/* A request of a page that only looks fails. Of the visit's pages an error page of the
   site's is waited out, one of the browser's is seen at once; a list tells. */
static void read_fails(struct model *model, struct model_verdict *verdict)
{
    const struct model_call *call = &model->call;
    bool of_visit = (FAULT_WHERE_VISIT & FAULT_BIT(call->target)) != 0;
    verdict->kind = "network";
    verdict->what = of_visit ? "frame" : model_place(call->target);
    if (of_visit && call->fault->kind == FAULT_STATUS)
        wait_in_vain(model, verdict);
}

/* The page waits for them, and says so when it does not any longer. */
static bool editors_are_late(struct model *model, struct model_verdict *verdict)
{
    struct model_call *call = &model->call;
    struct duration patience = until_it_says_so(model);
    bool in_time = model_fault_delay(call->fault).us < patience.us;
    call->answer_after = in_time ? model_fault_delay(call->fault) : patience;
    verdict->kind = in_time ? NULL : "element_not_found";
    verdict->what = in_time ? NULL : "noteEditor0";
    return !in_time;
}

/* What a fault makes of it before the page looks at anything; false: nothing. */
static bool fails_at_once(struct model *model, struct model_verdict *verdict)
{
    const struct model_call *call = &model->call;
    bool opens = call->target == FAULT_AT_OPERATION_OPEN_VISIT;
    bool reads = !call->effect;
    switch ((int)model_call_fault(call)) {
    case FAULT_MISSING_ELEMENT:
        verdict->kind = "element_not_found";
        verdict->what = "workArea";
        return true;
    case FAULT_NO_WRITE_ACCESS:
        verdict->kind = reads && !opens ? "no_write_access" : NULL;
        verdict->what = "visit";
        return verdict->kind != NULL;
    case FAULT_DUPLICATE_ROWS: verdict->kind = "ambiguous"; return true;
    case FAULT_PATIENT_MISSING:
        verdict->kind = "patient_not_found";
        verdict->what = "searchResults";
        return true;
    case FAULT_MALFORMED: return verdict->nonsense = reads;
    case FAULT_LATE_EDITOR: return editors_are_late(model, verdict);
    case FAULT_LOST_REQUEST:
    case FAULT_STATUS:
    case FAULT_RESET:
    case FAULT_SHORT_BODY:
        if (reads)
            read_fails(model, verdict);
        return reads;
    }
    return false;
}

static bool is_too_late(const struct model *model, const struct model_call *call)
{
    enum fault_kind fault = model_call_fault(call);
    if (model->options.recall) /* the page's clock and document are the recorded ones */
        return (fault == FAULT_DELAY || fault == FAULT_SLOW) && instant_since(model->base.now, call->called).us > call->budget.us;
    return call->other_document || (call->start_by_ms > 0 && model_page_clock_ms(model) > call->start_by_ms);
}

/* False: the page hears nothing that it could answer. */
static bool act(struct model *model, struct model_verdict *verdict)
{
    struct model_call *call = &model->call;
    struct ledger_request request;
    bool sends = false;
    if (is_too_late(model, call))
        verdict->kind = "too_late";
    else if (call->unreadable)
        verdict->kind = "bad_input";
    else if (fails_at_once(model, verdict))
        return true;
    else if (model->ledger->expired && !model_is_local(call->target) && !call->effect)
        model_expired(model, verdict);
    else if (model->options.recall && !recall_answers_plainly(model))
        *verdict = recall_act(model, &sends, &request);
    else
        *verdict = model_page_act(model, &sends, &request);
    bool sent = call->effect && call->recalled && call->recalled->sent;
    if (call->recalled && !exchange_is_answered(call->recalled) && !sent && !verdict->kind)
        return false;
    bool hears = !sends || model_server_take(model, &request, verdict);
    /* A request that the site refuses is over then. */
    if (sends && call->recalled && !verdict->kind && (!call->fault || call->fault->kind == FAULT_DELAY || call->fault->kind == FAULT_SLOW))
        recall_sent(model);
    return hears;
}

bool model_operation_act(struct model *model, const struct model_event *event, struct model_verdict *ret_verdict)
{
    struct model_call *call = &model->call;
    *ret_verdict = (struct model_verdict){.target = call->target, .kind = "too_late"};
    /* A later one has replaced it, or its caller has gone: nothing of it can leave any more. */
    if (event->op != call->op || (call->given_up && call->effect))
        return true;
    struct duration after = {0};
    if (call->effect)
        after = model_takes(model, (struct duration){model->options.latency.effect.us / 2});
    if (model_call_fault(call) == FAULT_LATE_ANSWER && !call->effect)
        after = model_fault_delay(call->fault);
    *ret_verdict = (struct model_verdict){.target = call->target};
    bool answers = act(model, ret_verdict);
    model->killed |= model_call_fault(call) == FAULT_KILL_AFTER;
    call->acted = true;
    if (!answers || model->killed)
        return false;
    if (call->recalled && call->effect && !call->answer_after.us && !ret_verdict->kind) {
        call->pending = *ret_verdict;
        recall_go_on(model, (struct duration){0});
        return false;
    }
    if (call->answer_after.us)
        after = call->answer_after;
    if (after.us == 0)
        return true;
    model_push(model, after,
               (struct model_event){.kind = MODEL_ANSWER, .of_page = true, .op = call->op, .verdict = *ret_verdict});
    return false;
}
