/* model_batches [BATCHES [VISITS]]: how many whole batches a minute the engine gets through
   over the model of the EHR (recorder/model/model.h): every visit from the waiting room to the
   bill, each with its event lines, its journal and its charts. The lines are hashed, so that
   they are made, and all batches must give the same. Prints one JSON object. */
#include "bench/clock.h"
#include "engine/base/crc32c.h"
#include "engine/base/json_out.h"
#include "engine/batch/runner.h"
#include "recorder/model/model.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCHES_MAX 10000000u
#define TEXT_BYTES_MAX (64u << 20)

struct bench {
    uint32_t visits;
    struct str text, journal;
    struct slice source_text;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct ledger *ledger;
    struct model *model;
    uint32_t hash; /* of the lines of the batch in hand */
    uint64_t lines;
    struct err err;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "model_batches: %s\n", what);
    exit(1);
}

static void code(struct json_out *j, const char *text, const char *name, uint32_t units)
{
    json_out_object(j, NULL);
    json_out_text(j, "code", text);
    json_out_text(j, "name", name);
    if (units)
        json_out_int(j, "units", units);
    json_out_end_object(j);
}

static void write_note(struct json_out *j, uint32_t visit)
{
    static const char *const sections[] = {"subjective", "objective", "assessment", "plan"};
    json_out_object(j, "generated");
    json_out_object(j, "soap");
    for (size_t i = 0; i < 4; i++) {
        char text[256];
        if (!text_format(text, sizeof text,
                         "Visit %u, %s: pain 5/10 after work, better with rest.\nRange of motion 70%%; continue as planned.",
                         visit, sections[i]))
            fail("a section is too long");
        json_out_text(j, sections[i], text);
    }
    json_out_end_object(j);
    json_out_end_object(j);
}

static void write_visit(struct json_out *j, uint32_t visit)
{
    json_out_object(j, NULL);
    json_out_int(j, "dos", 1);
    json_out_text(j, "status", "done");
    json_out_text(j, "noteType", "TX");
    json_out_array(j, "icdCodes");
    code(j, "M54.50", "Low back pain", 0);
    code(j, "M25.511", "Pain in right shoulder", 0);
    json_out_end_array(j);
    json_out_array(j, "cptCodes");
    code(j, "97810", "Acupuncture, first 15 minutes", 1);
    code(j, "97811", "Acupuncture, each 15 minutes more", 2);
    json_out_end_array(j);
    write_note(j, visit);
    json_out_end_object(j);
}

/* A patient of its own for each visit. */
static void write_batch(struct bench *b)
{
    struct json_out j;
    json_out_init(&j, &b->text);
    json_out_object(&j, NULL);
    json_out_text(&j, "batchId", "bench");
    json_out_array(&j, "patients");
    for (uint32_t i = 0; i < b->visits; i++) {
        char name[64];
        if (!text_format(name, sizeof name, "TEST, PATIENT %u", i))
            fail("a name is too long");
        json_out_object(&j, NULL);
        json_out_text(&j, "name", name);
        json_out_text(&j, "dob", "01/02/1963");
        json_out_text(&j, "insurance", "HF");
        json_out_array(&j, "visits");
        write_visit(&j, i);
        json_out_end_array(&j);
        json_out_end_object(&j);
    }
    json_out_end_array(&j);
    json_out_end_object(&j);
}

static void open_batch(struct bench *b)
{
    str_init(&b->text, TEXT_BYTES_MAX);
    str_init(&b->journal, TEXT_BYTES_MAX);
    write_batch(b);
    b->source_text = str_slice(&b->text);
    b->source = batch_source_of(&b->source_text);
    arena_init(&b->arena, BATCH_ARENA_BYTES);
    if (str_full(&b->text) || batch_open(&b->source, &b->arena, &b->batch, &b->err) != ERR_OK)
        fail(b->err.text);
    void *memory = malloc(ledger_size_bytes(b->visits));
    b->model = malloc(sizeof *b->model);
    if (!memory || !b->model)
        fail("no memory");
    b->ledger = ledger_init(memory, b->visits);
    for (size_t i = 0; i < b->batch->patient_count; i++) {
        const struct patient *p = &b->batch->patients[i];
        (void)ledger_add_visit(b->ledger, ledger_add_patient(b->ledger, p->name, p->dob), 1, p->insurance);
    }
}

static void close_batch(struct bench *b)
{
    arena_fini(&b->arena);
    str_fini(&b->text);
    str_fini(&b->journal);
    free(b->ledger);
    free(b->model);
}

static void take_line(void *ctx, struct slice line)
{
    struct bench *b = ctx;
    b->hash = crc32c(b->hash, line);
    b->lines++;
}

static void run(struct bench *b)
{
    struct event_log log;
    struct run_end end;
    ledger_reset(b->ledger);
    str_clear(&b->journal);
    model_init(b->model, &(struct model_options){.ledger = b->ledger, .journal = &b->journal});
    event_log_init(&log, b, take_line);
    struct run_plan plan = {
        .batch = b->batch,
        .base_url = SLICE("http://127.0.0.1:1"),
        .max_retries = 2,
        .multiplier_thousandths = 1000,
        .settings = SLICE("{}"),
    };
    b->hash = 0;
    if (run_batch(&plan, model_world(b->model), &log, &end, &b->err) != ERR_OK)
        fail(b->err.text);
    event_log_fini(&log);
    if (end.summary.counts[VISIT_DONE] != b->visits)
        fail("not every visit is done");
    if (ledger_charts(b->ledger)[b->visits - 1].bills != 1)
        fail("the last visit is not billed");
}

static uint32_t number(const char *text, uint32_t max)
{
    uint64_t value;
    if (!slice_parse_u64(slice_of(text), max, &value) || value == 0)
        fail("usage: model_batches [BATCHES [VISITS]]");
    return (uint32_t)value;
}

static long long a_minute(uint32_t batches, int64_t us)
{
    return batches * 60000000ll / (us ? us : 1);
}

int main(int argc, char **argv)
{
    static struct bench b;
    uint32_t batches = argc > 1 ? number(argv[1], BATCHES_MAX) : 1000, hash = 0;
    b.visits = argc > 2 ? number(argv[2], 10000) : 100;
    open_batch(&b);
    struct bench_instant began = bench_now();
    for (uint32_t i = 0; i < batches; i++) {
        run(&b);
        if (i && b.hash != hash)
            fail("two runs gave different events");
        hash = b.hash;
    }
    struct bench_instant ended = bench_now();
    int64_t wall_us = ended.wall_us - began.wall_us, cpu_us = ended.cpu_us - began.cpu_us;
    printf("{\"batches\":%u,\"visits\":%u,\"lines\":%llu,\"seconds_us\":%lld,\"cpu_us\":%lld,\"batches_per_minute\":%lld,"
           "\"batches_per_cpu_minute\":%lld}\n",
           batches, b.visits, (unsigned long long)b.lines, (long long)wall_us, (long long)cpu_us,
           a_minute(batches, wall_us), a_minute(batches, cpu_us));
    close_batch(&b);
    return 0;
}
