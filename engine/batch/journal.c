#include "engine/batch/journal.h"

#include "engine/base/json_out.h"

#define RECORD_MAX 1024

struct record {
    struct str text;
    struct json_out json;
};

/* A record is written as an object and committed without its braces. */
static void begin(struct record *r, const char *type)
{
    str_init(&r->text, RECORD_MAX);
    json_out_init(&r->json, &r->text);
    json_out_object(&r->json, NULL);
    json_out_text(&r->json, "type", type);
}

static void label(struct record *r, struct visit_label visit)
{
    json_out_int(&r->json, "patient", visit.patient);
    json_out_int(&r->json, "dos", visit.dos);
}

static enum err_code commit(struct record *r, struct caller *c, struct err *err)
{
    ASSERT(!str_full(&r->text) && r->text.len > 1);
    enum err_code code = call_commit(c, (struct slice){r->text.ptr + 1, r->text.len - 1}, err);
    str_fini(&r->text);
    return code;
}

enum err_code journal_run_start(struct caller *c, uint64_t batch_hash, uint32_t total, struct err *err)
{
    struct record r;
    char hash[17];
    ASSERT(text_format(hash, sizeof hash, "%016llx", (unsigned long long)batch_hash));
    begin(&r, "run_start");
    json_out_int(&r.json, "format", 1);
    json_out_text(&r.json, "batch", hash);
    json_out_int(&r.json, "total", total);
    return commit(&r, c, err);
}

enum err_code journal_pinned(struct caller *c, struct visit_label visit, const struct visit_facts *facts, struct err *err)
{
    struct record r;
    begin(&r, "pinned");
    label(&r, visit);
    json_out_text(&r.json, "row", facts->row_id);
    json_out_text(&r.json, "visit", facts->visit_id);
    return commit(&r, c, err);
}

enum err_code journal_intent(struct caller *c, struct visit_label visit, uint32_t attempt, enum step step, struct err *err)
{
    struct record r;
    begin(&r, "intent");
    label(&r, visit);
    json_out_int(&r.json, "attempt", attempt);
    json_out_text(&r.json, "step", step_name(step));
    return commit(&r, c, err);
}

enum err_code journal_result(struct caller *c, struct visit_label visit, uint32_t attempt, enum step step,
                             const char *verdict, struct err *err)
{
    struct record r;
    begin(&r, "result");
    label(&r, visit);
    json_out_int(&r.json, "attempt", attempt);
    json_out_text(&r.json, "step", step_name(step));
    json_out_text(&r.json, "verdict", verdict);
    return commit(&r, c, err);
}

enum err_code journal_attempt(struct caller *c, struct visit_label visit, uint32_t attempt, enum kind kind,
                              const char *outcome, struct err *err)
{
    struct record r;
    begin(&r, "attempt_end");
    label(&r, visit);
    json_out_int(&r.json, "attempt", attempt);
    if (kind != KIND_NONE)
        json_out_text(&r.json, "errorKind", kind_name(kind));
    if (outcome)
        json_out_text(&r.json, "outcome", outcome);
    return commit(&r, c, err);
}

enum err_code journal_run_end(struct caller *c, enum batch_outcome outcome, enum kind kind, struct err *err)
{
    struct record r;
    begin(&r, "run_end");
    json_out_text(&r.json, "outcome", batch_outcome_name(outcome));
    if (kind != KIND_NONE)
        json_out_text(&r.json, "errorKind", kind_name(kind));
    return commit(&r, c, err);
}
