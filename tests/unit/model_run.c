#include "tests/unit/model_run.h"

#include "engine/policy/retry.h"

#include <stdlib.h>

#define VISITS 3
#define VISIT(dos)                                                                                                     \
    "{\"dos\":" #dos ",\"status\":\"done\",\"noteType\":\"TX\",\"icdCodes\":[{\"code\":\"M54.50\",\"name\":\"x ]\\\"y\"}]," \
    "\"cptCodes\":[{\"code\":\"97810\",\"name\":\"y\",\"units\":1},{\"code\":\"9781125\",\"units\":12}],\"generated\":{"  \
    "\"soap\":{\"subjective\":\"a \\\"b\\\"\",\"objective\":\"b\",\"assessment\":\"c\",\"plan\":\"d\"}}}"

static const char BATCH[] = "{\"batchId\":\"t\",\"patients\":["
                            "{\"name\":\"TEST, ALPHA \\\"AL\\\"\",\"dob\":\"01/02/1903\",\"insurance\":\"HF\",\"visits\":[" VISIT(1) "," VISIT(2) "]},"
                            "{\"name\":\"TEST, BETA\",\"dob\":\"01/03/1903\",\"visits\":[" VISIT(1) "]}]}";

static void take_line(void *ctx, struct slice line)
{
    str_add(&((struct model_run *)ctx)->events, line);
}

struct model_run *model_run_begin(void)
{
    static struct model_run r;
    r = (struct model_run){.max_retries = RETRIES_DEFAULT};
    void *memory = malloc(ledger_size_bytes(VISITS));
    assert_non_null(memory);
    r.ledger = ledger_init(memory, VISITS);
    uint32_t alpha = ledger_add_patient(r.ledger, SLICE("TEST, ALPHA \"AL\""), SLICE("01/02/1903"));
    uint32_t beta = ledger_add_patient(r.ledger, SLICE("TEST, BETA"), SLICE("01/03/1903"));
    (void)ledger_add_visit(r.ledger, alpha, 1, SLICE("HF"));
    (void)ledger_add_visit(r.ledger, alpha, 2, SLICE("HF"));
    (void)ledger_add_visit(r.ledger, beta, 1, SLICE_NONE);
    str_init(&r.journal, 1 << 20);
    str_init(&r.events, 1 << 20);
    return &r;
}

void model_run_end(struct model_run *r)
{
    str_fini(&r->journal);
    str_fini(&r->events);
    journal_fini(&r->found);
    free(r->ledger);
    r->ledger = NULL;
}

static void run(struct model_run *r)
{
    struct slice text = SLICE(BATCH);
    struct batch_source source = batch_source_of(&text);
    struct event_log log;
    struct arena arena;
    struct batch *batch;
    arena_init(&arena, BATCH_ARENA_BYTES);
    assert_int_equal(batch_open(&source, &arena, &batch, &r->err), ERR_OK);
    event_log_init(&log, r, take_line);
    struct run_plan plan = {
        .batch = batch,
        .base_url = SLICE("http://127.0.0.1:1"),
        .max_retries = r->max_retries,
        .multiplier_thousandths = 1000,
        .visit_timeout = r->visit_timeout,
        .settings = SLICE("{}"),
        .found = r->processes > 1 ? &r->found : NULL,
    };
    r->code = run_batch(&plan, model_world(&r->model), &log, &r->end, &r->err);
    event_log_fini(&log);
    arena_fini(&arena);
}

void model_run_go(struct model_run *r, const char *schedule)
{
    err_init(&r->err);
    str_clear(&r->events);
    if (fault_parse_list(slice_of(schedule), MODEL_FAULTS_MAX, r->faults, &r->fault_count, &r->err) != ERR_OK)
        fail_msg("%s: %s", schedule, r->err.text);
    journal_fini(&r->found);
    r->found = (struct journal){0};
    if (r->processes++)
        assert_int_equal(journal_fold(str_slice(&r->journal), &r->found, &r->err), ERR_OK);
    model_init(&r->model, &(struct model_options){
        .ledger = r->ledger,
        .faults = r->faults,
        .fault_count = r->fault_count,
        .run = r->processes,
        .journal = &r->journal,
    });
    run(r);
}

struct model_run *model_run_under(const char *schedule)
{
    struct model_run *r = model_run_begin();
    model_run_go(r, schedule);
    return r;
}

struct ledger_chart *model_run_chart(struct model_run *r, uint32_t patient, uint32_t dos)
{
    struct ledger_chart *chart = ledger_find(r->ledger, patient - 1, dos);
    assert_non_null(chart);
    return chart;
}

uint32_t model_run_lines(const struct model_run *r, const char *part)
{
    uint32_t count = 0;
    struct slice rest = str_slice(&r->events);
    for (const char *hit; (hit = slice_find(rest, slice_of(part)));) {
        count++;
        rest = (struct slice){hit + 1, rest.len - (size_t)(hit + 1 - rest.ptr)};
    }
    return count;
}

void assert_said(const struct model_run *r, const char *part)
{
    if (model_run_lines(r, part) == 0)
        fail_msg("expected an event with: %s\nthe log:\n%s%s", part, str_text(&r->events), r->err.text);
}

void assert_all_done(const struct model_run *r)
{
    const struct batch_summary *s = &r->end.summary;
    assert_int_equal(r->code, ERR_OK);
    assert_int_equal(s->counts[VISIT_DONE] + s->earlier[VISIT_DONE], VISITS);
    const struct ledger_chart *charts = ledger_charts(r->ledger);
    for (size_t i = 0; i < VISITS; i++) {
        assert_int_equal(charts[i].code_saves, 1);
        assert_int_equal(charts[i].note_saves, 1);
        assert_int_equal(charts[i].bills, 1);
        assert_int_equal(charts[i].codes.icd_count, 1);
        assert_int_equal(charts[i].codes.cpt_count, 2);
    }
}
