#include "bench/replay_run.h"

#include "engine/batch/runner.h"
#include "engine/browser/browser.h"
#include "engine/cli/settings.h"
#include "engine/cli/run/state_file.h"
#include "engine/mdland/operation.h"
#include "recorder/replay.h"

struct run {
    struct replay *replay;
    struct settings settings;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct state state;
    struct browser *browser;
    struct event_log log;
    struct replay_run seen;
};

static enum err_code read_batch(void *recording, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    return recording_batch_read_at(recording, offset, ret_bytes, count, err);
}

static void on_line(void *ctx, struct slice line)
{
    struct run *run = ctx;
    run->seen.events++;
    run->seen.event_bytes += line.len;
}

static enum err_code open_run(struct run *run, const char *path, struct err *err)
{
    struct browser_options page = {.page_script = page_script, .page_script_len = page_script_size};
    TRY(replay_open(path, &run->replay, NULL, err));
    const struct recording *recording = replay_recording(run->replay);
    TRY(settings_parse(str_slice(&recording->manifest.settings), &run->settings, err));
    TRY(state_parse(str_slice(&recording->state), run->settings.host, RECORDING_STATE, &run->state, err));
    run->source = (struct batch_source){(void *)recording, recording->batch_size_bytes, ERR_UNREADABLE, read_batch};
    TRY(batch_open(&run->source, &run->arena, &run->batch, err));
    run->browser = browser_new(replay_wire(run->replay), &page);
    return run->browser ? ERR_OK : err_set(err, ERR_ENV, "out of memory");
}

static enum err_code go(struct run *run, struct err *err)
{
    struct run_end end;
    const struct manifest *manifest = &replay_recording(run->replay)->manifest;
    struct run_plan plan =
        settings_plan(&run->settings, str_slice(&manifest->settings), run->batch, &run->state, manifest->wall_us);
    event_log_init(&run->log, run, on_line);
    TRY(run_batch(&plan, browser_world(run->browser), &run->log, &end, err));
    struct replay_receipt receipt = replay_receipt(run->replay);
    run->seen.entries = receipt.entries;
    run->seen.size_bytes = receipt.size_bytes;
    return replay_finish(run->replay, err);
}

enum err_code replay_run(const char *path, struct replay_run *ret_run, struct err *err)
{
    struct run run = {0};
    arena_init(&run.arena, BATCH_ARENA_BYTES);
    enum err_code code = open_run(&run, path, err);
    if (code == ERR_OK)
        code = go(&run, err);
    browser_free(run.browser);
    event_log_fini(&run.log);
    state_fini(&run.state);
    arena_fini(&run.arena);
    replay_close(run.replay);
    if (code == ERR_OK)
        *ret_run = run.seen;
    return code;
}
