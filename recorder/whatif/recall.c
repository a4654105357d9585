#include "recorder/whatif/recall.h"

#include "recorder/model/model_parts.h"

#include <stdlib.h>

static const char *const classes[] = {
#define X(id, name) [id] = name,
#include "recorder/whatif/recall_class.def"
#undef X
};

static const struct {
    enum recall_class class;
    const char *sentence;
} rules[] = {
#define X(id, class, sentence) [id] = {class, sentence},
#include "recorder/whatif/recall.def"
#undef X
};

const char *recall_class_name(enum recall_class class)
{
    return classes[class];
}

enum recall_class recall_class_of(enum recall_rule rule)
{
    return rules[rule].class;
}

const char *recall_rule_sentence(enum recall_rule rule)
{
    return rules[rule].sentence;
}

uint64_t recall_total(const struct recall *recall, enum recall_class class)
{
    uint64_t total = 0;
    for (int rule = 0; rule < RECALL_RULE_COUNT; rule++)
        if (rules[rule].class == class)
            total += recall->counts[rule];
    return total;
}

static void find_went_well(struct recall *recall)
{
    for (uint32_t i = recall->course->exchange_count; i-- > 0;) {
        const struct exchange *exchange = &recall->course->exchanges[i];
        bool well = (exchange->end == EXCHANGE_RESULT && (exchange->kind != OP_CALL || !(exchange->answer->kind[0] || exchange->answer->expired))) ||
                    (exchange->end == EXCHANGE_HTTP && exchange->http->failure == WIRE_HTTP_OK && exchange->http->status == 200);
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
    return rules[rule].class == RECALL_ALL_ASSUMED;
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

const struct course_visit *recall_visit(const struct model *model)
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
    const struct course_visit *visit = recall_visit(model);
    return visit ? &ledger_charts(model->ledger)[visit - model->options.recall->course->visits] : NULL;
}

unsigned recall_position(const struct ledger_chart *chart)
{
    bool note = chart->note_saves > 0 && !chart->foreign_note;
    return (chart->code_saves ? CHART_CODES : 0) | (note ? CHART_NOTE : 0) | (ledger_is_billed(chart) ? CHART_BILL : 0);
}

/* The chart as the look in hand sees it. */
unsigned recall_position_seen(struct model *model)
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
    if (exchange->unknown)
        return;
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

/* Any that went well; where none did the model says what one in order says. */
static const struct exchange *in_order(struct model *model, enum fault_target target)
{
    const struct exchange *any = model->options.recall->went_well[target];
    recall_count(model, target, any ? RECALL_ANY : RECALL_IN_ORDER);
    return any;
}

static bool is_here(const struct model *model, const struct exchange *exchange)
{
    return exchange->mark.step && model->mark.step && strcmp(exchange->mark.step, model->mark.step) == 0;
}

static const struct exchange *meet(struct model *model, uint32_t index, enum recall_rule rule)
{
    struct recall *recall = model->options.recall;
    recall_met(recall, index);
    recall_count(model, recall->course->exchanges[index].target, rule);
    return &recall->course->exchanges[index];
}

/* A check belongs to what failed before it: one of this visit and step, or none. Of a session
   that a fault has ended only its time is as recorded. */
const struct exchange *recall_outside(struct model *model, enum fault_target target)
{
    bool planted = model->ledger->expired && target == FAULT_AT_OPERATION_PROBE_SESSION;
    struct recall *recall = model->options.recall;
    const struct course_visit *visit = recall_visit(model);
    struct ledger_chart *chart = recall_chart(model);
    for (uint32_t i = visit ? visit->first : 0; visit && i < visit->end; i++) {
        const struct exchange *exchange = &recall->course->exchanges[i];
        bool fits = exchange->target == target && is_here(model, exchange) && exchange->position == recall_position(chart);
        if (fits && !recall->used[i] && !exchange->unknown)
            return meet(model, i, planted ? RECALL_PLANTED : RECALL_RECORDED);
    }
    bool checked = recall->went_well[FAULT_AT_OPERATION_VALIDATE_SESSION] != NULL;
    recall_count(model, target, planted ? RECALL_PLANTED : checked ? RECALL_IMPLIED : RECALL_IN_ORDER);
    return NULL;
}

/* A look at the main page: the next one of its kind, before a batch or as a probe; the last
   again when all were met. */
const struct exchange *recall_http(struct model *model)
{
    struct recall *recall = model->options.recall;
    uint32_t last = COURSE_NONE;
    if (model->ledger->expired) {
        recall_count(model, FAULT_AT_HTTP, RECALL_PLANTED);
        return NULL;
    }
    for (uint32_t i = 0; i < recall->course->exchange_count; i++) {
        const struct exchange *exchange = &recall->course->exchanges[i];
        if (exchange->target != FAULT_AT_HTTP || !is_here(model, exchange) || exchange->unknown)
            continue;
        if (!recall->used[i])
            return meet(model, i, RECALL_RECORDED);
        last = i;
    }
    return last == COURSE_NONE ? in_order(model, FAULT_AT_HTTP) : meet(model, last, RECALL_REPEATED);
}

const struct exchange *recall_start(struct model *model)
{
    struct recall *recall = model->options.recall;
    const struct course_visit *visit = recall_visit(model);
    for (uint32_t i = visit ? visit->first : 0; visit && i < visit->end; i++) {
        const struct exchange *exchange = &recall->course->exchanges[i];
        if (exchange->target == FAULT_AT_START && !recall->used[i] && !exchange->unknown)
            return meet(model, i, RECALL_RECORDED);
    }
    return in_order(model, FAULT_AT_START);
}

/* Does any recorded look of the visit show this part of its chart so? */
static bool is_shown(const struct model *model, unsigned part, bool there)
{
    const struct course_visit *visit = recall_visit(model);
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
    if (exchange_ran_out(s->found) && model->call.budget.us != s->found->budget.us)
        return model->call.budget.us < s->found->budget.us ? RECALL_SOONER : RECALL_PATIENT;
    return rule_of_look(model, s, s->any_args ? RECALL_OTHER_ARGS : rule);
}

static enum recall_rule find(struct model *model, uint64_t args)
{
    struct recall *recall = model->options.recall;
    const struct course_visit *visit = recall_visit(model);
    struct search s = {.recall = recall, .target = model->call.target, .args = args, .position = recall_position_seen(model)};
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

/* A fault may strike the world, and be seen by operations that it did not strike: a session
   that is over, a page that is stuck, what somebody else has done to the chart. */
static bool is_of_a_fault(struct model *model)
{
    enum fault_target target = model->call.target;
    const struct ledger_chart *chart = recall_chart(model);
    if (model->call.fault || model->page.stuck || (model->ledger->expired && !model_is_local(target)))
        return true;
    if (!chart)
        return false;
    bool looks_at_bill = target == FAULT_AT_OPERATION_READ_BILLING || target == FAULT_AT_OPERATION_OPEN_VISIT;
    bool others = chart->other_bills > ((recall_visit(model)->before & CHART_BILL) != 0);
    return (chart->foreign_note && target == FAULT_AT_OPERATION_READ_NOTE) ||
           (others && (looks_at_bill || target == FAULT_AT_OPERATION_SAVE_DIAGNOSIS));
}

bool recall_answers_plainly(const struct model *model)
{
    return model->call.target == FAULT_AT_OPERATION_PROBE_SESSION && (!model->call.recalled || model->ledger->expired);
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
    recall_count(model, call->target, is_of_a_fault(model) ? RECALL_PLANTED : rule);
}
