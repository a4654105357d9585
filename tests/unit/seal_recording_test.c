/* A sealed recording is used like any other, gives back the directory as it was, and changes
   its key without a moment in which it is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/pack.h"
#include "recorder/record.h"
#include "recorder/replay.h"
#include "recorder/seal/key_file.h"
#include "recorder/seal/reseal.h"
#include "recorder/seal/seal_writer.h"
#include "recorder/seal/sealed.h"
#include "recorder/sealed_recording.h"
#include "recorder/store.h"
#include "recorder/verify.h"
#include "tests/unit/recorder_script.h"
#include "tests/unit/seal_fixture.h"

/* Calls of the system that change a file are counted, and the n-th is the last one made. */
static int calls_left;

static void count_call(void)
{
    if (calls_left && --calls_left == 0)
        _exit(77);
}

int rename(const char *from, const char *to)
{
    count_call();
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    count_call();
    return result;
}

int fsync(int fd)
{
    count_call();
    return (int)syscall(SYS_fsync, fd);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    count_call();
    return syscall(SYS_write, fd, bytes, size);
}

int unlink(const char *path)
{
    count_call();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* A folder that fails after its first entry. */
static int entries_left = -1;

struct dirent *readdir(DIR *dir)
{
    struct dirent *(*next)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
    if (entries_left == 0) {
        errno = EIO;
        return NULL;
    }
    entries_left -= entries_left > 0;
    return next(dir);
}

static void seal(struct fixture *f)
{
    struct sealed_report report;
    err_init(&f->err);
    if (recording_seal(f->path, f->sealed, &f->ring->pairs[0].half, 1, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
}

static int set_up(void **state)
{
    struct fixture *f = seal_fixture_new();
    script_record(f->dir, &f->transcript);
    *state = f;
    return 0;
}

static enum err_code replay_all(struct fixture *f)
{
    struct replay *replay = NULL;
    err_init(&f->err);
    TRY(replay_open(f->sealed, &replay, NULL, &f->err));
    enum err_code code = script_play(replay_wire(replay), script_masked_acts(), script_act_count, &f->transcript, &f->err);
    if (code == ERR_OK)
        code = replay_finish(replay, &f->err);
    replay_close(replay);
    return code;
}

static void assert_same_files(struct fixture *f)
{
    static const char *const names[] = {"manifest.json", "batch.json", "state.json", "session.ndjson", "events.ndjson"};
    struct str a, b;
    str_init(&a, 1u << 24);
    str_init(&b, 1u << 24);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        str_clear(&a);
        str_clear(&b);
        script_read(f->path, names[i], &a);
        script_read(f->again, names[i], &b);
        assert_true(slice_equal(str_slice(&a), str_slice(&b)));
    }
    str_fini(&a);
    str_fini(&b);
}

static void a_sealed_recording_replays_and_verifies(void **state)
{
    struct fixture *f = *state;
    struct verify_report report;
    seal(f);
    if (replay_all(f) != ERR_OK || recording_verify(f->sealed, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.entries, 33);
    assert_int_equal(recording_pack(f->sealed, NULL, &f->err), ERR_USAGE);
    assert_non_null(strstr(f->err.text, "is sealed"));
}

static void a_packed_one_can_be_sealed_too(void **state)
{
    struct fixture *f = *state;
    struct verify_report report;
    assert_int_equal(recording_pack(f->path, NULL, &f->err), ERR_OK);
    seal(f);
    if (replay_all(f) != ERR_OK || recording_verify(f->sealed, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.entries, 33);
}

/* A divergence looks for the nearest entry: it reads again, from the middle. */
static void it_diverges_with_its_nearest_entry(void **state)
{
    struct fixture *f = *state;
    struct replay *replay = NULL;
    struct script_act acts[64];
    seal(f);
    memcpy(acts, script_masked_acts(), script_act_count * sizeof acts[0]);
    acts[1] = acts[2];
    assert_int_equal(replay_open(f->sealed, &replay, NULL, &f->err), ERR_OK);
    assert_int_equal(script_play(replay_wire(replay), acts, script_act_count, &f->transcript, &f->err), ERR_DIVERGED);
    assert_int_equal(replay_divergence(replay)->entry, 2);
    assert_int_equal(replay_divergence(replay)->nearest.entry, 3);
    replay_close(replay);
}

static void the_batch_is_read_in_any_order(void **state)
{
    struct fixture *f = *state;
    struct recording *recording = NULL;
    struct str plain;
    char piece[8];
    seal(f);
    str_init(&plain, 1u << 20);
    script_read(f->path, "batch.json", &plain);
    assert_int_equal(recording_open(f->sealed, &recording, NULL, &f->err), ERR_OK);
    assert_int_equal(recording->batch_size_bytes, plain.len);
    for (size_t at = plain.len; at-- > 0;) {
        size_t count = plain.len - at < sizeof piece ? plain.len - at : sizeof piece;
        assert_int_equal(recording_batch_read_at(recording, at, piece, count, &f->err), ERR_OK);
        assert_memory_equal(piece, plain.ptr + at, count);
    }
    assert_int_equal(recording_batch_read_at(recording, plain.len, piece, 1, &f->err), ERR_INPUT);
    recording_close(recording);
    str_fini(&plain);
}

static void opened_it_is_what_it_was(void **state)
{
    struct fixture *f = *state;
    struct sealed_report report;
    seal(f);
    if (recording_unseal(f->sealed, f->again, false, &report, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.files, 5);
    assert_same_files(f);
}

/* Nothing of a damaged file is written; a salvage has what stands before, and it replays. */
static void of_a_cut_file_the_front_is_salvaged(void **state)
{
    struct fixture *f = *state;
    struct sealed_report report;
    struct str text;
    seal(f);
    str_init(&text, 1u << 20);
    script_read(f->dir, "rec.rvt", &text);
    script_write(f->dir, "rec.rvt", (struct slice){text.ptr, text.len - 60}); /* in the end and the last member */
    assert_int_equal(recording_unseal(f->sealed, f->again, false, &report, &f->err), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "cut"));
    assert_int_equal(access(f->again, F_OK), -1);
    assert_int_equal(replay_all(f), ERR_INTEGRITY);
    err_init(&f->err);
    if (recording_unseal(f->sealed, f->again, true, &report, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_true(report.cut);
    str_fini(&text);
}

static void what_its_manifest_does_not_know_is_not_sealed(void **state)
{
    struct fixture *f = *state;
    struct sealed_report report;
    script_edit_line(f->path, 3, SLICE("\"n\":3"), SLICE("\"n\":4"));
    assert_int_equal(recording_seal(f->path, f->sealed, &f->ring->pairs[0].half, 1, &report, NULL, &f->err), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "session.ndjson: is not what the manifest says"));
    assert_int_equal(access(f->sealed, F_OK), -1);
}

static void what_is_there_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct sealed_report report;
    seal(f);
    assert_int_equal(recording_seal(f->path, f->sealed, &f->ring->pairs[0].half, 1, &report, NULL, &f->err), ERR_USAGE);
}

/* In a child that is gone at the n-th call; 0 = it came to the end. */
static int rotate_with(struct fixture *f, int calls)
{
    pid_t child = fork();
    if (child == 0) {
        err_init(&f->err);
        calls_left = calls;
        enum err_code code = reseal(f->sealed, f->ring, &f->err);
        calls_left = 0;
        _exit(code == ERR_OK ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_rotation_that_is_killed_anywhere_loses_nothing(void **state)
{
    struct fixture *f = *state;
    int calls = 0;
    bool current = true;
    seal(f);
    assert_int_equal(key_ring_add(f->ring, 2, 0, &f->err), ERR_OK);
    assert_int_equal(reseal_is_current(f->sealed, f->ring, &current, &f->err), ERR_OK);
    assert_false(current);
    for (int result = 77; result == 77;) {
        result = rotate_with(f, ++calls);
        assert_true(result == 0 || result == 77);
        if (replay_all(f) != ERR_OK)
            fail_msg("killed at call %d: %s", calls, f->err.text);
    }
    assert_true(calls > 10);
    assert_int_equal(reseal_is_current(f->sealed, f->ring, &current, &f->err), ERR_OK);
    assert_true(current);
}

/* Its recipients stay: the newest of our key takes the place of the older one, and no other's. */
static void others_can_still_open_what_was_rotated(void **state)
{
    struct fixture *f = *state;
    struct key_ring *other = key_ring_new();
    struct sealed_report report;
    assert_int_equal(key_ring_add(other, 9, 0, &f->err), ERR_OK);
    struct public_key to[] = {other->pairs[0].half, f->ring->pairs[0].half};
    assert_int_equal(recording_seal(f->path, f->sealed, to, 2, &report, NULL, &f->err), ERR_OK);
    assert_int_equal(key_ring_add(f->ring, 2, 0, &f->err), ERR_OK);
    if (reseal(f->sealed, f->ring, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(replay_all(f), ERR_OK);
    store_use_keys(other);
    assert_int_equal(replay_all(f), ERR_OK);
    f->ring->pairs[0] = f->ring->pairs[1]; /* the old version alone */
    f->ring->count = 1;
    store_use_keys(f->ring);
    assert_int_equal(replay_all(f), ERR_INTEGRITY);
    key_ring_free(other);
}

static void what_cannot_be_rotated_stays_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct key_ring *other = key_ring_new();
    struct str before, after, theirs;
    str_init(&before, 1u << 20);
    str_init(&after, 1u << 20);
    str_init(&theirs, 64);
    script_write(f->dir, "rec.rvt.new", SLICE("mine"));
    seal(f);
    script_read(f->dir, "rec.rvt", &before);
    before.ptr[before.len / 2] ^= 1;
    script_write(f->dir, "rec.rvt", str_slice(&before));
    assert_int_equal(key_ring_add(f->ring, 2, 0, &f->err), ERR_OK);
    assert_int_equal(reseal(f->sealed, f->ring, &f->err), ERR_INTEGRITY);
    err_init(&f->err);
    assert_int_equal(key_ring_add(other, 5, 0, &f->err), ERR_OK);
    assert_int_equal(reseal(f->sealed, other, &f->err), ERR_INTEGRITY);
    script_read(f->dir, "rec.rvt", &after);
    assert_true(slice_equal(str_slice(&before), str_slice(&after)));
    script_read(f->dir, "rec.rvt.new", &theirs);
    assert_string_equal(str_text(&theirs), "mine");
    assert_int_equal(script_count_files(f->dir), 3); /* the recording, the sealed one, and theirs */
    str_fini(&theirs);
    str_fini(&before);
    str_fini(&after);
    key_ring_free(other);
}

/* The ring itself: killed anywhere the old file is there or the new, and with the new one the
   old versions; a public half is never ahead of it. */
static void a_key_file_that_is_replaced_is_old_or_new(void **state)
{
    struct fixture *f = *state;
    char path[128], public_path[160];
    assert_true(text_format(path, sizeof path, "%s/k", f->dir));
    assert_true(text_format(public_path, sizeof public_path, "%s.pub", path));
    assert_int_equal(key_file_create(path, f->ring, &f->err), ERR_OK);
    assert_int_equal(key_ring_add(f->ring, 2, 0, &f->err), ERR_OK);
    int result = 77;
    for (int calls = 1; result == 77; calls++) {
        pid_t child = fork();
        if (child == 0) {
            calls_left = calls;
            enum err_code code = key_file_replace(path, f->ring, NULL, &f->err);
            calls_left = 0;
            _exit(code == ERR_OK ? 0 : 1);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        result = WEXITSTATUS(status);
        struct key_ring *ring = NULL;
        struct public_key key;
        err_init(&f->err);
        if (key_file_read(path, KEY_OWN_FILE, &ring, &f->err) != ERR_OK || public_key_file_read(public_path, &key, &f->err) != ERR_OK)
            fail_msg("killed at call %d: %s", calls, f->err.text);
        assert_non_null(key_ring_find(ring, key.bytes));
        assert_non_null(key_ring_find(ring, f->ring->pairs[1].half.bytes));
        key_ring_free(ring);
    }
    assert_int_equal(result, 0);
}

/* A size that is too small does not wait for the end to be found out. */
static void no_byte_is_read_past_the_size_that_was_announced(void **state)
{
    struct fixture *f = *state;
    struct seal_writer *writer = NULL;
    struct sealed *sealed = NULL;
    struct sealed_stream *stream = NULL;
    char piece[4];
    unsigned char ten[8];
    uint64_t size = 0;
    size_t got = 1, all = 0;
    seal_put_u64(ten, 10);
    assert_int_equal(seal_writer_open(AT_FDCWD, f->sealed, SEAL_RECORDING, &f->ring->pairs[0].half, 1, &writer, &f->err), ERR_OK);
    assert_int_equal(seal_copy_frame(writer, SEAL_BEGIN, 0, (struct slice){"\0one.txt", 8}, &f->err), ERR_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(seal_copy_frame(writer, SEAL_DATA, 0, SLICE("12345678"), &f->err), ERR_OK);
    assert_int_equal(seal_copy_frame(writer, SEAL_FINISH, 0, (struct slice){(char *)ten, sizeof ten}, &f->err), ERR_OK);
    assert_int_equal(seal_writer_close(writer, &f->err), ERR_OK);
    assert_int_equal(sealed_open(open(f->sealed, O_RDONLY), SEAL_RECORDING, f->ring, &sealed, NULL, &f->err), ERR_OK);
    assert_int_equal(sealed_stream_open(sealed, "one.txt", &stream, &size, &f->err), ERR_OK);
    enum err_code code = ERR_OK;
    for (; code == ERR_OK && got; all += code == ERR_OK ? got : 0)
        code = sealed_stream_read(stream, piece, sizeof piece, &got, &f->err);
    assert_int_equal(code, ERR_INTEGRITY);
    assert_true(all <= 10);
    sealed_stream_close(stream);
    sealed_close(sealed);
}

static enum err_code meet_any(void *ctx, const char *path, struct err *err)
{
    (void)path, (void)err;
    ++*(int *)ctx;
    return ERR_OK;
}

static void a_folder_that_fails_is_not_one_that_ends(void **state)
{
    struct fixture *f = *state;
    struct store store = store_of_directory(open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int met = 0;
    assert_int_equal(store_each(&store, "rec", meet_any, &met, &f->err), ERR_OK);
    assert_int_equal(met, 5);
    entries_left = 1;
    assert_int_equal(store_each(&store, "rec", meet_any, &met, &f->err), ERR_ENV);
    entries_left = -1;
    assert_non_null(strstr(f->err.text, "rec: cannot be listed to its end"));
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sealed_recording_replays_and_verifies, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(a_packed_one_can_be_sealed_too, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(it_diverges_with_its_nearest_entry, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(the_batch_is_read_in_any_order, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(opened_it_is_what_it_was, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(of_a_cut_file_the_front_is_salvaged, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(what_its_manifest_does_not_know_is_not_sealed, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_replaced, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(a_rotation_that_is_killed_anywhere_loses_nothing, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(others_can_still_open_what_was_rotated, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(what_cannot_be_rotated_stays_as_it_was, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(a_folder_that_fails_is_not_one_that_ends, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(no_byte_is_read_past_the_size_that_was_announced, set_up, seal_fixture_free),
        cmocka_unit_test_setup_teardown(a_key_file_that_is_replaced_is_old_or_new, set_up, seal_fixture_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
