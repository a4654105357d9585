#include "engine/cli/report/report_ops.h"

#include "engine/cli/explain/explain_facts.h"

#include <stdlib.h>

static bool is_of_visit(const struct exchange *exchange)
{
    bool called = exchange->kind == OP_START || (exchange->kind == OP_CALL && exchange->target < FAULT_AT_START);
    return called && exchange->mark.patient > 0;
}

static enum step step_of(const struct exchange *exchange)
{
    for (int step = 0; exchange->mark.step && step < STEP_COUNT; step++)
        if (strcmp(exchange->mark.step, step_name((enum step)step)) == 0)
            return (enum step)step;
    return STEP_NONE;
}

/* Late is the page's own answer, or that of the request that a given up change had sent. */
static int64_t late_ms(const struct explain_wait *wait)
{
    if (wait->end == EXPLAIN_LATE)
        return wait->answer_after_ms;
    bool request = wait->end == EXPLAIN_GIVEN_UP && wait->effect.ended && wait->effect.request == EFFECT_ANSWERED;
    return request && wait->effect.ended_after_ms > wait->waited_ms ? wait->effect.ended_after_ms : 0;
}

static struct report_op op_of(const struct recorded *recorded, const struct exchange *exchange)
{
    struct explain_wait wait;
    explain_exchange(recorded, exchange, &wait);
    return (struct report_op){
        .visit = {exchange->mark.patient, exchange->mark.dos},
        .attempt = exchange->mark.attempt,
        .step = step_of(exchange),
        .operation = exchange->kind == OP_START ? OPERATION_COUNT : (uint32_t)exchange->target,
        .end = wait.end,
        .kind = wait.kind,
        .called_ms = wait.called_ms,
        .waited_ms = wait.waited_ms,
        .budget_ms = wait.budget_ms,
        .late_ms = late_ms(&wait),
    };
}

enum err_code report_ops(const struct recorded *recorded, struct report_op **ret_ops, uint32_t *ret_count, struct err *err)
{
    const struct course *course = &recorded->course;
    struct report_op *ops = calloc(course->exchange_count + 1u, sizeof *ops);
    uint32_t count = 0;
    if (!ops)
        return err_set(err, ERR_ENV, "there is no memory for the operations of this recording");
    for (uint32_t i = 0; i < course->exchange_count; i++)
        if (is_of_visit(&course->exchanges[i]))
            ops[count++] = op_of(recorded, &course->exchanges[i]);
    *ret_ops = ops;
    *ret_count = count;
    return ERR_OK;
}
