/* The largest session is begun first, so that it is not what everything waits for at the end. */
#include "engine/cli/check/pool.h"

#include "engine/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
    pid_t pid; /* 0: none */
    int fd;
    size_t index;     /* of its recording */
    struct str bytes; /* what it said so far */
};

struct pool {
    struct pool_plan plan;
    size_t *order; /* owned: indices, the largest first */
    size_t begun, limit;
    struct worker workers[POOL_JOBS_MAX];
};

static int by_size(const void *a, const void *b, void *found)
{
    const struct found_recording *recordings = ((const struct found *)found)->recordings;
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    if (recordings[left].size_bytes != recordings[right].size_bytes)
        return recordings[left].size_bytes > recordings[right].size_bytes ? -1 : 1;
    return left < right ? -1 : left > right;
}

static _Noreturn void be_child(const struct pool *pool, size_t index, int fd)
{
    struct comparison_plan plan = {.path = pool->plan.found->recordings[index].name, .cases = pool->plan.cases,
                                .clean = pool->plan.clean, .receipt = pool->plan.receipts, .binary = pool->plan.binary};
    _exit(!comparison_make(&plan, fd));
}

static enum err_code begin(struct pool *pool, struct worker *worker, struct err *err)
{
    int ends[2];
    size_t index = pool->order[pool->begun];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, ERR_ENV, "a pipe cannot be made: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        child_begin(parent, POOL_CPU_SECONDS_MAX);
        be_child(pool, index, ends[1]);
    }
    int why = errno;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return err_set(err, ERR_ENV, "a process cannot be begun: %s; --jobs asks for fewer", strerror(why));
    }
    *worker = (struct worker){.pid = pid, .fd = ends[0], .index = index};
    str_init(&worker->bytes, COMPARISON_BYTES_MAX);
    pool->begun++;
    return ERR_OK;
}

static enum err_code fill(struct pool *pool, struct err *err)
{
    for (uint32_t k = 0; k < pool->plan.jobs && pool->begun < pool->limit; k++)
        if (pool->workers[k].pid == 0)
            TRY(begin(pool, &pool->workers[k], err));
    return ERR_OK;
}

enum err_code pool_open(const struct pool_plan *plan, struct pool **ret_pool, struct err *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    size_t *order = calloc(plan->found->count + 1, sizeof *order);
    *ret_pool = pool;
    if (!pool || !order) {
        free(order);
        return err_set(err, ERR_ENV, "out of memory");
    }
    for (size_t i = 0; i < plan->found->count; i++)
        order[i] = i;
    qsort_r(order, plan->found->count, sizeof *order, by_size, (void *)plan->found);
    pool->plan = *plan;
    pool->order = order;
    pool->limit = plan->found->count;
    return ERR_OK;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void explain_death(int status, struct comparison *v)
{
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const char *name = signal ? sigabbrev_np(signal) : NULL;
    bool fits;
    v->code = ERR_INTERNAL;
    if (signal == SIGPROF)
        fits = text_format(v->reason, sizeof v->reason, "it took more than %d s of processor time", POOL_CPU_SECONDS_MAX);
    else if (signal == SIGSYS)
        fits = text_format(v->reason, sizeof v->reason, "it reached for the network or another program, which no replay may (SIGSYS)");
    else if (signal)
        fits = text_format(v->reason, sizeof v->reason, "its process died of SIG%s", name ? name : "?");
    else
        fits = text_format(v->reason, sizeof v->reason, "its process ended with status %d and no verdict", WEXITSTATUS(status));
    ASSERT(fits && text_format(v->story, sizeof v->story, "%s", v->reason));
}

/* The process has closed its end: what it said is whole, or it died. */
static enum err_code bury(struct pool *pool, struct worker *worker, struct err *err)
{
    struct pool_result *result = &pool->plan.results[worker->index];
    int status = wait_for(worker->pid);
    struct slice said = str_slice(&worker->bytes);
    struct comparison *v = calloc(1, said.len > sizeof *v ? said.len : sizeof *v);
    (void)close(worker->fd);
    worker->pid = 0;
    if (v && status == 0 && said.len >= sizeof *v) {
        memcpy(v, said.ptr, said.len);
        ASSERT(said.len == sizeof *v + v->case_count * sizeof *result->cases + v->receipt_len);
        result->cases = (const struct junit_case *)(v + 1);
        result->receipt = (struct slice){(const char *)(result->cases + v->case_count), v->receipt_len};
    } else if (v) {
        explain_death(status, v);
    }
    str_fini(&worker->bytes);
    result->comparison = v;
    return v ? ERR_OK : err_set(err, ERR_ENV, "out of memory");
}

static enum err_code hear(struct pool *pool, struct worker *worker, bool *ret_ended, struct err *err)
{
    static char piece[1 << 16];
    ssize_t got = read(worker->fd, piece, sizeof piece);
    if (got < 0)
        return errno == EINTR ? ERR_OK : err_set(err, ERR_ENV, "a process cannot be read: %s", strerror(errno));
    if (got > 0) {
        str_add(&worker->bytes, (struct slice){piece, (size_t)got});
        return str_full(&worker->bytes) ? err_set(err, ERR_ENV, "out of memory") : ERR_OK;
    }
    *ret_ended = true;
    return bury(pool, worker, err);
}

enum err_code pool_next(struct pool *pool, size_t *ret_index, bool *ret_there, struct err *err)
{
    struct pollfd fds[POOL_JOBS_MAX];
    uint32_t jobs = pool->plan.jobs;
    *ret_there = false;
    for (;;) {
        uint32_t busy = 0;
        TRY(fill(pool, err));
        for (uint32_t k = 0; k < jobs; k++) {
            busy += pool->workers[k].pid != 0;
            fds[k] = (struct pollfd){.fd = pool->workers[k].pid ? pool->workers[k].fd : -1, .events = POLLIN};
        }
        if (!busy)
            return ERR_OK;
        if (poll(fds, jobs, -1) < 0 && errno != EINTR)
            return err_set(err, ERR_ENV, "a process cannot be waited for: %s", strerror(errno));
        for (uint32_t k = 0; k < jobs && !*ret_there; k++)
            if (fds[k].revents) {
                *ret_index = pool->workers[k].index;
                TRY(hear(pool, &pool->workers[k], ret_there, err));
            }
        if (*ret_there)
            return ERR_OK;
    }
}

void pool_begin_no_more(struct pool *pool)
{
    pool->limit = pool->begun;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    for (uint32_t k = 0; k < pool->plan.jobs; k++) {
        if (pool->workers[k].pid == 0)
            continue;
        (void)kill(pool->workers[k].pid, SIGKILL);
        (void)wait_for(pool->workers[k].pid);
        (void)close(pool->workers[k].fd);
        str_fini(&pool->workers[k].bytes);
    }
    free(pool->order);
    free(pool);
}
