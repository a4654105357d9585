/* The page: what each operation does to the document in the browser and reads of the
   chart. It mirrors the parts of engine/mdland/page in what is looked at before what; a form that
   was filled lives in the page alone until it is saved. */
#include "recorder/model/model_parts.h"

const char *model_place(enum fault_target target)
{
    static const char *const places[FAULT_TARGET_COUNT] = {
        [FAULT_AT_OPERATION_SEARCH_PATIENT] = "searchResults",   [FAULT_AT_OPERATION_SELECT_PATIENT] = "searchResults",
        [FAULT_AT_OPERATION_SORT_VISITS] = "visitList",          [FAULT_AT_OPERATION_OPEN_VISIT] = "visit",
        [FAULT_AT_OPERATION_NAVIGATE_ICD] = "diagnosisPage",     [FAULT_AT_OPERATION_READ_DIAGNOSIS] = "diagnosisPage",
        [FAULT_AT_OPERATION_SAVE_DIAGNOSIS] = "diagnosisPage",   [FAULT_AT_OPERATION_NAVIGATE_PT_NOTE] = "notePage",
        [FAULT_AT_OPERATION_READ_NOTE] = "notePage",             [FAULT_AT_OPERATION_SAVE_SOAP] = "notePage",
        [FAULT_AT_OPERATION_NAVIGATE_CHECKOUT] = "checkoutPage", [FAULT_AT_OPERATION_READ_BILLING] = "checkoutPage",
        [FAULT_AT_OPERATION_GENERATE_BILLING] = "checkoutPage",
    };
    return places[target];
}

static struct ledger_chart *chart_at(struct model *model, uint32_t index_plus_one)
{
    return index_plus_one ? &ledger_charts(model->ledger)[index_plus_one - 1] : NULL;
}

static struct model_verdict fails(const struct model *model, const char *kind, const char *what)
{
    return (struct model_verdict){.target = model->call.target, .kind = kind, .what = what};
}

static struct model_verdict succeeds(const struct model *model)
{
    return (struct model_verdict){.target = model->call.target};
}

static bool fails_not(const struct model_verdict *verdict)
{
    return verdict->kind == NULL;
}

static bool is_person(struct model *model, uint32_t patient)
{
    const struct ledger_patient *is = &ledger_patients(model->ledger)[patient];
    return is->name == model->call.name && is->dob == model->call.dob;
}

/* Index + 1; begun where the last one was found, since a batch goes through them in order. */
static uint32_t find_patient(struct model *model)
{
    uint32_t count = model->ledger->patient_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (model->patient_hint + i) % count;
        if (!is_person(model, at))
            continue;
        model->patient_hint = at;
        return at + 1;
    }
    return 0;
}

/* Index + 1 of the row that openVisit means, in the list that is shown. */
static uint32_t find_row(struct model *model)
{
    const struct model_call *call = &model->call;
    struct ledger_chart *charts = ledger_charts(model->ledger);
    uint32_t i = model->page.patient ? ledger_patients(model->ledger)[model->page.patient - 1].first : 0;
    for (; i; i = charts[i - 1].next)
        if (call->pinned ? strcmp(charts[i - 1].row_id, call->row_id) == 0 : charts[i - 1].order == call->order)
            return i;
    return 0;
}

struct ledger_chart *model_page_chart(struct model *model)
{
    if (model->options.recall)
        return recall_chart(model);
    bool opens = model->call.target == FAULT_AT_OPERATION_OPEN_VISIT;
    return chart_at(model, opens ? find_row(model) : model->page.chart);
}

/* The chart as this read sees it: as it is, or as it was before the last effect. */
static const struct ledger_chart *look(struct model *model, uint32_t chart)
{
    bool stale = model_call_fault(&model->call) == FAULT_STALE_READ && model->before_chart == chart;
    return stale ? &model->before : chart_at(model, chart);
}

static struct model_verdict select_patient(struct model *model)
{
    struct model_page *page = &model->page;
    if (!page->searched || page->searched != model->call.dob)
        return fails(model, "element_not_found", "searchResults");
    page->patient = find_patient(model);
    return page->patient ? succeeds(model) : fails(model, "patient_not_found", "searchResults");
}

static const char *payer_verdict(const struct model *model, const struct ledger_chart *chart)
{
    if (model_call_fault(&model->call) == FAULT_OTHER_PAYER)
        return "differs";
    if (model->call.payer == ledger_digest(SLICE("NONE")))
        return "none";
    return chart->payer == 0 || chart->payer == model->call.payer ? "match" : "differs";
}

static struct model_verdict open_visit(struct model *model)
{
    struct model_page *page = &model->page;
    if (!page->patient || !is_person(model, page->patient - 1))
        return fails(model, "element_not_found", "visitList");
    uint32_t found = find_row(model);
    struct ledger_chart *chart = chart_at(model, found);
    if (!chart)
        return fails(model, "visit_not_found", "visitList");
    chart->opens++;
    page->chart = found;
    page->section = MODEL_NOWHERE;
    page->form_dirty = page->note_filled = false;
    if (model->call.pinned && strcmp(chart->visit_id, model->call.visit_id) != 0)
        return fails(model, "visit_not_found", "visit");
    if (model_call_fault(&model->call) == FAULT_NO_WRITE_ACCESS)
        return fails(model, "no_write_access", "visit");
    page->billed = ledger_is_billed(look(model, found));
    struct model_verdict verdict = succeeds(model);
    verdict.first = page->billed;
    verdict.chart = found;
    verdict.payer = payer_verdict(model, chart);
    return verdict;
}

static struct model_verdict close_visit(struct model *model)
{
    struct ledger_chart *chart = chart_at(model, model->page.chart);
    if (chart)
        chart->closes++;
    model->page.chart = 0;
    model->page.section = MODEL_NOWHERE;
    return succeeds(model);
}

static struct model_verdict require_visit(struct model *model)
{
    const struct ledger_chart *chart = chart_at(model, model->page.chart);
    if (!chart)
        return fails(model, "element_not_found", "visit");
    bool same = memcmp(chart->visit_id, model->call.visit_id, LEDGER_ID_BYTES) == 0;
    return same ? succeeds(model) : fails(model, "wrong_patient", "visit");
}

static struct model_verdict require_section(struct model *model, enum model_section section, const char *place)
{
    struct model_verdict verdict = require_visit(model);
    if (fails_not(&verdict) && model->page.section != section)
        return fails(model, "element_not_found", place);
    return verdict;
}

static struct model_verdict require_person(struct model *model, enum model_section section, const char *place)
{
    struct model_verdict verdict = require_section(model, section, place);
    if (fails_not(&verdict) && !is_person(model, chart_at(model, model->page.chart)->patient))
        return fails(model, "wrong_patient", "visitBanner");
    return verdict;
}

static struct model_verdict enter_section(struct model *model, enum model_section section)
{
    struct model_page *page = &model->page;
    struct model_verdict verdict = require_visit(model);
    if (!fails_not(&verdict))
        return verdict;
    page->section = section;
    page->note_filled = false;
    page->form_dirty = false;
    if (section == MODEL_CODES)
        page->form = chart_at(model, page->chart)->codes;
    return verdict;
}

static bool holds(const struct ledger_codes *chart, const struct ledger_codes *asked)
{
    for (uint32_t i = 0; i < asked->icd_count; i++)
        if (!ledger_codes_have_icd(chart, asked->icd[i]))
            return false;
    for (uint32_t i = 0; i < asked->cpt_count; i++)
        if (ledger_codes_units(chart, asked->cpt[i].code) != asked->cpt[i].units)
            return false;
    return true;
}

/* Reads are of a page loaded anew: what was filled into the old one is lost. */
static struct model_verdict read_codes(struct model *model)
{
    struct model_page *page = &model->page;
    struct model_verdict verdict = require_person(model, MODEL_CODES, "diagnosisPage");
    if (!fails_not(&verdict))
        return verdict;
    const struct ledger_chart *chart = look(model, page->chart);
    if (page->form_dirty)
        page->form = chart->codes;
    page->form_dirty = false;
    verdict.first = holds(&chart->codes, &model->call.codes);
    return verdict;
}

static struct model_verdict read_note(struct model *model)
{
    struct model_verdict verdict = require_person(model, MODEL_NOTE, "notePage");
    if (!fails_not(&verdict))
        return verdict;
    const struct ledger_chart *chart = look(model, model->page.chart);
    model->page.note_filled = false;
    verdict.first = !chart->foreign_note && chart->note == model->call.note;
    verdict.second = !chart->foreign_note && chart->note == 0;
    return verdict;
}

/* What the answer to a bill has shown stays true when the visit closes itself. */
static struct model_verdict read_bill(struct model *model)
{
    struct model_page *page = &model->page;
    if (model_call_fault(&model->call) == FAULT_CLOSES_ITSELF)
        (void)close_visit(model);
    struct model_verdict verdict = require_person(model, MODEL_CHECKOUT, "checkoutPage");
    if (fails_not(&verdict))
        verdict.first = ledger_is_billed(look(model, page->chart));
    if (page->chart || !page->shown_bill || strcmp(chart_at(model, page->shown_bill)->visit_id, model->call.visit_id) != 0)
        return verdict;
    verdict = succeeds(model);
    verdict.first = true;
    return verdict;
}

static struct model_verdict require_writable(struct model *model, enum model_section section, const char *place)
{
    struct model_verdict verdict = require_section(model, section, place);
    if (fails_not(&verdict) && model->page.billed)
        return fails(model, "already_billed", "visit");
    return verdict;
}

static struct model_verdict add_codes(struct model *model)
{
    struct ledger_codes *form = &model->page.form;
    const struct ledger_codes *asked = &model->call.codes;
    struct model_verdict verdict = require_writable(model, MODEL_CODES, "diagnosisPage");
    if (!fails_not(&verdict))
        return verdict;
    uint32_t missing = 0;
    for (uint32_t i = 0; i < asked->icd_count; i++)
        missing += !ledger_codes_have_icd(form, asked->icd[i]);
    if (form->icd_count + missing > LEDGER_ICD_MAX)
        return fails(model, "code_limit", "diagnosisPage");
    for (uint32_t i = 0; i < asked->icd_count; i++)
        (void)ledger_codes_add_icd(form, asked->icd[i]);
    for (uint32_t i = 0; i < asked->cpt_count; i++)
        if (!ledger_codes_set_cpt(form, asked->cpt[i].code, asked->cpt[i].units))
            return fails(model, "element_not_found", "cptAdded");
    model->page.form_dirty = true;
    return verdict;
}

static struct model_verdict fill_note(struct model *model)
{
    struct model_verdict verdict = require_writable(model, MODEL_NOTE, "notePage");
    if (!fails_not(&verdict))
        return verdict;
    model->page.note_filled = true;
    model->page.note = model->call.note;
    return verdict;
}

/* Before any request leaves, in the page's own task: whose visit is it? */
static struct model_verdict send_codes(struct model *model, struct ledger_request *ret_request)
{
    struct model_verdict verdict = require_person(model, MODEL_CODES, "diagnosisPage");
    if (fails_not(&verdict))
        verdict = require_writable(model, MODEL_CODES, "diagnosisPage");
    ret_request->change = LEDGER_CODES;
    if (fails_not(&verdict))
        ret_request->codes = model->page.form;
    model->page.form_dirty = true;
    return verdict;
}

static struct model_verdict send_note(struct model *model, struct ledger_request *ret_request)
{
    struct model_verdict verdict = require_person(model, MODEL_NOTE, "notePage");
    if (fails_not(&verdict))
        verdict = require_writable(model, MODEL_NOTE, "notePage");
    if (fails_not(&verdict) && !model->page.note_filled)
        verdict = fails(model, "unknown", "notePage");
    ret_request->change = LEDGER_NOTE;
    ret_request->note = model->page.note;
    return verdict;
}

/* The page would refuse where it shows a bill; the model lets it through, so that an engine
   that asks twice is seen to. */
static struct model_verdict send_bill(struct model *model, struct ledger_request *ret_request)
{
    struct model_verdict verdict = require_person(model, MODEL_CHECKOUT, "checkoutPage");
    ret_request->change = LEDGER_BILL;
    return verdict;
}

static struct model_verdict open_waiting_room(struct model *model)
{
    model->page.in_waiting_room = true;
    model->page.searched = 0;
    model->page.patient = 0;
    return succeeds(model);
}

static struct model_verdict search_patient(struct model *model)
{
    if (!model->page.in_waiting_room)
        return fails(model, "element_not_found", "searchBox");
    model->page.searched = model->call.dob;
    model->page.patient = 0;
    return succeeds(model);
}

static struct model_verdict sort_visits(struct model *model)
{
    return model->page.patient ? succeeds(model) : fails(model, "element_not_found", "visitList");
}

static struct model_verdict send(struct model *model, bool *ret_sends, struct ledger_request *ret_request)
{
    struct model_verdict verdict = {0};
    switch ((int)model->call.target) {
    case FAULT_AT_OPERATION_SAVE_DIAGNOSIS: verdict = send_codes(model, ret_request); break;
    case FAULT_AT_OPERATION_SAVE_SOAP: verdict = send_note(model, ret_request); break;
    case FAULT_AT_OPERATION_GENERATE_BILLING: verdict = send_bill(model, ret_request); break;
    default: break;
    }
    *ret_sends = fails_not(&verdict);
    ret_request->chart = model->page.chart - 1;
    model->counts.wrong_patient += verdict.kind && strcmp(verdict.kind, "wrong_patient") == 0;
    return verdict;
}

struct model_verdict model_page_act(struct model *model, bool *ret_sends, struct ledger_request *ret_request)
{
    switch ((int)model->call.target) {
    case FAULT_AT_OPERATION_OPEN_WAITING_ROOM: return open_waiting_room(model);
    case FAULT_AT_OPERATION_SEARCH_PATIENT: return search_patient(model);
    case FAULT_AT_OPERATION_SELECT_PATIENT: return select_patient(model);
    case FAULT_AT_OPERATION_SORT_VISITS: return sort_visits(model);
    case FAULT_AT_OPERATION_OPEN_VISIT: return open_visit(model);
    case FAULT_AT_OPERATION_NAVIGATE_ICD: return enter_section(model, MODEL_CODES);
    case FAULT_AT_OPERATION_READ_DIAGNOSIS: return read_codes(model);
    case FAULT_AT_OPERATION_ADD_ICD:
    case FAULT_AT_OPERATION_ADD_CPT: return add_codes(model);
    case FAULT_AT_OPERATION_NAVIGATE_PT_NOTE: return enter_section(model, MODEL_NOTE);
    case FAULT_AT_OPERATION_READ_NOTE: return read_note(model);
    case FAULT_AT_OPERATION_FILL_SOAP: return fill_note(model);
    case FAULT_AT_OPERATION_NAVIGATE_CHECKOUT: return enter_section(model, MODEL_CHECKOUT);
    case FAULT_AT_OPERATION_READ_BILLING: return read_bill(model);
    case FAULT_AT_OPERATION_CLOSE_VISIT: return close_visit(model);
    case FAULT_AT_OPERATION_SAVE_DIAGNOSIS:
    case FAULT_AT_OPERATION_SAVE_SOAP:
    case FAULT_AT_OPERATION_GENERATE_BILLING: return send(model, ret_sends, ret_request);
    }
    /* validateSession and probeSession: what they say is the session's state. */
    return succeeds(model);
}
