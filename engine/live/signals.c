/* The handler does only what is safe there: write to an eventfd, kill, wait,
   remove a directory by system calls, _exit. Exit status 5 is the command line's
   "stopped". */
#include "engine/live/signals.h"

#include "engine/base/err.h"
#include "engine/live/process_group.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STATUS_STOPPED 5

static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD};
#define NUMBER_COUNT (sizeof numbers / sizeof numbers[0])

static struct sigaction found[NUMBER_COUNT];
static int event_fd = -1;
static volatile sig_atomic_t first_number;
static bool is_taken;
static sigset_t mask_before_hold;

static struct {
    pid_t group;
    struct private_dir dir;
} guarded = {.dir = {.fd = -1}};

static const char *last_words;

static void leave_at_once(void)
{
    if (last_words)
        (void)!write(STDERR_FILENO, last_words, strlen(last_words));
    if (guarded.group)
        process_group_kill(guarded.group, NULL);
    private_dir_remove(&guarded.dir);
    _exit(STATUS_STOPPED);
}

static void on_signal(int number)
{
    int saved_errno = errno;
    if (first_number)
        leave_at_once();
    first_number = number;
    ssize_t written = write(event_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)written; /* it cannot fail: the counter is far from full */
    errno = saved_errno;
}

static void (*disposition_of(int number))(int)
{
    if (number == SIGPIPE)
        return SIG_IGN;
    return number == SIGCHLD ? SIG_DFL : on_signal;
}

/* nohup, or a shell that puts us in the background, has said that these are not for us. */
static bool is_ignored_for_us(int number, const struct sigaction *before)
{
    return (number == SIGHUP || number == SIGINT) && before->sa_handler == SIG_IGN;
}

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

int signals_open(int *ret_fd)
{
    ASSERT(event_fd < 0);
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        return errno;
    first_number = 0;
    is_taken = false;
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        struct sigaction action = {.sa_flags = SA_RESTART, .sa_mask = stop_signals()};
        action.sa_handler = disposition_of(numbers[i]);
        sigaction(numbers[i], &action, &found[i]);
        if (is_ignored_for_us(numbers[i], &found[i]))
            sigaction(numbers[i], &found[i], NULL);
    }
    *ret_fd = event_fd;
    return 0;
}

void signals_close(void)
{
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        sigaction(numbers[i], &found[i], NULL);
    close(event_fd);
    event_fd = -1;
    last_words = NULL;
}

bool signals_take(int *ret_number)
{
    uint64_t count;
    if (is_taken || read(event_fd, &count, sizeof count) != (ssize_t)sizeof count)
        return false;
    is_taken = true;
    *ret_number = (int)first_number;
    return true;
}

void signals_guard(pid_t group, const struct private_dir *dir)
{
    sigset_t set = stop_signals(), before;
    sigprocmask(SIG_BLOCK, &set, &before);
    guarded.group = group;
    guarded.dir = group ? *dir : (struct private_dir){.fd = -1};
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void signals_last_words(const char *text)
{
    last_words = text;
}

void signals_hold(void)
{
    sigset_t set = stop_signals();
    sigprocmask(SIG_BLOCK, &set, &mask_before_hold);
}

void signals_release(void)
{
    sigprocmask(SIG_SETMASK, &mask_before_hold, NULL);
}
