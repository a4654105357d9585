/* What is expected is taken from the opened visits, in the words of the ledger. */
#include "engine/cli/sweep/clinic.h"

#include <stdlib.h>

/* The charts of one person lie together, also where the batch names it in two places. */
static uint32_t patient_of(struct ledger *ledger, const struct patient *who)
{
    uint64_t name = ledger_digest_quoted(who->name), dob = ledger_digest_quoted(who->dob);
    for (uint32_t i = ledger->patient_count; i-- > 0;)
        if (ledger_patients(ledger)[i].name == name && ledger_patients(ledger)[i].dob == dob)
            return i;
    return ledger_add_patient(ledger, who->name, who->dob);
}

void clinic_fill(struct ledger *ledger, const struct batch *batch)
{
    for (size_t i = 0; i < batch->visit_count; i++) {
        const struct batch_visit *visit = &batch->visits[i];
        const struct patient *who = &batch->patients[visit->patient];
        struct slice payer = slice_equal(who->insurance, SLICE("NONE")) ? SLICE_NONE : who->insurance;
        (void)ledger_add_visit(ledger, patient_of(ledger, who), visit->dos, payer);
    }
}

static void expect_codes(const struct visit *visit, struct ledger_codes *ret_codes)
{
    char code[LEDGER_CODE_BYTES];
    for (size_t i = 0; i < visit->icd_count; i++) {
        ledger_code(visit->icd[i].code, code);
        ASSERT(ledger_codes_add_icd(ret_codes, code));
    }
    for (size_t i = 0; i < visit->cpt_count; i++) {
        ledger_code(visit->cpt[i].code, code);
        ASSERT(ledger_codes_set_cpt(ret_codes, code, visit->cpt[i].units));
    }
}

static enum err_code expect(struct clinic *clinic, uint32_t index, struct err *err)
{
    struct arena arena;
    struct visit *visit;
    arena_init(&arena, VISIT_ARENA_BYTES);
    enum err_code code = batch_visit_open(clinic->batch, index, &arena, &visit, err);
    if (code == ERR_OK) {
        clinic->expected[index].note = ledger_note(visit->section_html, NOTE_SECTION_COUNT);
        expect_codes(visit, &clinic->expected[index].codes);
    }
    arena_fini(&arena);
    return code;
}

static enum err_code fill(struct clinic *clinic, struct err *err)
{
    const struct batch *batch = clinic->batch;
    if (!clinic->expected || !clinic->first || !clinic->memory)
        return err_set(err, ERR_ENV, "out of memory for the charts of %u visits", clinic->visit_count);
    clinic->ledger = ledger_init(clinic->memory, clinic->visit_count);
    clinic_fill(clinic->ledger, batch);
    for (uint32_t i = clinic->visit_count; i-- > 0;) {
        clinic->first[batch->visits[i].patient] = i;
        TRY(expect(clinic, i, err));
    }
    return ERR_OK;
}

enum err_code clinic_init(struct clinic *clinic, const struct batch *batch, void *memory, struct err *err)
{
    *clinic = (struct clinic){.batch = batch, .visit_count = (uint32_t)batch->visit_count, .memory_given = memory != NULL};
    clinic->expected = calloc(batch->visit_count, sizeof *clinic->expected);
    clinic->first = calloc(batch->patient_count, sizeof *clinic->first);
    clinic->memory = memory ? memory : malloc(ledger_size_bytes(clinic->visit_count));
    if (fill(clinic, err) == ERR_OK)
        return ERR_OK;
    clinic_fini(clinic);
    return err->code;
}

void clinic_use_recorded(struct clinic *clinic, struct ledger *ledger)
{
    clinic->recorded = true;
    clinic->ledger = ledger;
}

void clinic_fini(struct clinic *clinic)
{
    if (!clinic->memory_given)
        free(clinic->memory);
    free(clinic->expected);
    free(clinic->first);
    *clinic = (struct clinic){0};
}
