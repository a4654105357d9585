#include "tests/torture/charts.h"

#include "engine/base/json_out.h"

static bool codes_fit(const struct ledger_codes *held, const struct visit *visit)
{
    char code[LEDGER_CODE_BYTES];
    bool fit = held->icd_count == visit->icd_count && held->cpt_count == visit->cpt_count;
    for (size_t i = 0; fit && i < visit->icd_count; i++) {
        ledger_code(visit->icd[i].code, code);
        fit = memcmp(held->icd[i], code, sizeof code) == 0;
    }
    for (size_t i = 0; fit && i < visit->cpt_count; i++) {
        ledger_code(visit->cpt[i].code, code);
        fit = memcmp(held->cpt[i].code, code, sizeof code) == 0 && held->cpt[i].units == visit->cpt[i].units;
    }
    return fit;
}

static void print_chart(struct ledger *ledger, uint32_t index, const struct batch *batch, const struct visit *visit, struct str *out)
{
    const struct ledger_chart *chart = &ledger_charts(ledger)[index];
    const struct batch_visit *planned = &batch->visits[index];
    CLEANUP_STR struct str held;
    struct json_out j;
    str_init(&held, 1u << 16);
    ledger_print(ledger, index, &held);
    ASSERT(held.len && !str_full(&held));
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_int(&j, "patient", batch->patients[planned->patient].number);
    json_out_int(&j, "dos", planned->dos);
    json_out_bool(&j, "soapOnly", planned->soap_only);
    json_out_bool(&j, "codesFit", codes_fit(&chart->codes, visit));
    json_out_bool(&j, "noteFits", chart->note == ledger_note(visit->section_html, NOTE_SECTION_COUNT));
    json_out_int(&j, "codeSaves", chart->code_saves);
    json_out_int(&j, "noteSaves", chart->note_saves);
    json_out_int(&j, "bills", chart->bills);
    json_out_raw(&j, "held", (struct slice){held.ptr, held.len - 1});
    json_out_end_object(&j);
    str_add_char(out, '\n');
}

enum err_code charts_print(struct ledger *ledger, const struct batch *batch, struct str *out, struct err *err)
{
    for (size_t i = 0; i < batch->visit_count; i++) {
        struct arena arena;
        struct visit *visit;
        arena_init(&arena, VISIT_ARENA_BYTES);
        enum err_code code = batch_visit_open(batch, i, &arena, &visit, err);
        if (code == ERR_OK)
            print_chart(ledger, (uint32_t)i, batch, visit, out);
        arena_fini(&arena);
        TRY(code);
    }
    return ERR_OK;
}
