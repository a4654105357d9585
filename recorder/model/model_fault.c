/* Which fault strikes where. A schedule is short and most operations have no fault at all,
   so each target has a list of its own; each fault counts for itself how often its place was
   met. */
#include "recorder/model/model_parts.h"

static bool is_place(const struct model *model, const struct fault *fault)
{
    uint32_t run = fault_kills(fault->kind) && fault->run == 0 ? 1 : fault->run;
    const struct mark *mark = &model->mark;
    if (run && run != model->options.run)
        return false;
    if (fault->patient == FAULT_OUTSIDE)
        return mark->patient == 0;
    return (!fault->patient || fault->patient == mark->patient) && (!fault->dos || fault->dos == mark->dos) &&
           (!fault->attempt || fault->attempt == mark->attempt);
}

/* What somebody else does, or the site by itself; true when that is all of the fault. */
static bool meddle(struct model *model, const struct fault *fault)
{
    struct ledger_chart *chart = NULL;
    switch ((int)fault->kind) {
    case FAULT_SIGNAL:
        model_push(model, model_fault_delay(fault),
                   (struct model_event){.kind = MODEL_COMPLETION, .completion = COMPLETION_SIGNAL, .code = 15});
        return true;
    case FAULT_SESSION_EXPIRED:
        model->ledger->expired = true;
        model->expiry_seen_by = fault->size;
        return true;
    case FAULT_BILLED_BY_OTHER:
        if ((chart = model_page_chart(model)))
            chart->other_bills++;
        return true;
    case FAULT_FOREIGN_NOTE:
        if ((chart = model_page_chart(model))) {
            chart->foreign_note = true;
            chart->note = LEDGER_FOREIGN_NOTE;
        }
        return true;
    }
    return false;
}

static bool strikes_now(const struct model *model, uint32_t index)
{
    uint32_t nth = model->options.faults[index].nth;
    return nth == 0 || nth == model->seen[index] + 1;
}

bool model_would_strike(struct model *model, enum fault_target target)
{
    for (uint32_t next = model->first_at[target]; next; next = model->next_at[next - 1])
        if (is_place(model, &model->options.faults[next - 1]) && strikes_now(model, next - 1))
            return true;
    for (uint32_t next = model->first_at[target]; next; next = model->next_at[next - 1])
        model->seen[next - 1] += is_place(model, &model->options.faults[next - 1]);
    return false;
}

const struct fault *model_strike(struct model *model, enum fault_target target)
{
    const struct fault *strikes = NULL;
    for (uint32_t next = model->first_at[target]; next; next = model->next_at[next - 1]) {
        uint32_t index = next - 1;
        const struct fault *fault = &model->options.faults[index];
        if (!is_place(model, fault))
            continue;
        model->seen[index]++;
        if (fault->nth && fault->nth != model->seen[index])
            continue;
        model->struck[index]++;
        if (!meddle(model, fault) && (!strikes || fault_kills(fault->kind)))
            strikes = fault;
    }
    return strikes;
}
