#include "recorder/recall.h"

#include "recorder/model_parts.h"

#include <stdlib.h>

static const struct {
    const char *name, *sentence;
} rules[] = {
#define X(id, name, sentence) [id] = {name, sentence},
#include "recorder/recall.def"
#undef X
};

const char *recall_rule_name(enum recall_rule rule)
{
    return rules[rule].name;
}

const char *recall_rule_sentence(enum recall_rule rule)
{
    return rules[rule].sentence;
}

static void find_went_well(struct recall *recall)
{
    for (uint32_t i = recall->course->exchange_count; i-- > 0;) {
        const struct exchange *exchange = &recall->course->exchanges[i];
        bool well = exchange->end == EXCHANGE_RESULT && (exchange->kind != OP_CALL || !exchange->answer->kind[0]);
        if (exchange->target != FAULT_TARGET_COUNT && well && !exchange->dialog_count)
            recall->went_well[exchange->target] = exchange;
    }
}

bool recall_init(struct recall *recall, const struct course *course)
{
    *recall = (struct recall){.course = course, .used = calloc(course->exchange_count + 1u, 1), .first_assumed = INSTANT_NEVER};
    find_went_well(recall);
    return recall->used != NULL;
}

void recall_fini(struct recall *recall)
{
    free(recall->used);
}

void recall_reset(struct recall *recall)
{
    memset(recall->used, 0, recall->course->exchange_count);
    memset(recall->counts, 0, sizeof recall->counts);
    recall->first_assumed = INSTANT_NEVER;
}

void recall_met(struct recall *recall, uint32_t exchange)
{
    recall->used[exchange] = 1;
}

static bool is_assumed(enum recall_rule rule)
{
    return rule == RECALL_SHOWN || rule == RECALL_HEARD || rule == RECALL_SILENT;
}

void recall_count(struct model *model, enum fault_target target, enum recall_rule rule)
{
    struct recall *recall = model->options.recall;
    struct recall_told told = {model->base.now, &model->mark, target, rule};
    recall->counts[rule]++;
    if (recall->told && rule != RECALL_IN_STEP)
        recall->told(recall->ctx, &told);
    if (!is_assumed(rule) || recall->first_assumed.us != INSTANT_NEVER.us)
        return;
    recall->first_assumed = model->base.now;
    recall->assumed_at = model->mark;
}

static const struct course_visit *visit_of(const struct model *model)
{
    struct recall *recall = model->options.recall;
    const struct mark *mark = &model->mark;
    if (!recall->visit || recall->visit->patient != mark->patient || recall->visit->dos != mark->dos)
        recall->visit = course_visit(recall->course, mark->patient, mark->dos);
    return recall->visit;
}

/* A chart for each visit that the recording came to, in its order. */
struct ledger_chart *recall_chart(struct model *model)
{
    const struct course_visit *visit = visit_of(model);
    return visit ? &ledger_charts(model->ledger)[visit - model->options.recall->course->visits] : NULL;
}

unsigned recall_position(const struct ledger_chart *chart)
{
    bool note = chart->note_saves > 0 && !chart->foreign_note;
    return (chart->code_saves ? CHART_CODES : 0) | (note ? CHART_NOTE : 0) | (ledger_is_billed(chart) ? CHART_BILL : 0);
}

/* The chart as the look in hand sees it. */
static unsigned position_seen(struct model *model)
{
    const struct ledger_chart *chart = recall_chart(model);
    bool stale = model_call_fault(&model->call) == FAULT_STALE_READ && chart && model->before_chart &&
                 chart == &ledger_charts(model->ledger)[model->before_chart - 1];
    if (stale)
        return recall_position(&model->before);
    return chart ? recall_position(chart) : 0;
}

/* What is sought: the best so far, by rule, then by nearness of its position. */
struct search {
    const struct recall *recall;
    enum fault_target target;
    uint64_t args;
    bool any_args;
    unsigned position;
    const struct exchange *found;
    enum recall_rule rule;
    int distance;
};

static int distance(const struct search *s, unsigned position, enum recall_rule *ret_rule)
{
    bool later = (position & s->position) == s->position;
    *ret_rule = position == s->position ? RECALL_RECORDED : later ? RECALL_LATER : RECALL_EARLIER;
    unsigned differs = position ^ s->position;
    return (int)((differs & 1) + (differs >> 1 & 1) + (differs >> 2 & 1));
}

/* An exchange not met yet is better than one that was, of these the first; of those that
   were all met the last. */
static void consider(struct search *s, const struct exchange *exchange)
{
    enum recall_rule rule;
    int far = distance(s, exchange->position, &rule);
    bool nearer = !s->found || rule < s->rule || (rule == s->rule && far < s->distance);
    bool alike = s->found && rule == s->rule && far == s->distance;
    const uint8_t *used = s->recall->used;
    const struct exchange *all = s->recall->course->exchanges;
    bool replaces = alike && used[s->found - all];
    if (!nearer && !replaces)
        return;
    s->found = exchange;
    s->rule = rule;
    s->distance = far;
}

static void search(struct search *s, const struct course_visit *visit)
{
    const struct exchange *exchanges = s->recall->course->exchanges;
    for (uint32_t i = visit->first; i < visit->end; i++) {
        const struct exchange *exchange = &exchanges[i];
        if (exchange->target == s->target && exchange->kind == OP_CALL && (s->any_args || exchange->args == s->args))
            consider(s, exchange);
    }
}

/* Reset and session check: what one visit met, another meets too. */
static bool is_the_same_anywhere(enum fault_target target)
{
    return target == FAULT_AT_OPERATION_VALIDATE_SESSION || target == FAULT_AT_OPERATION_OPEN_WAITING_ROOM ||
           target == FAULT_AT_OPERATION_CLOSE_VISIT;
}

/* A session check belongs to what failed before it: one of this visit and step, or none. */
const struct exchange *recall_outside(struct model *model, enum fault_target target)
{
    struct recall *recall = model->options.recall;
    const struct course_visit *visit = visit_of(model);
    struct ledger_chart *chart = recall_chart(model);
    for (uint32_t i = visit ? visit->first : 0; visit && i < visit->end; i++) {
        const struct exchange *exchange = &recall->course->exchanges[i];
        bool here = exchange->mark.step && model->mark.step && strcmp(exchange->mark.step, model->mark.step) == 0;
        if (exchange->target != target || !here || recall->used[i] || exchange->position != recall_position(chart))
            continue;
        recall_met(recall, i);
        recall_count(model, target, RECALL_RECORDED);
        return exchange;
    }
    recall_count(model, target, RECALL_ANY);
    return NULL;
}

const struct exchange *recall_start(struct model *model)
{
    struct recall *recall = model->options.recall;
    const struct course_visit *visit = visit_of(model);
    for (uint32_t i = visit ? visit->first : 0; visit && i < visit->end; i++) {
        if (recall->course->exchanges[i].target != FAULT_AT_START || recall->used[i])
            continue;
        recall_met(recall, i);
        recall_count(model, FAULT_AT_START, RECALL_RECORDED);
        return &recall->course->exchanges[i];
    }
    recall_count(model, FAULT_AT_START, RECALL_ANY);
    return recall->went_well[FAULT_AT_START];
}

/* Does any recorded look of the visit show this part of its chart so? */
static bool is_shown(const struct model *model, unsigned part, bool there)
{
    const struct course_visit *visit = visit_of(model);
    const struct exchange *exchanges = model->options.recall->course->exchanges;
    unsigned seen;
    bool shows;
    for (uint32_t i = visit ? visit->first : 0; visit && i < visit->end; i++)
        if (course_reads(&exchanges[i], &seen, &shows) && seen == part && shows == there)
            return true;
    return false;
}

/* A look that was recorded otherwise says what stands on the chart now. */
static enum recall_rule rule_of_look(const struct model *model, const struct search *s, enum recall_rule rule)
{
    unsigned part;
    bool shows;
    if (!course_reads(s->found, &part, &shows) || shows == ((s->position & part) != 0))
        return rule;
    return is_shown(model, part, !shows) ? RECALL_STANDS : RECALL_SHOWN;
}

static enum recall_rule take(struct model *model, struct search *s)
{
    struct recall *recall = model->options.recall;
    uint32_t index = (uint32_t)(s->found - recall->course->exchanges);
    bool again = recall->used[index];
    recall_met(recall, index);
    model->call.recalled = s->found;
    enum recall_rule rule = again && s->rule == RECALL_RECORDED ? RECALL_REPEATED : s->rule;
    return rule_of_look(model, s, s->any_args ? RECALL_OTHER_ARGS : rule);
}

static enum recall_rule find(struct model *model, uint64_t args)
{
    struct recall *recall = model->options.recall;
    const struct course_visit *visit = visit_of(model);
    struct search s = {.recall = recall, .target = model->call.target, .args = args, .position = position_seen(model)};
    if (visit)
        search(&s, visit);
    if (visit && !s.found && s.target == FAULT_AT_OPERATION_OPEN_VISIT) {
        s.any_args = true;
        search(&s, visit);
    }
    if (s.found)
        return take(model, &s);
    model->call.recalled = is_the_same_anywhere(s.target) ? recall->went_well[s.target] : NULL;
    return model->call.recalled ? RECALL_ANY : RECALL_UNKNOWN;
}

/* probeSession is made by nothing but a failure, and every answer tells of the session. */
void recall_call(struct model *model, struct slice args)
{
    struct model_call *call = &model->call;
    if (call->target == FAULT_AT_OPERATION_PROBE_SESSION) {
        call->recalled = recall_outside(model, call->target);
        return;
    }
    enum recall_rule rule = find(model, ledger_digest(args));
    recall_count(model, call->target, call->fault ? RECALL_PLANTED : rule);
}

/* When it acts: an effect as its request leaves, anything else as it is answered. */
static struct instant acts_at(const struct exchange *exchange)
{
    bool answered = exchange->end == EXCHANGE_RESULT || exchange->end == EXCHANGE_FAILURE;
    return exchange->sent ? exchange->sent_at : answered ? exchange->ended : INSTANT_NEVER;
}

struct duration recall_time_to_act(const struct model_call *call, struct duration plainly)
{
    const struct exchange *exchange = call->recalled;
    return exchange && acts_at(exchange).us != INSTANT_NEVER.us ? instant_since(acts_at(exchange), exchange->at) : plainly;
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
    return call->acted && instant_before(at, acts_at(exchange)) ? acts_at(exchange) : at;
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
    struct model_event answer = {.kind = MODEL_ANSWER, .of_page = true, .op = call->op, .verdict = {.target = call->target}};
    if (after.us <= call->budget.us)
        recall_count(model, call->target, RECALL_HEARD);
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
    struct instant next = call->acted ? exchange->ended : acts_at(exchange);
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
    if (!call->acted && acts_at(exchange).us != INSTANT_NEVER.us) {
        struct model_event act = {.kind = MODEL_ACT, .of_page = true, .op = call->op};
        model_push(model, until(call, acts_at(exchange), later), act);
        return;
    }
    if (call->acted && (exchange->end == EXCHANGE_RESULT || exchange->end == EXCHANGE_FAILURE)) {
        struct model_event answer = {.kind = MODEL_ANSWER, .of_page = true, .op = call->op, .verdict = call->pending};
        model_push(model, until(call, exchange->ended, later), answer);
        return;
    }
    if (call->acted && recall_is_heard(exchange))
        push_heard(model, until(call, exchange->request_ended, later));
    else if (is_lost(exchange))
        push_lost(model, until(call, exchange->ended, later));
    else if (call->budget.us > exchange->given_up.us - exchange->at.us)
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
    ret_request->chart = (uint32_t)(visit_of(model) - recall->course->visits);
}

/* Of faults that are the page's: what it shows. */
static void plant(const struct model *model, struct model_verdict *verdict)
{
    enum fault_kind fault = model_call_fault(&model->call);
    bool opens = model->call.target == FAULT_AT_OPERATION_OPEN_VISIT;
    if (opens && fault == FAULT_NO_WRITE_ACCESS) {
        verdict->kind = "no_write_access";
        verdict->what = "visit";
    }
    if (opens && fault == FAULT_OTHER_PAYER)
        verdict->payer = "differs";
    bool shown = model->page.shown_bill == (uint32_t)(visit_of(model) - model->options.recall->course->visits) + 1;
    if (model->call.target == FAULT_AT_OPERATION_READ_BILLING && fault == FAULT_CLOSES_ITSELF && !shown) {
        verdict->kind = "element_not_found";
        verdict->what = "visit";
    }
}

struct model_verdict recall_act(struct model *model, bool *ret_sends, struct ledger_request *ret_request)
{
    struct model_call *call = &model->call;
    struct model_verdict verdict = {.target = call->target, .recalled = call->recalled};
    if (!call->recalled) {
        verdict.kind = "undecided";
        return verdict;
    }
    plant(model, &verdict);
    bool sent = call->effect && call->recalled->sent;
    *ret_sends = sent && call->recalled->taken;
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
    unsigned part, position = position_seen(model);
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
