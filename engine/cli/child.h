/* A process that does a part of a command's work: a replay of `check`, a seed of `sweep`. */
#ifndef ENGINE_CLI_CHILD_H
#define ENGINE_CLI_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/* First in the child. It dies with its parent, of what kills it, whoever holds that signal in the parent, and
   when it has been on a processor for so long: one that goes round without end does so in the
   engine and not at the door, where nothing else would end it. parent: getpid() before the fork. */
void child_begin(pid_t parent, uint32_t cpu_seconds);
/* The seconds begin anew. */
void child_limit(uint32_t cpu_seconds);

/* How many at a time, where nobody says: the processors there are, max at most. */
uint32_t child_count(uint32_t max);

#endif
