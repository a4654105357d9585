#include "engine/cli/child.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

void child_limit(uint32_t cpu_seconds)
{
    struct itimerval limit = {.it_value = {.tv_sec = cpu_seconds}};
    (void)setitimer(ITIMER_PROF, &limit, NULL);
}

void child_begin(pid_t parent, uint32_t cpu_seconds)
{
    static const int deadly[] = {SIGPROF, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before that was asked for */
        _exit(1);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        (void)signal(deadly[i], SIG_DFL);
    child_limit(cpu_seconds);
}

uint32_t child_count(uint32_t max)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > (long)max ? max : (uint32_t)count;
}
