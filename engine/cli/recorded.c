#include "engine/cli/recorded.h"

#include "engine/call/envelope.h"
#include "recorder/whatif/course_tap.h"

#include <jansson.h>

#define VISITS_BYTES_MAX ((size_t)1 << 30)

enum err_code recorded_open(struct recorded *r, const char *path, struct err *err)
{
    *r = (struct recorded){0};
    arena_init(&r->visits, VISITS_BYTES_MAX);
    course_init(&r->course);
    (void)json_object_seed(1); /* or jansson would open /dev/urandom */
    TRY(replay_run_open(&r->run, path, false, err));
    return batch_keep(r->run.batch, &r->visits, err) == ERR_OK ? ERR_OK : err_wrap(err, RECORDING_BATCH);
}

struct run_plan recorded_plan(const struct recorded *r, const struct settings *settings, struct slice text)
{
    const struct manifest *manifest = &replay_recording(r->run.replay)->manifest;
    struct run_plan plan = settings_plan(settings, text, r->run.batch, &r->run.state, manifest->wall_us);
    plan.found = r->run.found.records ? &r->run.found : NULL;
    return plan;
}

/* The tap's two sides, under the browser layer and over it. */
struct tapped {
    struct course_tap tap;
    struct recorded *recorded;
};

static struct wire *tap_wire(void *ctx, struct wire *behind)
{
    struct tapped *t = ctx;
    struct recorded *r = t->recorded;
    return course_tap_wire(&t->tap, &r->course, r->watch ? r->watch(r->watch_ctx, behind) : behind);
}

static struct world *tap_door(void *ctx, struct world *behind, const struct journal *found)
{
    (void)found;
    return course_tap_door(&((struct tapped *)ctx)->tap, behind, envelope_parse);
}

enum err_code recorded_play(struct recorded *r, struct event_log *log, struct err *err)
{
    static struct tapped tapped; /* static: it is large, and there is one */
    tapped.recorded = r;
    r->run.tap = tap_wire;
    r->run.watch = tap_door;
    r->run.watch_ctx = &tapped;
    TRY(replay_run_play(&r->run, log, err));
    TRY(replay_run_finish(&r->run, err));
    return course_finish(&r->course, replay_ended_early(r->run.replay), err);
}

void recorded_close(struct recorded *r)
{
    course_fini(&r->course);
    replay_run_close(&r->run);
    arena_fini(&r->visits);
}
