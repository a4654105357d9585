#include "engine/cli/scenario/clinic.h"

#include <stdlib.h>

static enum err_code expect(struct clinic *c, size_t index, struct err *err)
{
    CLEANUP_ARENA struct arena arena;
    struct visit *visit;
    struct entered *entered = &c->entered[index];
    arena_init(&arena, VISIT_ARENA_BYTES);
    TRY(batch_visit_open(c->batch, index, &arena, &visit, err));
    entered->note = ledger_note(visit->section_html, NOTE_SECTION_COUNT);
    entered->codes.icd_count = (uint32_t)visit->icd_count;
    entered->codes.cpt_count = (uint32_t)visit->cpt_count;
    for (size_t i = 0; i < visit->icd_count; i++)
        ledger_code(visit->icd[i].code, entered->codes.icd[i]);
    for (size_t i = 0; i < visit->cpt_count; i++) {
        ledger_code(visit->cpt[i].code, entered->codes.cpt[i].code);
        entered->codes.cpt[i].units = visit->cpt[i].units;
    }
    return ERR_OK;
}

static void open_charts(struct clinic *c)
{
    uint32_t patient = 0, number = 0;
    for (size_t i = 0; i < c->batch->visit_count; i++) {
        const struct batch_visit *visit = &c->batch->visits[i];
        const struct patient *who = &c->batch->patients[visit->patient];
        if (who->number != number)
            patient = ledger_add_patient(c->ledger, who->name, who->dob);
        number = who->number;
        struct slice payer = slice_equal(who->insurance, SLICE("NONE")) ? SLICE_NONE : who->insurance;
        (void)ledger_add_visit(c->ledger, patient, visit->dos, payer);
    }
}

enum err_code clinic_open(struct clinic *c, struct str *text, struct err *err)
{
    *c = (struct clinic){.text = *text};
    *text = (struct str){0};
    arena_init(&c->arena, BATCH_ARENA_BYTES);
    c->slice = str_slice(&c->text);
    c->source = batch_source_of(&c->slice);
    TRY(batch_open(&c->source, &c->arena, &c->batch, err));
    if (c->batch->visit_count > CLINIC_VISITS_MAX)
        return err_set(err, ERR_INPUT, "over the limit: %zu visits, and a scenario runs at most %d", c->batch->visit_count,
                       CLINIC_VISITS_MAX);
    TRY(batch_keep(c->batch, &c->arena, err));
    void *memory = malloc(ledger_size_bytes((uint32_t)c->batch->visit_count));
    c->entered = calloc(c->batch->visit_count, sizeof *c->entered);
    c->ledger = memory ? ledger_init(memory, (uint32_t)c->batch->visit_count) : NULL;
    if (!c->ledger || !c->entered)
        return err_set(err, ERR_ENV, "out of memory");
    open_charts(c);
    for (size_t i = 0; i < c->batch->visit_count; i++)
        TRY(expect(c, i, err));
    return ERR_OK;
}

void clinic_close(struct clinic *c)
{
    free(c->ledger);
    free(c->entered);
    arena_fini(&c->arena);
    str_fini(&c->text);
    *c = (struct clinic){0};
}

void clinic_reset(struct clinic *c)
{
    ledger_reset(c->ledger);
}

size_t clinic_visit(const struct clinic *c, uint32_t patient, uint32_t dos)
{
    for (size_t i = 0; i < c->batch->visit_count; i++)
        if (c->batch->visits[i].dos == dos && c->batch->patients[c->batch->visits[i].patient].number == patient)
            return i;
    return SIZE_MAX;
}

const struct ledger_chart *clinic_chart(const struct clinic *c, size_t visit)
{
    return &ledger_charts(c->ledger)[visit];
}
