/* One replay inside this process, from the open directory to the last event, as the
   command does it: the same calls, without a filter of system calls and without a
   line printed. */
#ifndef BENCH_REPLAY_RUN_H
#define BENCH_REPLAY_RUN_H

#include "engine/base/err.h"

#include <stdint.h>

struct replay_run {
    uint64_t entries, size_bytes; /* of the session, unpacked */
    uint64_t events, event_bytes; /* of the log */
};

enum err_code replay_run(const char *path, struct replay_run *ret_run, struct err *err) MUST_USE;

#endif
