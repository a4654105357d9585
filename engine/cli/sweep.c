/* revisit sweep: a batch over the modelled EHR, or a recording, seed after seed, under every law. What is
   held and how is engine/cli/sweep; here a batch is opened, the seeds are dealt out, and
   what comes back is told. */
#include "engine/cli/command.h"
#include "engine/cli/whatif/fault_places.h"
#include "engine/cli/input_file.h"
#include "engine/cli/sniff.h"
#include "engine/cli/live_line.h"
#include "engine/cli/sweep/pace.h"
#include "engine/cli/sweep_recording.h"
#include "engine/cli/sweep_violation.h"
#include "recorder/model/schedule_file.h"

#include <stdio.h>

/* A sweep that breaks laws so often need not go on; of each law so many are told. */
#define VIOLATIONS_MAX 1000
#define TOLD_MAX 2
/* Charts and journal of each run are held in memory. */
#define VISITS_MAX 2000
#define LOG_BYTES_MAX ((size_t)256 << 20)

struct sweep {
    struct sweep_arguments arguments;
    struct input_file batch_file;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct sweep_recording recording; /* in place of a batch */
    struct stage stage;               /* its */
    struct clinic clinic;
    struct journey j;
    struct schedule schedule;
    struct cover cover;
    struct live_line line;
    struct str log;
};

static enum err_code open_batch(struct sweep *s, struct err *err)
{
    const char *path = s->arguments.path;
    TRY(input_file_open(path, BATCH_SIZE_BYTES_MAX, &s->batch_file, err));
    s->source = input_file_source(&s->batch_file);
    if (batch_open(&s->source, &s->arena, &s->batch, err) != ERR_OK)
        return sniff_explain(path, err);
    if (batch_keep(s->batch, &s->arena, err) != ERR_OK)
        return err_wrap(err, "%s", path);
    return ERR_OK;
}

static enum err_code open_clinic(struct sweep *s, struct err *err)
{
    const char *path = s->arguments.path;
    bool recorded = sweep_is_recording(path);
    TRY(recorded ? sweep_recording_open(&s->recording, path, err) : open_batch(s, err));
    s->batch = recorded ? s->recording.recorded.run.batch : s->batch;
    if (s->batch->visit_count > VISITS_MAX)
        return err_set(err, ERR_INPUT, "%s: %zu visits are to be run, and a sweep takes at most %d: part the batch", path,
                       s->batch->visit_count, VISITS_MAX);
    if (clinic_init(&s->clinic, s->batch, NULL, err) != ERR_OK)
        return err_wrap(err, "%s", path);
    journey_init(&s->j, &s->clinic);
    if (!recorded)
        return ERR_OK;
    clinic_use_recorded(&s->clinic, s->recording.whatif.ledger);
    s->stage = sweep_recording_stage(&s->recording);
    journey_set(&s->j, &s->stage);
    return ERR_OK;
}

static enum err_code tell(struct sweep *s, const struct seed_result *result, struct err *err)
{
    struct violation v = {.law = result->law, .died_of = result->died_of, .where = result->where, .of_seed = true};
    if (s->cover.broke[result->law] > TOLD_MAX)
        return ERR_OK;
    schedule_settle(result->seed, &v.plan);
    v.plan.faults = s->schedule.faults;
    v.plan.fault_count = s->schedule.count;
    v.plan.stop_broken = true;
    live_line_clear(&s->line);
    return violation_tell(&s->arguments, &s->j, &v, err);
}

static void show_pace(struct sweep *s)
{
    CLEANUP_STR struct str text;
    str_init(&text, LIVE_LINE_MAX);
    if (!live_line_is_due(&s->line))
        return;
    pace_format(s->arguments.seed_to - s->arguments.seed_from + 1, &s->cover, live_line_elapsed_us(&s->line), &text);
    live_line_draw(&s->line, s->cover.violations ? LIVE_BAD : LIVE_GOOD, str_text(&text));
}

static void tell_pace(const struct sweep *s)
{
    CLEANUP_STR struct str text;
    str_init(&text, LIVE_LINE_MAX);
    pace_format_end(&s->cover, live_line_elapsed_us(&s->line), &text);
    if (!s->arguments.quiet)
        fprintf(stderr, "%s\n", str_text(&text));
}

static enum err_code take_results(struct sweep *s, struct crew *crew, struct err *err)
{
    const struct sweep_arguments *a = &s->arguments;
    uint64_t seeds = a->seed_to - a->seed_from + 1;
    static struct seed_result result;
    while (s->cover.seeds < seeds && s->cover.violations < VIOLATIONS_MAX) {
        bool there;
        show_pace(s);
        TRY(crew_next(crew, live_line_wait_ms(&s->line), &result, &there, err));
        if (!there)
            continue;
        schedule_random(result.seed, s->batch, a->faults_max, &s->schedule);
        cover_add(&s->cover, &result, &s->schedule);
        if (result.law != INVARIANT_COUNT)
            TRY(tell(s, &result, err));
    }
    return ERR_OK;
}

static bool is_enough(const struct sweep *s)
{
    uint32_t full = 0;
    for (size_t i = 0; i < s->batch->visit_count; i++)
        full += !s->batch->visits[i].soap_only;
    return !s->clinic.recorded && s->cover.seeds >= SWEEP_SEEDS_ENOUGH && full >= SWEEP_VISITS_ENOUGH && s->arguments.faults_max >= SWEEP_FAULTS_ENOUGH;
}

static int print_end(struct sweep *s)
{
    CLEANUP_STR struct str text;
    str_init(&text, 1 << 16);
    bool missing = is_enough(s) && cover_never(&s->cover);
    cover_print(&s->cover, &text);
    if (s->arguments.cells)
        cells_print(&s->cover.cells, &text);
    if (s->cover.violations >= VIOLATIONS_MAX)
        str_addf(&text, "stopped after %d violations\n", VIOLATIONS_MAX);
    else if (missing)
        str_add_text(&text, "failed: what never came up is not known to hold\n");
    fputs(str_text(&text), stdout);
    return missing || s->cover.violations;
}

static enum err_code run_seeds(struct sweep *s, int *ret_status, struct err *err)
{
    const struct sweep_arguments *a = &s->arguments;
    struct crew *crew = NULL;
    struct crew_plan plan = {.clinic = &s->clinic, .stage = s->clinic.recorded ? &s->stage : NULL, .seed_from = a->seed_from, .seed_to = a->seed_to, .faults_max = a->faults_max, .jobs = a->jobs};
    (void)fflush(stdout);
    TRY(crew_open(&plan, &crew, err));
    live_line_begin(&s->line, a->quiet);
    enum err_code code = take_results(s, crew, err);
    live_line_clear(&s->line);
    crew_close(crew);
    TRY(code);
    *ret_status = print_end(s);
    (void)fflush(stdout);
    tell_pace(s);
    return ERR_OK;
}

static enum err_code read_schedule(struct sweep *s, struct err *err)
{
    const struct sweep_arguments *a = &s->arguments;
    CLEANUP_STR struct str text;
    str_init(&text, SCHEDULE_FILE_BYTES_MAX);
    if (!a->schedule && !a->faults_path) {
        schedule_random(a->seed_from, s->batch, a->faults_max, &s->schedule);
        return ERR_OK;
    }
    if (a->schedule)
        return fault_parse_list(slice_of(a->schedule), MODEL_FAULTS_MAX, s->schedule.faults, &s->schedule.count, err) == ERR_OK
                   ? ERR_OK
                   : err_wrap(err, "--schedule");
    TRY(input_file_read(a->faults_path, &text, err));
    if (schedule_file_read(str_slice(&text), MODEL_FAULTS_MAX, s->schedule.faults, &s->schedule.count, err) != ERR_OK)
        return err_wrap(err, "%s", a->faults_path);
    return ERR_OK;
}

static void print_struck(const struct sweep *s)
{
    for (size_t i = 0; i < s->schedule.count; i++) {
        char text[FAULT_TEXT_MAX];
        (void)fault_format(&s->schedule.faults[i], text);
        printf("  %-9s %s\n", s->j.struck[i] ? "struck" : "never", text);
    }
}

/* In a process of its own first: if that dies, it is told as any other violation. */
static enum err_code run_one(struct sweep *s, int *ret_status, struct err *err)
{
    char death[64] = "";
    bool of_seed = !s->arguments.schedule && !s->arguments.faults_path;
    struct violation v = {.where = death, .of_seed = of_seed};
    TRY(read_schedule(s, err));
    TRY(fault_places_check(s->schedule.faults, s->schedule.count, s->batch, err));
    schedule_settle(s->arguments.seed_from, &v.plan);
    v.plan.resume_after = true;
    v.plan.stop_broken = true;
    v.plan.faults = s->schedule.faults;
    v.plan.fault_count = s->schedule.count;
    (void)fflush(stdout);
    TRY(crew_try(&s->j, &v.plan, true, &v.died_of, &v.law, err));
    if (v.died_of) {
        crew_death_text(v.died_of, death);
        *ret_status = 1;
        return violation_tell(&s->arguments, &s->j, &v, err);
    }
    struct journey_plan plan = v.plan;
    plan.echo = s->arguments.log ? &s->log : NULL;
    /* That a finished run does nothing when it is resumed is known by now. */
    plan.resume_after = v.law != INVARIANT_COUNT;
    crew_run(&s->j, &plan, v.law == INV_SAME_BYTES);
    fputs(str_text(&s->log), stdout);
    *ret_status = v.law != INVARIANT_COUNT;
    if (*ret_status) {
        v.where = s->j.verdicts.where;
        return violation_tell(&s->arguments, &s->j, &v, err);
    }
    printf("every law held: %u process%s, %u kill%s\n", s->j.runs, s->j.runs == 1 ? "" : "es", s->j.kills, s->j.kills == 1 ? "" : "s");
    print_struck(s);
    return ERR_OK;
}

int command_sweep(int argc, char **argv, struct err *err)
{
    static struct sweep s; /* static: it is large, and there is one */
    int status = 0;
    if (sweep_arguments_parse(argc, argv, &s.arguments, err) != ERR_OK)
        return 0;
    bool one = s.arguments.schedule || s.arguments.faults_path || s.arguments.log;
    arena_init(&s.arena, BATCH_ARENA_BYTES);
    str_init(&s.log, LOG_BYTES_MAX);
    if (open_clinic(&s, err) != ERR_OK || (one ? run_one(&s, &status, err) : run_seeds(&s, &status, err)) != ERR_OK)
        (void)err_wrap(err, "sweep");
    if (s.j.clinic)
        journey_fini(&s.j);
    clinic_fini(&s.clinic);
    sweep_recording_close(&s.recording);
    str_fini(&s.log);
    arena_fini(&s.arena);
    input_file_close(&s.batch_file);
    return status;
}
