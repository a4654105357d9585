/* The figures as JSON: a row for each operation, or each step where no recording tells of
   operations, and the proposed timeouts with the rule that they come from. */
#include "engine/report/report_parts.h"

#include "engine/policy/timeout.h"

static void add_row(struct json_out *j, const char *name, const struct report_row *row)
{
    json_out_text(j, "name", name);
    json_out_int(j, "n", row->n);
    if (row->n) {
        json_out_int(j, "p50", row->p50_ms);
        json_out_int(j, "p95", row->p95_ms);
        json_out_int(j, "p99", row->p99_ms);
        json_out_int(j, "max", row->max_ms);
    }
    if (row->budget_ms)
        json_out_int(j, "budget", row->budget_ms);
    json_out_int(j, "failed", row->failed);
    json_out_int(j, "givenUp", row->given_up);
}

static void add_late(struct json_out *j, const struct report_row *row)
{
    json_out_int(j, "late", row->late);
    if (row->late)
        json_out_int(j, "latest", row->latest_ms);
}

static void add_operations(struct json_out *j, const struct report_figures *figures)
{
    json_out_array(j, "operations");
    for (uint32_t i = 0; i <= OPERATION_COUNT; i++) {
        const struct report_row *row = &figures->operations[i];
        if (row->n == 0 && row->failed == 0)
            continue;
        json_out_object(j, NULL);
        add_row(j, report_operation_name(i), row);
        add_late(j, row);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_steps(struct json_out *j, const struct report_run *run)
{
    json_out_array(j, "steps");
    for (int i = 0; i < STEP_COUNT; i++) {
        struct report_row row = report_step(run->log, (enum step)i, run->multiplier_thousandths);
        if (row.n == 0 && row.failed == 0)
            continue;
        json_out_object(j, NULL);
        add_row(j, step_name((enum step)i), &row);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_budgets(struct json_out *j, const struct report_figures *figures)
{
    static const char *const advices[] = {
        [REPORT_KEEP] = "keep", [REPORT_LONGER] = "longer", [REPORT_SHORTER] = "shorter", [REPORT_TOO_FEW] = "too few"};
    json_out_array(j, "budgets");
    for (int i = 0; i < REPORT_BUDGETS; i++) {
        const struct report_row *row = &figures->budgets[i];
        bool changes_chart = report_changes_chart((enum budget_class)i);
        int64_t ms;
        enum report_advice advice = report_propose(row, changes_chart, &ms);
        if (row->n == 0 && row->failed == 0)
            continue;
        json_out_object(j, NULL);
        add_row(j, budget_name((enum budget_class)i), row);
        add_late(j, row);
        json_out_text(j, "advice", advices[advice]);
        json_out_int(j, "proposed", ms);
        if (changes_chart)
            json_out_bool(j, "changesChart", true);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_rule(struct json_out *j)
{
    CLEANUP_STR struct str rule;
    str_init(&rule, 1024);
    str_addf(&rule,
             "longer where %d %% of the longest answer seen, late ones included, is more than the budget; shorter where that and %d times "
             "the p99 are both less; in whole seconds, at least %d s. Nothing on fewer than %d answers, unless one came late. Save and "
             "billing are never shortened: a change that is given up leaves a doubt.",
             REPORT_LONGEST_PERCENT, REPORT_P99_FACTOR, REPORT_PROPOSED_MS_MIN / 1000, REPORT_ANSWERS_MIN);
    json_out_string(j, "rule", str_slice(&rule));
}

void report_add_figures(struct json_out *j, const struct report_run *run, const struct report_figures *figures)
{
    add_steps(j, run);
    if (run->op_count == 0)
        return;
    add_operations(j, figures);
    add_budgets(j, figures);
    add_rule(j);
    json_out_int(j, "proposedMultiplier", report_multiplier(figures, run->multiplier_thousandths));
}
