/* One child process in a session and group of its own, with a message pipe on its
   descriptors 3 (it reads) and 4 (it writes), and nothing else of ours: no
   descriptor, no environment, no output, no core file. It dies with us. */
#ifndef ENGINE_LIVE_PROCESS_H
#define ENGINE_LIVE_PROCESS_H

#include "engine/live/launch.h"
#include "engine/live/message_pipe.h"

#include <stdbool.h>
#include <sys/types.h>

struct process {
    pid_t pid; /* also of its group; 0 = none */
    int exit_fd; /* readable when it has ended; -1: the kernel has no such thing */
};

#define PROCESS_NONE ((struct process){.exit_fd = -1})

/* Starts it and waits until the program is in place (a few ms). Returns 0 or the
   errno of what failed, execve included; nothing is left then. */
int process_spawn(struct process *ret_process, struct message_pipe *ret_pipe, const struct launch *launch);

/* True once it has ended and is reaped; what is left of its group is killed. */
bool process_ended(struct process *process, int *ret_status);

/* Asks the kernel to kill the group; the end is told by process_ended(). */
void process_condemn(const struct process *process);

/* Kills the group and waits for its end; ret_status as of a kill where the leader
   could not be reaped in time. */
void process_kill(struct process *process, int *ret_status);

#endif
