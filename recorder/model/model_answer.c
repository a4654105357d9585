/* The words of an answer, as engine/mdland/README.md has them for each operation. */
#include "recorder/model/model_parts.h"

static struct answer_value *add(struct answer *answer, const char *name)
{
    struct answer_value *value = &answer->values[answer->value_count++];
    memcpy(value->name, name, strlen(name) + 1);
    value->word[0] = '\0';
    value->flag = false;
    return value;
}

static void add_flag(struct answer *answer, const char *name, bool flag)
{
    add(answer, name)->flag = flag;
}

static void add_word(struct answer *answer, const char *name, const char *word)
{
    struct answer_value *value = add(answer, name);
    memcpy(value->word, word, strlen(word) + 1);
}

static void add_row(struct model *model, const struct model_verdict *verdict)
{
    const struct ledger_chart *chart = &ledger_charts(model->ledger)[verdict->chart - 1];
    add_word(&model->answer, "rowId", chart->row_id);
    add_word(&model->answer, "visitId", chart->visit_id);
    add_flag(&model->answer, "billed", verdict->first);
    add_word(&model->answer, "payer", verdict->payer);
}

static void add_values(struct model *model, const struct model_verdict *verdict)
{
    struct answer *answer = &model->answer;
    switch ((int)verdict->target) {
    case FAULT_AT_OPERATION_VALIDATE_SESSION: add_word(answer, "doctorId", "1001"); return;
    case FAULT_AT_OPERATION_PROBE_SESSION:
        add_word(answer, "session", model->ledger->expired ? "expired" : "ok");
        model->told_expired |= model->ledger->expired;
        return;
    case FAULT_AT_OPERATION_OPEN_VISIT: add_row(model, verdict); return;
    case FAULT_AT_OPERATION_READ_DIAGNOSIS: add_flag(answer, "present", verdict->first); return;
    case FAULT_AT_OPERATION_READ_NOTE:
        add_flag(answer, "equal", verdict->first);
        add_flag(answer, "empty", verdict->second);
        return;
    case FAULT_AT_OPERATION_READ_BILLING: add_flag(answer, "billed", verdict->first); return;
    case FAULT_AT_OPERATION_GENERATE_BILLING: add_flag(answer, "closed", verdict->first); return;
    }
}

static void copy(char ret_word[ANSWER_WORD_MAX], const char *word)
{
    memcpy(ret_word, word, strlen(word) + 1);
}

void model_answer(struct model *model, const struct model_verdict *verdict)
{
    struct answer *answer = &model->answer;
    answer->kind[0] = answer->what[0] = '\0';
    answer->value_count = 0;
    answer->valid = !verdict->nonsense;
    answer->expired = verdict->expired;
    answer->unreadable = verdict->nonsense || verdict->unreadable;
    model->told_expired |= verdict->expired;
    if (verdict->nonsense) {
        copy(answer->kind, "unknown");
        answer->nonce[0] = '\0';
        return;
    }
    /* Where the recording has none, a fault has answered: as the model does. */
    if (verdict->recalled && !verdict->kind) {
        recall_answer(model, verdict);
        return;
    }
    answer->clock_ms = model_page_clock_ms(model);
    memcpy(answer->nonce, model->page.nonce, sizeof answer->nonce);
    if (!verdict->kind) {
        add_values(model, verdict);
        return;
    }
    copy(answer->kind, verdict->kind);
    if (verdict->what)
        copy(answer->what, verdict->what);
}
