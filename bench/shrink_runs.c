/* shrink_runs BATCH.json [TIMES]: how long a schedule of 100 faults that breaks a law takes to
   be cut down, over the model (engine/cli/sweep/shrink.h). The law is planted: one visit in
   the middle of the batch must not fail at sorting its list. Three of the faults break it, 97
   are drawn by a seed, another each time; every trial is a whole run of the batch, through
   every kill and resume, under every invariant. Prints one JSON object. */
#include "bench/clock.h"
#include "engine/cli/input_file.h"
#include "engine/cli/sweep/shrink.h"

#include <stdio.h>
#include <stdlib.h>

#define FAULTS  100u
#define TIMES_MAX 1000u

struct bench {
    struct batch *batch;
    struct clinic clinic;
    struct journey j;
    struct str log;
    char broken[128]; /* the words by which the log says that the law is */
    struct schedule given, left;
    struct err err;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "shrink_runs: %s\n", what);
    exit(1);
}

static bool breaks(void *ctx, const struct journey_plan *plan)
{
    struct bench *b = ctx;
    struct journey_plan echoing = *plan;
    str_clear(&b->log);
    echoing.echo = &b->log;
    (void)journey_run(&b->j, &echoing);
    return slice_find(str_slice(&b->log), slice_of(b->broken)) != NULL;
}

static struct batch_visit middle(const struct bench *b)
{
    return b->batch->visits[b->batch->visit_count / 2];
}

static void load(struct bench *b, const char *path)
{
    static struct input_file file;
    static struct batch_source source;
    static struct arena arena, visits;
    arena_init(&arena, BATCH_ARENA_BYTES);
    arena_init(&visits, (size_t)1 << 28);
    if (input_file_open(path, (uint64_t)1 << 30, &file, &b->err) != ERR_OK)
        fail(b->err.text);
    source = input_file_source(&file);
    if (batch_open(&source, &arena, &b->batch, &b->err) != ERR_OK || batch_keep(b->batch, &visits, &b->err) != ERR_OK ||
        clinic_init(&b->clinic, b->batch, NULL, &b->err) != ERR_OK)
        fail(b->err.text);
    journey_init(&b->j, &b->clinic);
    str_init(&b->log, (size_t)64 << 20);
    struct batch_visit visit = middle(b);
    if (!text_format(b->broken, sizeof b->broken, "\"patient\":\"p%u\",\"dos\":%u,\"success\":false,\"outcome\":\"failed\",\"step\":\"sortVisits\"",
                     b->batch->patients[visit.patient].number, visit.dos))
        fail("the law is too long");
}

/* The three, then as many of a seed's as there is room for, and of the next. */
static void draw(struct bench *b, uint64_t seed)
{
    struct batch_visit visit = middle(b);
    struct fault planted = {.patient = b->batch->patients[visit.patient].number, .dos = visit.dos, .nth = 1};
    planted.target = FAULT_AT_OPERATION_SORT_VISITS;
    planted.kind = FAULT_MISSING_ELEMENT;
    b->given.count = 0;
    for (planted.attempt = 1; planted.attempt <= 3; planted.attempt++)
        b->given.faults[b->given.count++] = planted;
    for (uint64_t next = seed * 1000; b->given.count < FAULTS; next++) {
        static struct schedule drawn;
        schedule_random(next, b->batch, MODEL_FAULTS_MAX, &drawn);
        for (size_t i = 0; i < drawn.count && b->given.count < FAULTS; i++)
            if (drawn.faults[i].patient != planted.patient)
                b->given.faults[b->given.count++] = drawn.faults[i];
    }
}

int main(int argc, char **argv)
{
    static struct bench b;
    uint64_t times = 10, cut = 0, trials = 0, most_trials = 0, most_left = 0;
    int64_t cpu_us = 0, most_us = 0;
    if (argc < 2 || argc > 3 || (argc == 3 && (!slice_parse_u64(slice_of(argv[2]), TIMES_MAX, &times) || times == 0)))
        fail("usage: shrink_runs BATCH.json [TIMES]");
    load(&b, argv[1]);
    for (uint64_t seed = 1; cut < times && seed <= 10 * times; seed++) {
        struct journey_plan plan = {.terms = schedule_terms(0)};
        struct shrink shrink = {.breaks = breaks, .ctx = &b};
        draw(&b, seed);
        plan.faults = b.given.faults;
        plan.fault_count = b.given.count;
        if (!breaks(&b, &plan)) /* other faults had it that the visit was not come to */
            continue;
        struct bench_instant began = bench_now();
        shrink_plan(&shrink, &plan, &b.left);
        int64_t took_us = bench_now().cpu_us - began.cpu_us;
        cut++;
        cpu_us += took_us;
        trials += shrink.trials;
        most_us = took_us > most_us ? took_us : most_us;
        most_trials = shrink.trials > most_trials ? shrink.trials : most_trials;
        most_left = plan.fault_count > most_left ? plan.fault_count : most_left;
    }
    if (cut < times)
        fail("too few schedules broke the law");
    printf("{\"faults\":%u,\"shrunk\":%llu,\"cpu_us\":%lld,\"most_us\":%lld,\"trials\":%llu,\"most_trials\":%llu,\"most_left\":%llu}\n", FAULTS,
           (unsigned long long)cut, (long long)cpu_us, (long long)most_us, (unsigned long long)trials, (unsigned long long)most_trials,
           (unsigned long long)most_left);
    return 0;
}
