/* The directory of one run: its journal, its event log, and the lock that keeps
   a second run out of it. By default it is the next one in the place where runs are kept
   (run_root.h). Its name, and those of the folders made for it, are durable. */
#ifndef ENGINE_CLI_RUN_DIR_H
#define ENGINE_CLI_RUN_DIR_H

#include "engine/base/err.h"
#include "engine/base/str.h"

struct run_dir {
    char path[4096];
    char journal[4096 + 32];
    int events_fd; /* events.ndjson, appended to */
    int lock_fd;   /* held for the life of the run */
};

/* Makes (or takes) the directory and locks it. path NULL: the default place; to resume,
   the last run of the batch there. ERR_ENV when it cannot be made, is held by another
   run (named), or holds a journal of an earlier run that is not to be resumed; ERR_INPUT
   when there is no run to resume; ERR_USAGE when path is NULL and the last run there is to
   be resumed first: then ret_dir->path names that one. */
enum err_code run_dir_open(const char *path, struct slice batch_id, bool resume, struct run_dir *ret_dir,
                           struct err *err) MUST_USE;
void run_dir_close(struct run_dir *dir);

#endif
