/* A what-if run asks the kernel for memory and for nothing else: it cannot sleep, wait or open
   anything. Runs are made in a child whose system calls are cut down to that, and a child that
   sleeps there is ended by the kernel. (That it reads no clock, its objects show: tests/lint.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/whatif/whatif_run.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct recorded recorded;
static struct whatif whatif;

static void take(void *ctx, struct slice line)
{
    *(size_t *)ctx += line.len;
}

static bool keep_to_memory(void)
{
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_brk), ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mremap), ALLOW(SYS_madvise), ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* Hangs, retries, a kill and a resume: minutes of virtual time. */
static void run(void)
{
    static struct whatif_terms terms;
    static struct err err;
    struct whatif_end end;
    struct event_log log;
    size_t bytes = 0;
    terms.settings = recorded.run.settings;
    if (fault_parse_list(SLICE("p1.v1.a1.saveSOAP:hang p1.v1.a2.saveSOAP:kill p2.openVisit#*:hang"), MODEL_FAULTS_MAX,
                         terms.faults, &terms.fault_count, &err) != ERR_OK)
        _exit(3);
    for (int i = 0; i < 20; i++) {
        event_log_init(&log, &bytes, take);
        if (whatif_run(&recorded, &whatif, &terms, &log, &end, &err) != ERR_OK)
            _exit(4);
        event_log_fini(&log);
    }
    _exit(bytes && end.processes == 2 ? 0 : 5);
}

static void sleep_a_moment(void)
{
    (void)nanosleep(&(struct timespec){0, 1}, NULL);
    _exit(0);
}

/* The signal that ended it, or its exit status and 256. */
static int end_of(void (*act)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!keep_to_memory())
            _exit(2);
        act();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 256 + WEXITSTATUS(status);
}

static void a_run_asks_the_kernel_for_memory_alone(void **state)
{
    (void)state;
    assert_int_equal(end_of(run), 256);
}

static void one_that_sleeps_is_ended(void **state)
{
    (void)state;
    assert_int_equal(end_of(sleep_a_moment), SIGSYS);
}

static int set_up(void **state)
{
    struct event_log log;
    struct err err;
    size_t bytes = 0;
    (void)state;
    err_init(&err);
    event_log_init(&log, &bytes, take);
    bool ready = recorded_open(&recorded, "fixtures/clinic-3", &err) == ERR_OK && recorded_play(&recorded, &log, &err) == ERR_OK &&
                 whatif_open(&whatif, &recorded.course, &err) == ERR_OK;
    event_log_fini(&log);
    if (!ready)
        print_error("%s\n", err.text);
    return ready ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    whatif_close(&whatif);
    recorded_close(&recorded);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_run_asks_the_kernel_for_memory_alone), cmocka_unit_test(one_that_sleeps_is_ended)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
