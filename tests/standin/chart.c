/* A patient of the batch gets as many PT rows as its largest dos. Appointments
   rise with dos; every fourth pair shares its minute, so that the row id
   decides; in every third chart two later rows were created in the other
   order, so that the row id alone misleads. Each patient also has rows of
   another kind, a deleted visit, and a decoy with the same DOB. */
#include "tests/standin/chart.h"

#include "tests/standin/buf.h"
#include "tests/standin/knob.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const long FIRST_ROW = 48210, FIRST_VISIT = 913004, FIRST_PATIENT = 20417;
static const int64_t FIRST_DAY = 20332; /* 2025-09-01, in days since the epoch */

const char *payer_name(const char *insurance)
{
    static const char *const names[][2] = {{"HF", "HealthFirst"},     {"OPTUM", "OPTUM UHC"},
                                           {"WC", "WellCare"},        {"VC", "VillageCare"},
                                           {"ELDERPLAN", "ElderPlan"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(insurance, names[i][0]))
            return names[i][1];
    return "SELF PAY";
}

static const char *text_of(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : otherwise;
}

static struct patient *add_patient(struct chart *chart, const json_t *card)
{
    struct patient *who = need(calloc(1, sizeof *who));

    who->card = json_deep_copy(card);
    who->numbers = json_array();
    who->id = FIRST_PATIENT + 13 * (long)chart->patient_count;
    who->age = (int)json_integer_value(json_object_get(card, "age"));
    who->name = text_of(who->card, "name", "");
    who->dob = text_of(who->card, "dob", "");
    who->gender = text_of(who->card, "gender", "Female");
    who->insurance = text_of(who->card, "insurance", "NONE");
    chart->patients = need(realloc(chart->patients, (chart->patient_count + 1) * sizeof *chart->patients));
    chart->patients[chart->patient_count++] = who;
    return who;
}

static struct visit *add_visit(struct chart *chart, struct patient *who, enum row_kind kind, int dos, int slot)
{
    static const char *const subjects[] = {"PT TREATMENT", "FOLLOW UP", "PT TREATMENT", "PT TREATMENT"};
    struct visit *visit = need(calloc(1, sizeof *visit));

    visit->who = who;
    visit->kind = kind;
    visit->dos = dos;
    visit->slot = slot;
    visit->slots = 3 * who->dos_count + 4;
    visit->row_id = FIRST_ROW + 3 * (long)chart->visit_count;
    visit->id = FIRST_VISIT + 7 * (long)chart->visit_count;
    visit->subject = kind == ROW_PT && dos == 1 ? "IE-PT TREATMENT" : subjects[kind];
    visit->deleted = kind == ROW_CANCELLED;
    visit->icd = json_array();
    visit->cpt = json_array();
    chart->visits = need(realloc(chart->visits, (chart->visit_count + 1) * sizeof *chart->visits));
    chart->visits[chart->visit_count++] = visit;
    return visit;
}

/* Slots are thirds: PT rows on 3d, noise between, the others after all. */
static void add_rows(struct chart *chart, struct patient *who, bool swapped)
{
    struct visit *fourth = NULL;

    add_visit(chart, who, ROW_NOISE, 0, 1);
    for (int dos = 1; dos <= who->dos_count; dos++) {
        int slot = 3 * (dos % 4 == 3 ? dos - 1 : dos);
        struct visit *visit = add_visit(chart, who, ROW_PT, dos, slot);

        if (dos % 3 == 0)
            add_visit(chart, who, ROW_NOISE, 0, slot + 1);
        if (dos == 4)
            fourth = visit;
        if (dos == 5 && fourth && swapped) {
            long row_id = visit->row_id;

            visit->row_id = fourth->row_id;
            fourth->row_id = row_id;
        }
    }
    add_visit(chart, who, ROW_CANCELLED, 0, 2);
    add_visit(chart, who, ROW_OTHER, 0, 2);
}

static int largest_dos(const json_t *card)
{
    int largest = 0;
    size_t i;
    json_t *visit;

    json_array_foreach(json_object_get(card, "visits"), i, visit)
    {
        int dos = (int)json_integer_value(json_object_get(visit, "dos"));

        largest = dos > largest && dos <= 400 ? dos : largest;
    }
    return largest;
}

static struct patient *find_card(const struct chart *chart, const char *name, const char *dob)
{
    for (size_t i = 0; i < chart->patient_count; i++)
        if (!strcmp(chart->patients[i]->name, name) && !strcmp(chart->patients[i]->dob, dob))
            return chart->patients[i];
    return NULL;
}

/* A name that differs by one word more, or by its last letter doubled; a last
   character that is no letter would leave the same words. */
static char *near_name(const char *name, int variant)
{
    const char *last = name + strlen(name);

    if (variant == 0)
        return need_printf("%s B", name);
    if (variant == 1)
        return need_printf("%s JR", name);
    while (last > name && ((unsigned char)*--last & 0xC0) == 0x80)
        continue;
    if ((unsigned char)*last < 0x80 && !isalpha((unsigned char)*last))
        return need_printf("%s JR", name);
    return need_printf("%s%s", name, last);
}

static void add_decoy(struct chart *chart, const struct patient *real, int number)
{
    char *name = near_name(real->name, number / 2 % 3);
    json_t *card = json_copy(real->card);
    struct patient *decoy;

    json_object_set_new(card, "name", json_string(name));
    if (!find_card(chart, name, real->dob)) {
        decoy = add_patient(chart, card);
        decoy->decoy_of = number;
        decoy->dos_count = 3;
        add_rows(chart, decoy, false);
    }
    json_decref(card);
    free(name);
}

/* Somebody else's patient, open in another work area when a knob asks for it. */
static void add_elsewhere(struct chart *chart)
{
    json_t *card = json_pack("{ss ss ss ss si}", "name", "HUMAN, ZETA", "dob", "07/08/1909", "gender", "Female",
                             "insurance", "NONE", "age", 90);
    struct patient *who = add_patient(chart, card);

    who->decoy_of = -1;
    who->dos_count = 1;
    chart->elsewhere = add_visit(chart, who, ROW_PT, 1, 3);
    json_decref(card);
}

char *chart_build(struct chart *chart, const json_t *batch)
{
    const json_t *data = json_object_get(batch, "data");
    const json_t *patients = json_object_get(json_is_object(data) ? data : batch, "patients");
    size_t i, real_count;
    json_t *card;

    *chart = (struct chart){0};
    if (!json_is_array(patients))
        return need_printf("the batch has no array `patients`");
    json_array_foreach(patients, i, card)
    {
        struct patient *who = find_card(chart, text_of(card, "name", ""), text_of(card, "dob", ""));
        int dos = largest_dos(card);

        who = who ? who : add_patient(chart, card);
        who->dos_count = dos > who->dos_count ? dos : who->dos_count;
        json_array_append_new(who->numbers, json_integer((json_int_t)i + 1));
    }
    real_count = chart->patient_count;
    for (i = 0; i < real_count; i++)
        add_rows(chart, chart->patients[i], i % 3 == 2);
    for (i = 0; i < real_count; i++)
        add_decoy(chart, chart->patients[i], (int)i + 1);
    add_elsewhere(chart);
    return NULL;
}

void chart_fini(struct chart *chart)
{
    for (size_t i = 0; i < chart->visit_count; i++) {
        json_decref(chart->visits[i]->icd);
        json_decref(chart->visits[i]->cpt);
        for (int n = 0; n < NOTE_FIELDS; n++)
            free(chart->visits[i]->note[n]);
        free(chart->visits[i]);
    }
    for (size_t i = 0; i < chart->patient_count; i++) {
        json_decref(chart->patients[i]->card);
        json_decref(chart->patients[i]->numbers);
        free(chart->patients[i]);
    }
    free(chart->visits);
    free(chart->patients);
    *chart = (struct chart){0};
}

struct visit *chart_visit(const struct chart *chart, long visit_id)
{
    long place = (visit_id - FIRST_VISIT) / 7;

    if (visit_id < FIRST_VISIT || (visit_id - FIRST_VISIT) % 7 || (size_t)place >= chart->visit_count)
        return NULL;
    return chart->visits[place];
}

struct patient *chart_patient(const struct chart *chart, long patient_id)
{
    for (size_t i = 0; i < chart->patient_count; i++)
        if (chart->patients[i]->id == patient_id)
            return chart->patients[i];
    return NULL;
}

bool visit_has_mark(const struct visit *visit, const char *mark)
{
    size_t i;
    json_t *number;

    json_array_foreach(visit->who->numbers, i, number)
    {
        char *whole = need_printf("p%d.v%d", (int)json_integer_value(number), visit->dos);
        size_t patient = strcspn(whole, ".");
        bool same = !strcmp(mark, whole) || (!strncmp(mark, whole, patient) && !mark[patient]);

        free(whole);
        if (same)
            return true;
    }
    return false;
}

bool visit_billed(const struct visit *visit)
{
    return visit->bills > 0 || visit->billed_elsewhere;
}

int64_t visit_appointment(const struct visit *visit)
{
    bool one_day = knob_is("apptCell", "time");
    int step = 600 / visit->slots > 0 ? 600 / visit->slots : 1;
    int minute = 510 + visit->slot * (step > 9 ? 9 : step);
    int64_t day = FIRST_DAY + (visit->who->id % 11) + visit->slot;

    if (one_day)
        return FIRST_DAY * 1440 + minute;
    if (knob_is("apptTimes", "mixed"))
        minute = 480 + visit->slot * 137 % 600;
    return day * 1440 + minute;
}

static json_t *modified_code(const json_t *row)
{
    return json_pack("{sO sO sO sO}", "code", json_object_get(row, "code"), "units", json_object_get(row, "units"),
                     "link", json_object_get(row, "link"), "modifiers", json_object_get(row, "modifiers"));
}

static json_t *truth_codes(const struct visit *visit, bool cpt)
{
    json_t *list = json_array();
    size_t i;
    json_t *row;

    json_array_foreach(cpt ? visit->cpt : visit->icd, i, row)
    {
        json_array_append_new(list, cpt ? modified_code(row) : json_incref(json_object_get(row, "code")));
    }
    return list;
}

static json_t *truth_counts(const struct visit *visit)
{
    return json_pack("{si si si si si si si si sb sb}", "opens", visit->opens, "closes", visit->closes, "codeSaves",
                     visit->code_saves, "noteSaves", visit->note_saves, "bills", visit->bills, "codePosts",
                     visit->code_posts, "notePosts", visit->note_posts, "billPosts", visit->bill_posts, "locked",
                     visit->locked_by != NULL, "billedElsewhere", visit->billed_elsewhere);
}

json_t *visit_truth(const struct visit *visit)
{
    static const char *const kinds[] = {"pt", "noise", "cancelled", "other"};
    bool decoy = visit->who->decoy_of != 0;
    json_t *note = json_array();
    char *row_id = need_printf("%ld", visit->row_id), *id = need_printf("%ld", visit->id);
    char *patient_id = need_printf("%ld", visit->who->id);
    json_t *number = decoy ? json_integer(0) : json_incref(json_array_get(visit->who->numbers, 0));
    json_t *truth = json_pack("{so sO sb si ss ss ss ss ss ss ss ss}", "patient", number, "numbers",
                              visit->who->numbers, "decoy", decoy, "dos", visit->dos, "kind", kinds[visit->kind],
                              "rowId", row_id, "visitID", id, "patientID", patient_id, "name", visit->who->name,
                              "dob", visit->who->dob, "subject", visit->subject, "status",
                              visit->deleted ? "CA" : visit_billed(visit) ? "BILLED" : "");
    json_t *counts = truth_counts(visit);

    for (int n = 0; n < 5; n++)
        json_array_append_new(note, json_string(visit->note[n] ? visit->note[n] : ""));
    json_object_update(truth, counts);
    json_object_set_new(truth, "icd", truth_codes(visit, false));
    json_object_set_new(truth, "cpt", truth_codes(visit, true));
    json_object_set_new(truth, "note", note);
    json_decref(counts);
    free(row_id);
    free(id);
    free(patient_id);
    return truth;
}
