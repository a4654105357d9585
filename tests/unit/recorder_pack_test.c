/* A packed recording is used like a plain one, and what is wrong with it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <zstd.h>
#include <cmocka.h>

#include "recorder/pack.h"
#include "recorder/replay.h"
#include "recorder/verify.h"
#include "tests/unit/recorder_script.h"

struct fixture {
    char dir[64], path[128];
    struct str transcript, plain, packed;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    str_init(&f->transcript, 1u << 20);
    str_init(&f->plain, 1u << 20);
    str_init(&f->packed, 1u << 24);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    script_record(f->dir, &f->transcript);
    script_read(f->path, "session.ndjson", &f->plain);
    if (recording_pack(f->path, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    script_read(f->path, "session.ndjson.zst", &f->packed);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    script_remove(f->dir);
    str_fini(&f->transcript);
    str_fini(&f->plain);
    str_fini(&f->packed);
    free(f);
    return 0;
}

static enum err_code replay_all(struct fixture *f, bool *ret_early)
{
    struct replay *replay = NULL;
    err_init(&f->err);
    TRY(replay_open(f->path, &replay, NULL, &f->err));
    enum err_code code =
        script_play(replay_wire(replay), script_masked_acts(), script_act_count, &f->transcript, &f->err);
    if (code == ERR_OK)
        code = replay_finish(replay, &f->err);
    if (ret_early)
        *ret_early = replay_ended_early(replay);
    replay_close(replay);
    return code;
}

static void a_packed_recording_replays_and_verifies(void **state)
{
    struct fixture *f = *state;
    struct verify_report report;
    struct str unpacked;
    if (replay_all(f, NULL) != ERR_OK || recording_verify(f->path, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.entries, 33);
    assert_true(f->packed.len < f->plain.len);

    str_init(&unpacked, 1u << 20);
    for (size_t i = 0; i < f->plain.len; i++)
        str_add_char(&unpacked, ' ');
    assert_int_equal(ZSTD_decompress(unpacked.ptr, unpacked.len, f->packed.ptr, f->packed.len), f->plain.len);
    assert_memory_equal(unpacked.ptr, f->plain.ptr, f->plain.len);
    str_fini(&unpacked);

    assert_int_equal(recording_pack(f->path, NULL, &f->err), ERR_USAGE);
    assert_non_null(strstr(f->err.text, "is packed already"));
}

static void a_packed_recording_diverges_with_its_nearest_entry(void **state)
{
    struct fixture *f = *state;
    struct replay *replay = NULL;
    struct script_act acts[64];
    memcpy(acts, script_masked_acts(), script_act_count * sizeof acts[0]);
    acts[1] = acts[2];
    assert_int_equal(replay_open(f->path, &replay, NULL, &f->err), ERR_OK);
    assert_int_equal(script_play(replay_wire(replay), acts, script_act_count, &f->transcript, &f->err), ERR_DIVERGED);
    assert_int_equal(replay_divergence(replay)->entry, 2);
    assert_int_equal(replay_divergence(replay)->nearest.entry, 3);
    replay_close(replay);
}

/* No flip may pass for a good recording: the manifest has the packed file's checksum. */
static void a_flipped_bit_in_it_is_found(void **state)
{
    struct fixture *f = *state;
    for (size_t at = 0; at < f->packed.len; at += 7) {
        f->packed.ptr[at] ^= 0x10;
        script_write(f->path, "session.ndjson.zst", str_slice(&f->packed));
        f->packed.ptr[at] ^= 0x10;
        struct verify_report report;
        enum err_code code = replay_all(f, NULL);
        if (code != ERR_INTEGRITY || !strstr(f->err.text, "session.ndjson.zst: bad checksum"))
            fail_msg("byte %zu: %s: %s", at, err_name(code), f->err.text);
        err_init(&f->err);
        assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_INTEGRITY);
    }
}

/* Nor where the file's checksum says nothing of it: behind the packed text stands an empty
   frame to be passed over, so the file has not its listed size and is judged as it is
   unpacked. */
static void of_another_size_it_is_judged_line_by_line(void **state)
{
    struct fixture *f = *state;
    size_t end = f->packed.len;
    str_add(&f->packed, SLICE("\x50\x2a\x4d\x18\0\0\0\0"));
    script_write(f->path, "session.ndjson.zst", str_slice(&f->packed));
    if (replay_all(f, NULL) != ERR_OK)
        fail_msg("%s", f->err.text);
    for (size_t at = 0; at < end; at += 7) {
        f->packed.ptr[at] ^= 0x10;
        script_write(f->path, "session.ndjson.zst", str_slice(&f->packed));
        f->packed.ptr[at] ^= 0x10;
        if (replay_all(f, NULL) == ERR_OK)
            fail_msg("byte %zu: the flipped bit went unnoticed", at);
        err_init(&f->err);
    }
}

static void cut_anywhere_its_whole_entries_are_salvaged(void **state)
{
    struct fixture *f = *state;
    char to[160];
    for (size_t size = 0; size < f->packed.len; size += 64) {
        script_write(f->path, "session.ndjson.zst", (struct slice){f->packed.ptr, size});
        enum err_code code = replay_all(f, NULL);
        if (code != ERR_INPUT)
            fail_msg("%zu bytes: %s: %s", size, err_name(code), f->err.text);
        if (size < 64)
            continue;
        struct verify_report report;
        assert_true(text_format(to, sizeof to, "%s/saved", f->dir));
        err_init(&f->err);
        if (recording_salvage(f->path, to, &report, NULL, &f->err) != ERR_OK)
            fail_msg("%s", f->err.text);
        assert_true(report.entries < 33);
        err_init(&f->err);
        assert_int_equal(recording_verify(to, &report, NULL, &f->err), ERR_OK);
        script_remove(to);
    }
}

static void write_bomb(struct fixture *f, char filler, int window_log)
{
    static char piece[1 << 20];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    memset(piece, filler, sizeof piece);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    str_clear(&f->packed);
    for (int i = 0; i < 2048; i++) {
        char out[1 << 16];
        ZSTD_inBuffer input = {piece, sizeof piece, 0};
        size_t left;
        do {
            ZSTD_outBuffer output = {out, sizeof out, 0};
            left = ZSTD_compressStream2(context, &output, &input, i == 2047 ? ZSTD_e_end : ZSTD_e_continue);
            assert_false(ZSTD_isError(left));
            str_add(&f->packed, (struct slice){out, output.pos});
        } while (input.pos < input.size || (i == 2047 && left));
    }
    ZSTD_freeCCtx(context);
    assert_true(f->packed.len < 2u << 20);
    script_write(f->path, "session.ndjson.zst", str_slice(&f->packed));
}

/* The same in bounded address space, this test's own included: what wants more is told
   that there is no memory. */
#ifdef __SANITIZE_ADDRESS__
#define BOUND RLIM_INFINITY /* its shadow alone is larger */
#else
#define BOUND (256u << 20)
#endif
static enum err_code replay_bounded(struct fixture *f)
{
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    struct rlimit bounded = {BOUND, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &bounded), 0);
    enum err_code code = replay_all(f, NULL);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    return code;
}

static void a_bomb_is_over_the_limit_and_bounded(void **state)
{
    struct fixture *f = *state;
    write_bomb(f, 'x', 20);
    assert_int_equal(replay_bounded(f), ERR_INPUT);
    assert_non_null(strstr(f->err.text, "session.ndjson:1: the line is over the limit"));
    write_bomb(f, '\n', 20);
    assert_int_equal(replay_bounded(f), ERR_INTEGRITY);
    write_bomb(f, 'x', 27);
    assert_int_equal(replay_bounded(f), ERR_INPUT);
    assert_non_null(strstr(f->err.text, "session.ndjson.zst: is over the limit"));
}

static void what_is_no_zstd_file_is_told(void **state)
{
    struct fixture *f = *state;
    script_write(f->path, "session.ndjson.zst", SLICE("{\"crc\":\"no zstd at all\"}\n"));
    assert_int_equal(replay_all(f, NULL), ERR_INPUT);
    assert_non_null(strstr(f->err.text, "session.ndjson.zst: is no zstd file"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_packed_recording_replays_and_verifies),
        TEST(a_packed_recording_diverges_with_its_nearest_entry),
        TEST(a_flipped_bit_in_it_is_found),
        TEST(of_another_size_it_is_judged_line_by_line),
        TEST(cut_anywhere_its_whole_entries_are_salvaged),
        TEST(a_bomb_is_over_the_limit_and_bounded),
        TEST(what_is_no_zstd_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
