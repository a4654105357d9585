/* Of the operations that were called in a step, the one that failed is the first that was
   given up, lost, or answered with an error; where all went well, the one that took longest. */
#include "engine/cli/explain/explain_facts.h"

#include "engine/mdland/operation.h"
#include "engine/policy/timeout.h"

/* A deadline fires a little after it is due. */
#define FIRES_WITHIN_MS 5

static bool is_of_step(const struct exchange *exchange, const struct explain_event *step)
{
    bool called = exchange->kind == OP_CALL || exchange->kind == OP_START;
    return called && exchange->target != FAULT_AT_OPERATION_PROBE_SESSION && exchange->mark.attempt == step->attempt &&
           exchange->mark.step && strcmp(exchange->mark.step, step_name(step->step)) == 0;
}

static bool is_given_up(const struct exchange *exchange)
{
    return exchange->given_up.us != INSTANT_NEVER.us;
}

static bool is_answered(const struct exchange *exchange)
{
    return exchange->end == EXCHANGE_RESULT && exchange->kind == OP_CALL;
}

static bool has_failed(const struct exchange *exchange)
{
    bool ok = exchange->end == EXCHANGE_RESULT && (exchange->kind != OP_CALL || !exchange->answer->kind[0]);
    return is_given_up(exchange) || !ok;
}

static struct instant wait_ended(const struct recorded *r, const struct exchange *exchange)
{
    if (is_given_up(exchange))
        return exchange->given_up;
    return exchange->ended.us != INSTANT_NEVER.us ? exchange->ended : r->course.end;
}

static const struct exchange *find(const struct recorded *r, const struct explain_event *step)
{
    const struct course_visit *visit = course_visit(&r->course, step->visit.patient, step->visit.dos);
    const struct exchange *longest = NULL;
    for (uint32_t i = visit ? visit->first : 0; visit && i < visit->end; i++) {
        const struct exchange *exchange = &r->course.exchanges[i];
        if (!is_of_step(exchange, step))
            continue;
        if ((step->error != KIND_NONE || step->pending) && has_failed(exchange))
            return exchange;
        if (!longest || wait_ended(r, exchange).us - exchange->at.us > wait_ended(r, longest).us - longest->at.us)
            longest = exchange;
    }
    return longest;
}

static const struct operation *operation_of(const struct exchange *exchange)
{
    return exchange->kind == OP_CALL && exchange->target < FAULT_AT_START ? operation_get((enum operation_id)exchange->target) : NULL;
}

static enum explain_end end_of(const struct exchange *exchange)
{
    bool answered = exchange->end == EXCHANGE_RESULT || exchange->end == EXCHANGE_FAILURE;
    if (exchange->end == EXCHANGE_CRASHED)
        return EXPLAIN_CRASHED;
    if (exchange->end == EXCHANGE_GONE)
        return EXPLAIN_GONE;
    if (is_given_up(exchange))
        return answered ? EXPLAIN_LATE : EXPLAIN_GIVEN_UP;
    if (!answered)
        return EXPLAIN_PENDING;
    return exchange->end == EXCHANGE_RESULT ? EXPLAIN_ANSWERED : EXPLAIN_REFUSED;
}

static int64_t ms_after(const struct exchange *exchange, struct instant at)
{
    return duration_to_ms(instant_since(at, exchange->at));
}

static void tell_answer(const struct exchange *exchange, struct explain_wait *w)
{
    if (exchange->end == EXCHANGE_RESULT || exchange->end == EXCHANGE_FAILURE)
        w->answer_after_ms = ms_after(exchange, exchange->ended);
    if (!is_answered(exchange))
        return;
    if (exchange->answer->kind[0] && !kind_parse(slice_of(exchange->answer->kind), &w->kind))
        w->kind = KIND_UNKNOWN;
    if (exchange->answer->what[0])
        w->place = place_sentence(exchange->answer->what);
}

static void tell_heard(const struct exchange *exchange, struct instant ended, struct explain_wait *w)
{
    const struct heard_last *heard = exchange->heard;
    w->heard.known = heard != NULL;
    if (!heard)
        return;
    w->heard.is_reply = heard->is_reply;
    w->heard.count = heard->count;
    w->heard.ago_ms = duration_to_ms(instant_since(ended, heard->at));
    memcpy(w->heard.name, heard->name, sizeof w->heard.name);
}

static void tell_effect(const struct exchange *exchange, struct explain_wait *w)
{
    w->effect.is_effect = exchange->kind == OP_CALL && course_part_changed(exchange->target) != 0;
    w->effect.sent = exchange->sent;
    w->effect.taken = exchange->taken;
    if (exchange->sent)
        w->effect.sent_after_ms = ms_after(exchange, exchange->sent_at);
    w->effect.ended = exchange->sent && exchange->request_ended.us != INSTANT_NEVER.us;
    if (!w->effect.ended)
        return;
    w->effect.ended_after_ms = ms_after(exchange, exchange->request_ended);
    w->effect.request = exchange->report.request;
}

/* What the browser layer said when it was asked, as this op was given up. */
static const char *silence_of(const struct recorded *r, const struct exchange *exchange)
{
    uint32_t index = (uint32_t)(exchange - r->course.exchanges);
    for (uint32_t i = 0; is_given_up(exchange) && i < r->course.passage_count; i++)
        if (r->course.passages[i].kind == PASSAGE_SILENCE && r->course.passages[i].exchange == index)
            return r->course.passages[i].silence;
    return NULL;
}

static void tell_budget(const struct recorded *r, const struct exchange *exchange, struct explain_wait *w)
{
    const struct operation *operation = operation_of(exchange);
    enum budget_class budget = operation ? operation->budget : BUDGET_START;
    w->operation = operation ? operation->name : "startBrowser";
    w->budget_ms = duration_to_ms(timeout_budget(budget, exchange->mark.attempt, r->run.settings.multiplier_thousandths));
    w->cut_short = w->end == EXPLAIN_GIVEN_UP && w->waited_ms + FIRES_WITHIN_MS < w->budget_ms;
}

/* Which call of its operation in this attempt it was. */
static uint32_t nth_of(const struct recorded *r, const struct exchange *exchange)
{
    const struct course_visit *visit = course_visit(&r->course, exchange->mark.patient, exchange->mark.dos);
    uint32_t nth = 0;
    for (uint32_t i = visit ? visit->first : 0; visit && &r->course.exchanges[i] <= exchange; i++)
        nth += r->course.exchanges[i].kind == OP_CALL && r->course.exchanges[i].target == exchange->target &&
               r->course.exchanges[i].mark.attempt == exchange->mark.attempt;
    return nth;
}

static bool is_of_note(enum step step)
{
    return step == STEP_NAVIGATE_PT_NOTE || step == STEP_FILL_SOAP || step == STEP_SAVE_SOAP;
}

void explain_exchange(const struct recorded *recorded, const struct exchange *exchange, struct explain_wait *ret_wait)
{
    struct explain_wait *w = ret_wait;
    *w = (struct explain_wait){.known = true, .end = end_of(exchange), .called_ms = instant_to_ms(exchange->at)};
    w->waited_ms = ms_after(exchange, wait_ended(recorded, exchange));
    tell_budget(recorded, exchange, w);
    tell_answer(exchange, w);
    tell_effect(exchange, w);
}

void explain_facts(const struct recorded *recorded, const struct explain_watch *watch, const struct explain_event *step,
                   struct explain_wait *ret_wait)
{
    const struct exchange *exchange = find(recorded, step);
    struct explain_wait *w = ret_wait;
    *w = (struct explain_wait){0};
    if (!exchange)
        return;
    struct instant ended = wait_ended(recorded, exchange);
    explain_exchange(recorded, exchange, w);
    w->nth = exchange->kind == OP_CALL ? nth_of(recorded, exchange) : 0;
    w->silence = silence_of(recorded, exchange);
    tell_heard(exchange, ended, w);
    explain_watch_tell(watch, ended, is_of_note(step->step), w);
}
