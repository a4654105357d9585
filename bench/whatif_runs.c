/* whatif_runs RECORDING [RUNS]: how many what-if runs of a recording a minute one processor
   gets through (recorder/whatif/whatif.h). The recording is opened and replayed once; each run then
   has another fault at another operation, or other settings, all of it from its number. Every
   event line is made and hashed, and the first hundred runs are made again at the end and must
   give the same lines. Prints one JSON object; `waited` is how often this process gave its
   processor up, which a sleep does. */
#include "bench/clock.h"
#include "engine/base/crc32c.h"
#include "engine/cli/sweep/schedule.h"
#include "engine/cli/whatif/whatif_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define RUNS_MAX 10000000u
#define AGAIN_MAX 100u

struct bench {
    struct recorded recorded;
    struct whatif whatif;
    struct whatif_terms terms;
    struct whatif_end end;
    struct event_log log;
    uint32_t hash, first[AGAIN_MAX];
    uint64_t lines, struck, left, processes;
    struct err err;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "whatif_runs: %s\n", what);
    exit(1);
}

static void take_line(void *ctx, struct slice line)
{
    struct bench *b = ctx;
    b->hash = crc32c(b->hash, line);
    b->lines++;
}

/* The fault of run n: a shape, at an operation of a visit; thousands come before one comes again. */
static struct fault fault_of(const struct bench *b, uint32_t n)
{
    size_t count;
    const struct shape *shapes = shapes_all(&count);
    const struct shape *shape = &shapes[n * 797u % count];
    const struct batch_visit *visit = &b->recorded.batch->visits[n * 7919u % b->recorded.batch->visit_count];
    struct fault fault = {.patient = b->recorded.batch->patients[visit->patient].number, .dos = visit->dos, .attempt = 1};
    fault.nth = 1;
    fault.target = shape->target;
    fault.kind = shape->kind;
    fault.taken = shape->taken;
    fault.size = fault_has_size(fault.kind) ? shape_size(fault.kind, n / count) : 0;
    return fault;
}

/* Every other run has other settings, most have a fault. */
static void choose(struct bench *b, uint32_t n)
{
    b->terms.settings = b->recorded.settings;
    b->terms.fault_count = 0;
    if (n % 2) {
        b->terms.settings.multiplier_thousandths = 500 + n * 13 % 2000;
        b->terms.settings.max_retries = n / 2 % 4;
    }
    if (n % 4 != 1)
        b->terms.faults[b->terms.fault_count++] = fault_of(b, n);
}

static void run(struct bench *b, uint32_t n)
{
    choose(b, n);
    b->hash = 0;
    err_init(&b->err);
    event_log_init(&b->log, b, take_line);
    if (whatif_run(&b->recorded, &b->whatif, &b->terms, &b->log, &b->end, &b->err) != ERR_OK)
        fail(b->err.text);
    event_log_fini(&b->log);
    b->left += whatif_left(&b->whatif, NULL, NULL);
    b->struck += b->terms.fault_count && (whatif_struck(&b->whatif, 0) || b->end.processes > 1);
    b->processes += b->end.processes;
}

static void load(struct bench *b, const char *path)
{
    event_log_init(&b->log, b, take_line);
    if (recorded_open(&b->recorded, path, &b->err) != ERR_OK || recorded_play(&b->recorded, &b->log, &b->err) != ERR_OK ||
        whatif_open(&b->whatif, &b->recorded.course, &b->err) != ERR_OK)
        fail(b->err.text);
    event_log_fini(&b->log);
}

static void run_all(struct bench *b, uint32_t runs)
{
    for (uint32_t n = 0; n < runs; n++) {
        run(b, n);
        if (n < AGAIN_MAX)
            b->first[n] = b->hash;
    }
}

static void run_again(struct bench *b, uint32_t runs)
{
    for (uint32_t n = 0; n < runs && n < AGAIN_MAX; n++) {
        run(b, n);
        if (b->hash != b->first[n])
            fail("the same run gave other events");
    }
}

int main(int argc, char **argv)
{
    static struct bench b;
    static struct bench_times times;
    uint64_t runs = 1000;
    struct rusage before, after;
    if (argc < 2 || argc > 3 || (argc == 3 && (!slice_parse_u64(slice_of(argv[2]), RUNS_MAX, &runs) || runs == 0)))
        fail("usage: whatif_runs RECORDING [RUNS]");
    struct bench_instant began = bench_now();
    load(&b, argv[1]);
    struct bench_instant loaded = bench_now();
    b.lines = 0;
    (void)getrusage(RUSAGE_SELF, &before);
    struct bench_instant measured = bench_now();
    run_all(&b, (uint32_t)runs);
    (void)getrusage(RUSAGE_SELF, &after);
    bench_times_add(&times, measured);
    int64_t cpu_us = times.took[0].cpu_us ? times.took[0].cpu_us : 1;
    printf("{\"runs\":%llu,\"visits\":%zu,\"lines\":%llu,\"left\":%llu,\"struck\":%llu,\"processes\":%llu,\"waited\":%ld,"
           "\"load_us\":%lld,\"load_cpu_us\":%lld,\"runs_per_cpu_minute\":%lld,",
           (unsigned long long)runs, b.recorded.batch->visit_count, (unsigned long long)b.lines, (unsigned long long)b.left,
           (unsigned long long)b.struck, (unsigned long long)b.processes, after.ru_nvcsw - before.ru_nvcsw,
           (long long)(loaded.wall_us - began.wall_us), (long long)(loaded.cpu_us - began.cpu_us),
           (long long)(runs * 60000000 / (uint64_t)cpu_us));
    run_again(&b, (uint32_t)runs);
    bench_times_print(&times);
    puts("}");
    whatif_close(&b.whatif);
    recorded_close(&b.recorded);
    return 0;
}
