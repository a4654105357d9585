/* The figures of a report: folds of the event log and of the operations that a recording
   holds. The tests hold them to the batch_summary of the same log.

   The proposal for a budget class (report_propose): a longer one where REPORT_LONGEST_PERCENT
   of the longest answer seen, late ones included, is more than the budget; a shorter one where
   that and REPORT_P99_FACTOR times the p99 are both less. Whole seconds, upwards, and at least
   REPORT_PROPOSED_MS_MIN. Nothing is proposed on fewer than REPORT_ANSWERS_MIN answers, unless
   one came late; and a class with changes of the chart is never shortened, since a change that
   is given up leaves a doubt. */
#ifndef ENGINE_REPORT_REPORT_FIGURES_H
#define ENGINE_REPORT_REPORT_FIGURES_H

#include "engine/base/budget.h"
#include "engine/mdland/operation.h"
#include "engine/report/explain.h"

#define REPORT_P99_FACTOR      4
#define REPORT_LONGEST_PERCENT 125
#define REPORT_ANSWERS_MIN     30
#define REPORT_PROPOSED_MS_MIN 5000
#define REPORT_BUDGETS         (BUDGET_START + 1)

/* An operation that was called in a visit. */
struct report_op {
    struct visit_label visit;
    uint32_t attempt;
    enum step step;
    uint32_t operation; /* enum operation_id; OPERATION_COUNT: a browser was started */
    enum explain_end end;
    enum kind kind;     /* what the answer said */
    int64_t called_ms, waited_ms;
    int64_t budget_ms;
    int64_t late_ms;    /* given up, and answered so long after the call, or its request was; 0: not known to be */
};

struct report_counts {
    uint32_t outcomes[VISIT_OUTCOME_COUNT]; /* by the last result of each visit */
    uint32_t unended;                       /* begun, without a result */
    uint32_t unseen;                        /* of the batch, and not in this log: settled before, or not reached */
    uint32_t total, retries, done_by_retry;
    int64_t total_ms;                       /* of all runs in the log */
    int64_t visit_p50_ms, visit_p99_ms;     /* of those that were attempted */
    const struct explain_event *summary;    /* NULL: the log has no end */
};

/* ERR_ENV without memory. */
enum err_code report_count(const struct explain_log *log, struct report_counts *ret_counts, struct err *err) MUST_USE;

/* How long something took where it went well, against its budget at the first attempt. */
struct report_row {
    uint32_t n;
    int64_t p50_ms, p95_ms, p99_ms, max_ms; /* 0 where n is 0 */
    int64_t budget_ms;                      /* 0: none, or not known */
    uint32_t failed, given_up, late;        /* `late` are of those given up, and would have been well */
    int64_t latest_ms;                      /* the longest late answer */
};

/* Of a step, by the log alone: given_up are its timeouts, late is not known. */
struct report_row report_step(const struct explain_log *log, enum step step, uint32_t multiplier_thousandths);

struct report_figures {
    struct report_row operations[OPERATION_COUNT + 1];
    struct report_row budgets[REPORT_BUDGETS];
};
/* Of the operations; all zeros without any. */
enum err_code report_figures(const struct report_op *ops, uint32_t count, uint32_t multiplier_thousandths,
                             struct report_figures *ret_figures, struct err *err) MUST_USE;

enum report_advice {
    REPORT_KEEP,
    REPORT_LONGER,
    REPORT_SHORTER,
    REPORT_TOO_FEW
};
/* What the rule says of a budget class; *ret_ms is then the budget as it is, or a new one. */
enum report_advice report_propose(const struct report_row *row, bool changes_chart, int64_t *ret_ms);
bool report_changes_chart(enum budget_class budget);
/* The smallest multiplier that gives every class what is proposed for it, in thousandths, and
   no less than the one in force. */
uint32_t report_multiplier(const struct report_figures *figures, uint32_t multiplier_thousandths);

enum budget_class report_budget_of(uint32_t operation);
const char *report_operation_name(uint32_t operation);

#endif
