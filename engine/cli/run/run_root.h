/* Where runs are kept by default: $XDG_STATE_HOME/revisit (~/.local/state/revisit without
   that variable), with a directory <batchId>-<n> for each run of a batch. Numbers only go
   up: the last run is the one with the highest, whatever of the others was removed. */
#ifndef ENGINE_CLI_RUN_ROOT_H
#define ENGINE_CLI_RUN_ROOT_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdint.h>

struct run_root {
    char path[4096];
    uint32_t last; /* the highest number of a run of the batch; 0: there is none */
};

/* ERR_ENV when nothing says where the place is, or it cannot be read. */
enum err_code run_root_find(struct slice batch_id, struct run_root *ret_root, struct err *err) MUST_USE;

/* The directory of run `number`. */
enum err_code run_root_name(const struct run_root *root, struct slice batch_id, uint32_t number, char *ret_path, size_t size,
                            struct err *err) MUST_USE;

/* May another run of the batch be begun beside the one in this directory? ERR_ENV while that
   one is under way; ERR_USAGE when it has begun visits and not settled all, for the second
   run would begin them anew; ERR_INTEGRITY when its journal does not tell. */
enum err_code run_root_judge(const char *dir, struct err *err) MUST_USE;

#endif
