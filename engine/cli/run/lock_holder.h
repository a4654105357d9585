/* Who holds the lock of a run directory, found without touching it. To take the lock
   for an instant, as flock() would have to, could make a run fail that begins at that
   instant; the kernel's list of locks, /proc/locks, tells as much and hinders nobody.
   A process that cannot be seen from here (on another host, in a namespace that is not
   ours) is not found. */
#ifndef ENGINE_CLI_LOCK_HOLDER_H
#define ENGINE_CLI_LOCK_HOLDER_H

#include "engine/base/err.h"

#include <stdint.h>

/* *ret_process: 0 = nobody. ERR_ENV when the kernel does not tell. */
enum err_code lock_holder_find(const char *lock_path, uint32_t *ret_process, struct err *err) MUST_USE;

#endif
