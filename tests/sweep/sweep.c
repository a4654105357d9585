/* sweep MODE... [options]: see tests/sweep/README.md. */
#include "tests/sweep/sweep.h"

#include "engine/cli/sweep/shrink.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double sweep_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct trial {
    struct journey *j;
    enum invariant id;
};

static bool breaks(void *ctx, const struct journey_plan *plan)
{
    struct trial *trial = ctx;
    (void)journey_run(trial->j, plan);
    return trial->j->verdicts.first == trial->id;
}

static struct journey *in_hand; /* for a run that dies of our own bug */

/* abort() is called by the engine itself, so there is nothing that printing could disturb. */
static void on_abort(int signal)
{
    const struct journey_plan *plan = in_hand ? in_hand->plan : NULL;
    CLEANUP_STR struct str text;
    str_init(&text, 1 << 20);
    if (plan) {
        fault_format_list(plan->faults, plan->fault_count, &text);
        enum invariant id = in_hand->verdicts.first == INVARIANT_COUNT ? INV_ENDS : in_hand->verdicts.first;
        printf("not ok - %s: %s\n  seen      signal %d\n", invariant_name(id), invariant_sentence(id), signal);
        printf("  again     build/sweep one --visits %u --seed %llu --schedule '%s'\n", in_hand->clinic->visit_count,
               (unsigned long long)plan->seed, str_text(&text));
        fflush(stdout);
    }
    _exit(1);
}

void sweep_tell(struct sweep *s, struct tally *tally, struct journey *j, const struct journey_plan *plan)
{
    struct schedule schedule;
    struct journey_plan shorter = *plan;
    CLEANUP_STR struct str text;
    enum invariant id = j->verdicts.first;
    struct trial trial = {j, id};
    struct shrink shrink = {.breaks = breaks, .ctx = &trial};
    str_init(&text, 1 << 20);
    tally->violations++;
    s->verdicts.violations++;
    if (s->told[id]++ > 1)
        return;
    if (id != INV_SAME_BYTES) {
        shrink_plan(&shrink, &shorter, &schedule);
        (void)breaks(&trial, &shorter);
    }
    fault_format_list(shorter.faults, shorter.fault_count, &text);
    printf("not ok - %s: %s\n", invariant_name(id), invariant_sentence(id));
    printf("  seen      %s\n  seed      %llu, %u visits\n  schedule  %s\n", j->verdicts.where, (unsigned long long)plan->seed,
           j->clinic->visit_count, str_text(&text));
    printf("  again     build/sweep one --visits %u --seed %llu --schedule '%s'\n", j->clinic->visit_count,
           (unsigned long long)shorter.seed, str_text(&text));
    fflush(stdout);
}

bool sweep_one(struct sweep *s, struct tally *tally, struct journey *j, const struct journey_plan *plan)
{
    in_hand = j;
    bool well = journey_run(j, plan);
    in_hand = NULL;
    tally->batches++;
    tally->kills += j->kills;
    tally->resumes += j->runs - 1;
    for (size_t i = 0; i < plan->fault_count; i++)
        tally->fired += j->struck[i];
    if (well)
        return true;
    sweep_tell(s, tally, j, plan);
    return false;
}

void sweep_claim(struct sweep *s, bool holds, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs(holds ? "ok - " : "not ok - ", stdout);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
    s->claims_missing |= !holds;
}

static _Noreturn void usage(void)
{
    fputs("usage: sweep single|pairs|cuts|random|killed|all... [--seeds A..B] [--visits N] [--stride N] [--kills N] [--folder DIR]\n"
          "       sweep one --schedule 'p1.v1.a1.saveSOAP:hang ...' [--visits N] [--seed N]\n",
          stderr);
    exit(2);
}

/* One run with its log printed: how a violation is looked at. */
static int show_one(uint32_t visits, uint64_t seed, const char *schedule_text)
{
    static struct batch_of_n batch;
    static struct journey j;
    struct schedule schedule;
    struct err err;
    CLEANUP_STR struct str log;
    err_init(&err);
    str_init(&log, (size_t)256 << 20);
    if (fault_parse_list(slice_of(schedule_text), MODEL_FAULTS_MAX, schedule.faults, &schedule.count, &err) != ERR_OK) {
        fprintf(stderr, "sweep: %s\n", err.text);
        return 2;
    }
    batch_of_n_init(&batch, visits, NULL);
    journey_init(&j, &batch.clinic);
    struct journey_plan plan = {.faults = schedule.faults, .fault_count = schedule.count};
    schedule_settle(seed, &plan);
    plan.resume_after = true;
    plan.echo = &log;
    bool well = journey_run(&j, &plan);
    fwrite(str_text(&log), 1, log.len, stdout);
    fwrite(str_text(&j.journal), 1, j.journal.len, stdout);
    for (uint32_t i = 0; i < visits; i++)
        fputc(watch_outcome(&j.watch.visits[i]), stdout);
    for (size_t i = 0; i < schedule.count; i++)
        printf("%s%u", i ? "," : " fired ", j.struck[i]);
    printf(" processes %u\n", j.runs);
    if (!well)
        printf("not ok - %s: %s (%s)\n", invariant_name(j.verdicts.first), invariant_sentence(j.verdicts.first), j.verdicts.where);
    journey_fini(&j);
    batch_of_n_fini(&batch);
    return !well;
}

static void print_tally(const struct tally *t)
{
    printf("%-8s %10llu %12llu %9llu %9llu %10llu", t->mode, (unsigned long long)t->batches, (unsigned long long)t->fired,
           (unsigned long long)t->kills, (unsigned long long)t->resumes, (unsigned long long)t->violations);
    if (t->seconds > 0)
        printf(" %14.0f\n", (double)t->batches * 60 / t->seconds);
    else
        printf(" %14s\n", "-");
}

static void print_verdicts(const struct verdicts *v)
{
    puts("\ninvariants, and how often each was looked at");
    for (enum invariant id = 0; id < INVARIANT_COUNT; id++)
        printf("  %-11s %-28s %14llu\n", invariant_group(id), invariant_name(id), (unsigned long long)v->checked[id]);
    puts("\nwhat was come through");
    for (enum sometimes id = 0; id < SOMETIMES_COUNT; id++)
        printf("  %-44s %10llu\n", sometimes_name(id), (unsigned long long)v->reached[id]);
}

/* A sweep of all that needs no real process must have looked at everything. */
static void claim_all(struct sweep *s)
{
    uint32_t looked = 0, came_up = 0;
    for (enum invariant id = 0; id < INVARIANT_COUNT; id++)
        looked += s->verdicts.checked[id] > 0;
    for (enum sometimes id = 0; id < SOMETIMES_COUNT; id++)
        came_up += s->verdicts.reached[id] > 0;
    sweep_claim(s, looked == INVARIANT_COUNT, "all: %u of %d invariants were looked at", looked, INVARIANT_COUNT);
    sweep_claim(s, came_up == SOMETIMES_COUNT, "all: %u of %d things that must come up did", came_up, SOMETIMES_COUNT);
}

struct mode {
    const char *name;
    void (*run)(struct sweep *, struct tally *);
};

static const struct mode modes[] = {
    {"single", sweep_single}, {"pairs", sweep_pairs}, {"cuts", sweep_cuts}, {"random", sweep_random}, {"killed", sweep_killed},
};
#define MODES (sizeof modes / sizeof *modes)

static uint64_t number_of(const char *text)
{
    uint64_t number;
    if (!text || !slice_parse_u64(slice_of(text), UINT64_MAX, &number))
        usage();
    return number;
}

static void seeds_of(const char *text, struct sweep *s)
{
    const char *dots = text ? strstr(text, "..") : NULL;
    if (!dots || !slice_parse_u64((struct slice){text, (size_t)(dots - text)}, UINT64_MAX, &s->seed_from))
        usage();
    s->seed_to = number_of(dots + 2);
}

struct request {
    bool wanted[MODES], one;
    uint64_t seed;
    const char *schedule;
};

static void take_option(const char *name, const char *value, struct sweep *s, struct request *r)
{
    if (!value)
        usage();
    if (strcmp(name, "--seeds") == 0)
        seeds_of(value, s);
    else if (strcmp(name, "--seed") == 0)
        r->seed = number_of(value);
    else if (strcmp(name, "--visits") == 0)
        s->visits = (uint32_t)number_of(value);
    else if (strcmp(name, "--stride") == 0)
        s->stride = (uint32_t)number_of(value);
    else if (strcmp(name, "--kills") == 0)
        s->kills = (uint32_t)number_of(value);
    else if (strcmp(name, "--folder") == 0)
        s->folder = value;
    else if (strcmp(name, "--schedule") == 0)
        r->schedule = value;
    else
        usage();
}

static bool take_mode(const char *word, struct request *r)
{
    bool known = false;
    for (size_t m = 0; m < MODES; m++)
        if (strcmp(word, modes[m].name) == 0 || strcmp(word, "all") == 0)
            known = r->wanted[m] = true;
    if (strcmp(word, "one") == 0)
        known = r->one = true;
    return known;
}

static void take_arguments(int argc, char **argv, struct sweep *s, struct request *r)
{
    bool any = false;
    for (int i = 1; i < argc; i++) {
        if (take_mode(argv[i], r))
            continue;
        take_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL, s, r);
        i++;
    }
    for (size_t m = 0; m < MODES; m++)
        any |= r->wanted[m];
    if (r->one == any || s->stride == 0 || s->visits == 0)
        usage();
}

int main(int argc, char **argv)
{
    static struct sweep s = {.stride = 1, .seed_from = 1, .seed_to = 10000, .visits = 100, .kills = 200, .folder = "/tmp"};
    struct tally tallies[MODES] = {{.mode = NULL}};
    struct request r = {.schedule = ""};
    take_arguments(argc, argv, &s, &r);
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    if (r.one)
        return show_one(s.visits, r.seed, r.schedule);
    for (size_t m = 0; m < MODES; m++) {
        if (!r.wanted[m])
            continue;
        double began = sweep_seconds();
        tallies[m].mode = modes[m].name;
        modes[m].run(&s, &tallies[m]);
        /* What killed processes used is not this one's. */
        tallies[m].seconds = modes[m].run == sweep_killed ? 0 : sweep_seconds() - began;
    }
    if (r.wanted[0] && r.wanted[2] && r.wanted[3])
        claim_all(&s);
    printf("\n%-8s %10s %12s %9s %9s %10s %14s\n", "mode", "batches", "faults fired", "kills", "resumes", "violations", "batches/min");
    for (size_t m = 0; m < MODES; m++)
        if (r.wanted[m])
            print_tally(&tallies[m]);
    print_verdicts(&s.verdicts);
    if (r.wanted[3]) {
        CLEANUP_STR struct str text;
        str_init(&text, 1 << 16);
        cells_print(&s.cells, &text);
        fputs(str_text(&text), stdout);
    }
    return s.verdicts.violations || s.claims_missing;
}
