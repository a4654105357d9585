#include "recorder/model/ledger.h"

#include "engine/base/json_out.h"

/* A pointer is made from the block's own address each time: nothing in it points. */
struct ledger_chart *ledger_charts(struct ledger *ledger)
{
    return (struct ledger_chart *)(ledger + 1);
}

struct ledger_patient *ledger_patients(struct ledger *ledger)
{
    return (struct ledger_patient *)(ledger_charts(ledger) + ledger->visit_max);
}

size_t ledger_size_bytes(uint32_t visit_max)
{
    return sizeof(struct ledger) + visit_max * (sizeof(struct ledger_chart) + sizeof(struct ledger_patient));
}

struct ledger *ledger_init(void *memory, uint32_t visit_max)
{
    struct ledger *ledger = memory;
    memset(memory, 0, ledger_size_bytes(visit_max));
    ledger->visit_max = visit_max;
    return ledger;
}

void ledger_reset(struct ledger *ledger)
{
    struct ledger_chart *charts = ledger_charts(ledger);
    for (uint32_t i = 0; i < ledger->chart_count; i++) {
        struct ledger_chart kept = charts[i];
        memset(&charts[i], 0, sizeof charts[i]);
        charts[i].patient = kept.patient;
        charts[i].order = kept.order;
        charts[i].next = kept.next;
        charts[i].payer = kept.payer;
        memcpy(charts[i].row_id, kept.row_id, sizeof kept.row_id);
        memcpy(charts[i].visit_id, kept.visit_id, sizeof kept.visit_id);
    }
    ledger->expired = false;
    ledger->now = (struct instant){0};
    ledger->in_flight_count = 0;
    ledger->refused_after_expiry = 0;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd1b54a32d192ed03u);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word_at(const char *bytes, size_t count)
{
    uint64_t word = 0;
    memcpy(&word, bytes, count);
    return word;
}

/* Notes are long: of them four words are taken at a time, for none waits for another. */
static uint64_t digest_long(uint64_t digest, struct slice *bytes)
{
    uint64_t lanes[4] = {digest, digest + 1, digest + 2, digest + 3};
    for (; bytes->len >= sizeof lanes; *bytes = (struct slice){bytes->ptr + sizeof lanes, bytes->len - sizeof lanes})
        for (size_t i = 0; i < 4; i++)
            lanes[i] = mix(lanes[i], word_at(bytes->ptr + i * sizeof *lanes, sizeof *lanes));
    return mix(mix(lanes[0], lanes[1]), mix(lanes[2], lanes[3]));
}

uint64_t ledger_digest(struct slice bytes)
{
    uint64_t digest = bytes.len;
    if (bytes.len >= 64)
        digest = digest_long(digest, &bytes);
    while (bytes.len) {
        size_t count = bytes.len < sizeof digest ? bytes.len : sizeof digest;
        digest = mix(digest, count == sizeof digest ? word_at(bytes.ptr, sizeof digest) : word_at(bytes.ptr, count));
        bytes = (struct slice){bytes.ptr + count, bytes.len - count};
    }
    /* Nothing, and somebody else's words, have numbers of their own. */
    return digest <= LEDGER_FOREIGN_NOTE ? digest + 2 : digest;
}

uint64_t ledger_note(const struct slice sections[], size_t count)
{
    CLEANUP_STR struct str text;
    struct json_out j;
    str_init(&text, 1u << 20);
    json_out_init(&j, &text);
    json_out_array(&j, NULL);
    for (size_t i = 0; i < count; i++)
        json_out_string(&j, NULL, sections[i]);
    json_out_end_array(&j);
    ASSERT(!str_full(&text));
    return ledger_digest(str_slice(&text));
}

uint64_t ledger_digest_quoted(struct slice text)
{
    CLEANUP_STR struct str quoted;
    str_init(&quoted, 1 << 20);
    json_out_quote(&quoted, text);
    ASSERT(!str_full(&quoted) && quoted.len >= 2);
    return ledger_digest((struct slice){quoted.ptr + 1, quoted.len - 2});
}

uint32_t ledger_add_patient(struct ledger *ledger, struct slice name, struct slice dob)
{
    ASSERT(ledger->patient_count < ledger->visit_max);
    struct ledger_patient *patient = &ledger_patients(ledger)[ledger->patient_count];
    *patient = (struct ledger_patient){.name = ledger_digest_quoted(name), .dob = ledger_digest_quoted(dob)};
    return ledger->patient_count++;
}

uint32_t ledger_add_visit(struct ledger *ledger, uint32_t patient, uint32_t order, struct slice payer)
{
    ASSERT(ledger->chart_count < ledger->visit_max && patient < ledger->patient_count);
    uint32_t index = ledger->chart_count++;
    struct ledger_patient *of = &ledger_patients(ledger)[patient];
    struct ledger_chart *chart = &ledger_charts(ledger)[index];
    *chart = (struct ledger_chart){.patient = patient, .order = order};
    chart->payer = payer.len ? ledger_digest_quoted(payer) : 0;
    ASSERT(text_format(chart->row_id, sizeof chart->row_id, "trt%u", 1000001 + index));
    ASSERT(text_format(chart->visit_id, sizeof chart->visit_id, "%u", 5000001 + index));
    if (of->last)
        ledger_charts(ledger)[of->last - 1].next = index + 1;
    else
        of->first = index + 1;
    of->last = index + 1;
    return index;
}

struct ledger_chart *ledger_find(struct ledger *ledger, uint32_t patient, uint32_t order)
{
    struct ledger_chart *charts = ledger_charts(ledger);
    for (uint32_t i = ledger_patients(ledger)[patient].first; i; i = charts[i - 1].next)
        if (charts[i - 1].order == order)
            return &charts[i - 1];
    return NULL;
}

void ledger_login(struct ledger *ledger)
{
    ledger->expired = false;
}

void ledger_code(struct slice text, char ret_code[LEDGER_CODE_BYTES])
{
    ASSERT(text.len < LEDGER_CODE_BYTES);
    memset(ret_code, 0, LEDGER_CODE_BYTES);
    memcpy(ret_code, text.ptr, text.len);
}

static bool same_code(const char *a, const char *b)
{
    return memcmp(a, b, LEDGER_CODE_BYTES) == 0;
}

bool ledger_codes_have_icd(const struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES])
{
    for (uint32_t i = 0; i < codes->icd_count; i++)
        if (same_code(codes->icd[i], code))
            return true;
    return false;
}

bool ledger_codes_add_icd(struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES])
{
    if (ledger_codes_have_icd(codes, code))
        return true;
    if (codes->icd_count == LEDGER_ICD_MAX)
        return false;
    memcpy(codes->icd[codes->icd_count++], code, LEDGER_CODE_BYTES);
    return true;
}

/* The index of the row that the code fits; cpt_count when there is none. */
static uint32_t cpt_row(const struct ledger_codes *codes, const char *code)
{
    bool bare = code[5] == '\0';
    for (uint32_t i = 0; i < codes->cpt_count; i++)
        if (bare ? memcmp(codes->cpt[i].code, code, 5) == 0 : same_code(codes->cpt[i].code, code))
            return i;
    return codes->cpt_count;
}

uint32_t ledger_codes_units(const struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES])
{
    uint32_t row = cpt_row(codes, code);
    return row < codes->cpt_count ? codes->cpt[row].units : 0;
}

bool ledger_codes_set_cpt(struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES], uint32_t units)
{
    uint32_t row = cpt_row(codes, code);
    if (row == LEDGER_CPT_MAX)
        return false;
    if (row == codes->cpt_count) {
        codes->cpt_count++;
        memcpy(codes->cpt[row].code, code, LEDGER_CODE_BYTES);
    }
    codes->cpt[row].units = units;
    return true;
}

bool ledger_is_billed(const struct ledger_chart *chart)
{
    return chart->bills + chart->other_bills > 0;
}

bool ledger_apply(struct ledger *ledger, const struct ledger_request *request)
{
    struct ledger_chart *chart = &ledger_charts(ledger)[request->chart];
    if (ledger->expired) {
        ledger->refused_after_expiry++;
        return false;
    }
    switch (request->change) {
    case LEDGER_CODES:
        if (ledger_is_billed(chart))
            return false;
        chart->codes = request->codes;
        chart->code_saves++;
        return true;
    case LEDGER_NOTE:
        chart->overwritten += chart->foreign_note;
        chart->foreign_note = false;
        chart->note = request->note;
        chart->note_saves++;
        return true;
    /* Whatever is there already: a second bill is to be seen. */
    case LEDGER_BILL: chart->bills++; return true;
    }
    return false;
}

/* The one that is due first, of several the one that was sent first. */
static uint32_t first_due(const struct ledger *ledger)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i < ledger->in_flight_count; i++)
        if (instant_before(ledger->in_flight[i].due, ledger->in_flight[first].due))
            first = i;
    return first;
}

static void land(struct ledger *ledger, uint32_t index)
{
    (void)ledger_apply(ledger, &ledger->in_flight[index]);
    ledger->in_flight_count--;
    memmove(&ledger->in_flight[index], &ledger->in_flight[index + 1],
            (ledger->in_flight_count - index) * sizeof *ledger->in_flight);
}

/* Where the road is full, who is in front arrives. */
void ledger_send(struct ledger *ledger, const struct ledger_request *request)
{
    if (ledger->in_flight_count == LEDGER_IN_FLIGHT_MAX)
        land(ledger, first_due(ledger));
    ledger->in_flight[ledger->in_flight_count++] = *request;
}

void ledger_advance(struct ledger *ledger, struct instant now)
{
    ledger->now = now;
    while (ledger->in_flight_count) {
        uint32_t first = first_due(ledger);
        if (instant_before(now, ledger->in_flight[first].due))
            return;
        land(ledger, first);
    }
}

static void print_codes(const struct ledger_codes *codes, struct json_out *j)
{
    json_out_array(j, "icd");
    for (uint32_t i = 0; i < codes->icd_count; i++)
        json_out_text(j, NULL, codes->icd[i]);
    json_out_end_array(j);
    json_out_array(j, "cpt");
    for (uint32_t i = 0; i < codes->cpt_count; i++) {
        json_out_object(j, NULL);
        json_out_text(j, "code", codes->cpt[i].code);
        json_out_int(j, "units", codes->cpt[i].units);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

void ledger_print(const struct ledger *ledger, uint32_t index, struct str *out)
{
    const struct ledger_chart *chart = (const struct ledger_chart *)(ledger + 1) + index;
    const char *note = chart->foreign_note ? "foreign" : chart->note ? "ours" : "none";
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_int(&j, "patient", (int64_t)chart->patient + 1);
    json_out_int(&j, "dos", chart->order);
    print_codes(&chart->codes, &j);
    json_out_text(&j, "note", note);
    json_out_int(&j, "opens", chart->opens);
    json_out_int(&j, "closes", chart->closes);
    json_out_int(&j, "codeSaves", chart->code_saves);
    json_out_int(&j, "noteSaves", chart->note_saves);
    json_out_int(&j, "bills", chart->bills);
    json_out_int(&j, "otherBills", chart->other_bills);
    json_out_int(&j, "overwritten", chart->overwritten);
    json_out_end_object(&j);
    str_add_char(out, '\n');
}
