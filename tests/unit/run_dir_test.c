/* Where a run is kept: its number, what stands beside it, and that its name outlives a
   power cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/cli/run/run_dir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char synced[32][PATH_MAX];
static size_t synced_count;
static int sync_error;

/* In the place of the C library's: notes what is synced. */
int fsync(int fd)
{
    char link[64];
    assert_true(text_format(link, sizeof link, "/proc/self/fd/%d", fd));
    assert_true(synced_count < 32);
    ssize_t length = readlink(link, synced[synced_count], PATH_MAX - 1);
    assert_true(length > 0);
    synced[synced_count++][length] = '\0';
    errno = sync_error;
    return sync_error ? -1 : (int)syscall(SYS_fsync, fd);
}

static char root[64];

static int make_root(void **state)
{
    (void)state;
    synced_count = 0;
    sync_error = 0;
    return text_format(root, sizeof root, "/tmp/revisit-run-dir-XXXXXX") && mkdtemp(root) && setenv("XDG_STATE_HOME", root, 1) == 0 ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[128];
    (void)state;
    return text_format(command, sizeof command, "rm -rf %s", root) ? system(command) : -1;
}

static const char *below(const char *part)
{
    static char path[PATH_MAX];
    assert_true(text_format(path, sizeof path, "%s%s", root, part));
    return path;
}

static void assert_synced(const char *part)
{
    for (size_t i = 0; i < synced_count; i++)
        if (strcmp(synced[i], below(part)) == 0)
            return;
    fail_msg("%s was not synced", below(part));
}

static enum err_code begin(const char *path, struct run_dir *ret_dir, struct err *err)
{
    err_init(err);
    return run_dir_open(path, SLICE("day"), false, ret_dir, err);
}

static void each_folder_that_is_made_is_synced_into_the_one_that_holds_it(void **state)
{
    struct run_dir dir;
    struct err err;
    (void)state;
    assert_int_equal(setenv("XDG_STATE_HOME", below("/a/b"), 1), 0);
    assert_int_equal(begin(NULL, &dir, &err), ERR_OK);
    run_dir_close(&dir);
    assert_string_equal(dir.path, below("/a/b/revisit/day-1"));
    assert_int_equal(synced_count, 4);
    static const char *const holding[] = {"", "/a", "/a/b", "/a/b/revisit"};
    for (size_t i = 0; i < 4; i++)
        assert_synced(holding[i]);
}

static void a_named_directory_is_synced_whoever_made_it(void **state)
{
    struct run_dir dir;
    struct err err;
    (void)state;
    assert_int_equal(mkdir(below("/run"), 0700), 0);
    assert_int_equal(begin(below("/run"), &dir, &err), ERR_OK);
    run_dir_close(&dir);
    assert_int_equal(synced_count, 1);
    assert_synced("");
}

static void a_name_that_cannot_be_made_durable_begins_no_run(void **state)
{
    struct run_dir dir;
    struct err err;
    (void)state;
    sync_error = EIO;
    assert_int_equal(begin(NULL, &dir, &err), ERR_ENV);
    assert_non_null(strstr(err.text, "cannot be made: Input/output error"));
    assert_int_equal(access(below("/revisit/day-1"), F_OK), -1);
}

static void beside_a_run_that_is_under_way_no_other_is_begun(void **state)
{
    struct run_dir dir, second;
    struct err err;
    char words[64];
    (void)state;
    assert_int_equal(begin(NULL, &dir, &err), ERR_OK);
    assert_int_equal(begin(NULL, &second, &err), ERR_ENV);
    assert_true(text_format(words, sizeof words, "under way there (process %d)", (int)getpid()));
    assert_non_null(strstr(err.text, words));
    run_dir_close(&dir);
    assert_int_equal(begin(NULL, &second, &err), ERR_OK);
    assert_string_equal(second.path, below("/revisit/day-2"));
    run_dir_close(&second);
}

static void other_names_in_the_place_are_no_runs_of_the_batch(void **state)
{
    static const char *const others[] = {"/revisit", "/revisit/day-", "/revisit/day-07", "/revisit/day-8x", "/revisit/day-9-9",
                                         "/revisit/days-10", "/revisit/day-3"};
    struct run_dir dir;
    struct err err;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(mkdir(below(others[i]), 0700), 0);
    assert_int_equal(begin(NULL, &dir, &err), ERR_OK);
    run_dir_close(&dir);
    assert_string_equal(dir.path, below("/revisit/day-4"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_folder_that_is_made_is_synced_into_the_one_that_holds_it),
        T(a_named_directory_is_synced_whoever_made_it),
        T(a_name_that_cannot_be_made_durable_begins_no_run),
        T(beside_a_run_that_is_under_way_no_other_is_begun),
        T(other_names_in_the_place_are_no_runs_of_the_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
