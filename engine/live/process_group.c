/* A member may fork between the kill and its own death, so the signal is repeated
   until the group has nobody left to send it to. */
#include "engine/live/process_group.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>

#define PAUSE_MS 2
#define PAUSES_MAX 1000

bool process_group_kill(pid_t group, int *ret_status)
{
    bool is_leader_reaped = false;
    for (int i = 0; i < PAUSES_MAX; i++) {
        bool is_gone = kill(-group, SIGKILL) != 0 && errno == ESRCH;
        int status;
        pid_t reaped;
        while ((reaped = waitpid(-group, &status, WNOHANG)) > 0) {
            if (reaped != group)
                continue;
            is_leader_reaped = true;
            if (ret_status)
                *ret_status = status;
        }
        if (is_gone)
            break;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return is_leader_reaped;
}
