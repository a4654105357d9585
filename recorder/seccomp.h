/* The promise that a replay touches no network, kept by the kernel. */
#ifndef RECORDER_SECCOMP_H
#define RECORDER_SECCOMP_H

#include "engine/base/err.h"

/* From here on, for the whole life of this process and of what it forks: a call that
   makes, connects or listens on a socket, sends through one, or starts another program
   ends the process by SIGSYS. Reading and writing files, memory and signals stay as
   they are, and children that were forked before are not touched. ERR_ENV when the
   kernel has no such filter. Once is enough; a second call does no harm. */
enum err_code seccomp_forbid_network(struct err *err) MUST_USE;

#endif
