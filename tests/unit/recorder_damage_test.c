/* Recordings that are not what they should be: told at once, by file and line, with
   nothing of a damaged line used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/crc32c.h"
#include "recorder/events.h"
#include "recorder/replay.h"
#include "recorder/verify.h"
#include "tests/unit/recorder_script.h"

struct fixture {
    char dir[64], path[128];
    struct str transcript, text, damaged;
    struct err err;
    struct recording_suspect suspect;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    str_init(&f->transcript, 1u << 24);
    str_init(&f->text, 1u << 24);
    str_init(&f->damaged, 1u << 24);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    script_record(f->dir, &f->transcript);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    script_remove(f->dir);
    str_fini(&f->transcript);
    str_fini(&f->text);
    str_fini(&f->damaged);
    free(f);
    return 0;
}

/* Opens and plays to the end; the first error, if any. */
static enum err_code replay_all(struct fixture *f, const char *path, bool *ret_ended_early)
{
    struct replay *replay = NULL;
    err_init(&f->err);
    str_clear(&f->transcript);
    TRY(replay_open(path, &replay, &f->suspect, &f->err));
    enum err_code code =
        script_play(replay_wire(replay), script_masked_acts(), script_act_count, &f->transcript, &f->err);
    if (code == ERR_OK)
        code = replay_finish(replay, &f->err);
    if (ret_ended_early)
        *ret_ended_early = replay_ended_early(replay);
    replay_close(replay);
    return code;
}

static void assert_fails(struct fixture *f, const char *path, enum err_code code, const char *words)
{
    enum err_code got = replay_all(f, path, NULL);
    if (got != code || !strstr(f->err.text, words))
        fail_msg("expected %s \"%s\", got %s: %s", err_name(code), words, err_name(got), f->err.text);
}

static void no_recording_at_all_is_told_by_kind(void **state)
{
    struct fixture *f = *state;
    char path[160];
    assert_true(text_format(path, sizeof path, "%s/x", f->dir));
    assert_fails(f, path, ERR_INPUT, "does not exist");
    assert_fails(f, "/dev/zero", ERR_INPUT, "a device");

    script_write(f->dir, "x", SLICE(""));
    assert_fails(f, path, ERR_INPUT, "an empty one");
    assert_string_equal(f->suspect.path, path);
    script_write(f->dir, "x", SLICE("%PDF-1.4"));
    assert_fails(f, path, ERR_INPUT, "a recording is a directory");
    assert_string_equal(f->suspect.path, path);

    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_fails(f, path, ERR_INPUT, "a FIFO");
    unlink(path);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_fails(f, path, ERR_INPUT, "a link to something that does not exist");
    unlink(path);
    assert_int_equal(symlink("x", path), 0);
    assert_fails(f, path, ERR_INPUT, "a link that leads back to itself");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_fails(f, path, ERR_INPUT, "manifest.json: is missing");
}

static void put_in_place(struct fixture *f, const char *name, const char *link, bool fifo)
{
    char path[160];
    assert_true(text_format(path, sizeof path, "%s/%s", f->path, name));
    unlink(path);
    if (fifo)
        assert_int_equal(mkfifo(path, 0600), 0);
    else
        assert_int_equal(symlink(link, path), 0);
}

static void a_file_that_is_no_file_is_told_by_kind(void **state)
{
    static const char *const names[] = {"session.ndjson", "state.json", "batch.json", "manifest.json"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put_in_place(f, names[i], NULL, true);
        assert_fails(f, f->path, ERR_INPUT, "is a FIFO, not a regular file");
        put_in_place(f, names[i], "/dev/zero", false);
        assert_fails(f, f->path, ERR_INPUT, "is a device, not a regular file");
        put_in_place(f, names[i], "nowhere", false);
        assert_fails(f, f->path, ERR_INPUT, "is a link to a file that does not exist");
        put_in_place(f, names[i], names[i], false);
        assert_fails(f, f->path, ERR_INPUT, "is a link that leads back to itself");
        assert_non_null(strstr(f->err.text, names[i]));
    }
}

static void one_byte_is_no_manifest(void **state)
{
    struct fixture *f = *state;
    script_write(f->path, "manifest.json", SLICE("{"));
    assert_fails(f, f->path, ERR_INPUT, "manifest.json: line 1: is not JSON");
    script_write(f->path, "manifest.json", SLICE(""));
    assert_fails(f, f->path, ERR_INPUT, "manifest.json: is empty");
    script_write(f->path, "manifest.json", SLICE("{\"cookies\":[]}"));
    assert_fails(f, f->path, ERR_INPUT, "is not the manifest of a recording");
    assert_non_null(strstr(f->suspect.path, "manifest.json"));
}

/* Every 64th byte and the last few. */
static bool is_tried(size_t at, size_t size)
{
    return at % 64 == 0 || at + 3 > size;
}

static void a_session_cut_anywhere_says_after_which_entry(void **state)
{
    struct fixture *f = *state;
    char to[160], words[64];
    script_read(f->path, "session.ndjson", &f->text);
    for (size_t size = 0; size < f->text.len; size++) {
        if (!is_tried(size, f->text.len))
            continue;
        size_t whole = 0;
        for (size_t i = 0; i < size; i++)
            whole += f->text.ptr[i] == '\n';
        script_write(f->path, "session.ndjson", (struct slice){f->text.ptr, size});
        assert_true(text_format(words, sizeof words, "cut after entry %zu of 33", whole));
        assert_fails(f, f->path, ERR_INPUT, words);

        struct verify_report report;
        err_init(&f->err);
        assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_INPUT);
        assert_non_null(strstr(f->err.text, words));
        err_init(&f->err);
        assert_true(text_format(to, sizeof to, "%s/saved%zu", f->dir, size));
        if (recording_salvage(f->path, to, &report, NULL, &f->err) != ERR_OK)
            fail_msg("%s", f->err.text);
        assert_int_equal(report.entries, whole);
        bool early = false;
        (void)replay_all(f, to, &early);
        assert_true(early);
        err_init(&f->err);
        assert_int_equal(recording_verify(to, &report, NULL, &f->err), ERR_OK);
        assert_int_equal(report.entries, whole);
        script_remove(to);
    }
}

/* Salvages what is there; it must be a sound recording of so many entries, with the event
   log that was recorded, or none. */
static void assert_salvaged(struct fixture *f, uint64_t entries, bool has_events)
{
    char to[160];
    struct verify_report report;
    assert_true(text_format(to, sizeof to, "%s/saved", f->dir));
    err_init(&f->err);
    if (recording_salvage(f->path, to, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.entries, entries);
    assert_int_equal(report.events_left_out, !has_events);
    script_read(to, "events.ndjson", &f->damaged);
    assert_int_equal(f->damaged.len > 0, has_events);
    if (recording_verify(to, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.entries, entries);
    script_remove(to);
}

static void what_is_salvaged_ends_before_the_first_entry_that_is_not_good(void **state)
{
    struct fixture *f = *state;
    script_read(f->path, "session.ndjson", &f->text);
    script_edit_line(f->path, 12, SLICE("Fetch.requestPaused"), SLICE("Fetch.requestPauseD"));
    assert_salvaged(f, 11, true);
    script_write(f->path, "session.ndjson", str_slice(&f->text));
    script_delete_line(f->path, 12);
    assert_salvaged(f, 11, true);
    script_write(f->path, "session.ndjson", str_slice(&f->text));
    script_swap_lines(f->path, 12);
    assert_salvaged(f, 11, true);
}

static void an_event_log_that_is_not_the_recorded_one_is_not_salvaged(void **state)
{
    struct fixture *f = *state;
    char path[160];
    script_read(f->path, "events.ndjson", &f->text);
    assert_salvaged(f, 33, true);
    assert_true(slice_equal(str_slice(&f->damaged), str_slice(&f->text)));
    for (size_t at = 0; at < f->text.len; at += 5) {
        f->text.ptr[at] ^= 4;
        script_write(f->path, "events.ndjson", str_slice(&f->text));
        f->text.ptr[at] ^= 4;
        assert_salvaged(f, 33, false);
    }
    script_write(f->path, "events.ndjson", (struct slice){f->text.ptr, f->text.len / 2});
    assert_salvaged(f, 33, false);
    assert_true(text_format(path, sizeof path, "%s/events.ndjson", f->path));
    assert_int_equal(unlink(path), 0);
    assert_salvaged(f, 33, false);
}

static void an_open_recording_with_a_torn_line_replays_to_the_last_whole_one(void **state)
{
    struct fixture *f = *state;
    script_remove(f->path);
    script_record_killed(f->dir, script_act_count, &f->transcript);
    script_read(f->path, "session.ndjson", &f->text);
    script_write(f->path, "session.ndjson", (struct slice){f->text.ptr, f->text.len - 7});
    bool early = false;
    assert_int_equal(replay_all(f, f->path, &early), ERR_OK);
    assert_true(early);
    struct verify_report report;
    assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_OK);
    assert_true(report.cut);
    assert_int_equal(report.entries, 32);
    assert_true(report.torn_bytes > 0);
}

/* The line in which a byte stands; lines count from 1. */
static size_t line_of(const struct str *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text->ptr[i] == '\n';
    return line;
}

static void a_flipped_bit_in_the_session_names_its_line(void **state)
{
    struct fixture *f = *state;
    char words[64];
    script_read(f->path, "session.ndjson", &f->text);
    for (size_t at = 0; at < f->text.len; at++) {
        if (!is_tried(at, f->text.len))
            continue;
        for (int bit = 0; bit < 8; bit += 3) {
            str_clear(&f->damaged);
            str_add(&f->damaged, str_slice(&f->text));
            f->damaged.ptr[at] ^= (char)(1 << bit);
            script_write(f->path, "session.ndjson", str_slice(&f->damaged));
            assert_true(text_format(words, sizeof words, "session.ndjson:%zu: ", line_of(&f->text, at)));
            assert_fails(f, f->path, ERR_INTEGRITY, words);
            struct verify_report report;
            err_init(&f->err);
            assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_INTEGRITY);
            assert_non_null(strstr(f->err.text, words));
        }
    }
}

/* The text in f->text with one bit flipped, in place of the file. */
static void assert_flip_is_found(struct fixture *f, const char *name, size_t at, int bit)
{
    f->text.ptr[at] ^= (char)(1 << bit);
    script_write(f->path, name, str_slice(&f->text));
    f->text.ptr[at] ^= (char)(1 << bit);
    enum err_code code = replay_all(f, f->path, NULL);
    if (code != ERR_INTEGRITY || !strstr(f->err.text, name))
        fail_msg("%s, byte %zu, bit %d: %s: %s", name, at, bit, err_name(code), f->err.text);
}

static void a_flipped_bit_in_an_input_names_the_file(void **state)
{
    static const char *const names[] = {"manifest.json", "batch.json", "state.json"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        script_read(f->path, names[i], &f->text);
        for (size_t at = 0; at < f->text.len; at++)
            for (int bit = 0; bit < 8; bit++)
                assert_flip_is_found(f, names[i], at, bit);
        script_write(f->path, names[i], str_slice(&f->text));
    }
}

static enum err_code check_events(struct fixture *f, const char *const *lines, size_t count)
{
    struct recording *recording = NULL;
    struct events_check *check = NULL;
    err_init(&f->err);
    assert_int_equal(recording_open(f->path, &recording, NULL, &f->err), ERR_OK);
    enum err_code code = events_check_open(recording, &check, &f->err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = events_check_line(check, slice_of(lines[i]), &f->err);
    if (code == ERR_OK)
        code = events_check_finish(check, false, &f->err);
    events_check_close(check);
    recording_close(recording);
    return code;
}

static void event_logs_are_compared_by_line_and_field(void **state)
{
    struct fixture *f = *state;
    static const char *const same[] = {"{\"type\":\"batch_start\",\"at\":0,\"format\":1}",
                                       "{\"type\":\"batch_summary\",\"at\":9,\"total\":1}"};
    static const char *const other[] = {"{\"type\":\"batch_start\",\"at\":0,\"format\":1}",
                                        "{\"type\":\"batch_summary\",\"at\":9,\"total\":12345}"};
    assert_int_equal(check_events(f, same, 2), ERR_OK);
    assert_int_equal(check_events(f, other, 2), ERR_DIVERGED);
    assert_non_null(strstr(f->err.text, "events.ndjson:2: the replayed log differs in total"));
    assert_null(strstr(f->err.text, "12345"));
    assert_int_equal(check_events(f, same, 1), ERR_DIVERGED);
    assert_non_null(strstr(f->err.text, "events.ndjson:2: the replayed log ends here"));
    const char *const longer[] = {same[0], same[1], "{\"type\":\"more\"}"};
    assert_int_equal(check_events(f, longer, 3), ERR_DIVERGED);
    assert_non_null(strstr(f->err.text, "ends after line 2"));
}

static void a_flipped_bit_in_the_event_log_is_damage_not_divergence(void **state)
{
    struct fixture *f = *state;
    static const char *const same[] = {"{\"type\":\"batch_start\",\"at\":0,\"format\":1}",
                                       "{\"type\":\"batch_summary\",\"at\":9,\"total\":1}"};
    script_read(f->path, "events.ndjson", &f->text);
    for (size_t at = 0; at < f->text.len; at++) {
        f->text.ptr[at] ^= 4;
        script_write(f->path, "events.ndjson", str_slice(&f->text));
        f->text.ptr[at] ^= 4;
        enum err_code code = check_events(f, same, 2);
        if (code != ERR_INTEGRITY || !strstr(f->err.text, "events.ndjson:"))
            fail_msg("byte %zu: %s: %s", at, err_name(code), f->err.text);
        struct verify_report report;
        err_init(&f->err);
        assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_INTEGRITY);
    }
}

/* Changes a word of the manifest; with its checksum mended when asked. */
static void edit_manifest(struct fixture *f, const char *from, const char *to, bool mend)
{
    script_read(f->path, "manifest.json", &f->text);
    char *at = strstr(f->text.ptr, from);
    assert_non_null(at);
    str_clear(&f->damaged);
    str_add(&f->damaged, (struct slice){f->text.ptr, (size_t)(at - f->text.ptr)});
    str_add_text(&f->damaged, to);
    str_add_text(&f->damaged, at + strlen(from));
    if (mend) {
        struct slice rest = {f->damaged.ptr + 18, f->damaged.len - 18};
        crc32c_format(crc32c(0, rest), f->damaged.ptr + 8);
    }
    script_write(f->path, "manifest.json", str_slice(&f->damaged));
    str_clear(&f->damaged);
    str_add(&f->damaged, str_slice(&f->text));
}

static void restore_manifest(struct fixture *f)
{
    script_write(f->path, "manifest.json", str_slice(&f->damaged));
}

static void another_version_or_feature_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    for (int mend = 0; mend < 2; mend++) {
        edit_manifest(f, "\"format\":1", "\"format\":2", mend);
        assert_fails(f, f->path, ERR_INPUT, "has format 2");
        assert_non_null(strstr(f->err.text, "reads up to 1"));
        restore_manifest(f);
        edit_manifest(f, "\"requires\":[]", "\"requires\":[\"quantum\"]", mend);
        assert_fails(f, f->path, ERR_INPUT, "requires feature 1");
        restore_manifest(f);
    }
    assert_int_equal(replay_all(f, f->path, NULL), ERR_OK);
}

static void a_manifest_that_is_odd_is_told_by_member(void **state)
{
    static const char *const edits[][3] = {
        {"\"seed\":\"42\"", "\"seed\":42", "\"seed\""},
        {"\"seed\":\"42\"", "\"seed\":\"99999999999999999999\"", "\"seed\""},
        {"\"wall\":1700000000000000", "\"wall\":1e400", "holds a number that is too large"},
        {"\"wall\":1700000000000000", "\"wall\":12345678901234567890", "holds a number that is too large"},
        {"\"wall\":1700000000000000", "\"wall\":NaN", "is not JSON"},
        {"\"network\":false", "\"network\":false,\"network\":true", "names a member twice"},
        {"\"status\":\"closed\"", "\"status\":\"shut\"", "\"status\""},
        {"\"entries\":33", "\"entries\":-1", "\"entries\""},
        {"\"engine\":\"1.0.0\"", "\"engine\":\"\xff\"", "is not UTF-8"},
        {"\"session.ndjson\":", "\"../../etc/passwd\":", "\"files\""},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        edit_manifest(f, edits[i][0], edits[i][1], true);
        assert_fails(f, f->path, ERR_INPUT, edits[i][2]);
        restore_manifest(f);
    }
}

static void a_manifest_over_its_limit_is_refused_unread(void **state)
{
    struct fixture *f = *state;
    char path[160];
    assert_true(text_format(path, sizeof path, "%s/manifest.json", f->path));
    assert_int_equal(truncate(path, 5ll << 30), 0);
    assert_fails(f, f->path, ERR_INPUT, "over the limit");
}

static void an_entry_that_no_recorder_wrote_is_refused(void **state)
{
    static const char *const edits[][2] = {
        {"\"wake\":", "\"wane\":"},   {"\"at\":1000,", "\"at\":-1,"},     {"\"gen\":1", "\"gen\":4294967296"},
        {"\"bytes\":", "\"bytes64\":"}, {"\"mark\":\"", "\"mark\":\"\\"}, {"\"at\":1000,", "\"at\":01000,"},
        {"\"mark\":", "\"mort\":"},
    };
    struct fixture *f = *state;
    script_read(f->path, "session.ndjson", &f->text);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        script_edit_line(f->path, i == 0 ? 11 : 3, slice_of(edits[i][0]), slice_of(edits[i][1]));
        script_mend(f->path);
        enum err_code code = replay_all(f, f->path, NULL);
        if (code != ERR_INPUT && code != ERR_DIVERGED)
            fail_msg("%s: %s: %s", edits[i][1], err_name(code), f->err.text);
        script_write(f->path, "session.ndjson", str_slice(&f->text));
    }
    script_edit_line(f->path, 11, SLICE("\"at\":5000001"), SLICE("\"at\":1"));
    script_mend(f->path);
    assert_fails(f, f->path, ERR_INPUT, "session.ndjson:11: goes back in time");
}

static void an_unharmed_recording_verifies(void **state)
{
    struct fixture *f = *state;
    struct verify_report report;
    if (recording_verify(f->path, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.entries, 33);
    assert_int_equal(report.files, 5);
    assert_false(report.cut);
    script_swap_lines(f->path, 20);
    assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "session.ndjson:20: entry 21 stands where entry 20 should"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_recording_at_all_is_told_by_kind),
        TEST(a_file_that_is_no_file_is_told_by_kind),
        TEST(one_byte_is_no_manifest),
        TEST(a_session_cut_anywhere_says_after_which_entry),
        TEST(what_is_salvaged_ends_before_the_first_entry_that_is_not_good),
        TEST(an_event_log_that_is_not_the_recorded_one_is_not_salvaged),
        TEST(an_open_recording_with_a_torn_line_replays_to_the_last_whole_one),
        TEST(a_flipped_bit_in_the_session_names_its_line),
        TEST(a_flipped_bit_in_an_input_names_the_file),
        TEST(event_logs_are_compared_by_line_and_field),
        TEST(a_flipped_bit_in_the_event_log_is_damage_not_divergence),
        TEST(another_version_or_feature_is_refused_by_name),
        TEST(a_manifest_that_is_odd_is_told_by_member),
        TEST(a_manifest_over_its_limit_is_refused_unread),
        TEST(an_entry_that_no_recorder_wrote_is_refused),
        TEST(an_unharmed_recording_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
