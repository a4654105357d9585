/* A run that is recorded raw is sealed as it goes on, and nothing of it lies anywhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/record.h"
#include "recorder/replay.h"
#include "recorder/seal/key_file.h"
#include "recorder/sealed_recording.h"
#include "recorder/store.h"
#include "recorder/verify.h"
#include "tests/unit/recorder_script.h"
#include "tests/unit/seal_fixture.h"

static int set_up(void **state)
{
    *state = seal_fixture_new();
    return 0;
}

/* The scripted run, raw: recorded into f->sealed and nowhere else. */
static struct record *record_raw(struct fixture *f, struct script_outside *outside, size_t count)
{
    struct record *record = NULL;
    struct record_inputs inputs = {
        .redaction = RECORD_TRUE,
        .dir = f->sealed,
        .seal_to = &f->ring->pairs[0].half,
        .seal_to_count = 1,
        .batch = SLICE("{\"patients\":[{\"name\":\"TEST, ALPHA\"}]}\n"),
        .state = slice_of(script_state),
        .settings = SLICE("{\"max-retries\":2}"),
        .engine = "1.0.0",
        .predecessor = "",
        .page_name = "page.js",
        .page = SLICE("void 0;"),
    };
    script_outside_init(outside, script_items, script_item_count);
    str_clear(&f->transcript);
    if (record_open(&inputs, &outside->wire, &record, &f->err) != ERR_OK ||
        script_play(record_wire(record), script_acts, count, &f->transcript, &f->err) != ERR_OK ||
        record_event(record, SLICE("{\"type\":\"batch_start\",\"at\":0,\"format\":1}"), &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    return record;
}

static bool file_has(const char *dir, const char *name, const char *word)
{
    struct str text;
    str_init(&text, 1u << 24);
    script_read(dir, name, &text);
    bool found = text.len && memmem(text.ptr, text.len, word, strlen(word)) != NULL;
    str_fini(&text);
    return found;
}

static void assert_sealed_file_tells_nothing(struct fixture *f)
{
    static const char *const words[] = {SCRIPT_SECRET, SCRIPT_LATE_SECRET, "TEST, ALPHA", "batch_start", "127.0.0.1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_false(file_has(f->dir, "rec.rvt", words[i]));
}

/* To the engine that knows the true values, which a replay of a clean recording is not. */
static void a_run_recorded_raw_is_sealed_as_it_goes_and_replays(void **state)
{
    struct fixture *f = *state;
    struct script_outside outside;
    struct replay *replay = NULL;
    struct sealed_report report;
    struct verify_report verified;
    struct str replayed;
    str_init(&replayed, 1u << 20);
    struct record *record = record_raw(f, &outside, script_act_count);
    if (record_close(record, "HeadlessChrome/1.2.3", &f->err) != ERR_OK || replay_open(f->sealed, &replay, NULL, &f->err) != ERR_OK ||
        script_play(replay_wire(replay), script_acts, script_act_count, &replayed, &f->err) != ERR_OK ||
        replay_finish(replay, &f->err) != ERR_OK || recording_verify(f->sealed, &verified, NULL, &f->err) != ERR_OK ||
        recording_unseal(f->sealed, f->again, false, &report, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_true(slice_equal(str_slice(&replayed), str_slice(&f->transcript)));
    assert_int_equal(verified.entries, 33);
    assert_sealed_file_tells_nothing(f);
    assert_true(file_has(f->again, "session.ndjson", SCRIPT_SECRET));
    assert_true(file_has(f->again, "state.json", SCRIPT_SECRET));
    assert_true(file_has(f->again, "session.ndjson", SCRIPT_LATE_SECRET));
    assert_true(file_has(f->again, "manifest.json", "closed"));
    assert_true(file_has(f->again, "manifest.json", "HeadlessChrome/1.2.3"));
    replay_close(replay);
    str_fini(&replayed);
    script_outside_fini(&outside);
}

/* In a child that is gone without a close, as by a kill. */
static void of_a_killed_raw_run_all_that_it_acted_on_is_salvaged(void **state)
{
    struct fixture *f = *state;
    struct script_outside outside;
    struct sealed_report report;
    struct verify_report verified;
    pid_t child = fork();
    if (child == 0) {
        (void)record_raw(f, &outside, script_act_count);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_sealed_file_tells_nothing(f);
    assert_int_equal(recording_unseal(f->sealed, f->again, false, &report, &f->err), ERR_INTEGRITY);
    err_init(&f->err);
    if (recording_unseal(f->sealed, f->again, true, &report, &f->err) != ERR_OK ||
        recording_verify(f->again, &verified, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_true(report.cut);
    assert_int_equal(verified.entries, 32); /* the last request was not waited for yet */
    assert_true(file_has(f->again, "session.ndjson", SCRIPT_SECRET));
    assert_true(file_has(f->again, "events.ndjson", "batch_start"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_recorded_raw_is_sealed_as_it_goes_and_replays, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(of_a_killed_raw_run_all_that_it_acted_on_is_salvaged, set_up, seal_fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
