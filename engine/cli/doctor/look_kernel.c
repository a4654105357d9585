/* What the kernel must be able to do, tried in a child where trying it leaves a mark on
   the process. */
#include "engine/cli/doctor/look.h"

#include "engine/cli/isolation.h"
#include "recorder/seccomp.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `trial` in a child: its exit status, or 256 and the signal that ended it; -1: there
   was no child. */
static int try_in_child(int (*trial)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(trial());
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void look_at_pidfd(struct findings *findings)
{
    int fd = pidfd_open(getpid(), 0);
    if (fd < 0)
        finding_add(findings, FINDING_WARN, "pidfd", "use Linux 5.3 or later",
                    "there is none (%s): the end of a browser is noticed later", strerror(errno));
    else
        finding_ok(findings, "pidfd", "the end of a browser is noticed at once");
    if (fd >= 0)
        close(fd);
}

#define NO_FILTER 1

/* Forbids the network as a replay does, and breaks the rule. */
static int break_the_rule(void)
{
    static struct err failed; /* static: it is large, and the parent says what happened */
    err_init(&failed);
    if (seccomp_forbid_network(&failed) != ERR_OK)
        return NO_FILTER;
    (void)socket(AF_INET, SOCK_STREAM, 0);
    return 0;
}

static void look_at_seccomp(struct findings *findings)
{
    int ended = try_in_child(break_the_rule);
    if (ended == 256 + SIGSYS)
        finding_ok(findings, "seccomp", "a replay that opened a socket would be ended");
    else if (ended == NO_FILTER)
        finding_add(findings, FINDING_BAD, "seccomp", "use a kernel with CONFIG_SECCOMP_FILTER, or a container that allows seccomp()",
                    "the kernel takes no system call filter, and no replay begins without");
    else
        finding_add(findings, FINDING_BAD, "seccomp", "use a container or kernel that keeps the filter",
                    "the kernel took a filter and does not keep it: a socket could be opened behind it");
}

enum confined { CONFINED, NOT_CONFINED, NOT_ALLOWED };

/* Confines itself as a replay does, to no file at all. */
static int confine(void)
{
    static struct err failed; /* static: it is large, and the parent says what happened */
    struct isolation isolation = {0};
    err_init(&failed);
    if (isolation_begin(&isolation, &failed) != ERR_OK)
        return NOT_ALLOWED;
    return isolation_holds() ? CONFINED : NOT_CONFINED;
}

static void look_at_landlock(struct findings *findings)
{
    int ended = try_in_child(confine);
    if (ended == CONFINED)
        finding_ok(findings, "landlock", "a replay opens no file but its recording");
    else if (ended == NOT_CONFINED)
        finding_add(findings, FINDING_WARN, "landlock", "use Linux 5.13 or later, with landlock in its lsm= list",
                    "there is none, or it does not hold: files stay open to a replay");
    else
        finding_add(findings, FINDING_BAD, "landlock", "use a container that allows all of landlock_*() or none of it",
                    "the kernel has it and refuses it, and so no replay begins");
}

static int enter_user_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0 ? 0 : errno == 0 ? 1 : errno;
}

static void look_at_namespaces(const struct look_wish *wish, struct findings *findings)
{
    int error = try_in_child(enter_user_namespace);
    if (error == 0)
        finding_ok(findings, "namespaces", "Chromium's sandbox can be made: user namespaces are there");
    else if (wish->no_sandbox)
        finding_ok(findings, "namespaces", "there are no user namespaces, and with --no-sandbox none is wanted");
    else
        finding_add(findings, FINDING_BAD, "namespaces",
                    "sysctl user.max_user_namespaces=10000 (or kernel.unprivileged_userns_clone=1), or in a container a seccomp profile "
                    "that allows them",
                    "no user namespace can be made (%s), so Chromium's sandbox cannot either", error > 0 ? strerror(error) : "no child");
}

void look_at_kernel(const struct look_wish *wish, struct findings *findings)
{
    struct utsname name;
    if (uname(&name) == 0)
        finding_ok(findings, "kernel", "%s %s, %s", name.sysname, name.release, name.machine);
    look_at_pidfd(findings);
    look_at_seccomp(findings);
    look_at_landlock(findings);
    look_at_namespaces(wish, findings);
}
