#include "engine/cli/scenario/patients.h"

#include "engine/base/json_out.h"
#include "engine/mdland/batch_input.h"

/* What is said of one patient, and what goes without saying. */
struct patient_plan {
    const struct items *items;
    uint32_t number;
    uint32_t visits;
    struct slice name, dob, payer, mode;
};

static void take_item(struct patient_plan *p, const struct item *item)
{
    switch ((int)item->row) {
    case ROW_VISITS: p->visits = (uint32_t)item->value.number; return;
    case ROW_NAME: p->name = item->value.text; return;
    case ROW_DOB: p->dob = item->value.text; return;
    case ROW_PAYER: p->payer = item->value.text; return;
    case ROW_MODE: p->mode = item->value.text; return;
    }
}

/* The codes of a row, or the plain ones. */
static void add_codes(struct json_out *j, const struct patient_plan *p, enum row row)
{
    static const struct value plain[][2] = {{{{"M54.50", 6}, 0}, {{NULL, 0}, 0}}, {{{"97810", 5}, 1}, {{"97811 x2", 8}, 2}}};
    const struct value *given[BATCH_CPT_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; p->items && i < p->items->count && count < BATCH_CPT_MAX + 1; i++)
        if (p->items->item[i].row == row && p->items->item[i].visit.patient == p->number)
            given[count++] = &p->items->item[i].value;
    for (size_t i = 0; count == 0 && i < (row == ROW_ICD ? 1 : 2); i++)
        given[i] = &plain[row == ROW_CPT][i];
    count = count ? count : row == ROW_ICD ? 1 : 2;
    json_out_array(j, row == ROW_ICD ? "icdCodes" : "cptCodes");
    for (size_t i = 0; i < count; i++) {
        const char *blank = memchr(given[i]->text.ptr, ' ', given[i]->text.len);
        size_t length = blank ? (size_t)(blank - given[i]->text.ptr) : given[i]->text.len;
        json_out_object(j, NULL);
        json_out_string(j, "code", (struct slice){given[i]->text.ptr, length});
        json_out_text(j, "name", row == ROW_ICD ? "a diagnosis" : "a procedure");
        if (row == ROW_CPT)
            json_out_int(j, "units", given[i]->number);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_note(struct json_out *j, const struct patient_plan *p, uint32_t dos)
{
    static const char *const sections[] = {"subjective", "objective", "assessment", "plan"};
    char words[64];
    json_out_object(j, "generated");
    json_out_object(j, "soap");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        ASSERT(text_format(words, sizeof words, "%s of visit %u of patient %u", sections[i], dos, p->number));
        json_out_text(j, sections[i], words);
    }
    json_out_end_object(j);
    json_out_end_object(j);
}

static void add_visit(struct json_out *j, const struct patient_plan *p, uint32_t dos)
{
    json_out_object(j, NULL);
    json_out_int(j, "dos", dos);
    json_out_text(j, "status", "done");
    json_out_text(j, "noteType", "TX");
    if (!slice_equal(p->mode, SLICE("soap-only"))) {
        add_codes(j, p, ROW_ICD);
        add_codes(j, p, ROW_CPT);
    }
    add_note(j, p, dos);
    json_out_end_object(j);
}

static void add_patient(struct json_out *j, const struct patient_plan *p)
{
    char text[32];
    uint32_t n = p->number - 1;
    json_out_object(j, NULL);
    ASSERT(text_format(text, sizeof text, "TEST, %c%c%c", 'A' + n / 676 % 26, 'A' + n / 26 % 26, 'A' + n % 26));
    json_out_string(j, "name", p->name.ptr ? p->name : slice_of(text));
    ASSERT(text_format(text, sizeof text, "%02u/%02u/%u", 1 + n % 12, 1 + n / 12 % 28, 1930 + n / 336));
    json_out_string(j, "dob", p->dob.ptr ? p->dob : slice_of(text));
    json_out_string(j, "insurance", p->payer.ptr ? p->payer : SLICE("NONE"));
    if (p->mode.ptr)
        json_out_string(j, "mode", p->mode);
    json_out_array(j, "visits");
    for (uint32_t dos = 1; dos <= p->visits; dos++)
        add_visit(j, p, dos);
    json_out_end_array(j);
    json_out_end_object(j);
}

static void add_plain(struct json_out *j, uint32_t visits)
{
    static const uint32_t counts[] = {2, 1, 3};
    for (uint32_t number = 1; visits; number++) {
        uint32_t count = counts[(number - 1) % 3];
        struct patient_plan plan = {.number = number, .visits = count < visits ? count : visits};
        add_patient(j, &plan);
        visits -= plan.visits;
    }
}

static void add_given(struct json_out *j, const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->item[i].row != ROW_PATIENT)
            continue;
        struct patient_plan plan = {.items = items, .number = items->item[i].visit.patient, .visits = 1};
        for (size_t k = i + 1; k < items->count && items->item[k].visit.patient == plan.number; k++)
            take_item(&plan, &items->item[k]);
        add_patient(j, &plan);
    }
}

void patients_write(const struct items *items, struct str *out)
{
    struct json_out j;
    const struct item *visits = items_find(items, ROW_BATCH_VISITS);
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_text(&j, "batchId", "scenario");
    json_out_array(&j, "patients");
    if (visits)
        add_plain(&j, (uint32_t)visits->value.number);
    else
        add_given(&j, items);
    json_out_end_array(&j);
    json_out_end_object(&j);
}
