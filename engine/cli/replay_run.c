#include "engine/cli/replay_run.h"

#include "engine/browser/browser.h"
#include "engine/cli/sniff.h"
#include "engine/mdland/operation.h"
#include "recorder/seccomp.h"

static enum err_code read_batch(void *recording, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    return recording_batch_read_at(recording, offset, ret_bytes, count, err);
}

static enum err_code read_inputs(struct replay_run *r, struct err *err)
{
    const struct recording *recording = replay_recording(r->replay);
    TRY(settings_parse(str_slice(&recording->manifest.settings), &r->settings, err));
    r->source = (struct batch_source){
        .context = (void *)recording, .size_bytes = recording->batch_size_bytes, .lost = ERR_UNREADABLE, .read_at = read_batch};
    if (batch_open(&r->source, &r->arena, &r->batch, err) != ERR_OK)
        return err_wrap(err, RECORDING_BATCH);
    if (journal_fold(str_slice(&recording->journal), &r->found, err) != ERR_OK)
        return err_wrap(err, RECORDING_JOURNAL);
    TRY(state_parse(str_slice(&recording->state), r->settings.host, RECORDING_STATE, &r->state, err));
    if (r->verify)
        TRY(events_check_open(recording, &r->check, err));
    return seccomp_forbid_network(err);
}

enum err_code replay_run_open(struct replay_run *r, const char *path, bool verify, struct err *err)
{
    static struct recording_suspect suspect; /* static: it is large, and there is one */
    r->path = path;
    r->verify = verify;
    arena_init(&r->arena, BATCH_ARENA_BYTES);
    if (replay_open(path, &r->replay, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    return read_inputs(r, err);
}

enum err_code replay_run_play(struct replay_run *r, struct event_log *log, struct err *err)
{
    const struct manifest *manifest = &replay_recording(r->replay)->manifest;
    struct browser_options page = {.page_script = page_script, .page_script_len = page_script_size};
    struct wire *wire = replay_wire(r->replay);
    r->browser = browser_new(r->tap ? r->tap(r->watch_ctx, wire) : wire, &page);
    if (!r->browser)
        return err_set(err, ERR_ENV, "out of memory");
    struct run_plan plan = settings_plan(&r->settings, str_slice(&manifest->settings), r->batch, &r->state, manifest->wall_us);
    plan.found = r->found.records ? &r->found : NULL;
    struct world *world = browser_world(r->browser);
    if (r->watch)
        world = r->watch(r->watch_ctx, world, plan.found);
    enum err_code code = run_batch(&plan, world, log, &r->end, err);
    /* A run that its environment ended is replayed to that same end. */
    if (code == ERR_ENV && r->end.summary.outcome == BATCH_ENVIRONMENT) {
        r->run_ended = *err;
        err_init(err);
    }
    if (code == ERR_DIVERGED && replay_ended_early(r->replay))
        err_init(err);
    return err->code;
}

void replay_run_check(struct replay_run *r, struct slice line)
{
    struct slice bare = {line.ptr, line.len - 1};
    if (r->check_failed.code == ERR_OK)
        (void)events_check_line(r->check, bare, &r->check_failed);
}

enum err_code replay_run_finish(struct replay_run *r, struct err *err)
{
    if (!replay_ended_early(r->replay))
        TRY(replay_finish(r->replay, err));
    if (r->check_failed.code != ERR_OK)
        return err_set(err, r->check_failed.code, "%s", r->check_failed.text);
    return r->verify ? events_check_finish(r->check, replay_ended_early(r->replay), err) : ERR_OK;
}

void replay_run_close(struct replay_run *r)
{
    events_check_close(r->check);
    browser_free(r->browser);
    journal_fini(&r->found);
    state_fini(&r->state);
    arena_fini(&r->arena);
    replay_close(r->replay);
}
