/* repeat FIXTURE VISITS [NEW_DIR]: runs the engine over a fixture's visits, repeated,
   and records the run into NEW_DIR; without NEW_DIR nothing is recorded. Either way one
   line of JSON tells what the engine itself used: the difference of the two is what
   recording costs. The recording replays like any other. */
#include "bench/repeat_batch.h"
#include "bench/repeat_wire.h"
#include "engine/batch/runner.h"
#include "engine/browser/browser.h"
#include "engine/cli/command.h"
#include "engine/cli/settings.h"
#include "engine/cli/run/state_file.h"
#include "engine/mdland/operation.h"
#include "recorder/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct repeat {
    struct template template;
    struct repeat_wire wire;
    struct str batch_text;
    struct slice batch_slice;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct settings settings;
    struct state state;
    struct record *record; /* NULL: nothing is recorded */
    struct browser *browser;
    struct event_log log;
    struct run_end end;
    struct err event_failed;
};

static int64_t cpu_us(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static enum err_code open_batch(struct repeat *r, size_t visits, struct err *err)
{
    str_init(&r->batch_text, RECORDING_BATCH_MAX);
    TRY(repeat_batch(&r->template, visits, &r->batch_text, err));
    r->batch_slice = str_slice(&r->batch_text);
    r->source = batch_source_of(&r->batch_slice);
    arena_init(&r->arena, BATCH_ARENA_BYTES);
    return batch_open(&r->source, &r->arena, &r->batch, err);
}

static enum err_code open_record(struct repeat *r, const char *dir, struct err *err)
{
    const struct recording *recording = r->template.recording;
    struct record_inputs inputs = {
        .redaction = RECORD_COPY,
        .dir = dir,
        .batch = str_slice(&r->batch_text),
        .state = str_slice(&recording->state),
        .settings = str_slice(&recording->manifest.settings),
        .engine = REVISIT_VERSION,
        .predecessor = "",
        .wall_us = recording->manifest.wall_us,
        .page_name = "page.js",
        .page = {page_script, page_script_size},
    };
    return record_open(&inputs, &r->wire.wire, &r->record, err);
}

static void on_line(void *ctx, struct slice line)
{
    struct repeat *r = ctx;
    if (r->record && r->event_failed.code == ERR_OK)
        (void)record_event(r->record, (struct slice){line.ptr, line.len - 1}, &r->event_failed);
}

static enum err_code run(struct repeat *r, struct err *err)
{
    struct browser_options page = {.page_script = page_script, .page_script_len = page_script_size};
    r->browser = browser_new(r->record ? record_wire(r->record) : &r->wire.wire, &page);
    if (!r->browser)
        return err_set(err, ERR_ENV, "out of memory");
    const struct manifest *manifest = &r->template.recording->manifest;
    struct run_plan plan =
        settings_plan(&r->settings, str_slice(&manifest->settings), r->batch, &r->state, manifest->wall_us);
    err_init(&r->event_failed);
    event_log_init(&r->log, r, on_line);
    TRY(run_batch(&plan, browser_world(r->browser), &r->log, &r->end, err));
    return r->event_failed.code == ERR_OK ? ERR_OK : err_set(err, r->event_failed.code, "%s", r->event_failed.text);
}

static enum err_code repeat(struct repeat *r, const char *fixture, size_t visits, const char *dir, struct err *err)
{
    TRY(template_open(fixture, &r->template, err));
    const struct recording *recording = r->template.recording;
    TRY(settings_parse(str_slice(&recording->manifest.settings), &r->settings, err));
    TRY(state_parse(str_slice(&recording->state), r->settings.host, RECORDING_STATE, &r->state, err));
    TRY(open_batch(r, visits, err));
    repeat_wire_init(&r->wire, &r->template, visits);
    int64_t began_us = cpu_us();
    if (dir)
        TRY(open_record(r, dir, err));
    TRY(run(r, err));
    if (r->record)
        TRY(record_close(r->record, recording->manifest.browser, err));
    printf("{\"visits\":%zu,\"done\":%u,\"entries\":%zu,\"cpu_us\":%lld}\n", visits, r->end.summary.counts[VISIT_DONE],
           r->template.count, (long long)(cpu_us() - began_us));
    return ERR_OK;
}

int main(int argc, char **argv)
{
    static struct repeat r;
    struct err err;
    uint64_t visits = 0;
    err_init(&err);
    if (argc < 3 || argc > 4 || !slice_parse_u64(slice_of(argv[2]), BATCH_VISITS_MAX, &visits) || visits == 0) {
        fputs("usage: repeat FIXTURE VISITS [NEW_DIR]\n", stderr);
        return 2;
    }
    if (repeat(&r, argv[1], (size_t)visits, argv[3], &err) != ERR_OK) {
        fprintf(stderr, "repeat: %s\n", err.text);
        return err_exit_status(err.code);
    }
    return 0;
}
