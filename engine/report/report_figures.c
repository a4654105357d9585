#include "engine/report/report_figures.h"

#include "engine/policy/timeout.h"
#include "engine/report/figures.h"

#include <stdlib.h>

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* 0: of none. */
static int64_t percentile(const int64_t *ms, uint32_t count, uint32_t percent)
{
    return count ? ms[figure_rank(count, percent)] : 0;
}

static void take_sorted(const int64_t *ms, uint32_t count, struct report_row *row)
{
    row->n = count;
    row->p50_ms = percentile(ms, count, 50);
    row->p95_ms = percentile(ms, count, 95);
    row->p99_ms = percentile(ms, count, 99);
    row->max_ms = percentile(ms, count, 100);
}

static void count_visit(const struct explain_log *log, const struct explain_visit *visit, struct report_counts *counts)
{
    if (visit->result == EXPLAIN_NONE) {
        counts->unended++;
        return;
    }
    const struct explain_event *result = &log->events[visit->result];
    counts->outcomes[result->outcome]++;
    counts->done_by_retry += result->outcome == VISIT_DONE && result->attempt > 1;
}

enum err_code report_count(const struct explain_log *log, struct report_counts *ret_counts, struct err *err)
{
    struct report_counts counts = {.total = log->total};
    int64_t *ms = calloc(log->visit_count + 1u, sizeof *ms);
    uint32_t tried = 0;
    if (!ms)
        return err_set(err, ERR_ENV, "there is no memory for the figures of %u visits", log->visit_count);
    for (uint32_t i = 0; i < log->visit_count; i++) {
        const struct explain_visit *visit = &log->visits[i];
        count_visit(log, visit, &counts);
        if (visit->result != EXPLAIN_NONE && log->events[visit->result].attempt)
            ms[tried++] = log->events[visit->result].ms;
    }
    for (uint32_t i = 0; i < log->count; i++) {
        const struct explain_event *event = &log->events[i];
        counts.retries += event->kind == EXPLAIN_RETRY;
        counts.total_ms += event->kind == EXPLAIN_SUMMARY ? event->ms : 0;
        if (event->kind == EXPLAIN_SUMMARY || event->kind == EXPLAIN_BATCH)
            counts.summary = event->kind == EXPLAIN_SUMMARY ? event : NULL;
    }
    counts.unseen = log->total > log->visit_count ? log->total - log->visit_count : 0;
    qsort(ms, tried, sizeof *ms, by_size);
    counts.visit_p50_ms = percentile(ms, tried, 50);
    counts.visit_p99_ms = percentile(ms, tried, 99);
    free(ms);
    *ret_counts = counts;
    return ERR_OK;
}

struct report_row report_step(const struct explain_log *log, enum step step, uint32_t multiplier_thousandths)
{
    struct report_row row = {.budget_ms = explain_step_budget_ms(step, 1, multiplier_thousandths)};
    take_sorted(log->steps[step].ms, log->steps[step].count, &row);
    for (uint32_t i = 0; i < log->count; i++) {
        const struct explain_event *event = &log->events[i];
        if (event->kind != EXPLAIN_STEP || event->step != step || event->error == KIND_NONE)
            continue;
        row.failed++;
        row.given_up += event->error == KIND_TIMEOUT;
    }
    return row;
}

enum budget_class report_budget_of(uint32_t operation)
{
    return operation < OPERATION_COUNT ? operation_get((enum operation_id)operation)->budget : BUDGET_START;
}

const char *report_operation_name(uint32_t operation)
{
    return operation < OPERATION_COUNT ? operation_get((enum operation_id)operation)->name : step_name(STEP_START_BROWSER);
}

bool report_changes_chart(enum budget_class budget)
{
    return budget == BUDGET_SAVE || budget == BUDGET_BILLING;
}

/* A row from the operations that `wanted` names, or the budget class where it is none of them. */
static void fill(const struct report_op *ops, uint32_t count, uint32_t wanted, enum budget_class budget, int64_t *ms, struct report_row *row)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct report_op *op = &ops[i];
        if (wanted <= OPERATION_COUNT ? op->operation != wanted : report_budget_of(op->operation) != budget)
            continue;
        bool given_up = op->end == EXPLAIN_GIVEN_UP || op->end == EXPLAIN_LATE;
        bool well = op->end == EXPLAIN_ANSWERED && op->kind == KIND_NONE;
        if (well)
            ms[n++] = op->waited_ms;
        row->failed += !well && op->end != EXPLAIN_PENDING;
        row->given_up += given_up;
        bool late = given_up && op->late_ms > 0 && op->kind == KIND_NONE;
        row->late += late;
        if (late && op->late_ms > row->latest_ms)
            row->latest_ms = op->late_ms;
    }
    qsort(ms, n, sizeof *ms, by_size);
    take_sorted(ms, n, row);
}

enum err_code report_figures(const struct report_op *ops, uint32_t count, uint32_t multiplier_thousandths,
                             struct report_figures *ret_figures, struct err *err)
{
    *ret_figures = (struct report_figures){0};
    int64_t *ms = calloc(count + 1u, sizeof *ms);
    if (!ms)
        return err_set(err, ERR_ENV, "there is no memory for the figures of %u operations", count);
    for (uint32_t i = 0; i <= OPERATION_COUNT; i++)
        fill(ops, count, i, 0, ms, &ret_figures->operations[i]);
    for (int i = 0; i < REPORT_BUDGETS; i++)
        fill(ops, count, UINT32_MAX, (enum budget_class)i, ms, &ret_figures->budgets[i]);
    for (uint32_t i = 0; multiplier_thousandths && i <= OPERATION_COUNT; i++)
        ret_figures->operations[i].budget_ms = duration_to_ms(timeout_budget(report_budget_of(i), 1, multiplier_thousandths));
    for (int i = 0; multiplier_thousandths && i < REPORT_BUDGETS; i++)
        ret_figures->budgets[i].budget_ms = duration_to_ms(timeout_budget((enum budget_class)i, 1, multiplier_thousandths));
    free(ms);
    return ERR_OK;
}

static int64_t whole_seconds(int64_t ms)
{
    return ms < REPORT_PROPOSED_MS_MIN ? REPORT_PROPOSED_MS_MIN : (ms + 999) / 1000 * 1000;
}

enum report_advice report_propose(const struct report_row *row, bool changes_chart, int64_t *ret_ms)
{
    int64_t longest = row->max_ms > row->latest_ms ? row->max_ms : row->latest_ms, by_p99 = row->p99_ms * REPORT_P99_FACTOR;
    int64_t longer = whole_seconds((longest * REPORT_LONGEST_PERCENT + 99) / 100);
    int64_t shorter = longer > by_p99 ? longer : whole_seconds(by_p99);
    bool few = row->n < REPORT_ANSWERS_MIN;
    *ret_ms = row->budget_ms;
    if (few && row->late == 0)
        return REPORT_TOO_FEW;
    if (longer > row->budget_ms) {
        *ret_ms = longer;
        return REPORT_LONGER;
    }
    if (few || changes_chart || shorter >= row->budget_ms)
        return REPORT_KEEP;
    *ret_ms = shorter;
    return REPORT_SHORTER;
}

uint32_t report_multiplier(const struct report_figures *figures, uint32_t multiplier_thousandths)
{
    int64_t most = multiplier_thousandths;
    for (int i = 0; i < REPORT_BUDGETS; i++) {
        int64_t ms, one_ms = duration_to_ms(timeout_budget((enum budget_class)i, 1, MULTIPLIER_ONE));
        enum report_advice advice = report_propose(&figures->budgets[i], report_changes_chart((enum budget_class)i), &ms);
        int64_t needed = advice == REPORT_LONGER ? (ms * MULTIPLIER_ONE + one_ms - 1) / one_ms : 0;
        most = needed > most ? needed : most;
    }
    return most > MULTIPLIER_MAX ? MULTIPLIER_MAX : (uint32_t)most;
}
