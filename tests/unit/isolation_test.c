/* What a replay may open once its inputs are read: its recording to read, its output to write,
   nothing else. Each attempt is made in a child of its own, as is what happens on a kernel
   without Landlock: there a filter answers in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/base/str.h"
#include "engine/cli/isolation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDING "fixtures/http-refused"
#define FAILED 200 /* the child could not be prepared */

static char out_dir[] = "/tmp/isolation-test-XXXXXX";
static char output[PATH_MAX], neighbour[PATH_MAX], other[PATH_MAX];

/* 0, or the errno of an open. */
static int try(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : errno;
}

static int result_of(int result)
{
    return result == 0 ? 0 : errno;
}

static const char *const reads[] = {RECORDING, RECORDING "/manifest.json"};

/* What `attempt` returns in a child that reads reads[place] and writes `output`. */
static int isolated(size_t place, int (*attempt)(void))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct isolation isolation = {.reads = {reads[place]}, .output = output};
        static struct err err;
        err_init(&err);
        _exit(isolation_begin(&isolation, &err) == ERR_OK ? attempt() : FAILED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int look_for_isolation(void)
{
    return isolation_holds();
}

/* Only a kernel that has it can be held to it. */
static void need_landlock(void)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1u) < 1)
        skip();
    assert_int_equal(isolated(0, look_for_isolation), 1);
}

static int read_recording(void)
{
    int session = try(RECORDING "/session.ndjson", O_RDONLY), list = try(RECORDING, O_RDONLY | O_DIRECTORY);
    return session ? session : list;
}
static int read_manifest(void) { return try(RECORDING "/manifest.json", O_RDONLY); }
static int read_beside(void) { return try("Makefile", O_RDONLY); }
static int read_program(void) { return try("/proc/self/exe", O_RDONLY); }
static int write_recording(void) { return try(RECORDING "/manifest.json", O_WRONLY); }
static int add_to_recording(void) { return try(RECORDING "/more", O_WRONLY | O_CREAT); }
static int cut_recording(void) { return result_of(truncate(RECORDING "/manifest.json", 0)); }
static int remove_from_recording(void) { return result_of(unlink(RECORDING "/manifest.json")); }
static int make_elsewhere(void) { return try("/tmp/isolation-test-more", O_WRONLY | O_CREAT); }
static int read_output_directory(void) { return try(out_dir, O_RDONLY | O_DIRECTORY); }
static int read_beside_output(void) { return try(other, O_RDONLY); }
static int make_directory(void) { return result_of(mkdir(neighbour, 0700)); }

static int replace_output(void)
{
    int made = try(neighbour, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    return made ? made : result_of(rename(neighbour, output));
}

static void a_recording_is_there_to_read(void **state)
{
    (void)state;
    assert_int_equal(isolated(0, read_recording), 0);
    assert_int_equal(isolated(1, read_manifest), 0);
}

static void a_planted_read_of_another_file_is_refused(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(try("Makefile", O_RDONLY), 0);
    assert_int_equal(isolated(0, read_beside), EACCES);
    assert_int_equal(isolated(0, read_program), EACCES);
    assert_int_equal(isolated(1, read_recording), EACCES);
}

static void a_recording_is_not_there_to_write(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(isolated(0, write_recording), EACCES);
    assert_int_equal(isolated(0, add_to_recording), EACCES);
    assert_int_equal(isolated(0, remove_from_recording), EACCES);
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1u) >= 3)
        assert_int_equal(isolated(0, cut_recording), EACCES);
}

static void an_output_is_made_and_replaced_in_its_directory_alone(void **state)
{
    (void)state;
    need_landlock();
    for (int i = 0; i < 2; i++)
        assert_int_equal(isolated(0, replace_output), 0);
    assert_int_equal(try(other, O_WRONLY | O_CREAT), 0);
    assert_int_equal(isolated(0, read_beside_output), EACCES);
    assert_int_equal(isolated(0, read_output_directory), EACCES);
    assert_int_equal(isolated(0, make_directory), EACCES);
    assert_int_equal(isolated(0, make_elsewhere), EACCES);
}

/* From here on `call` fails with `cause`, as if the kernel said so. */
static bool answer_for(unsigned int call, unsigned int cause)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | cause),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* The error code of isolation_begin(), 100 more where a file outside is still to be had. */
static int begin_where(unsigned int call, unsigned int cause)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct isolation isolation = {.reads = {RECORDING}};
        static struct err err;
        err_init(&err);
        if (!answer_for(call, cause))
            _exit(FAILED);
        int code = (int)isolation_begin(&isolation, &err);
        _exit(code + (isolation_holds() || read_beside() ? 0 : 100));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_kernel_without_landlock_is_no_error_and_holds_nothing(void **state)
{
    (void)state;
    assert_int_equal(begin_where(SYS_landlock_create_ruleset, ENOSYS), ERR_OK + 100);
    assert_int_equal(begin_where(SYS_landlock_create_ruleset, EOPNOTSUPP), ERR_OK + 100);
    assert_int_equal(begin_where(SYS_landlock_create_ruleset, EPERM), ERR_OK + 100);
}

static void a_kernel_that_has_it_and_will_not_is_an_error(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(begin_where(SYS_landlock_add_rule, EPERM), ERR_ENV + 100);
    assert_int_equal(begin_where(SYS_landlock_restrict_self, E2BIG), ERR_ENV + 100);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(out_dir) && text_format(output, sizeof output, "%s/report.html", out_dir) &&
                   text_format(neighbour, sizeof neighbour, "%s/report.html.new", out_dir) &&
                   text_format(other, sizeof other, "%s/other", out_dir)
               ? 0
               : -1;
}

static int take_down(void **state)
{
    (void)state;
    unlink(output);
    unlink(neighbour);
    unlink(other);
    return rmdir(out_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_is_there_to_read),
        cmocka_unit_test(a_planted_read_of_another_file_is_refused),
        cmocka_unit_test(a_recording_is_not_there_to_write),
        cmocka_unit_test(an_output_is_made_and_replaced_in_its_directory_alone),
        cmocka_unit_test(a_kernel_without_landlock_is_no_error_and_holds_nothing),
        cmocka_unit_test(a_kernel_that_has_it_and_will_not_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, take_down);
}
