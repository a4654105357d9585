/* The text is written and then opened as any batch is, so that what the engine enters has
   come the whole way. What is expected is taken from the opened visits, in the words of
   the ledger. */
#include "tests/sweep/batch_of_n.h"

#include "engine/base/json_out.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX (64u << 20)

static const char *const icd_pool[] = {"M54.50", "M25.511", "G43.909", "R51.9", "M79.10", "M62.838", "S39.012A"};
static const char *const cpt_pool[] = {"97810", "97811", "97813", "9781459"};
#define POOL(pool) (sizeof(pool) / sizeof *(pool))

static uint32_t visits_of(uint32_t patient)
{
    static const uint32_t counts[] = {2, 1, 3};
    return counts[(patient - 1) % 3];
}

static bool is_soap_only(uint32_t patient)
{
    return patient % 7 == 5;
}

static void add_codes(struct json_out *j, uint32_t visit)
{
    json_out_array(j, "icdCodes");
    for (uint32_t i = 0; i < 1 + visit % 4; i++) {
        json_out_object(j, NULL);
        json_out_text(j, "code", icd_pool[(visit + i) % POOL(icd_pool)]);
        json_out_text(j, "name", "a diagnosis");
        json_out_end_object(j);
    }
    json_out_end_array(j);
    json_out_array(j, "cptCodes");
    for (uint32_t i = 0; i < 1 + visit % 3; i++) {
        json_out_object(j, NULL);
        json_out_text(j, "code", cpt_pool[(visit + i) % POOL(cpt_pool)]);
        json_out_text(j, "name", "a procedure");
        json_out_int(j, "units", 1 + (visit + i) % 3);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_note(struct json_out *j, uint32_t visit)
{
    static const char *const sections[] = {"subjective", "objective", "assessment", "plan"};
    char words[64];
    json_out_object(j, "generated");
    json_out_object(j, "soap");
    for (size_t i = 0; i < POOL(sections); i++) {
        ASSERT(text_format(words, sizeof words, "%s of visit %u, with \"words\" & <signs>", sections[i], visit));
        json_out_text(j, sections[i], words);
    }
    json_out_end_object(j);
    json_out_end_object(j);
}

static void add_visit(struct json_out *j, uint32_t visit, uint32_t dos)
{
    json_out_object(j, NULL);
    json_out_int(j, "dos", dos);
    json_out_text(j, "status", "done");
    json_out_text(j, "noteType", "TX");
    add_codes(j, visit);
    add_note(j, visit);
    json_out_end_object(j);
}

static void add_patient(struct json_out *j, uint32_t patient, uint32_t visit, uint32_t end)
{
    static const char *const payers[] = {"HF", "NONE", "OPTUM", "WC"};
    char text[32];
    json_out_object(j, NULL);
    ASSERT(text_format(text, sizeof text, "SWEEP, %c%c%c", 'A' + patient / 676 % 26, 'A' + patient / 26 % 26, 'A' + patient % 26));
    json_out_text(j, "name", text);
    ASSERT(text_format(text, sizeof text, "%02u/%02u/%u", 1 + patient / 2 % 12, 1 + patient / 24 % 28, 1930 + patient / 8));
    json_out_text(j, "dob", text);
    json_out_text(j, "insurance", payers[patient % POOL(payers)]);
    if (is_soap_only(patient))
        json_out_text(j, "mode", "soap-only");
    json_out_array(j, "visits");
    for (uint32_t dos = 1; visit < end; visit++, dos++)
        add_visit(j, visit, dos);
    json_out_end_array(j);
    json_out_end_object(j);
}

static void write_text(struct batch_of_n *b)
{
    struct json_out j;
    json_out_init(&j, &b->text);
    json_out_object(&j, NULL);
    json_out_text(&j, "batchId", "sweep");
    json_out_array(&j, "patients");
    for (uint32_t visit = 0, patient = 1; visit < b->visit_count; patient++) {
        uint32_t end = visit + visits_of(patient);
        end = end < b->visit_count ? end : b->visit_count;
        b->first[patient] = visit;
        add_patient(&j, patient, visit, end);
        visit = end;
    }
    json_out_end_array(&j);
    json_out_end_object(&j);
    ASSERT(!str_full(&b->text));
}

static void expect(struct batch_of_n *b, uint32_t index)
{
    struct arena arena;
    struct visit *visit;
    static struct err err;
    struct expected *expected = &b->expected[index];
    err_init(&err);
    arena_init(&arena, VISIT_ARENA_BYTES);
    ASSERT(batch_visit_open(b->batch, index, &arena, &visit, &err) == ERR_OK);
    expected->note = ledger_note(visit->section_html, NOTE_SECTION_COUNT);
    expected->codes.icd_count = (uint32_t)visit->icd_count;
    expected->codes.cpt_count = (uint32_t)visit->cpt_count;
    for (size_t i = 0; i < visit->icd_count; i++)
        ledger_code(visit->icd[i].code, expected->codes.icd[i]);
    for (size_t i = 0; i < visit->cpt_count; i++) {
        ledger_code(visit->cpt[i].code, expected->codes.cpt[i].code);
        expected->codes.cpt[i].units = visit->cpt[i].units;
    }
    arena_fini(&arena);
}

static void fill_ledger(struct batch_of_n *b)
{
    uint32_t patient = 0, number = 0;
    for (uint32_t i = 0; i < b->visit_count; i++) {
        const struct batch_visit *visit = &b->batch->visits[i];
        const struct patient *who = &b->batch->patients[visit->patient];
        if (who->number != number)
            patient = ledger_add_patient(b->ledger, who->name, who->dob);
        number = who->number;
        struct slice payer = slice_equal(who->insurance, SLICE("NONE")) ? SLICE("") : who->insurance;
        ASSERT(ledger_add_visit(b->ledger, patient, visit->dos, payer) == i);
    }
}

void batch_of_n_init(struct batch_of_n *b, uint32_t visit_count, void *memory)
{
    static struct err err;
    err_init(&err);
    *b = (struct batch_of_n){.visit_count = visit_count, .memory_given = memory != NULL};
    b->expected = calloc(visit_count, sizeof *b->expected);
    b->first = calloc(visit_count + 2, sizeof *b->first);
    b->memory = memory ? memory : calloc(1, ledger_size_bytes(visit_count));
    ASSERT(b->expected && b->first && b->memory);
    str_init(&b->text, TEXT_BYTES_MAX);
    arena_init(&b->arena, BATCH_ARENA_BYTES);
    write_text(b);
    b->slice = str_slice(&b->text);
    b->source = batch_source_of(&b->slice);
    enum err_code code = batch_open(&b->source, &b->arena, &b->batch, &err);
    ASSERT(code == ERR_OK && b->batch->visit_count == visit_count);
    ASSERT(batch_keep(b->batch, &b->arena, &err) == ERR_OK);
    b->ledger = ledger_init(b->memory, visit_count);
    fill_ledger(b);
    for (uint32_t i = 0; i < visit_count; i++)
        expect(b, i);
}

void batch_of_n_fini(struct batch_of_n *b)
{
    if (!b->memory_given)
        free(b->memory);
    free(b->expected);
    free(b->first);
    str_fini(&b->text);
    arena_fini(&b->arena);
}
