/* Recording and replaying when memory runs out: the n-th allocation fails, once or
   from then on, for every n until none fails any more. The end is an error or a whole
   recording; never a crash, never an answer that was not recorded, and never a cookie
   value on the disk because there was no memory to hide it. A sanitizer has its own
   malloc: then each is run once, with nothing failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/memory.h"
#include "recorder/record.h"
#include "recorder/replay.h"
#include "tests/unit/failing_malloc.h"
#include "tests/unit/recorder_script.h"

struct scene {
    char dir[64], path[128];
    struct script_outside outside;
    struct str transcript, live, text;
    struct err err;
};

static void scene_init(struct scene *s)
{
    memset(s, 0, sizeof *s);
    err_init(&s->err);
    str_init(&s->transcript, 1u << 20);
    str_init(&s->live, 1u << 20);
    str_init(&s->text, 1u << 20);
    script_directory(s->dir);
    assert_true(text_format(s->path, sizeof s->path, "%s/rec", s->dir));
    script_outside_init(&s->outside, script_items, script_item_count);
}

static void scene_fini(struct scene *s)
{
    script_remove(s->dir);
    script_outside_fini(&s->outside);
    str_fini(&s->transcript);
    str_fini(&s->live);
    str_fini(&s->text);
}

static enum err_code record_all(struct scene *s)
{
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = s->path,
                                   .state = slice_of(script_state),
                                   .engine = "1",
                                   .predecessor = "",
                                   .page_name = "page.js"};
    struct record *record = NULL;
    TRY(record_open(&inputs, &s->outside.wire, &record, &s->err));
    if (script_play(record_wire(record), script_acts, script_act_count, &s->transcript, &s->err) != ERR_OK) {
        record_abandon(record);
        return s->err.code;
    }
    return record_close(record, "", &s->err);
}

static void assert_no_secret(struct scene *s)
{
    static const char *const secrets[] = {SCRIPT_SECRET, SCRIPT_SECRET_ENCODED, SCRIPT_LATE_SECRET, "Fr0mThePage-77"};
    char path[160];
    assert_true(text_format(path, sizeof path, "%s/session.ndjson", s->path));
    if (access(path, R_OK) != 0)
        return;
    script_read(s->path, "session.ndjson", &s->text);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (slice_find(str_slice(&s->text), slice_of(secrets[i])))
            fail_msg("%s is on the disk", secrets[i]);
}

/* False when nothing failed any more. */
static bool record_with(long n)
{
    struct scene s;
    scene_init(&s);
    has_failed = false;
    memory_forget_failure();
    countdown = n;
    enum err_code code = record_all(&s);
    countdown = -1;
    if (code != ERR_OK && code != ERR_ENV && code != ERR_INPUT)
        fail_msg("allocation %ld: %s: %s", n, err_name(code), s.err.text);
    if (code != ERR_OK)
        assert_int_not_equal(s.err.text[0], '\0');
    assert_no_secret(&s);
    bool failed = has_failed;
    scene_fini(&s);
    return failed;
}

/* The replayed transcript must be the start of the whole one. */
static bool replay_with(struct scene *s, long n)
{
    struct replay *replay = NULL;
    err_init(&s->err);
    str_clear(&s->transcript);
    has_failed = false;
    memory_forget_failure();
    countdown = n;
    enum err_code code = replay_open(s->path, &replay, NULL, &s->err);
    if (code == ERR_OK)
        code = script_play(replay_wire(replay), script_masked_acts(), script_act_count, &s->transcript, &s->err);
    if (code == ERR_OK)
        code = replay_finish(replay, &s->err);
    bool diverged = replay && replay_divergence(replay);
    replay_close(replay);
    countdown = -1;
    if (diverged || (code != ERR_OK && code != ERR_ENV && code != ERR_UNREADABLE && code != ERR_INPUT))
        fail_msg("allocation %ld: %s: %s", n, err_name(code), s->err.text);
    if (!str_full(&s->transcript) && s->live.len && !slice_starts(str_slice(&s->live), str_slice(&s->transcript)))
        fail_msg("allocation %ld: told\n%s\nin place of\n%s", n, str_text(&s->transcript), str_text(&s->live));
    return has_failed;
}

static void recording_ends_cleanly_without_memory(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        fails_on = on;
        long n = 1;
        while (record_with(n))
            n++;
        assert_true(n > 50 || !HAS_OWN_MALLOC);
    }
}

static void replaying_ends_cleanly_without_memory(void **state)
{
    (void)state;
    struct scene s;
    (void)script_masked_acts();
    scene_init(&s);
    assert_int_equal(record_all(&s), ERR_OK);
    assert_false(replay_with(&s, -1));
    str_add(&s.live, str_slice(&s.transcript));
    for (int on = 0; on < 2; on++) {
        fails_on = on;
        long n = 1;
        while (replay_with(&s, n))
            n++;
        assert_true(n > 20 || !HAS_OWN_MALLOC);
    }
    scene_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recording_ends_cleanly_without_memory),
        cmocka_unit_test(replaying_ends_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
