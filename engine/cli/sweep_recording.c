#include "engine/cli/sweep_recording.h"

#include <unistd.h>

bool sweep_is_recording(const char *path)
{
    char manifest[4096];
    return text_format(manifest, sizeof manifest, "%s/manifest.json", path) && (access(manifest, F_OK) == 0 || store_path_is_sealed(path));
}

static void ignore_line(void *ctx, struct slice line)
{
    (void)ctx;
    (void)line;
}

/* The charts that a what-if counts are of the visits in the order of their running: it must
   be the batch's. */
static bool ran_all(const struct recorded *recorded)
{
    const struct course *course = &recorded->course;
    bool same = course->visit_count == recorded->run.batch->visit_count;
    for (uint32_t i = 0; same && i < course->visit_count; i++) {
        const struct batch_visit *planned = &recorded->run.batch->visits[i];
        same = course->visits[i].patient == planned->patient + 1 && course->visits[i].dos == planned->dos;
    }
    return same;
}

static enum err_code refuse(const struct sweep_recording *r, struct err *err)
{
    const struct recorded *recorded = &r->recorded;
    const char *why = NULL;
    if (recorded->course.cut)
        why = "its run was cut, and what would have followed is not recorded";
    else if (recorded->run.found.records)
        why = "it resumes another run, whose charts are not recorded";
    else if (recorded->run.end.summary.outcome != BATCH_COMPLETE)
        why = "its run did not come to the end of the batch, and no other would";
    else if (!ran_all(recorded))
        why = "not all visits of its batch were run, and nothing is known of the others";
    else if (recorded->run.settings.visit_timeout.us || recorded->run.settings.breaker != BREAKER_AUTO)
        why = "its run had a --visit-timeout or --breaker of its own, which the laws do not know";
    if (!why)
        return ERR_OK;
    return err_set(err, ERR_INPUT, "%s: cannot be swept: %s; %s/batch.json can, over the model", recorded->run.path, why, recorded->run.path);
}

enum err_code sweep_recording_open(struct sweep_recording *r, const char *path, struct err *err)
{
    struct event_log log;
    str_init(&r->settings, SETTINGS_BYTES_MAX);
    TRY(recorded_open(&r->recorded, path, err));
    event_log_init(&log, NULL, ignore_line);
    enum err_code code = recorded_play(&r->recorded, &log, err);
    event_log_fini(&log);
    TRY(code);
    TRY(refuse(r, err));
    settings_format(&r->recorded.run.settings, &r->settings);
    return whatif_open(&r->whatif, &r->recorded.course, err);
}

static struct world *begin(void *ctx, const struct model_options *process)
{
    struct sweep_recording *r = ctx;
    struct whatif_options options = {.faults = process->faults, .fault_count = process->fault_count, .journal = process->journal};
    return process->run <= 1 ? whatif_begin(&r->whatif, &options) : whatif_resume_under(&r->whatif, process->run, &options);
}

static bool killed(void *ctx)
{
    struct sweep_recording *r = ctx;
    (void)whatif_charts(&r->whatif);
    return whatif_killed(&r->whatif);
}

static uint32_t struck(void *ctx, size_t fault)
{
    return whatif_struck(&((struct sweep_recording *)ctx)->whatif, fault);
}

struct stage sweep_recording_stage(struct sweep_recording *r)
{
    return (struct stage){r, begin, killed, struck, recorded_plan(&r->recorded, &r->recorded.run.settings, str_slice(&r->settings))};
}

void sweep_recording_close(struct sweep_recording *r)
{
    whatif_close(&r->whatif);
    recorded_close(&r->recorded);
    str_fini(&r->settings);
}
