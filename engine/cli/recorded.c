#include "engine/cli/recorded.h"

#include "engine/browser/browser.h"
#include "engine/call/envelope.h"
#include "engine/cli/sniff.h"
#include "engine/mdland/operation.h"
#include "recorder/course_tap.h"
#include "recorder/seccomp.h"

#include <jansson.h>

static enum err_code read_batch(void *recording, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    return recording_batch_read_at(recording, offset, ret_bytes, count, err);
}

static enum err_code read_inputs(struct recorded *r, struct err *err)
{
    const struct recording *recording = replay_recording(r->replay);
    TRY(settings_parse(str_slice(&recording->manifest.settings), &r->settings, err));
    r->source = (struct batch_source){
        .context = (void *)recording, .size_bytes = recording->batch_size_bytes, .lost = ERR_UNREADABLE, .read_at = read_batch};
    if (batch_open(&r->source, &r->arena, &r->batch, err) != ERR_OK || batch_keep(r->batch, &r->visits, err) != ERR_OK)
        return err_wrap(err, RECORDING_BATCH);
    if (journal_fold(str_slice(&recording->journal), &r->found, err) != ERR_OK)
        return err_wrap(err, RECORDING_JOURNAL);
    TRY(state_parse(str_slice(&recording->state), r->settings.host, RECORDING_STATE, &r->state, err));
    return seccomp_forbid_network(err);
}

enum err_code recorded_open(struct recorded *r, const char *path, struct err *err)
{
    static struct recording_suspect suspect; /* static: it is large, and there is one */
    *r = (struct recorded){.path = path};
    arena_init(&r->arena, BATCH_ARENA_BYTES);
    arena_init(&r->visits, (size_t)1 << 30);
    course_init(&r->course);
    (void)json_object_seed(1); /* or jansson would open /dev/urandom */
    if (replay_open(path, &r->replay, &suspect, err) != ERR_OK)
        return sniff_suspect(suspect.path, err);
    return read_inputs(r, err);
}

struct run_plan recorded_plan(const struct recorded *r, const struct settings *settings, struct slice text)
{
    const struct manifest *manifest = &replay_recording(r->replay)->manifest;
    struct run_plan plan = settings_plan(settings, text, r->batch, &r->state, manifest->wall_us);
    plan.found = r->found.records ? &r->found : NULL;
    return plan;
}

enum err_code recorded_play(struct recorded *r, struct event_log *log, struct err *err)
{
    static struct course_tap tap; /* static: it is large, and there is one */
    struct browser_options page = {.page_script = page_script, .page_script_len = page_script_size};
    struct wire *wire = r->watch ? r->watch(r->watch_ctx, replay_wire(r->replay)) : replay_wire(r->replay);
    struct browser *browser = browser_new(course_tap_wire(&tap, &r->course, wire), &page);
    if (!browser)
        return err_set(err, ERR_ENV, "out of memory");
    const struct manifest *manifest = &replay_recording(r->replay)->manifest;
    struct run_plan plan = recorded_plan(r, &r->settings, str_slice(&manifest->settings));
    struct world *door = course_tap_door(&tap, browser_world(browser), envelope_parse);
    enum err_code code = run_batch(&plan, door, log, &r->end, err);
    bool cut = replay_ended_early(r->replay);
    bool broke = code == ERR_ENV && r->end.summary.outcome == BATCH_ENVIRONMENT;
    if (broke)
        r->ended_by = *err;
    if (broke || (code == ERR_DIVERGED && cut))
        err_init(err);
    browser_free(browser);
    if (err->code == ERR_OK && !cut)
        TRY(replay_finish(r->replay, err));
    return err->code == ERR_OK ? course_finish(&r->course, cut, err) : err->code;
}

void recorded_close(struct recorded *r)
{
    course_fini(&r->course);
    journal_fini(&r->found);
    state_fini(&r->state);
    arena_fini(&r->visits);
    arena_fini(&r->arena);
    replay_close(r->replay);
}
