/* What is recorded is given back: every kind of entry, secrets apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/record.h"
#include "recorder/replay.h"
#include "recorder/secrets.h"
#include "tests/unit/recorder_script.h"

struct fixture {
    char dir[64], path[128];
    struct str live, replayed, text;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    str_init(&f->live, 1u << 20);
    str_init(&f->replayed, 1u << 20);
    str_init(&f->text, 64u << 20);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    script_record(f->dir, &f->live);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    script_remove(f->dir);
    str_fini(&f->live);
    str_fini(&f->replayed);
    str_fini(&f->text);
    free(f);
    return 0;
}

static struct replay *open_replay(struct fixture *f)
{
    struct replay *replay = NULL;
    if (replay_open(f->path, &replay, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    return replay;
}

/* The transcript of the live engine with stand-ins in place of the true values: what
   a replayed engine should be told. */
static void mask_transcript(struct str *live)
{
    struct secrets *secrets = malloc(sizeof *secrets);
    struct str state;
    struct err err;
    err_init(&err);
    str_init(&state, 65536);
    secrets_init(secrets);
    assert_int_equal(secrets_mask_state(secrets, slice_of(script_state), &state, &err), ERR_OK);
    secrets_learn(secrets, SLICE("page"), SLICE("Fr0mThePage-77"));
    secrets_learn(secrets, SLICE("ASP.NET_SessionId"), SLICE(SCRIPT_LATE_SECRET));
    secrets_mask(secrets, live->ptr, live->len);
    secrets_fini(secrets);
    str_fini(&state);
    free(secrets);
}

static void what_was_recorded_is_given_back(void **state)
{
    struct fixture *f = *state;
    struct replay *replay = open_replay(f);
    if (script_play(replay_wire(replay), script_masked_acts(), script_act_count, &f->replayed, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    if (replay_finish(replay, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    mask_transcript(&f->live);
    assert_int_equal(f->live.len, f->replayed.len);
    assert_memory_equal(f->live.ptr, f->replayed.ptr, f->live.len);

    struct replay_receipt receipt = replay_receipt(replay);
    assert_int_equal(receipt.entries, 33);
    assert_int_equal(receipt.received, script_item_count);
    assert_int_equal(receipt.end.us, 9000000);
    assert_int_equal(receipt.notes.len, 0);
    assert_false(receipt.ended_early);
    replay_close(replay);
}

static void the_engine_gets_its_inputs_from_the_recording(void **state)
{
    struct fixture *f = *state;
    struct replay *replay = open_replay(f);
    const struct recording *recording = replay_recording(replay);
    str_clear(&f->text);
    assert_int_equal(recording_batch_read(recording, &f->text, &f->err), ERR_OK);
    assert_string_equal(str_text(&f->text), "{\"patients\":[{\"name\":\"TEST, ALPHA\"}]}\n");
    char piece[8];
    assert_int_equal(recording_batch_read_at(recording, 2, piece, sizeof piece, &f->err), ERR_OK);
    assert_memory_equal(piece, "patients", sizeof piece);
    assert_string_equal(str_text(&recording->manifest.settings),
                        "{\"max-retries\":2,\"multiplier\":1000,\"base\":\"http://127.0.0.1:1/\"}");
    assert_int_equal(recording->manifest.seed, 42);
    assert_int_equal(recording->manifest.wall_us, 1700000000000000);
    assert_string_equal(recording->manifest.browser, "HeadlessChrome/1.2.3");
    assert_non_null(slice_find(str_slice(&recording->state), SLICE("\"name\":\"ASP.NET_SessionId\"")));
    assert_null(slice_find(str_slice(&recording->state), SLICE("localStorage")));
    assert_false(recording_is_cut(recording));
    replay_close(replay);
}

static void assert_absent(struct fixture *f, const char *name, const char *secret)
{
    script_read(f->path, name, &f->text);
    if (slice_find(str_slice(&f->text), slice_of(secret)))
        fail_msg("%s holds %s", name, secret);
}

static void no_cookie_value_is_in_any_file(void **state)
{
    static const char *const files[] = {"manifest.json", "batch.json", "state.json", "session.ndjson", "events.ndjson"};
    static const char *const secrets[] = {SCRIPT_SECRET, SCRIPT_SECRET_ENCODED, "Zx9/Q7-secret.VALUE-31337",
                                          SCRIPT_LATE_SECRET, "Fr0mThePage-77", "\"clinic\",\"value\":\"7\""};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (size_t j = 0; j < sizeof secrets / sizeof secrets[0]; j++)
            assert_absent(f, files[i], secrets[j]);
}

/* Where a page's cookie is quoted by the engine itself: in its log, its journal, a lock's name. */
static void what_the_engine_writes_is_masked_too(void **state)
{
    struct fixture *f = *state;
    static const struct script_act acts[] = {
        {.kind = ACT_COMMIT, .id = 1, .text = SLICE("\"quoted\":\"" SCRIPT_SECRET "\"")},
        {.kind = ACT_LOCK, .id = 2, .text = SLICE("http://127.0.0.1:1/?s=" SCRIPT_SECRET)}};
    struct script_outside outside;
    struct record *record = NULL;
    script_remove(f->path);
    script_outside_init(&outside, NULL, 0);
    struct record_inputs inputs = {
        .redaction = RECORD_COPY,
        .dir = f->path, .state = slice_of(script_state), .engine = "1", .predecessor = "", .page_name = "page.js"};
    assert_int_equal(record_open(&inputs, &outside.wire, &record, &f->err), ERR_OK);
    assert_int_equal(script_play(record_wire(record), acts, 2, &f->replayed, &f->err), ERR_OK);
    assert_int_equal(record_event(record, SLICE("{\"quoted\":\"" SCRIPT_SECRET "\"}"), &f->err), ERR_OK);
    assert_int_equal(record_close(record, "", &f->err), ERR_OK);
    assert_non_null(slice_find(str_slice(&outside.seen), SLICE("\"quoted\":\"" SCRIPT_SECRET)));
    assert_non_null(slice_find(str_slice(&outside.seen), SLICE("lock 2 http://127.0.0.1:1/?s=" SCRIPT_SECRET)));
    assert_absent(f, "session.ndjson", SCRIPT_SECRET);
    assert_absent(f, "events.ndjson", SCRIPT_SECRET);
    assert_non_null(slice_find(str_slice(&f->text), SLICE("\"quoted\":")));
    script_outside_fini(&outside);
}

static void every_file_is_private(void **state)
{
    static const char *const files[] = {"", "/manifest.json", "/batch.json", "/state.json", "/session.ndjson",
                                        "/events.ndjson"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[256];
        struct stat status;
        assert_true(text_format(path, sizeof path, "%s%s", f->path, files[i]));
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, i == 0 ? 0700 : 0600);
    }
}

static void a_directory_with_something_in_it_is_refused(void **state)
{
    struct fixture *f = *state;
    struct script_outside outside;
    script_outside_init(&outside, NULL, 0);
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = f->path, .engine = "", .predecessor = "", .page_name = "page.js"};
    struct record *record = NULL;
    assert_int_equal(record_open(&inputs, &outside.wire, &record, &f->err), ERR_USAGE);
    assert_non_null(strstr(f->err.text, "is not empty"));
    script_outside_fini(&outside);
}

/* Row 7: refused with the cause, before anything is written. The text is not looked at. */
static void inputs_that_no_reader_takes_are_refused(void **state)
{
    static const enum record_redaction ways[] = {RECORD_COPY, RECORD_CLEAN};
    struct fixture *f = *state;
    struct script_outside outside;
    char *large = calloc(1, RECORDING_BATCH_MAX + 1);
    assert_non_null(large);
    script_outside_init(&outside, NULL, 0);
    for (size_t i = 0; i < 4; i++) {
        struct record_inputs inputs = {.redaction = ways[i / 2], .dir = f->path, .engine = "1", .predecessor = "", .page_name = "page.js"};
        struct record *record = NULL;
        *(i % 2 ? &inputs.journal : &inputs.batch) = (struct slice){large, (i % 2 ? RECORDING_JOURNAL_MAX : RECORDING_BATCH_MAX) + 1};
        script_remove(f->path);
        err_init(&f->err);
        assert_int_equal(record_open(&inputs, &outside.wire, &record, &f->err), ERR_INPUT);
        assert_non_null(strstr(f->err.text, i % 2 ? "over the limit of 64 MiB for the journal" : "over the limit of 128 MiB for the batch"));
        assert_int_equal(access(f->path, F_OK), -1);
    }
    script_outside_fini(&outside);
    free(large);
}

static void a_recorder_that_was_killed_leaves_what_it_had(void **state)
{
    struct fixture *f = *state;
    char path[128];
    assert_true(text_format(path, sizeof path, "%s/killed", f->dir));
    struct script_outside outside;
    script_outside_init(&outside, script_items, script_item_count);
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = path,
                                   .state = slice_of(script_state),
                                   .engine = "1",
                                   .predecessor = "",
                                   .page_name = "page.js"};
    struct record *record = NULL;
    struct str transcript;
    str_init(&transcript, 1u << 20);
    assert_int_equal(record_open(&inputs, &outside.wire, &record, &f->err), ERR_OK);
    assert_int_equal(script_play(record_wire(record), script_acts, 12, &transcript, &f->err), ERR_OK);

    struct replay *replay = NULL;
    if (replay_open(path, &replay, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(script_play(replay_wire(replay), script_masked_acts(), script_act_count, &f->replayed, &f->err),
                     ERR_DIVERGED);
    assert_true(replay_ended_early(replay));
    assert_null(replay_divergence(replay));
    assert_non_null(strstr(f->err.text, "the run was cut"));
    err_init(&f->err);
    assert_int_equal(replay_finish(replay, &f->err), ERR_OK);
    assert_int_equal(replay_receipt(replay).entries, 11);
    replay_close(replay);
    record_abandon(record);
    str_fini(&transcript);
    script_outside_fini(&outside);
}

/* A wait that ends the process leaves on record what was sent before it. */
static void what_was_sent_is_on_record_while_the_engine_waits(void **state)
{
    struct fixture *f = *state;
    struct script_outside outside;
    struct record *record = NULL;
    script_remove(f->path);
    script_outside_init(&outside, NULL, 0);
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = f->path, .engine = "1", .predecessor = "", .page_name = "page.js"};
    assert_int_equal(record_open(&inputs, &outside.wire, &record, &f->err), ERR_OK);
    assert_int_equal(script_play(record_wire(record), script_acts, 3, &f->replayed, &f->err), ERR_INTERNAL);
    script_read(f->path, "session.ndjson", &f->text);
    assert_non_null(slice_find(str_slice(&f->text), SLICE("Browser.getVersion")));
    record_abandon(record);
    script_outside_fini(&outside);
}

static void a_changed_page_script_is_a_note(void **state)
{
    struct fixture *f = *state;
    static const struct wire_bulk newer = {.name = "page.js", .bytes = SLICE("void 1;;"), .at = 12, .advisory = true};
    struct script_act acts[64];
    memcpy(acts, script_masked_acts(), script_act_count * sizeof acts[0]);
    acts[3].bulk = &newer;
    struct replay *replay = open_replay(f);
    if (script_play(replay_wire(replay), acts, script_act_count, &f->replayed, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_non_null(slice_find(replay_receipt(replay).notes, SLICE("page.js is not the recorded one")));
    replay_close(replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_recorded_is_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_engine_gets_its_inputs_from_the_recording, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_cookie_value_is_in_any_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_engine_writes_is_masked_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_file_is_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inputs_that_no_reader_takes_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_with_something_in_it_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recorder_that_was_killed_leaves_what_it_had, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_sent_is_on_record_while_the_engine_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_page_script_is_a_note, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
