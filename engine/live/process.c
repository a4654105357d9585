/* fork, not posix_spawn: the parent-death signal, the limits and the group are set
   between fork and exec. A failed exec comes back through a close-on-exec pipe:
   end of file means that the program runs. The descriptors are first moved past
   the low numbers, so that laying them on 3 and 4 never covers one of them. */
#include "engine/live/process.h"

#include "engine/live/process_group.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_READS 3
#define CHILD_WRITES 4
#define FIRST_FREE_FD 10

/* The three pipes, [0] to read from and [1] to write to. */
struct plumbing {
    int to_child[2], from_child[2], status[2];
};

static void close_both(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static void close_all(const struct plumbing *plumbing)
{
    close_both(plumbing->to_child);
    close_both(plumbing->from_child);
    close_both(plumbing->status);
}

/* Leaves ends at -1 or open, for close_both(). */
static int make_pipe(int ret_ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0)
        return errno;
    int error = 0;
    for (int i = 0; i < 2 && !error; i++) {
        ret_ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
        error = ret_ends[i] < 0 ? errno : 0;
    }
    close_both(low);
    return error;
}

static int make_plumbing(struct plumbing *ret_plumbing)
{
    *ret_plumbing = (struct plumbing){{-1, -1}, {-1, -1}, {-1, -1}};
    int error = make_pipe(ret_plumbing->to_child);
    if (!error)
        error = make_pipe(ret_plumbing->from_child);
    if (!error)
        error = make_pipe(ret_plumbing->status);
    return error;
}

/* In the child: system calls only. */
static void lay_descriptors(const struct plumbing *plumbing)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < CHILD_READS; fd++)
        dup2(null_fd, fd);
    dup2(plumbing->to_child[0], CHILD_READS);
    dup2(plumbing->from_child[1], CHILD_WRITES);
    close_range(CHILD_WRITES + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}

static void reset_signals(void)
{
    static const int handled[] = {SIGTERM, SIGINT, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD};
    sigset_t none;
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
        signal(handled[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become(const struct launch *launch, const struct plumbing *plumbing, pid_t parent)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    reset_signals();
    umask(077);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    lay_descriptors(plumbing);
    if (network_off_enter(launch->network_off) && chdir(launch->folder) == 0)
        execve(launch->path, launch->argv, launch->envp);
    int error = errno;
    ssize_t written = write(plumbing->status[1], &error, sizeof error);
    _exit(written == sizeof error ? 127 : 126);
}

/* The errno of the child's exec; 0 when it worked. */
static int wait_for_exec(int status_fd)
{
    int error = 0;
    ssize_t size;
    do
        size = read(status_fd, &error, sizeof error);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof error ? error : 0;
}

int process_spawn(struct process *ret_process, struct message_pipe *ret_pipe, const struct launch *launch)
{
    struct plumbing plumbing;
    int error = make_plumbing(&plumbing);
    pid_t parent = getpid();
    pid_t pid = error ? 0 : fork();
    if (error || pid < 0) {
        error = error ? error : errno;
        close_all(&plumbing);
        return error;
    }
    if (pid == 0)
        become(launch, &plumbing, parent);
    close(plumbing.to_child[0]);
    close(plumbing.from_child[1]);
    close(plumbing.status[1]);
    error = wait_for_exec(plumbing.status[0]);
    close(plumbing.status[0]);
    if (error) {
        process_group_kill(pid, NULL);
        close(plumbing.to_child[1]);
        close(plumbing.from_child[0]);
        return error;
    }
    *ret_process = (struct process){.pid = pid, .exit_fd = pidfd_open(pid, 0)};
    message_pipe_open(ret_pipe, plumbing.from_child[0], plumbing.to_child[1]);
    return 0;
}

static void forget(struct process *process)
{
    if (process->exit_fd >= 0)
        close(process->exit_fd);
    *process = PROCESS_NONE;
}

bool process_ended(struct process *process, int *ret_status)
{
    if (process->pid == 0 || waitpid(process->pid, ret_status, WNOHANG) != process->pid)
        return false;
    process_group_kill(process->pid, NULL);
    forget(process);
    return true;
}

void process_condemn(const struct process *process)
{
    if (process->pid)
        kill(-process->pid, SIGKILL);
}

void process_kill(struct process *process, int *ret_status)
{
    *ret_status = SIGKILL; /* the encoding of "killed by signal 9" */
    process_group_kill(process->pid, ret_status);
    forget(process);
}
