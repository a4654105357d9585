#include "tests/unit/reference_day.h"

#include "tests/unit/reference_site.h"

#include <stdlib.h>

/* 1 for the first of the batch; 0: outside any. */
static uint32_t visit_number(const struct batch *batch, uint32_t patient, uint32_t dos)
{
    for (size_t i = 0; patient && i < batch->visit_count; i++)
        if (batch->patients[batch->visits[i].patient].number == patient && batch->visits[i].dos == dos)
            return (uint32_t)i + 1;
    return 0;
}

static int64_t span(struct instant until, const struct exchange *exchange)
{
    return until.us == INSTANT_NEVER.us ? REFERENCE_NEVER : until.us - exchange->at.us;
}

static const char *failure_of(const struct exchange *exchange)
{
    if (exchange->end == EXCHANGE_FAILURE)
        return exchange->failure.kind == FAILURE_NETWORK ? "network" : "unknown";
    if (exchange->kind == OP_CALL && exchange->end == EXCHANGE_RESULT && exchange->answer->kind[0])
        return exchange->answer->kind;
    return NULL;
}

static bool is_answered(const struct exchange *exchange)
{
    return !exchange->disturbed && exchange->end != EXCHANGE_SILENT && exchange->end != EXCHANGE_CRASHED && exchange->end != EXCHANGE_GONE;
}

static void add_op(struct reference_day_of *d, const struct recorded *recorded, const struct exchange *exchange)
{
    uint32_t visit = visit_number(recorded->run.batch, exchange->mark.patient, exchange->mark.dos);
    d->ops[d->day.op_count++] = (struct reference_op){
        .op = REFERENCE_LETTERS[exchange->target],
        .taken = exchange->taken,
        .visit = visit,
        .attempt = visit ? exchange->mark.attempt : 0,
        .position = exchange->position,
        .step = exchange->mark.step ? exchange->mark.step : "",
        .fails = failure_of(exchange),
        .at = exchange->at.us,
        .takes = is_answered(exchange) ? span(exchange->ended, exchange) : REFERENCE_NEVER,
        .sends = exchange->sent ? span(exchange->sent_at, exchange) : REFERENCE_NEVER,
        .request_ends = span(exchange->request_ended, exchange),
        .given_up = span(exchange->given_up, exchange),
        .page_budget = exchange_ran_out(exchange) ? exchange->budget.us : 0,
        .budget = REFERENCE_NEVER,
    };
}

/* When a wait for it was due to end: the deadline that fired before it was given up. */
static void add_budgets(struct reference_day_of *d, const struct course *course, const size_t *index)
{
    struct instant asked = INSTANT_NEVER;
    for (uint32_t i = 0; i < course->passage_count; i++) {
        const struct passage *passage = &course->passages[i];
        if (passage->kind == PASSAGE_WAKE)
            asked = passage->asked;
        if (passage->kind == PASSAGE_GIVE_UP && passage->exchange != COURSE_NONE)
            d->ops[index[passage->exchange]].budget = span(asked, &course->exchanges[passage->exchange]);
    }
}

/* The first opening of a visit is by its order, unless an earlier run had pinned it. */
static void find_pinned(struct reference_day_of *d, const struct course *course, const size_t *index)
{
    uint64_t first = 0;
    uint32_t visit = 0;
    for (uint32_t i = 0; i < course->exchange_count; i++) {
        const struct exchange *exchange = &course->exchanges[i];
        if (exchange->target != FAULT_AT_OPERATION_OPEN_VISIT)
            continue;
        struct reference_op *op = &d->ops[index[i]];
        first = op->visit == visit ? first : exchange->args;
        visit = op->visit;
        op->pinned = exchange->args != first;
    }
}

static int64_t first_of(const struct reference_day *day, char letter)
{
    for (size_t i = 0; i < day->op_count; i++)
        if (day->ops[i].op == letter && day->ops[i].takes != REFERENCE_NEVER && day->ops[i].takes > 0)
            return day->ops[i].takes;
    return 0;
}

static void add_visits(struct reference_day_of *d, const struct recorded *recorded)
{
    const struct batch *batch = recorded->run.batch;
    for (uint32_t visit = 1; visit <= batch->visit_count; visit++) {
        const struct batch_visit *of = &batch->visits[visit - 1];
        const struct course_visit *found = course_visit(&recorded->course, batch->patients[of->patient].number, of->dos);
        size_t at = 0, end;
        while (at < d->day.op_count && d->ops[at].visit != visit)
            at++;
        for (end = at; end < d->day.op_count && d->ops[end].visit == visit;)
            end++;
        d->first[visit] = at;
        d->first[visit + 1] = end;
        d->before[visit] = found ? found->before : 0;
        d->soap_only[visit] = of->soap_only;
    }
}

bool reference_day_init(struct reference_day_of *d, const struct recorded *recorded)
{
    const struct course *course = &recorded->course;
    size_t visits = recorded->run.batch->visit_count + 2, *index = calloc(course->exchange_count + 1u, sizeof *index);
    *d = (struct reference_day_of){
        .ops = calloc(course->exchange_count + 1u, sizeof *d->ops),
        .first = calloc(visits, sizeof *d->first),
        .before = calloc(visits, sizeof *d->before),
        .soap_only = calloc(visits, sizeof *d->soap_only),
    };
    bool ready = course->exchange_count <= REFERENCE_OPS_MAX && index && d->ops && d->first && d->before && d->soap_only;
    for (uint32_t i = 0; ready && i < course->exchange_count; i++) {
        index[i] = d->day.op_count;
        if (course->exchanges[i].target != FAULT_TARGET_COUNT)
            add_op(d, recorded, &course->exchanges[i]);
    }
    if (ready) {
        add_budgets(d, course, index);
        find_pinned(d, course, index);
        add_visits(d, recorded);
    }
    free(index);
    d->day = (struct reference_day){
        .ops = d->ops, .op_count = d->day.op_count, .first = d->first, .before = d->before, .soap_only = d->soap_only, .faults = d->faults};
    d->day.visit_count = (uint32_t)recorded->run.batch->visit_count;
    d->day.commit = first_of(&d->day, '#');
    d->day.http = first_of(&d->day, 'H');
    d->day.start = first_of(&d->day, 'B');
    return ready;
}

void reference_day_fini(struct reference_day_of *d)
{
    free(d->ops);
    free(d->first);
    free(d->before);
    free(d->soap_only);
}

void reference_day_terms(struct reference_day_of *d, const struct recorded *recorded, const struct whatif_terms *terms)
{
    d->day.max_retries = terms->settings.max_retries;
    d->day.multiplier = terms->settings.multiplier_thousandths;
    d->day.visit_timeout = terms->settings.visit_timeout.us;
    d->day.fault_count = terms->fault_count;
    ASSERT(terms->fault_count <= REFERENCE_FAULTS_MAX);
    for (size_t i = 0; i < terms->fault_count; i++) {
        const struct fault *fault = &terms->faults[i];
        bool outside = fault->patient == FAULT_OUTSIDE, anywhere = fault->patient == 0;
        d->faults[i] = (struct reference_fault){
            .op = REFERENCE_LETTERS[fault->target],
            .taken = fault->taken,
            .visit = anywhere ? REFERENCE_ANYWHERE : outside ? 0 : visit_number(recorded->run.batch, fault->patient, fault->dos),
            .attempt = fault->attempt,
            .nth = fault->nth,
            .kind = fault_kind_name(fault->kind),
            .size = fault->size,
        };
    }
}

static void format_visit(const struct reference_event *event, const struct recorded *recorded, struct str *out)
{
    static const char *const types[] = {['s'] = "visit_start", ['r'] = "retry", ['v'] = "visit_result"};
    const struct batch_visit *visit = &recorded->run.batch->visits[event->visit - 1];
    str_addf(out, "{\"type\":\"%s\",\"at\":%lld,\"patient\":\"p%u\",\"dos\":%u", types[(int)event->what], (long long)event->at / 1000,
             recorded->run.batch->patients[visit->patient].number, visit->dos);
    if (event->what == 'v')
        str_addf(out, ",\"success\":%s,\"outcome\":\"%s\"", strcmp(event->outcome, "done") == 0 ? "true" : "false", event->outcome);
    else
        str_addf(out, ",\"attempt\":%u", event->attempt + (event->what == 'r'));
    if (event->what == 'r')
        str_addf(out, ",\"delay\":%lld", (long long)event->span / 1000);
    if (event->kind && event->what != 's')
        str_addf(out, ",\"step\":\"%s\",\"errorKind\":\"%s\"", event->step, event->kind);
    if (event->what == 'v')
        str_addf(out, ",\"duration\":%lld,\"attempt\":%u", (long long)event->span / 1000, event->attempt);
    str_add_text(out, "}\n");
}

void reference_log_format(const struct reference_log *log, const struct recorded *recorded, struct str *out)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct reference_event *event = &log->events[i];
        if (event->what == 'b')
            str_addf(out, "{\"type\":\"breaker\",\"at\":%lld,\"state\":\"%s\"}\n", (long long)event->at / 1000, event->outcome);
        else
            format_visit(event, recorded, out);
    }
}
