/* Killing a browser with all that it started. The first process is the leader of
   its group; live_open() makes this process the one that orphans of the group
   come back to, so that none stays as a zombie either. */
#ifndef ENGINE_LIVE_PROCESS_GROUP_H
#define ENGINE_LIVE_PROCESS_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* SIGKILL to every process of the group, then reaps them until the group is gone,
   for two seconds at most (a process inside the kernel may take its time). Where
   the leader was reaped here, its wait status goes to ret_status (may be NULL) and
   the answer is true. Safe in a signal handler. */
bool process_group_kill(pid_t group, int *ret_status);

#endif
