/* Three passes. The scan finds every patient and visit and hands over each patient's
   own members; the document's members follow, because a mode after the patients
   counts too; then each visit is read by its extent and judged. Opening a visit
   later is the third pass for one visit: what was judged is what is built. */
#include "engine/mdland/batch_input.h"

#include "engine/base/crc32c.h"
#include "engine/base/json_in.h"
#include "engine/mdland/batch_draft.h"
#include "engine/mdland/batch_skim.h"
#include "engine/mdland/batch_source.h"
#include "engine/mdland/batch_visit.h"

#define READ_BYTES ((size_t)64 << 10)
#define BATCH_ID_BYTES_MAX 64u

/* For a patient, a visit, or the document without its patients. */
static const struct json_in_limits piece_limits = {
    .text_bytes_max = BATCH_VISIT_TEXT_MAX,
    .memory_bytes_max = (size_t)48 << 20,
};

struct opening {
    const struct batch_source *source; /* borrowed, as the arena */
    struct arena *arena;
    struct batch *batch; /* in the arena */
    struct batch_problems problems;
    struct batch_scan scan;
    struct batch_draft draft;
    enum batch_mode mode;
};

static void opening_fini(struct opening *o)
{
    batch_problems_fini(&o->problems);
    batch_scan_fini(&o->scan);
    batch_draft_fini(&o->draft);
}

static bool is_object_text(struct slice text)
{
    return text.len > 0 && text.ptr[0] == '{';
}

static enum err_code judge_patient(struct opening *o, const struct batch_object *in,
                                   const struct scanned_patient *scanned, struct draft_patient *draft, struct err *err)
{
    json_t *visits = field_array(in, "visits", FIELD_REQUIRED);
    if (visits && json_array_size(visits) != scanned->visit_count)
        field_problem(in, "visits", "the key must be spelled without escapes");
    draft->mode = batch_mode_parse(in);
    if (!batch_patient_parse(in, draft->patient.number, o->arena, &draft->patient))
        return batch_no_memory(err);
    return ERR_OK;
}

static enum err_code on_patient(void *context, const struct scanned_patient *scanned, struct err *err)
{
    struct opening *o = context;
    struct batch_place place = batch_place_patient(scanned->index);
    struct draft_patient *draft = batch_draft_add(&o->draft, scanned);
    if (!draft)
        return batch_no_memory(err);
    if (!is_object_text(scanned->text)) {
        batch_problem(&o->problems, &place, "must be an object");
        return ERR_OK;
    }
    struct json_in_fault fault;
    json_auto_t *json = json_in_try(scanned->text, &piece_limits, &fault);
    if (!json) {
        uint64_t at = batch_scan_place(scanned->where.offset, scanned->visits, scanned->visit_count, fault.offset);
        batch_source_refuse(o->source, fault.code, fault.why, at, err);
        return err_wrap(err, "%s", place.path);
    }
    struct batch_object in = {json, place, &o->problems};
    return judge_patient(o, &in, scanned, draft, err);
}

static enum err_code scan_source(struct opening *o, struct err *err)
{
    char bytes[READ_BYTES];
    uint32_t crc = 0;
    uint64_t size_bytes = o->source->size_bytes;
    enum err_code code = ERR_OK;
    for (uint64_t at = 0; at < size_bytes && code == ERR_OK; at += sizeof bytes) {
        uint64_t rest = size_bytes - at;
        struct slice text = {bytes, rest < sizeof bytes ? (size_t)rest : sizeof bytes};
        TRY(batch_source_read(o->source, at, bytes, text.len, err));
        crc = crc32c(crc, text);
        code = batch_scan_feed(&o->scan, text, err);
    }
    if (code == ERR_OK)
        code = batch_scan_end(&o->scan);
    if (code != ERR_OK && o->scan.why)
        return batch_source_refuse(o->source, code, o->scan.why, o->scan.offset, err);
    o->batch->hash = size_bytes << 32 | crc;
    return code;
}

static bool is_id(struct slice id)
{
    if (id.len == 0 || id.len > BATCH_ID_BYTES_MAX || id.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

static void judge_confirmed(const struct batch_object *in)
{
    json_t *confirmed = field_get(in, "confirmed");
    if (confirmed && !json_is_boolean(confirmed))
        field_problem(in, "confirmed", "must be true or false");
    else if (json_is_false(confirmed))
        field_problem(in, "confirmed", "false: only a confirmed batch is run");
}

static enum err_code judge_batch(struct opening *o, const struct batch_object *in, struct err *err)
{
    json_t *patients = field_array(in, "patients", FIELD_REQUIRED);
    if (patients && json_array_size(patients) != o->scan.patients.count)
        field_problem(in, "patients", "the key must be spelled without escapes");
    else if (patients && o->scan.patients.count == 0)
        field_problem(in, "patients", "empty: no patients");
    judge_confirmed(in);
    o->mode = batch_mode_parse(in);
    struct slice id = field_text(in, "batchId", FIELD_OPTIONAL);
    if (id.ptr && !is_id(id))
        field_problem(in, "batchId", "must be letters, digits, - and _, at most 64");
    o->batch->id = arena_copy(o->arena, id.ptr ? id : SLICE("batch"));
    return o->batch->id.ptr ? ERR_OK : batch_no_memory(err);
}

static enum err_code judge_document(struct opening *o, struct err *err)
{
    struct json_in_fault fault;
    json_auto_t *root = json_in_try(str_slice(&o->scan.document), &piece_limits, &fault);
    if (!root) {
        uint64_t at = batch_scan_place(0, o->scan.patients.items, o->scan.patients.count, fault.offset);
        return batch_source_refuse(o->source, fault.code, fault.why, at, err);
    }
    struct batch_object in = {root, {""}, &o->problems};
    if (json_is_false(json_object_get(root, "success")))
        field_problem(&in, "success", "false: this is a server's error answer, not a batch");
    json_t *data = json_object_get(root, "data");
    if (json_is_object(data) && !json_object_get(root, "patients"))
        in.json = data;
    return judge_batch(o, &in, err);
}

static enum err_code read_visit(const struct batch_source *source, const struct batch_visit *visit,
                                struct arena *arena, struct slice *ret_text, struct err *err)
{
    char *bytes = arena_alloc(arena, visit->size_bytes);
    if (!bytes)
        return batch_no_memory(err);
    TRY(batch_source_read(source, visit->offset, bytes, visit->size_bytes, err));
    *ret_text = (struct slice){bytes, visit->size_bytes};
    return ERR_OK;
}

/* The visit as an object: judged in full when it is to be run. */
static enum err_code judge_object(struct opening *o, struct draft_visit *draft, const struct batch_object *in,
                                  struct arena *scratch, struct err *err)
{
    const struct draft_patient *patient = &o->draft.patients[draft->visit.patient];
    struct visit_head head = batch_visit_head(in);
    draft->visit.dos = head.dos;
    draft->visit.soap_only = (patient->mode == MODE_UNSET ? o->mode : patient->mode) == MODE_SOAP_ONLY;
    draft->planned = head.is_done;
    if (!head.is_done || batch_visit_parse(in, &head, &patient->patient, draft->visit.soap_only, scratch))
        return ERR_OK;
    return batch_no_memory(err);
}

/* The visit's JSON, its notes skimmed; what is refused is refused for the whole text,
   at its true place. NULL with the fault. */
static json_t *skim_visit(struct slice text, struct str *shorter, struct json_in_fault *ret_fault)
{
    str_clear(shorter);
    batch_skim(text, shorter);
    json_t *json = str_full(shorter) ? NULL : json_in_try(str_slice(shorter), &piece_limits, ret_fault);
    return json ? json : json_in_try(text, &piece_limits, ret_fault);
}

static enum err_code judge_visit(struct opening *o, struct draft_visit *draft, struct arena *scratch,
                                 struct str *shorter, struct err *err)
{
    struct batch_place patient = batch_place_patient(draft->visit.patient);
    struct batch_place place = batch_place_element(&patient, "visits", draft->index);
    struct slice text;
    TRY(read_visit(o->source, &draft->visit, scratch, &text, err));
    draft->visit.hash = crc32c(0, text);
    if (!is_object_text(text)) {
        batch_problem(&o->problems, &place, "must be an object");
        return ERR_OK;
    }
    struct json_in_fault fault;
    json_auto_t *json = skim_visit(text, shorter, &fault);
    if (!json) {
        batch_source_refuse(o->source, fault.code, fault.why, draft->visit.offset + fault.offset, err);
        return err_wrap(err, "%s", place.path);
    }
    struct batch_object in = {json, place, &o->problems};
    return judge_object(o, draft, &in, scratch, err);
}

static enum err_code judge_visits(struct opening *o, struct err *err)
{
    struct arena scratch CLEANUP_ARENA;
    struct str shorter CLEANUP_STR;
    arena_init(&scratch, VISIT_ARENA_BYTES);
    str_init(&shorter, BATCH_VISIT_TEXT_MAX);
    for (size_t i = 0; i < o->draft.visit_count; i++) {
        arena_clear(&scratch);
        TRY(judge_visit(o, &o->draft.visits[i], &scratch, &shorter, err));
    }
    return ERR_OK;
}

static enum err_code judge_all(struct opening *o, struct err *err)
{
    TRY(scan_source(o, err));
    TRY(judge_document(o, err));
    TRY(judge_visits(o, err));
    if (!batch_draft_find_twins(&o->draft, &o->problems))
        return batch_no_memory(err);
    TRY(batch_problems_result(&o->problems, err));
    if (!batch_draft_keep(&o->draft, o->arena, o->batch))
        return batch_no_memory(err);
    if (o->batch->visit_count == 0)
        return err_set(err, ERR_INPUT, "nothing to run: no visit of the batch has the status done");
    return ERR_OK;
}

enum err_code batch_open(const struct batch_source *source, struct arena *arena, struct batch **ret_batch,
                         struct err *err)
{
    if (source->size_bytes > BATCH_SIZE_BYTES_MAX)
        return err_set(err, ERR_INPUT, "over the limit: the batch is longer than 1 GiB");
    struct opening o = {.source = source, .arena = arena, .batch = arena_alloc(arena, sizeof *o.batch)};
    if (!o.batch)
        return batch_no_memory(err);
    o.batch->source = source;
    batch_problems_init(&o.problems);
    batch_scan_init(&o.scan);
    o.scan.on_patient = on_patient;
    o.scan.context = &o;
    enum err_code code = judge_all(&o, err);
    opening_fini(&o);
    if (code == ERR_OK)
        *ret_batch = o.batch;
    return code;
}

static enum err_code changed(const struct batch_visit *visit, struct err *err)
{
    return err_set(err, ERR_INPUT, "the batch has changed since it was read: p%u.v%u is not what it was",
                   (unsigned)visit->patient + 1, (unsigned)visit->dos);
}

static enum err_code open_visit(const struct batch *batch, size_t visit_index, struct arena *arena, struct visit **ret_visit,
                                struct err *err)
{
    const struct batch_visit *planned = &batch->visits[visit_index];
    struct slice text;
    TRY(read_visit(batch->source, planned, arena, &text, err));
    if (crc32c(0, text) != planned->hash)
        return changed(planned, err);
    struct json_in_fault fault;
    json_auto_t *json = json_in_try(text, &piece_limits, &fault);
    if (!json)
        return fault.code == ERR_ENV ? batch_no_memory(err) : changed(planned, err);
    struct batch_problems problems CLEANUP_BATCH_PROBLEMS;
    batch_problems_init(&problems);
    struct batch_object in = {json, {""}, &problems};
    struct visit_head head = batch_visit_head(&in);
    struct visit *visit =
        batch_visit_parse(&in, &head, &batch->patients[planned->patient], planned->soap_only, arena);
    if (!visit)
        return batch_no_memory(err);
    if (problems.count)
        return changed(planned, err);
    *ret_visit = visit;
    return ERR_OK;
}

enum err_code batch_visit_open(const struct batch *batch, size_t visit_index, struct arena *arena,
                               struct visit **ret_visit, struct err *err)
{
    if (batch->kept) {
        *ret_visit = batch->kept[visit_index];
        return ERR_OK;
    }
    if (open_visit(batch, visit_index, arena, ret_visit, err) == ERR_OK)
        return ERR_OK;
    return err->code = batch->source->lost;
}

enum err_code batch_keep(struct batch *batch, struct arena *arena, struct err *err)
{
    struct visit **kept = arena_alloc(arena, batch->visit_count * sizeof *kept);
    if (!kept)
        return batch_no_memory(err);
    for (size_t i = 0; i < batch->visit_count; i++)
        TRY(batch_visit_open(batch, i, arena, &kept[i], err));
    batch->kept = kept;
    return ERR_OK;
}

uint64_t batch_plan_hash(const struct batch *batch)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < batch->patient_count; i++) {
        crc = crc32c(crc, batch->patients[i].name);
        crc = crc32c(crc, SLICE("\n"));
        crc = crc32c(crc, batch->patients[i].dob);
    }
    for (size_t i = 0; i < batch->visit_count; i++) {
        const struct batch_visit *visit = &batch->visits[i];
        uint32_t label[] = {visit->patient, visit->dos, visit->soap_only};
        crc = crc32c(crc, (struct slice){(const char *)label, sizeof label});
    }
    return (uint64_t)batch->visit_count << 32 | crc;
}
