/* A disk that is full at any byte: the run is stopped by name before its next effect,
   and what is on the disk is a valid prefix. The limit on file size plays the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "recorder/record.h"
#include "recorder/replay.h"
#include "tests/unit/recorder_script.h"

struct attempt {
    char dir[64], path[128];
    struct script_outside outside;
    struct str transcript;
    struct err err;
    enum err_code code; /* the first failure of recording */
    bool opened;
};

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static enum err_code record_all(struct attempt *a)
{
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = a->path,
                                   .state = slice_of(script_state),
                                   .engine = "1",
                                   .predecessor = "",
                                   .page_name = "page.js"};
    struct record *record = NULL;
    TRY(record_open(&inputs, &a->outside.wire, &record, &a->err));
    a->opened = true;
    if (script_play(record_wire(record), script_acts, script_act_count, &a->transcript, &a->err) != ERR_OK) {
        record_abandon(record);
        return a->err.code;
    }
    return record_close(record, "", &a->err);
}

static void attempt_with(struct attempt *a, size_t size)
{
    *a = (struct attempt){.opened = false};
    err_init(&a->err);
    str_init(&a->transcript, 1u << 20);
    script_directory(a->dir);
    assert_true(text_format(a->path, sizeof a->path, "%s/rec", a->dir));
    script_outside_init(&a->outside, script_items, script_item_count);
    limit_files(size);
    a->code = record_all(a);
    limit_files(RLIM_INFINITY);
}

static void finish(struct attempt *a)
{
    script_remove(a->dir);
    script_outside_fini(&a->outside);
    str_fini(&a->transcript);
}

/* The requests of one kind that reached the outside, counted. */
static size_t requests_seen(const struct attempt *a, const char *kind)
{
    size_t count = 0;
    for (const char *at = str_text(&a->outside.seen); (at = strstr(at, kind)) != NULL; at++)
        count++;
    return count;
}

/* What is left replays up to some entry and no further; every request that left is in it. */
static void assert_prefix(struct attempt *a)
{
    struct replay *replay = NULL;
    struct str replayed;
    str_init(&replayed, 1u << 20);
    err_init(&a->err);
    if (replay_open(a->path, &replay, NULL, &a->err) != ERR_OK)
        fail_msg("%s", a->err.text);
    (void)script_play(replay_wire(replay), script_masked_acts(), script_act_count, &replayed, &a->err);
    assert_true(replay_ended_early(replay));
    assert_null(replay_divergence(replay));
    uint64_t entries = replay_receipt(replay).entries;
    assert_true(requests_seen(a, "commit ") < 1 || entries >= 13);
    assert_true(requests_seen(a, "http ") < 1 || entries >= 15);
    assert_true(requests_seen(a, "http ") < 2 || entries >= 16);
    assert_true(requests_seen(a, "commit ") < 2 || entries >= 22);
    assert_true(requests_seen(a, "lock ") < 1 || entries >= 31);
    replay_close(replay);
    str_fini(&replayed);
}

static void a_full_disk_stops_the_run_and_leaves_a_prefix(void **state)
{
    (void)state;
    struct attempt a;
    size_t stopped_in_session = 0, size = 0;
    do {
        attempt_with(&a, size);
        if (a.code != ERR_OK && a.code != ERR_ENV)
            fail_msg("at %zu bytes: %s: %s", size, err_name(a.code), a.err.text);
        if (a.code == ERR_ENV && a.opened) {
            stopped_in_session += strstr(a.err.text, "session.ndjson: cannot write: ") != NULL;
            assert_prefix(&a);
        }
        enum err_code code = a.code;
        finish(&a);
        if (code == ERR_OK)
            break;
        size += 61;
    } while (size < 100000);
    assert_true(size < 100000);
    assert_true(stopped_in_session > 20);
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_stops_the_run_and_leaves_a_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
