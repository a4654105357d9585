/* Worker k of n has every n-th seed from the k-th on and writes its results in that order,
   so the reader takes them from the pipes in turn and needs no store: a worker that is ahead
   waits when its pipe is full. A result is a struct as it lies in memory, since both ends
   are one program. */
#include "engine/cli/sweep/crew.h"

#include "engine/cli/child.h"
#include "engine/cli/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)
/* Every so many seeds are run twice, and must give the same log. */
#define TWICE 64
#define SEED_SECONDS_MAX 60
#define TRIED_BROKE 64 /* a trial's exit status: this and the law's number */
_Static_assert(TRIED_BROKE + INVARIANT_COUNT < 128, "an exit status that no shell or sanitizer uses");

struct worker {
    pid_t pid;
    int fd; /* -1: it has no seed left */
    size_t have; /* bytes of the result that is coming */
    char bytes[sizeof(struct seed_result)];
};

struct crew {
    struct crew_plan plan;
    uint64_t next; /* seed */
    struct worker workers[CREW_JOBS_MAX];
};

void crew_run(struct journey *j, const struct journey_plan *plan, bool twice)
{
    bool well = journey_run(j, plan);
    uint64_t digest = j->watch.log_digest, lines = j->watch.log_lines;
    if (!twice || !well)
        return;
    (void)journey_run(j, plan);
    MUST(&j->verdicts, INV_SAME_BYTES, j->watch.log_digest == digest && j->watch.log_lines == lines, "%llu lines and %llu",
         (unsigned long long)lines, (unsigned long long)j->watch.log_lines);
}

static void run_seed(struct journey *j, uint64_t seed, uint32_t faults_max, struct seed_result *ret_result)
{
    static struct schedule schedule;
    schedule_random(seed, j->clinic->batch, faults_max, &schedule);
    struct journey_plan plan = {.faults = schedule.faults, .fault_count = schedule.count, .stop_broken = true};
    bool twice = seed % TWICE == 0;
    struct seed_result r = {.seed = seed, .batches = 1 + twice};
    schedule_settle(seed, &plan);
    j->verdicts = (struct verdicts){.violations = 0};
    crew_run(j, &plan, twice);
    r.kills = j->kills;
    r.resumes = j->runs - 1;
    r.log_digest = j->watch.log_digest;
    memcpy(r.struck, j->struck, sizeof r.struck);
    r.law = j->verdicts.first;
    memcpy(r.where, j->verdicts.where, sizeof r.where);
    memcpy(r.checked, j->verdicts.checked, sizeof r.checked);
    memcpy(r.reached, j->verdicts.reached, sizeof r.reached);
    *ret_result = r;
}

static _Noreturn void work(const struct crew_plan *plan, uint64_t seed, int fd)
{
    static struct journey j;
    static struct seed_result r;
    journey_init(&j, plan->clinic);
    if (plan->stage)
        journey_set(&j, plan->stage);
    for (;;) {
        child_limit(SEED_SECONDS_MAX);
        run_seed(&j, seed, plan->faults_max, &r);
        if (!descriptor_write(fd, (struct slice){(const char *)&r, sizeof r}) || plan->seed_to - seed < plan->jobs)
            _exit(0);
        seed += plan->jobs;
    }
}

static enum err_code begin_worker(struct crew *crew, struct worker *worker, uint64_t seed, struct err *err)
{
    int ends[2];
    *worker = (struct worker){.fd = -1};
    if (seed > crew->plan.seed_to || seed < crew->plan.seed_from)
        return ERR_OK;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, ERR_ENV, "a pipe cannot be made: %s", strerror(errno));
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    pid_t parent = getpid();
    worker->pid = fork();
    if (worker->pid == 0) {
        child_begin(parent, SEED_SECONDS_MAX);
        work(&crew->plan, seed, ends[1]);
    }
    int why = errno;
    (void)close(ends[1]);
    worker->fd = ends[0];
    if (worker->pid > 0)
        return ERR_OK;
    (void)close(ends[0]);
    worker->fd = -1;
    return err_set(err, ERR_ENV, "a process cannot be begun: %s; --jobs asks for fewer", strerror(why));
}

enum err_code crew_open(const struct crew_plan *plan, struct crew **ret_crew, struct err *err)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew)
        return err_set(err, ERR_ENV, "out of memory");
    crew->plan = *plan;
    crew->next = plan->seed_from;
    for (uint32_t k = 0; k < CREW_JOBS_MAX; k++)
        crew->workers[k].fd = -1;
    for (uint32_t k = 0; k < plan->jobs; k++)
        if (begin_worker(crew, &crew->workers[k], plan->seed_from + k, err) != ERR_OK) {
            crew_close(crew);
            return err->code;
        }
    *ret_crew = crew;
    return ERR_OK;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

void crew_close(struct crew *crew)
{
    if (!crew)
        return;
    for (uint32_t k = 0; k < crew->plan.jobs; k++) {
        if (crew->workers[k].pid <= 0)
            continue;
        (void)kill(crew->workers[k].pid, SIGKILL);
        (void)wait_for(crew->workers[k].pid);
        if (crew->workers[k].fd >= 0)
            (void)close(crew->workers[k].fd);
    }
    free(crew);
}

static int death_of(int status)
{
    return WIFSIGNALED(status) ? WTERMSIG(status) : 256 + WEXITSTATUS(status);
}

void crew_death_text(int died_of, char ret_text[64])
{
    const char *name = died_of < 256 ? sigabbrev_np(died_of) : NULL;
    bool fits;
    if (died_of == SIGPROF)
        fits = text_format(ret_text, 64, "it took more than %d s of processor time", SEED_SECONDS_MAX);
    else if (died_of < 256)
        fits = text_format(ret_text, 64, "the process died of SIG%s", name ? name : "?");
    else
        fits = text_format(ret_text, 64, "the process ended with status %d", died_of - 256);
    ASSERT(fits);
}

/* The pipe ended before the result: the process is dead. */
static enum err_code bury(struct crew *crew, struct worker *worker, struct seed_result *ret_result, struct err *err)
{
    struct seed_result r = {.seed = crew->next, .law = INV_ENDS, .batches = 1};
    (void)close(worker->fd);
    r.died_of = death_of(wait_for(worker->pid));
    crew_death_text(r.died_of, r.where);
    *ret_result = r;
    bool last = crew->plan.seed_to - crew->next < crew->plan.jobs;
    *worker = (struct worker){.fd = -1};
    return last ? ERR_OK : begin_worker(crew, worker, crew->next + crew->plan.jobs, err);
}

/* A result when it is whole. */
static enum err_code take(struct crew *crew, struct worker *worker, struct seed_result *ret_result, bool *ret_there, struct err *err)
{
    ssize_t got = read(worker->fd, worker->bytes + worker->have, sizeof worker->bytes - worker->have);
    if (got < 0)
        return errno == EINTR ? ERR_OK : err_set(err, ERR_ENV, "a process cannot be read: %s", strerror(errno));
    if (got == 0) {
        *ret_there = true;
        return bury(crew, worker, ret_result, err);
    }
    worker->have += (size_t)got;
    if (worker->have < sizeof worker->bytes)
        return ERR_OK;
    worker->have = 0;
    memcpy(ret_result, worker->bytes, sizeof worker->bytes);
    ASSERT(ret_result->seed == crew->next);
    *ret_there = true;
    return ERR_OK;
}

enum err_code crew_next(struct crew *crew, int timeout_ms, struct seed_result *ret_result, bool *ret_there, struct err *err)
{
    struct worker *worker = &crew->workers[(crew->next - crew->plan.seed_from) % crew->plan.jobs];
    struct pollfd comes = {.fd = worker->fd, .events = POLLIN};
    *ret_there = false;
    ASSERT(crew->next >= crew->plan.seed_from && crew->next <= crew->plan.seed_to && worker->fd >= 0);
    int ready = poll(&comes, 1, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return err_set(err, ERR_ENV, "a process cannot be waited for: %s", strerror(errno));
    if (ready > 0)
        TRY(take(crew, worker, ret_result, ret_there, err));
    crew->next += *ret_there;
    return ERR_OK;
}

enum err_code crew_try(struct journey *j, const struct journey_plan *plan, bool twice, int *ret_died_of, enum invariant *ret_law,
                       struct err *err)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        return err_set(err, ERR_ENV, "a process cannot be begun: %s", strerror(errno));
    if (pid == 0) {
        child_begin(parent, SEED_SECONDS_MAX);
        crew_run(j, plan, twice);
        _exit(j->verdicts.first == INVARIANT_COUNT ? 0 : TRIED_BROKE + (int)j->verdicts.first);
    }
    int status = wait_for(pid);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    bool well = code == 0 || (code >= TRIED_BROKE && code < TRIED_BROKE + INVARIANT_COUNT);
    *ret_died_of = well ? 0 : death_of(status);
    *ret_law = !well ? INV_ENDS : code ? (enum invariant)(code - TRIED_BROKE) : INVARIANT_COUNT;
    return ERR_OK;
}
