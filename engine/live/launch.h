/* What is executed to start a browser: program, arguments, environment. All is
   laid out before the fork, because a child of a process with threads (libcurl
   resolves names in one) may not allocate. */
#ifndef ENGINE_LIVE_LAUNCH_H
#define ENGINE_LIVE_LAUNCH_H

#include "engine/live/network_off.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define LAUNCH_ARGS_MAX 64
#define LAUNCH_TEXT_MAX 8192

struct launch {
    char path[PATH_MAX];
    const char *folder; /* the working directory; borrowed: the private directory's path */
    char *argv[LAUNCH_ARGS_MAX];
    char *envp[LAUNCH_ARGS_MAX];
    size_t arg_count, env_count;
    char text[LAUNCH_TEXT_MAX]; /* what argv and envp point to, as far as it is not static */
    size_t text_len;
    bool full; /* something did not fit */
    enum network_off network_off;
};

struct launch_wish {
    const char *browser; /* as in browser_path.h */
    bool headed;
    bool no_sandbox;
    enum network_off network_off;
};

/* folder: the private directory. Returns 0 or an errno; EPERM as root with the
   sandbox on, which Chromium refuses. The struct points into itself: do not copy. */
int launch_init(struct launch *ret_launch, const struct launch_wish *wish, const char *folder);

#endif
