/* Key files: what is written is read, nothing that was touched is taken, nor one that others
   could have read; and no error says what is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/seal/key_file.h"
#include "tests/unit/recorder_script.h"

#define DAY_US ((int64_t)86400 * 1000000)
#define MADE_US ((int64_t)1767225600 * 1000000) /* 2026-01-01 */

struct fixture {
    char dir[64], path[128], public_path[128];
    struct key_ring *ring;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/k", f->dir));
    assert_true(text_format(f->public_path, sizeof f->public_path, "%s/k.pub", f->dir));
    f->ring = key_ring_new();
    assert_int_equal(key_ring_add(f->ring, 4, MADE_US, &f->err), ERR_OK);
    assert_int_equal(key_ring_add(f->ring, 7, MADE_US + 40 * DAY_US, &f->err), ERR_OK);
    assert_int_equal(key_file_create(f->path, f->ring, &f->err), ERR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    key_ring_free(f->ring);
    script_remove(f->dir);
    free(f);
    return 0;
}

static enum err_code read_file(struct fixture *f, enum key_place place, struct key_ring **ret_ring)
{
    err_init(&f->err);
    return key_file_read(f->path, place, ret_ring, &f->err);
}

/* The secrets, as they stand in the file, are in no message. */
static void assert_untold(const struct fixture *f)
{
    char hex[2 * KEY_BYTES + 1];
    for (size_t i = 0; i < f->ring->count; i++) {
        sodium_bin2hex(hex, sizeof hex, f->ring->pairs[i].secret, KEY_BYTES);
        for (size_t at = 0; at + 8 < sizeof hex; at += 8) {
            char part[9] = {0};
            memcpy(part, hex + at, 8);
            assert_null(strstr(f->err.text, part));
        }
    }
}

static void refused(struct fixture *f, enum key_place place, const char *why)
{
    struct key_ring *ring = NULL;
    assert_int_equal(read_file(f, place, &ring), ERR_INTEGRITY);
    if (!strstr(f->err.text, why) || !strstr(f->err.text, f->path))
        fail_msg("%s: %s", why, f->err.text);
    assert_untold(f);
}

static void a_key_file_comes_back_with_all_its_versions(void **state)
{
    struct fixture *f = *state;
    struct key_ring *ring = NULL;
    struct public_key key;
    struct stat status;
    if (read_file(f, KEY_OWN_FILE, &ring) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(ring->count, 2);
    assert_memory_equal(ring->pairs, f->ring->pairs, 2 * sizeof ring->pairs[0]);
    assert_string_equal(ring->pairs[0].half.created, "2026-02-10");
    assert_ptr_equal(key_ring_find(ring, f->ring->pairs[1].half.bytes), &ring->pairs[1]);
    assert_int_equal(public_key_file_read(f->public_path, &key, &f->err), ERR_OK);
    assert_int_equal(key.version, 7);
    assert_memory_equal(key.bytes, ring->pairs[0].half.bytes, KEY_BYTES);
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(f->public_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    key_ring_free(ring);
}

static void a_key_is_as_old_as_its_day(void **state)
{
    struct fixture *f = *state;
    const struct public_key *key = &f->ring->pairs[1].half;
    assert_int_equal(key_age_days(key, MADE_US), 0);
    assert_int_equal(key_age_days(key, MADE_US + DAY_US - 1), 0);
    assert_int_equal(key_age_days(key, MADE_US + 81 * DAY_US), 81);
    assert_int_equal(key_age_days(key, MADE_US - 5 * DAY_US), 0);
}

static void versions_go_up_and_are_not_many(void **state)
{
    struct fixture *f = *state;
    struct err err;
    for (uint32_t version = 6; version <= 7; version++) {
        err_init(&err);
        assert_int_equal(key_ring_add(f->ring, version, 0, &err), ERR_USAGE);
    }
    static const uint32_t no_versions[] = {0, KEY_VERSION_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct key_ring *empty = key_ring_new();
        err_init(&err);
        assert_int_equal(key_ring_add(empty, no_versions[i], 0, &err), ERR_USAGE);
        err_init(&err);
        assert_int_equal(key_ring_add(f->ring, no_versions[i], 0, &err), ERR_USAGE);
        assert_int_equal(empty->count, 0);
        key_ring_free(empty);
    }
    err_init(&err);
    for (uint32_t version = 8; f->ring->count < KEY_VERSIONS_MAX; version++)
        assert_int_equal(key_ring_add(f->ring, version, 0, &err), ERR_OK);
    assert_int_equal(key_ring_add(f->ring, 9999, 0, &err), ERR_USAGE);
    err_init(&err);
    assert_int_equal(key_file_replace(f->path, f->ring, NULL, &err), ERR_OK);
    struct key_ring *ring = NULL;
    if (read_file(f, KEY_OWN_FILE, &ring) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(ring->count, KEY_VERSIONS_MAX);
    key_ring_free(ring);
}

/* Every bit, every length: of the secret file and of its public half. */
static void nothing_that_was_touched_is_a_key(void **state)
{
    struct fixture *f = *state;
    struct str text;
    struct public_key key;
    str_init(&text, KEY_FILE_MAX);
    script_read(f->dir, "k", &text);
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        struct key_ring *ring = key_ring_new();
        text.ptr[bit / 8] ^= (char)(1 << bit % 8);
        err_init(&f->err);
        if (key_ring_parse(str_slice(&text), ring, &f->err) != ERR_INTEGRITY)
            fail_msg("bit %zu", bit);
        assert_untold(f);
        text.ptr[bit / 8] ^= (char)(1 << bit % 8);
        key_ring_free(ring);
    }
    for (size_t len = 0; len < text.len; len++) {
        struct key_ring *ring = key_ring_new();
        err_init(&f->err);
        assert_int_equal(key_ring_parse((struct slice){text.ptr, len}, ring, &f->err), ERR_INTEGRITY);
        key_ring_free(ring);
    }
    str_clear(&text);
    script_read(f->dir, "k.pub", &text);
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        text.ptr[bit / 8] ^= (char)(1 << bit % 8);
        err_init(&f->err);
        assert_int_equal(public_key_parse(str_slice(&text), &key, &f->err), ERR_INTEGRITY);
        text.ptr[bit / 8] ^= (char)(1 << bit % 8);
    }
    str_fini(&text);
}

static void a_key_that_others_may_read_is_refused_with_the_remedy(void **state)
{
    struct fixture *f = *state;
    static const mode_t modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0660, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(f->path, modes[i]), 0);
        refused(f, KEY_OWN_FILE, "chmod 600");
    }
    assert_int_equal(chmod(f->path, 0400), 0);
    struct key_ring *ring = NULL;
    assert_int_equal(read_file(f, KEY_OWN_FILE, &ring), ERR_OK);
    key_ring_free(ring);
}

static void a_link_is_refused(void **state)
{
    struct fixture *f = *state;
    char real[160];
    assert_true(text_format(real, sizeof real, "%s/real", f->dir));
    assert_int_equal(rename(f->path, real), 0);
    refused(f, KEY_OWN_FILE, "is missing");
    assert_int_equal(symlink(real, f->path), 0);
    refused(f, KEY_OWN_FILE, "is a link");
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(link(real, f->path), 0);
    refused(f, KEY_OWN_FILE, "2 names (hard links)");
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkdir(f->path, 0700), 0);
    refused(f, KEY_OWN_FILE, "is no file");
    assert_int_equal(rmdir(f->path), 0);
    assert_int_equal(mkfifo(f->path, 0600), 0);
    refused(f, KEY_OWN_FILE, "is no file");
}

static void put(struct fixture *f, struct slice text)
{
    script_write(f->dir, "k", text);
    assert_int_equal(chmod(f->path, 0600), 0);
}

static void a_file_of_the_wrong_length_or_kind_is_refused(void **state)
{
    struct fixture *f = *state;
    struct str text;
    str_init(&text, 2 * KEY_FILE_MAX);
    put(f, SLICE(""));
    refused(f, KEY_OWN_FILE, "has 0 bytes");
    while (text.len <= KEY_FILE_MAX)
        str_add_char(&text, 'x');
    put(f, str_slice(&text));
    refused(f, KEY_OWN_FILE, "which no key file has");
    put(f, SLICE("\x01\x02 thirty-two bytes of something."));
    refused(f, KEY_OWN_FILE, "is no key file");
    put(f, SLICE("revisit-secret-key 2\n"));
    refused(f, KEY_OWN_FILE, "is of format 2");
    str_clear(&text);
    script_read(f->dir, "k.pub", &text);
    put(f, str_slice(&text));
    refused(f, KEY_OWN_FILE, "is the public half");
    str_fini(&text);
}

/* A credential is root's and may be read by a group; what is somebody else's is refused. */
static void whose_it_may_be_depends_on_where_it_lies(void **state)
{
    struct fixture *f = *state;
    struct key_ring *ring = NULL;
    assert_int_equal(chmod(f->path, 0440), 0);
    refused(f, KEY_OWN_FILE, "chmod 600");
    assert_int_equal(read_file(f, KEY_CREDENTIAL, &ring), ERR_OK);
    key_ring_free(ring);
    assert_int_equal(chmod(f->path, 0444), 0);
    refused(f, KEY_CREDENTIAL, "others may read");
    assert_int_equal(chmod(f->path, 0400), 0);
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(f->path, 12345, (gid_t)-1), 0);
    refused(f, KEY_OWN_FILE, "belongs to another user");
    refused(f, KEY_CREDENTIAL, "belongs to another user");
}

static void a_public_half_that_others_may_replace_is_refused(void **state)
{
    struct fixture *f = *state;
    struct public_key key;
    static const mode_t modes[] = {0646, 0664, 0620};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        err_init(&f->err);
        assert_int_equal(chmod(f->public_path, modes[i]), 0);
        assert_int_equal(public_key_file_read(f->public_path, &key, &f->err), ERR_INTEGRITY);
        assert_non_null(strstr(f->err.text, "others may replace it"));
    }
    err_init(&f->err);
    assert_int_equal(public_key_file_read(f->path, &key, &f->err), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "is a secret key"));
    assert_untold(f);
}

static void a_public_half_is_ours_or_roots(void **state)
{
    struct fixture *f = *state;
    struct public_key key;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(f->public_path, 12345, (gid_t)-1), 0);
    assert_int_equal(public_key_file_read(f->public_path, &key, &f->err), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "belongs to another user (12345)"));
}

static void what_is_there_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct key_ring *ring = NULL;
    assert_int_equal(key_file_create(f->path, f->ring, &f->err), ERR_USAGE);
    assert_int_equal(unlink(f->path), 0);
    err_init(&f->err);
    assert_int_equal(key_file_create(f->path, f->ring, &f->err), ERR_USAGE); /* its public half is there */
    assert_int_equal(access(f->path, F_OK), -1);
    assert_int_equal(unlink(f->public_path), 0);
    err_init(&f->err);
    assert_int_equal(key_file_create(f->path, f->ring, &f->err), ERR_OK);
    assert_int_equal(read_file(f, KEY_OWN_FILE, &ring), ERR_OK);
    key_ring_free(ring);
}

static void a_lock_is_held_over_the_new_file_too(void **state)
{
    struct fixture *f = *state;
    int lock = -1, other = -1;
    assert_int_equal(key_file_lock(f->path, &lock, &f->err), ERR_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(key_file_lock(f->path, &other, &f->err), ERR_ENV);
        err_init(&f->err);
        assert_int_equal(key_file_replace(f->path, f->ring, &lock, &f->err), ERR_OK);
    }
    assert_int_equal(key_file_lock(f->path, &other, &f->err), ERR_ENV);
    assert_non_null(strstr(f->err.text, "is being rotated by another process"));
    close(lock);
    err_init(&f->err);
    assert_int_equal(key_file_lock(f->path, &other, &f->err), ERR_OK);
    close(other);
}

/* Somebody's own file of such a name, or what a kill left. */
static void a_file_beside_it_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct str text;
    str_init(&text, 64);
    script_write(f->dir, "k.new", SLICE("mine"));
    script_write(f->dir, "k.pub.new", SLICE("mine"));
    assert_int_equal(key_file_replace(f->path, f->ring, NULL, &f->err), ERR_OK);
    script_read(f->dir, "k.new", &text);
    assert_string_equal(str_text(&text), "mine");
    script_read(f->dir, "k.pub.new", &text);
    assert_string_equal(str_text(&text), "mine");
    assert_int_equal(script_count_files(f->dir), 4);
    str_fini(&text);
}

static void what_fails_leaves_no_copy_of_a_secret(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_int_equal(key_file_replace(f->path, f->ring, NULL, &f->err), ERR_ENV);
    assert_int_equal(script_count_files(f->dir), 2);
    assert_int_equal(rmdir(f->path), 0);
    assert_int_equal(unlink(f->public_path), 0);
    assert_int_equal(symlink("nowhere", f->public_path), 0);
    err_init(&f->err);
    assert_int_equal(key_file_create(f->path, f->ring, &f->err), ERR_USAGE);
    assert_int_equal(access(f->path, F_OK), -1);
    assert_int_equal(script_count_files(f->dir), 1);
}

/* In memory: locked, kept out of core files, and gone when it is freed. */
static void a_ring_lies_in_guarded_memory(void **state)
{
    struct fixture *f = *state;
    char line[512];
    bool found = false, locked = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx", &from, &to) == 2)
            found = (uintptr_t)f->ring >= from && (uintptr_t)f->ring < to;
        if (found && strncmp(line, "VmFlags:", 8) == 0) {
            assert_non_null(strstr(line, " dd")); /* no core file has it */
            locked = strstr(line, " lo") != NULL;
        }
    }
    fclose(maps);
    assert_true(locked);
    pid_t child = fork();
    if (child == 0) { /* its neighbourhood is no memory: a read past its end ends the process */
        (void)signal(SIGSEGV, SIG_DFL);
        volatile char past = ((const volatile char *)f->ring)[sizeof *f->ring];
        (void)past;
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_file_comes_back_with_all_its_versions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_is_as_old_as_its_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_go_up_and_are_not_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_that_was_touched_is_a_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_that_others_may_read_is_refused_with_the_remedy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_the_wrong_length_or_kind_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whose_it_may_be_depends_on_where_it_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_public_half_that_others_may_replace_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_public_half_is_ours_or_roots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lock_is_held_over_the_new_file_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_beside_it_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_fails_leaves_no_copy_of_a_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ring_lies_in_guarded_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
