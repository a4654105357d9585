/* The text is written and then opened as any batch is, so that what the engine enters has
   come the whole way. */
#include "tests/sweep/batch_of_n.h"

#include "engine/base/json_out.h"

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
        add_patient(&j, patient, visit, end);
        visit = end;
    }
    json_out_end_array(&j);
    json_out_end_object(&j);
    ASSERT(!str_full(&b->text));
}

void batch_of_n_init(struct batch_of_n *b, uint32_t visit_count, void *memory)
{
    static struct err err;
    err_init(&err);
    *b = (struct batch_of_n){.visit_count = visit_count};
    str_init(&b->text, TEXT_BYTES_MAX);
    arena_init(&b->arena, BATCH_ARENA_BYTES);
    write_text(b);
    b->slice = str_slice(&b->text);
    b->source = batch_source_of(&b->slice);
    enum err_code code = batch_open(&b->source, &b->arena, &b->batch, &err);
    ASSERT(code == ERR_OK && b->batch->visit_count == visit_count);
    ASSERT(batch_keep(b->batch, &b->arena, &err) == ERR_OK);
    ASSERT(clinic_init(&b->clinic, b->batch, memory, &err) == ERR_OK);
}

void batch_of_n_fini(struct batch_of_n *b)
{
    clinic_fini(&b->clinic);
    str_fini(&b->text);
    arena_fini(&b->arena);
}
