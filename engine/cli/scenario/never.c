#include "engine/cli/scenario/never.h"

const char *never_sentence(enum never never)
{
    static const char *const sentences[] = {
#define X(id, name, recorded, sentence) [id] = sentence,
#include "engine/cli/scenario/never.def"
#undef X
    };
    return sentences[never];
}

bool never_is_recorded(enum never never)
{
    static const bool are[] = {
#define X(id, name, recorded, sentence) [id] = recorded,
#include "engine/cli/scenario/never.def"
#undef X
    };
    return are[never];
}

void breach_note(struct breaches *breaches, enum never never, struct visit_label visit, uint32_t run)
{
    if (!breaches->of[never].seen)
        breaches->of[never] = (struct breach){true, visit, run};
}

/* Two rows of one procedure: modifiers follow its five characters. */
static bool is_cpt_twice(const struct ledger_codes *codes, uint32_t row)
{
    for (uint32_t i = 0; i < row; i++)
        if (memcmp(codes->cpt[i].code, codes->cpt[row].code, LEDGER_CODE_BYTES) == 0)
            return true;
    return false;
}

static bool is_icd_twice(const struct ledger_codes *codes, uint32_t row)
{
    for (uint32_t i = 0; i < row; i++)
        if (memcmp(codes->icd[i], codes->icd[row], LEDGER_CODE_BYTES) == 0)
            return true;
    return false;
}

static bool has_code_twice(const struct ledger_chart *chart, const struct expected *expected)
{
    for (uint32_t i = 0; i < chart->codes.icd_count; i++)
        if (is_icd_twice(&chart->codes, i))
            return true;
    for (uint32_t i = 0; i < chart->codes.cpt_count; i++)
        if (is_cpt_twice(&chart->codes, i) ||
            chart->codes.cpt[i].units > ledger_codes_units(&expected->codes, chart->codes.cpt[i].code))
            return true;
    return false;
}

/* Charts are empty before a trial: what is there was entered in it. */
static bool has_strange(const struct ledger_chart *chart, const struct expected *expected)
{
    for (uint32_t i = 0; i < chart->codes.icd_count; i++)
        if (!ledger_codes_have_icd(&expected->codes, chart->codes.icd[i]))
            return true;
    for (uint32_t i = 0; i < chart->codes.cpt_count; i++)
        if (!ledger_codes_units(&expected->codes, chart->codes.cpt[i].code))
            return true;
    return chart->note && !chart->foreign_note && chart->note != expected->note;
}

static void look(struct breaches *b, const struct ledger_chart *chart, const struct expected *expected, struct visit_label visit)
{
    const struct {
        enum never never;
        bool seen;
    } looks[] = {
        {NEVER_BILLED_TWICE, chart->bills > 1},
        {NEVER_BILLED_OVER, chart->bills && chart->other_bills},
        {NEVER_BILLED_EMPTY, chart->bills && !chart->note},
        {NEVER_CODE_TWICE, has_code_twice(chart, expected)},
        {NEVER_CODES_SAVED_TWICE, chart->code_saves > 1},
        {NEVER_NOTE_SAVED_TWICE, chart->note_saves > 1},
        {NEVER_OTHER_PATIENT, has_strange(chart, expected)},
        {NEVER_OVERWROTE, chart->overwritten > 0},
    };
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (looks[i].seen)
            breach_note(b, looks[i].never, visit, 0);
}

void breaches_of_charts(struct breaches *breaches, const struct clinic *clinic)
{
    for (size_t i = 0; i < clinic->batch->visit_count; i++) {
        const struct batch_visit *visit = &clinic->batch->visits[i];
        look(breaches, &ledger_charts(clinic->ledger)[i], &clinic->expected[i],
             (struct visit_label){clinic->batch->patients[visit->patient].number, visit->dos});
    }
}
