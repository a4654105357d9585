/* What each visit is, and how long a step takes elsewhere. */
#include "engine/report/explain_log.h"

#include "engine/mdland/operation.h"
#include "engine/policy/timeout.h"
#include "engine/report/figures.h"

#include <stdlib.h>

const char *explain_class_name(enum explain_class class)
{
    static const char *const names[] = {
#define X(id, name, headline) [id] = name,
#include "engine/report/explain_class.def"
#undef X
    };
    return names[class];
}

int64_t explain_step_budget_ms(enum step step, uint32_t attempt, uint32_t multiplier_thousandths)
{
    if (multiplier_thousandths == 0 || attempt == 0)
        return 0;
    if (step == STEP_START_BROWSER)
        return duration_to_ms(timeout_budget(BUDGET_START, attempt, multiplier_thousandths));
    for (int i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *operation = operation_get((enum operation_id)i);
        if (strcmp(operation->name, step_name(step)) == 0)
            return duration_to_ms(timeout_budget(operation->budget, attempt, multiplier_thousandths));
    }
    return 0;
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The value of that rank among all but the one at `without` (count: among all). */
static int64_t of_rank(const struct explain_steps *steps, uint32_t without, uint32_t rank)
{
    return steps->ms[rank < without ? rank : rank + 1];
}

struct explain_compared explain_log_compare(const struct explain_log *log, const struct explain_event *event)
{
    const struct explain_steps *steps = &log->steps[event->step];
    struct explain_compared compared = {.n = steps->count};
    uint32_t without = steps->count;
    if (event->error == KIND_NONE) {
        const int64_t *found = bsearch(&event->ms, steps->ms, steps->count, sizeof *steps->ms, by_size);
        without = found ? (uint32_t)(found - steps->ms) : steps->count;
        compared.n -= found != NULL;
    }
    if (compared.n == 0)
        return compared;
    compared.p50_ms = of_rank(steps, without, figure_rank(compared.n, 50));
    compared.p95_ms = of_rank(steps, without, figure_rank(compared.n, 95));
    compared.max_ms = of_rank(steps, without, compared.n - 1);
    return compared;
}

/* How far beyond what is slow, in thousandths of that; 0: it is not. */
static int64_t slowness(const struct explain_log *log, const struct explain_event *event, uint32_t multiplier)
{
    struct explain_compared elsewhere = explain_log_compare(log, event);
    int64_t budget_ms = explain_step_budget_ms(event->step, event->attempt, multiplier), worst = 0;
    bool comparable = elsewhere.n >= EXPLAIN_SLOW_SAMPLES && elsewhere.p95_ms > 0 && event->ms >= EXPLAIN_SLOW_MS;
    if (comparable && event->ms > elsewhere.p95_ms * EXPLAIN_SLOW_FACTOR)
        worst = event->ms * 1000 / (elsewhere.p95_ms * EXPLAIN_SLOW_FACTOR);
    if (budget_ms && event->ms * 2 > budget_ms && event->ms * 2000 / budget_ms > worst)
        worst = event->ms * 2000 / budget_ms;
    return worst;
}

static void find_slow(struct explain_log *log, uint32_t multiplier)
{
    for (uint32_t i = 0; i < log->count; i++) {
        const struct explain_event *event = &log->events[i];
        if (event->kind != EXPLAIN_STEP || event->error != KIND_NONE || event->visit.patient == 0)
            continue;
        struct explain_visit *visit = (struct explain_visit *)explain_log_find(log, event->visit);
        int64_t slow = visit && visit->class == EXPLAIN_FINE ? slowness(log, event, multiplier) : 0;
        if (slow <= (visit ? visit->weight : 0))
            continue;
        visit->weight = slow;
        visit->main = visit->troubles[0] = i;
        visit->trouble_count = 1;
    }
    for (uint32_t i = 0; i < log->visit_count; i++)
        if (log->visits[i].class == EXPLAIN_FINE && log->visits[i].trouble_count)
            log->visits[i].class = EXPLAIN_SLOW;
}

static bool has_timed_out(const struct explain_log *log, const struct explain_visit *visit)
{
    for (uint32_t i = 0; i < visit->trouble_count; i++)
        if (log->events[visit->troubles[i]].error == KIND_TIMEOUT)
            return true;
    return false;
}

static enum explain_class class_of(const struct explain_log *log, const struct explain_visit *visit)
{
    if (visit->result == EXPLAIN_NONE)
        return EXPLAIN_UNENDED;
    switch (log->events[visit->result].outcome) {
    case VISIT_FAILED:
    case VISIT_UNDECIDED: return EXPLAIN_FAILED;
    case VISIT_NEEDS_REVIEW: return EXPLAIN_REVIEW;
    case VISIT_INTERRUPTED: return EXPLAIN_INTERRUPTED;
    case VISIT_DONE:
        if (visit->trouble_count == 0)
            return EXPLAIN_FINE;
        return has_timed_out(log, visit) ? EXPLAIN_HUNG : EXPLAIN_RETRIED;
    case VISIT_NOT_ATTEMPTED:
    case VISIT_OUTCOME_COUNT: break;
    }
    return EXPLAIN_FINE;
}

/* What ended the visit; of one that was done, what took longest. */
static void weigh(const struct explain_log *log, struct explain_visit *visit)
{
    bool ended_by_it = visit->class == EXPLAIN_FAILED || visit->class == EXPLAIN_REVIEW;
    for (uint32_t i = 0; i < visit->trouble_count; i++) {
        uint32_t trouble = visit->troubles[i];
        bool longer = visit->main == EXPLAIN_NONE || log->events[trouble].ms > log->events[visit->main].ms;
        visit->weight += log->events[trouble].ms;
        if (ended_by_it || longer)
            visit->main = trouble;
    }
}

void explain_log_judge(struct explain_log *log, uint32_t multiplier_thousandths)
{
    for (int step = 0; step < STEP_COUNT; step++)
        if (log->steps[step].count)
            qsort(log->steps[step].ms, log->steps[step].count, sizeof *log->steps[step].ms, by_size);
    for (uint32_t i = 0; i < log->visit_count; i++) {
        log->visits[i].class = class_of(log, &log->visits[i]);
        weigh(log, &log->visits[i]);
    }
    find_slow(log, multiplier_thousandths);
}
