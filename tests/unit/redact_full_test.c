/* When the codebook has no room left, or memory is at its end, nothing that was not redacted is on the disk: the run that is recorded
   ends, and a recording that is written anew is none. For every room, from none to enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/memory.h"
#include "recorder/clean/check.h"
#include "recorder/clean/rewrite.h"
#include "recorder/record.h"
#include "tests/unit/failing_malloc.h"
#include "tests/unit/recorder_script.h"

#define BATCH "{\"batchId\":\"b1\",\"patients\":[{\"patientName\":\"BRONTOVAL, KESSIMER\",\"nickname\":\"Dromwick\"}]}"
#define STATE "{\"cookies\":[{\"name\":\"sid\",\"value\":\"Wuxelbrand77\",\"domain\":\"a.example\",\"path\":\"/\"}],\"origins\":[]}"
#define MESSAGE(text) {.kind = WIRE_BYTES, .at = {10}, .generation = 1, .bytes = {text, sizeof text - 1}}
#define ROOM_ENOUGH 64

static const char *const planted[] = {"BRONTOVAL", "KESSIMER", "Dromwick", "Wuxelbrand77", "Plimsater", "Gorvelund", "Ostrimane"};
static const struct wire_item items[] = {
    MESSAGE("{\"method\":\"Seen.one\",\"params\":{\"text\":\"Plimsater\"}}"),
    MESSAGE("{\"method\":\"Seen.two\",\"params\":{\"text\":\"Gorvelund Ostrimane\"}}"),
};

struct scene {
    char dir[64], path[128], clean[128];
    struct script_outside outside;
    struct phi_map *map;
    struct str text;
    struct err err;
};

static void scene_init(struct scene *s)
{
    memset(s, 0, sizeof *s);
    err_init(&s->err);
    str_init(&s->text, 1u << 20);
    script_directory(s->dir);
    assert_true(text_format(s->path, sizeof s->path, "%s/rec", s->dir));
    assert_true(text_format(s->clean, sizeof s->clean, "%s/clean", s->dir));
    script_outside_init(&s->outside, items, sizeof items / sizeof *items);
    assert_int_equal(phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &s->map, &s->err), ERR_OK);
}

static void scene_fini(struct scene *s)
{
    script_remove(s->dir);
    script_outside_fini(&s->outside);
    str_fini(&s->text);
    phi_map_free(s->map);
}

static enum err_code play(struct scene *s, struct record *record)
{
    struct wire *wire = record_wire(record);
    struct wire_launch launch = {.headed = false};
    struct wire_item item;
    wire->ops->start(wire, &launch);
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        TRY(wire->ops->next(wire, (struct instant){1000}, &item, &s->err));
    return ERR_OK;
}

static enum err_code record_all(struct scene *s, enum record_redaction redaction, uint32_t room)
{
    struct record_inputs inputs = {.redaction = redaction, .room = room, .dir = s->path, .batch = SLICE(BATCH), .state = SLICE(STATE),
                                   .settings = SLICE("{}"), .engine = "1", .predecessor = "", .page_name = "page.js"};
    struct record *record = NULL;
    TRY(record_open(&inputs, &s->outside.wire, &record, &s->err));
    if (play(s, record) != ERR_OK) {
        record_abandon(record);
        return s->err.code;
    }
    return record_close(record, "", &s->err);
}

static void assert_nobody(struct scene *s, const char *dir, uint32_t room)
{
    static const char *const names[] = {"batch.json", "state.json", "session.ndjson", "events.ndjson", "manifest.json"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char path[256];
        assert_true(text_format(path, sizeof path, "%s/%s", dir, names[k]));
        if (access(path, R_OK) != 0)
            continue;
        str_clear(&s->text);
        script_read(dir, names[k], &s->text);
        for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
            if (slice_find(str_slice(&s->text), slice_of(planted[i])))
                fail_msg("room for %u: %s is in %s", room, planted[i], names[k]);
    }
}

static void a_run_whose_codebook_is_full_ends_and_writes_nobody(void **state)
{
    size_t failed = 0;
    (void)state;
    for (uint32_t room = 1; room <= ROOM_ENOUGH; room++) {
        struct scene s;
        scene_init(&s);
        enum err_code code = record_all(&s, RECORD_CLEAN, room);
        failed += code != ERR_OK ? 1 : 0;
        if (code != ERR_OK && code != ERR_ENV)
            fail_msg("room for %u: %s: %s", room, err_name(code), s.err.text);
        assert_nobody(&s, s.path, room);
        assert_true(room < ROOM_ENOUGH || code == ERR_OK);
        scene_fini(&s);
    }
    assert_true(failed > 10);
}

static void what_cannot_be_redacted_to_its_end_is_no_recording(void **state)
{
    size_t failed = 0;
    struct scene s;
    (void)state;
    scene_init(&s);
    assert_int_equal(record_all(&s, RECORD_COPY, 0), ERR_OK);
    for (uint32_t room = 1; room <= ROOM_ENOUGH; room++) {
        struct rewrite rewrite = {.path = s.path, .new_path = s.clean, .map = s.map, .room = room};
        struct redact_counts counts;
        struct recording_suspect suspect;
        enum err_code code = recording_redact(&rewrite, &counts, &suspect, &s.err);
        failed += code != ERR_OK ? 1 : 0;
        if (code != ERR_OK && code != ERR_ENV)
            fail_msg("room for %u: %s: %s", room, err_name(code), s.err.text);
        if (code != ERR_OK)
            assert_int_not_equal(access(s.clean, F_OK), 0);
        assert_nobody(&s, s.clean, room);
        assert_true(room < ROOM_ENOUGH || code == ERR_OK);
        script_remove(s.clean);
    }
    assert_true(failed > 10);
    scene_fini(&s);
}

/* A line of the event log that is longer than all before it, with the n-th allocation failing. False when none failed. */
static bool event_with(long n)
{
    static char line[1 << 16];
    struct scene s;
    struct record *record = NULL;
    struct record_inputs inputs = {.redaction = RECORD_CLEAN, .batch = SLICE(BATCH), .settings = SLICE("{}"), .engine = "1", .predecessor = "",
                                   .page_name = "page.js"};
    size_t len = sizeof line - sizeof "BRONTOVAL\"}";
    scene_init(&s);
    inputs.dir = s.path;
    memset(line, '.', sizeof line);
    memcpy(line, "{\"type\":\"", 9);
    memcpy(line + 9, "x\",\"of\":\"", 10);
    memcpy(line + len, "BRONTOVAL\"}", 11);
    assert_int_equal(record_open(&inputs, &s.outside.wire, &record, &s.err), ERR_OK);
    has_failed = false;
    memory_forget_failure();
    countdown = n;
    enum err_code code = record_event(record, (struct slice){line, len + 11}, &s.err);
    countdown = -1;
    if (code != ERR_OK)
        assert_int_equal(code, ERR_ENV);
    record_abandon(record);
    assert_nobody(&s, s.path, 0);
    bool failed = has_failed;
    scene_fini(&s);
    return failed;
}

static void no_event_is_written_that_there_was_no_memory_to_redact(void **state)
{
    long n = 1;
    (void)state;
    while (event_with(n))
        n++;
    assert_true(n > 3 || !HAS_OWN_MALLOC);
}

static uint64_t findings(struct scene *s, const char *path)
{
    struct check_report report;
    struct recording_suspect suspect;
    if (recording_check(path, s->map, true, &report, &suspect, &s->err) != ERR_OK)
        fail_msg("%s", s->err.text);
    return report.certificate.findings;
}

/* A real number may begin with the mark of the stand-ins. */
static void a_marked_number_is_a_finding_unless_the_recording_was_redacted(void **state)
{
    static const struct wire_item marked[] = {MESSAGE("{\"method\":\"Seen.one\",\"params\":{\"text\":\"99318274\"}}"),
                                              MESSAGE("{\"method\":\"Seen.two\",\"params\":{\"text\":\"99\"}}")};
    struct scene s;
    struct redact_counts counts;
    struct recording_suspect suspect;
    (void)state;
    scene_init(&s);
    script_outside_fini(&s.outside);
    script_outside_init(&s.outside, marked, sizeof marked / sizeof *marked);
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = s.path, .batch = SLICE("{}"), .settings = SLICE("{}"), .engine = "1",
                                   .predecessor = "", .page_name = "page.js"};
    struct record *record = NULL;
    struct wire_launch launch = {.headed = false};
    struct wire_item item;
    assert_int_equal(record_open(&inputs, &s.outside.wire, &record, &s.err), ERR_OK);
    record_wire(record)->ops->start(record_wire(record), &launch);
    assert_int_equal(record_wire(record)->ops->next(record_wire(record), (struct instant){1000}, &item, &s.err), ERR_OK);
    assert_int_equal(record_close(record, "", &s.err), ERR_OK);
    assert_true(findings(&s, s.path) > 0);
    struct rewrite rewrite = {.path = s.path, .new_path = s.clean, .map = s.map};
    assert_int_equal(recording_redact(&rewrite, &counts, &suspect, &s.err), ERR_OK);
    assert_int_equal(findings(&s, s.clean), 0);
    scene_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_whose_codebook_is_full_ends_and_writes_nobody),
        cmocka_unit_test(what_cannot_be_redacted_to_its_end_is_no_recording),
        cmocka_unit_test(no_event_is_written_that_there_was_no_memory_to_redact),
        cmocka_unit_test(a_marked_number_is_a_finding_unless_the_recording_was_redacted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
