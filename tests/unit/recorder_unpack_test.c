/* Unpacking gives back what was packed, and a kill in the middle of either leaves a
   recording that is used as before and can be packed or unpacked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/pack.h"
#include "recorder/replay.h"
#include "recorder/verify.h"
#include "tests/unit/recorder_script.h"

#define PLAIN "session.ndjson"
#define PACKED "session.ndjson.zst"
#define MANIFEST "manifest.json"

struct fixture {
    char dir[64], path[128];
    /* Of the recording as it was, and packed. */
    struct str plain, plain_manifest, packed, packed_manifest;
    struct str transcript, text;
    struct err err;
};

static void must(struct fixture *f, enum err_code code)
{
    if (code != ERR_OK)
        fail_msg("%s", f->err.text);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct str *texts[] = {&f->plain, &f->plain_manifest, &f->packed, &f->packed_manifest, &f->transcript, &f->text};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        str_init(texts[i], 1u << 20);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    script_record(f->dir, &f->transcript);
    script_read(f->path, PLAIN, &f->plain);
    script_read(f->path, MANIFEST, &f->plain_manifest);
    must(f, recording_pack(f->path, NULL, &f->err));
    script_read(f->path, PACKED, &f->packed);
    script_read(f->path, MANIFEST, &f->packed_manifest);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    struct str *texts[] = {&f->plain, &f->plain_manifest, &f->packed, &f->packed_manifest, &f->transcript, &f->text};
    script_remove(f->dir);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        str_fini(texts[i]);
    free(f);
    return 0;
}

static bool is_there(struct fixture *f, const char *name)
{
    char path[256];
    assert_true(text_format(path, sizeof path, "%s/%s", f->path, name));
    return access(path, F_OK) == 0;
}

static void take_away(struct fixture *f, const char *name)
{
    char path[256];
    assert_true(text_format(path, sizeof path, "%s/%s", f->path, name));
    assert_int_equal(unlink(path), 0);
}

static void assert_holds(struct fixture *f, const char *name, const struct str *text)
{
    script_read(f->path, name, &f->text);
    assert_true(slice_equal(str_slice(&f->text), str_slice(text)));
}

static void assert_is_plain(struct fixture *f)
{
    assert_holds(f, PLAIN, &f->plain);
    assert_holds(f, MANIFEST, &f->plain_manifest);
    assert_false(is_there(f, PACKED) || is_there(f, PLAIN ".new"));
}

static void assert_is_packed(struct fixture *f)
{
    assert_holds(f, PACKED, &f->packed);
    assert_holds(f, MANIFEST, &f->packed_manifest);
    assert_false(is_there(f, PLAIN) || is_there(f, PLAIN ".new"));
}

static void assert_replays(struct fixture *f)
{
    struct replay *replay = NULL;
    must(f, replay_open(f->path, &replay, NULL, &f->err));
    must(f, script_play(replay_wire(replay), script_masked_acts(), script_act_count, &f->transcript, &f->err));
    must(f, replay_finish(replay, &f->err));
    replay_close(replay);
}

/* It opens, replays to its end and verifies. */
static void assert_is_whole(struct fixture *f)
{
    struct verify_report report;
    assert_replays(f);
    must(f, recording_verify(f->path, &report, NULL, &f->err));
    assert_int_equal(report.entries, 33);
}

/* The directory as a kill, or somebody, leaves it; SLICE_NONE = no such file. */
static void leave(struct fixture *f, const struct str *manifest, struct slice plain, struct slice packed,
                  struct slice at_work)
{
    static const char *const names[] = {PLAIN, PACKED, PLAIN ".new"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_there(f, names[i]))
            take_away(f, names[i]);
    script_write(f->path, MANIFEST, str_slice(manifest));
    if (plain.ptr)
        script_write(f->path, PLAIN, plain);
    if (packed.ptr)
        script_write(f->path, PACKED, packed);
    if (at_work.ptr)
        script_write(f->path, PLAIN ".new", at_work);
}

static struct slice half(const struct str *text)
{
    return (struct slice){text->ptr, text->len / 2};
}

static void unpacked_it_is_as_it_was(void **state)
{
    struct fixture *f = *state;
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
    assert_is_whole(f);
    assert_int_equal(recording_unpack(f->path, NULL, &f->err), ERR_USAGE);
    assert_non_null(strstr(f->err.text, "is not packed"));
    err_init(&f->err);
    must(f, recording_pack(f->path, NULL, &f->err));
    assert_is_packed(f);
}

static void a_kill_while_packing_loses_nothing(void **state)
{
    struct fixture *f = *state;
    for (int unpack = 0; unpack < 2; unpack++) {
        enum err_code (*again)(const char *, struct recording_suspect *, struct err *) = unpack ? recording_unpack : recording_pack;
        leave(f, &f->plain_manifest, str_slice(&f->plain), half(&f->packed), SLICE_NONE);
        assert_is_whole(f);
        must(f, again(f->path, NULL, &f->err));
        unpack ? assert_is_plain(f) : assert_is_packed(f);
        leave(f, &f->packed_manifest, str_slice(&f->plain), str_slice(&f->packed), SLICE_NONE);
        assert_is_whole(f);
        must(f, again(f->path, NULL, &f->err));
        unpack ? assert_is_plain(f) : assert_is_packed(f);
    }
}

static void a_kill_while_unpacking_loses_nothing(void **state)
{
    struct fixture *f = *state;
    leave(f, &f->packed_manifest, SLICE_NONE, str_slice(&f->packed), half(&f->plain));
    assert_is_whole(f);
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
    leave(f, &f->packed_manifest, str_slice(&f->plain), str_slice(&f->packed), SLICE_NONE);
    assert_is_whole(f);
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
    leave(f, &f->plain_manifest, str_slice(&f->plain), str_slice(&f->packed), SLICE_NONE);
    assert_is_whole(f);
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
}

static void what_is_damaged_is_not_unpacked(void **state)
{
    struct fixture *f = *state;
    for (size_t at = 0; at < f->packed.len; at += 101) {
        f->packed.ptr[at] ^= 0x04;
        script_write(f->path, PACKED, str_slice(&f->packed));
        err_init(&f->err);
        enum err_code code = recording_unpack(f->path, NULL, &f->err);
        if (code == ERR_OK)
            fail_msg("byte %zu: it was unpacked", at);
        assert_is_packed(f);
        f->packed.ptr[at] ^= 0x04;
    }
}

/* Fails so, and leaves both files as they were left. */
static void assert_refused(struct fixture *f, enum err_code (*verb)(const char *, struct recording_suspect *, struct err *),
                           enum err_code code, struct slice plain, struct slice packed)
{
    static const char *const names[] = {PLAIN, PACKED};
    const struct slice texts[] = {plain, packed};
    enum err_code got = verb(f->path, NULL, &f->err);
    if (got != code)
        fail_msg("%s: %s", err_name(got), f->err.text);
    err_init(&f->err);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(is_there(f, names[i]), texts[i].ptr != NULL);
        if (!texts[i].ptr)
            continue;
        script_read(f->path, names[i], &f->text);
        assert_true(slice_equal(str_slice(&f->text), texts[i]));
    }
}

/* As `zstd --rm` leaves it. */
static void the_packed_file_alone_is_kept_whatever_the_manifest_says(void **state)
{
    struct fixture *f = *state;
    struct slice packed = str_slice(&f->packed);
    leave(f, &f->plain_manifest, SLICE_NONE, packed, SLICE_NONE);
    assert_replays(f);
    assert_refused(f, recording_pack, ERR_INPUT, SLICE_NONE, packed);
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
    assert_is_whole(f);
    leave(f, &f->plain_manifest, SLICE_NONE, half(&f->packed), SLICE_NONE);
    assert_refused(f, recording_unpack, ERR_INPUT, SLICE_NONE, half(&f->packed));
}

static void the_plain_file_alone_is_kept_whatever_the_manifest_says(void **state)
{
    struct fixture *f = *state;
    struct slice plain = str_slice(&f->plain);
    leave(f, &f->packed_manifest, plain, SLICE_NONE, SLICE_NONE);
    assert_replays(f);
    assert_refused(f, recording_pack, ERR_INPUT, plain, SLICE_NONE);
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
    assert_is_whole(f);
}

static void a_good_file_stays_beside_a_damaged_one(void **state)
{
    struct fixture *f = *state;
    CLEANUP_STR struct str damaged;
    struct slice plain = str_slice(&f->plain), packed = str_slice(&f->packed);
    str_init(&damaged, packed.len);
    str_add(&damaged, packed);
    damaged.ptr[packed.len / 2] ^= 1;
    struct slice bad_packed = str_slice(&damaged), bad_plain = half(&f->plain);

    leave(f, &f->packed_manifest, plain, bad_packed, SLICE_NONE);
    assert_refused(f, recording_pack, ERR_INTEGRITY, plain, bad_packed);
    leave(f, &f->packed_manifest, bad_plain, packed, SLICE_NONE);
    assert_refused(f, recording_unpack, ERR_INTEGRITY, bad_plain, packed);
    must(f, recording_pack(f->path, NULL, &f->err));
    assert_is_packed(f);
    leave(f, &f->plain_manifest, bad_plain, packed, SLICE_NONE);
    assert_refused(f, recording_unpack, ERR_INTEGRITY, bad_plain, packed);
    assert_refused(f, recording_pack, ERR_INTEGRITY, bad_plain, packed);

    leave(f, &f->packed_manifest, plain, bad_packed, SLICE_NONE);
    assert_replays(f);
    must(f, recording_unpack(f->path, NULL, &f->err));
    assert_is_plain(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unpacked_it_is_as_it_was),
        TEST(a_kill_while_packing_loses_nothing),
        TEST(a_kill_while_unpacking_loses_nothing),
        TEST(what_is_damaged_is_not_unpacked),
        TEST(the_packed_file_alone_is_kept_whatever_the_manifest_says),
        TEST(the_plain_file_alone_is_kept_whatever_the_manifest_says),
        TEST(a_good_file_stays_beside_a_damaged_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
