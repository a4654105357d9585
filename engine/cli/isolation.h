/* What a command that replays may still touch once it has read its inputs: the recording, to
   read; the file that it is to write, where there is one; no other file, no socket, no program.
   Kept by the kernel: recorder/landlock.h, on top of what replay_run_open() has given up
   already (recorder/seccomp.h). */
#ifndef ENGINE_CLI_ISOLATION_H
#define ENGINE_CLI_ISOLATION_H

#include "engine/base/err.h"

#include <stdbool.h>

#define ISOLATION_READS_MAX 6

struct isolation {
    const char *reads[ISOLATION_READS_MAX]; /* recordings, run directories, event logs; NULL: none */
    const char *output;                     /* a file to be made or replaced, in its directory; NULL: none */
};

/* From here on, for the whole life of this process. Where the kernel has no Landlock it changes
   nothing: isolation_holds() tells. A place that is not there is left to who opens it. */
enum err_code isolation_begin(const struct isolation *isolation, struct err *err) MUST_USE;

/* As the kernel has it, found by trying: a file outside is not to be had. */
bool isolation_holds(void);

#endif
