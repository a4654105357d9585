/* SIGTERM and SIGINT. The first is handed to the loop through a descriptor that
   becomes readable. The second ends the process from inside the handler: the
   program may be stuck in a write or a sync and never come back to its loop,
   and signals of one number that wait unread would merge into one; so this is a
   handler with a counter, and no signalfd. State is the process's: one user at a
   time. */
#ifndef ENGINE_LIVE_SIGNALS_H
#define ENGINE_LIVE_SIGNALS_H

#include "engine/live/private_dir.h"

#include <stdbool.h>
#include <sys/types.h>

/* Takes SIGTERM and SIGINT over, ignores SIGPIPE, gives SIGCHLD its default;
   returns 0 or an errno. ret_fd is readable (poll) once a signal came; it stays
   with this module. */
int signals_open(int *ret_fd);
/* Restores the dispositions that signals_open() found. */
void signals_close(void);

/* The signal that came since the last call: true once, for the first only. */
bool signals_take(int *ret_number);

/* What the second signal must take along: the browser's process group and its
   directory. Both are copied; group 0 lets go of both. */
void signals_guard(pid_t group, const struct private_dir *dir);

/* What is written to stderr when a second signal ends the process; borrowed, NULL: nothing. */
void signals_last_words(const char *text);

/* Defers SIGTERM and SIGINT while a browser is half started; not nested. */
void signals_hold(void);
void signals_release(void);

#endif
