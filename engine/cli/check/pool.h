/* Replays side by side: one recording a process, at most so many processes at a time, begun in
   a given order. A process that dies is the verdict on its recording and on no other. */
#ifndef ENGINE_CLI_CHECK_POOL_H
#define ENGINE_CLI_CHECK_POOL_H

#include "engine/cli/check/found.h"
#include "engine/cli/check/comparison.h"

#define POOL_JOBS_MAX 256
#define POOL_CPU_SECONDS_MAX 600 /* of processor time, a recording */

/* What came of one recording. */
struct pool_result {
    struct comparison *comparison; /* owned, with its cases and receipt behind it; NULL: not tried */
    const struct junit_case *cases;
    struct slice receipt; /* of a process that died: empty */
};

struct pool_plan {
    const struct found *found; /* borrowed */
    uint32_t jobs;             /* 1 to POOL_JOBS_MAX */
    bool cases, receipts, clean;
    const char *binary; /* for receipts */
    struct pool_result *results; /* the caller's, one a recording, zeroed */
};

struct pool;

/* ERR_ENV when no process can be begun. */
enum err_code pool_open(const struct pool_plan *plan, struct pool **ret_pool, struct err *err) MUST_USE;
/* Waits for the next one that ends; false when none is left. */
enum err_code pool_next(struct pool *pool, size_t *ret_index, bool *ret_there, struct err *err) MUST_USE;
/* Begins no more; those that are begun come to their end. */
void pool_begin_no_more(struct pool *pool);
/* Ends its processes. */
void pool_close(struct pool *pool); /* NULL is fine */

#endif
