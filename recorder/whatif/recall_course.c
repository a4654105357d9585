/* An operation that is answered from the course: when each part of it comes, what it does to
   the chart, and what a look at the chart shows. */
#include "recorder/model/model_parts.h"

/* When it is answered: as recorded, but for a page that waits to the end of its budget. */
static struct instant answers_at(const struct model_call *call)
{
    const struct exchange *exchange = call->recalled;
    if (!exchange_is_answered(exchange))
        return INSTANT_NEVER;
    if (exchange_ran_out(exchange) && call->budget.us != exchange->budget.us)
        return instant_add(exchange->at, page_patience(call->budget));
    return exchange->ended;
}

/* When it acts: an effect as its request leaves, anything else as it is answered. */
static struct instant acts_at(const struct model_call *call)
{
    return call->recalled->sent ? call->recalled->sent_at : answers_at(call);
}

bool recall_acts(const struct model_call *call)
{
    return acts_at(call).us != INSTANT_NEVER.us;
}

struct duration recall_time_to_act(const struct model_call *call, struct duration plainly)
{
    return call->recalled && recall_acts(call) ? instant_since(acts_at(call), call->recalled->at) : plainly;
}

static bool is_lost(const struct exchange *exchange)
{
    return exchange->end == EXCHANGE_CRASHED || exchange->end == EXCHANGE_GONE;
}

/* How far it has come, on the recording's clock. */
static struct instant come_to(const struct model_call *call)
{
    const struct exchange *exchange = call->recalled;
    struct instant at = call->dialogs_shown ? exchange->dialogs[call->dialogs_shown - 1].at : exchange->at;
    return call->acted && instant_before(at, acts_at(call)) ? acts_at(call) : at;
}

static struct duration until(const struct model_call *call, struct instant recorded, struct duration later)
{
    int64_t us = recorded.us - come_to(call).us + later.us;
    return (struct duration){us > 0 ? us : 0};
}

static void push_dialog(struct model *model, struct duration after)
{
    struct model_event event = {.kind = MODEL_COMPLETION, .of_page = true, .completion = COMPLETION_DIALOG};
    event.verdict.recalled = model->call.recalled;
    event.code = (int)model->call.dialogs_shown++;
    model->page.dialog = model->call.op;
    model->page.dialog_is_recalled = true;
    model_push(model, after, event);
}

/* The request of an effect is listened for longer than its page is: it tells that the page
   would have been answered, and when. */
bool recall_is_heard(const struct exchange *exchange)
{
    return exchange->end == EXCHANGE_SILENT && exchange->taken && exchange->request_ended.us != INSTANT_NEVER.us &&
           exchange->report.request == EFFECT_ANSWERED;
}

static void push_heard(struct model *model, struct duration after)
{
    const struct model_call *call = &model->call;
    struct model_event answer = {.kind = MODEL_ANSWER, .of_page = true, .op = call->op, .verdict = {.target = call->target, .heard = true}};
    model_push(model, after, answer);
}

static void push_lost(struct model *model, struct duration after)
{
    const struct exchange *exchange = model->call.recalled;
    struct model_event event = {.kind = MODEL_COMPLETION, .of_page = true};
    event.completion = exchange->end == EXCHANGE_CRASHED ? COMPLETION_CRASH : COMPLETION_GONE;
    model_push(model, after, event);
}

static bool dialog_is_next(const struct model_call *call)
{
    const struct exchange *exchange = call->recalled;
    if (call->dialogs_shown >= exchange->dialog_count)
        return false;
    struct instant next = call->acted ? answers_at(call) : acts_at(call);
    return !instant_before(next, exchange->dialogs[call->dialogs_shown].at);
}

void recall_go_on(struct model *model, struct duration later)
{
    struct model_call *call = &model->call;
    const struct exchange *exchange = call->recalled;
    if (dialog_is_next(call)) {
        push_dialog(model, until(call, exchange->dialogs[call->dialogs_shown].at, later));
        return;
    }
    if (!call->acted && acts_at(call).us != INSTANT_NEVER.us) {
        struct model_event act = {.kind = MODEL_ACT, .of_page = true, .op = call->op};
        model_push(model, until(call, acts_at(call), later), act);
        return;
    }
    if (call->acted && exchange_is_answered(exchange)) {
        struct model_event answer = {.kind = MODEL_ANSWER, .of_page = true, .op = call->op, .verdict = call->pending};
        model_push(model, until(call, answers_at(call), later), answer);
        return;
    }
    if (call->acted && recall_is_heard(exchange))
        push_heard(model, until(call, exchange->request_ended, later));
    else if (is_lost(exchange))
        push_lost(model, until(call, exchange->ended, later));
}

/* Silence is known for as long as the recording waited for it, or for its request. */
void recall_given_up(struct model *model)
{
    const struct model_call *call = &model->call;
    const struct exchange *exchange = call->recalled;
    if (!exchange || call->fault || exchange_is_answered(exchange) || is_lost(exchange))
        return;
    struct instant known = exchange->given_up.us == INSTANT_NEVER.us ? exchange->at : exchange->given_up;
    if (recall_is_heard(exchange) && instant_before(known, exchange->request_ended))
        known = exchange->request_ended;
    if (instant_since(model->base.now, call->called).us > instant_since(known, exchange->at).us)
        recall_count(model, call->target, RECALL_SILENT);
}

void recall_take_over(struct model *model)
{
    recall_go_on(model, instant_since(come_to(&model->call), model->base.now));
}

static void ask_for_change(const struct model *model, struct ledger_request *ret_request)
{
    const struct recall *recall = model->options.recall;
    static const enum ledger_change changes[] = {[CHART_CODES] = LEDGER_CODES, [CHART_NOTE] = LEDGER_NOTE, [CHART_BILL] = LEDGER_BILL};
    memset(ret_request, 0, sizeof *ret_request);
    ret_request->change = changes[course_part_changed(model->call.target)];
    ret_request->chart = (uint32_t)(recall_visit(model) - recall->course->visits);
}

static bool is_bill_shown(struct model *model)
{
    const struct ledger_chart *chart = recall_chart(model);
    return chart && model->page.shown_bill && chart == &ledger_charts(model->ledger)[model->page.shown_bill - 1];
}

/* Of faults that are the page's: what it shows. */
static void plant(struct model *model, struct model_verdict *verdict)
{
    enum fault_kind fault = model_call_fault(&model->call);
    bool opens = model->call.target == FAULT_AT_OPERATION_OPEN_VISIT;
    if (opens && fault == FAULT_NO_WRITE_ACCESS) {
        verdict->kind = "no_write_access";
        verdict->what = "visit";
    }
    if (opens && fault == FAULT_OTHER_PAYER)
        verdict->payer = "differs";
    if (model->call.target == FAULT_AT_OPERATION_READ_BILLING && fault == FAULT_CLOSES_ITSELF && !is_bill_shown(model)) {
        verdict->kind = "element_not_found";
        verdict->what = "visit";
    }
}

struct model_verdict recall_act(struct model *model, bool *ret_sends, struct ledger_request *ret_request)
{
    struct model_call *call = &model->call;
    struct model_verdict verdict = {.target = call->target};
    if (!call->recalled) {
        verdict.kind = "undecided";
        return verdict;
    }
    if (exchange_is_answered(call->recalled))
        verdict.recalled = call->recalled;
    plant(model, &verdict);
    bool sent = call->effect && call->recalled->sent;
    bool decided = call->fault && !model_fault_is_of_time(call->fault); /* by the fault, what becomes of it */
    *ret_sends = sent && (call->recalled->taken || decided);
    if (*ret_sends)
        ask_for_change(model, ret_request);
    else if (sent)
        recall_sent(model);
    return verdict;
}

void recall_sent(struct model *model)
{
    const struct exchange *exchange = model->call.recalled;
    int64_t open_us = model->call.http_timeout.us;
    struct effect_report end = {.request = EFFECT_SENT};
    if (exchange->request_ended.us != INSTANT_NEVER.us && exchange->request_ended.us - exchange->sent_at.us <= open_us) {
        open_us = exchange->request_ended.us - exchange->sent_at.us;
        end = exchange->report;
    }
    model_keep_request(model, instant_add(model->base.now, (struct duration){open_us}), end);
}

bool recall_failure(const struct model_verdict *verdict, struct completion *ret)
{
    const struct exchange *exchange = verdict->recalled;
    if (!exchange || verdict->kind || verdict->nonsense || exchange->end != EXCHANGE_FAILURE)
        return false;
    ret->kind = COMPLETION_FAILURE;
    ret->failure.kind = exchange->failure.kind;
    ret->failure.detail = exchange->failure.detail;
    return true;
}

static void set_flag(struct answer *answer, const char *name, bool flag)
{
    for (size_t i = 0; i < answer->value_count; i++)
        if (strcmp(answer->values[i].name, name) == 0 && !answer->values[i].word[0])
            answer->values[i].flag = flag;
}

/* Somebody else's words are no part of a position. */
static void show_note(struct model *model, bool there)
{
    const struct ledger_chart *chart = recall_chart(model);
    bool foreign = chart && chart->foreign_note;
    set_flag(&model->answer, "equal", there && !foreign);
    if (there || foreign)
        set_flag(&model->answer, "empty", false);
}

/* A look shows what stands on the chart, whatever it showed when it was recorded. */
static void show_chart(struct model *model, const struct exchange *exchange)
{
    unsigned part, position = recall_position_seen(model);
    bool shown;
    if (!course_reads(exchange, &part, &shown))
        return;
    bool there = (position & part) != 0;
    switch (part) {
    case CHART_CODES: set_flag(&model->answer, "present", there); return;
    case CHART_NOTE: show_note(model, there); return;
    case CHART_BILL: set_flag(&model->answer, "billed", there); return;
    }
}

void recall_answer(struct model *model, const struct model_verdict *verdict)
{
    course_answer(verdict->recalled, &model->answer);
    model->told_expired |= model->answer.expired;
    show_chart(model, verdict->recalled);
    if (verdict->target == FAULT_AT_OPERATION_GENERATE_BILLING && verdict->first)
        set_flag(&model->answer, "closed", true);
    for (size_t i = 0; verdict->payer && i < model->answer.value_count; i++)
        if (strcmp(model->answer.values[i].name, "payer") == 0)
            ASSERT(text_format(model->answer.values[i].word, ANSWER_WORD_MAX, "%s", verdict->payer));
}
