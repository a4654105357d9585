/* Processes that are really killed, by SIGKILL, at any instant: each run of a hundred visits
   is a child with a journal file of its own (engine/live/journal_file.h), over charts in
   shared memory that stay when it dies. What it was told to be durable it publishes there
   too. The time to a kill runs from when the child says that its journal is open: on a slow
   machine every kill would come before anything was done otherwise. The parent reads the file
   as the next child will, makes the state of it by the second opinion of the watch, compares
   that with the engine's fold, and sends the next child. */
#include "tests/sweep/sweep.h"

#include "engine/live/journal_file.h"
#include "engine/world/journal_line.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BROKE_A_LAW 40
#define CHILDREN_MAX 2000

struct shared {
    volatile uint64_t acknowledged;
    volatile int64_t took_us; /* the last that was not killed, from its open journal on */
    struct verdicts verdicts;
};

struct killer {
    struct batch_of_n batch;
    struct journey j;
    struct shared *shared;
    char path[256];
    uint64_t chance;
    int64_t whole_us; /* what the last uncut run took */
    uint64_t busy;    /* killed with records acknowledged */
    int opened[2];    /* a pipe: a byte from each child whose journal is open */
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int append(void *ctx, struct slice record)
{
    return journal_file_append(ctx, record);
}

static void *share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT(memory != MAP_FAILED);
    return memory;
}

static _Noreturn void be_child(struct killer *k, const struct journey_plan *given, const struct journal *found)
{
    struct journal_file file;
    struct journey_plan plan = *given;
    k->j.plan = &plan;
    k->j.watch.published = &k->shared->acknowledged;
    k->j.watch.v = &k->shared->verdicts;
    if (journal_file_open(&file, k->path) != 0)
        _exit(9);
    int64_t began = now_us();
    if (write(k->opened[1], "", 1) != 1)
        _exit(9);
    plan.commit = append;
    plan.commit_ctx = &file;
    (void)journey_process(&k->j, found);
    k->shared->took_us = now_us() - began;
    if (k->shared->verdicts.first == INVARIANT_COUNT)
        _exit(0);
    printf("not ok - %s: %s\n  seen      %s, in a process that is to be killed\n", invariant_name(k->shared->verdicts.first),
           invariant_sentence(k->shared->verdicts.first), k->shared->verdicts.where);
    fflush(stdout);
    _exit(BROKE_A_LAW);
}

static void read_file(struct killer *k)
{
    char buffer[65536];
    ssize_t size;
    str_clear(&k->j.journal);
    int fd = open(k->path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (size = read(fd, buffer, sizeof buffer)) > 0)
        str_add(&k->j.journal, (struct slice){buffer, (size_t)size});
    if (fd >= 0)
        close(fd);
}

/* Takes the records in that the parent does not know yet, and judges what is there. */
static void catch_up(struct killer *k)
{
    struct watch *w = &k->j.watch;
    struct slice text = str_slice(&k->j.journal), record;
    struct journal_walk walk = journal_walk_begin(text);
    enum journal_step step;
    uint64_t count = 0;
    while ((step = journal_walk_next(&walk, &record)) == JOURNAL_LINE) {
        if (count++ < w->acknowledged)
            continue;
        struct seen_record r = watch_read_record(w, record);
        w->pending_digest = digest_more(w->acknowledged_digest, record);
        watch_durable(w, &r);
    }
    uint64_t told = k->shared->acknowledged;
    MUST(w->v, INV_SEQUENCE, step != JOURNAL_DAMAGED, "damaged after %llu lines", (unsigned long long)count);
    MUST(w->v, INV_ACKNOWLEDGED, count >= told, "%llu records, %llu were acknowledged", (unsigned long long)count, (unsigned long long)told);
    MUST(w->v, INV_PREFIX, count <= told + 1, "%llu records, %llu were acknowledged", (unsigned long long)count, (unsigned long long)told);
    k->shared->acknowledged = count;
    watch_recovered(w, text);
}

/* Returns when the child has its journal open, or has ended before. */
static void await_journal(struct killer *k, int child_fd)
{
    char byte;
    struct pollfd either[] = {{.fd = k->opened[0], .events = POLLIN}, {.fd = child_fd, .events = POLLIN}};
    ASSERT(poll(either, 2, -1) > 0);
    ASSERT(!(either[0].revents & POLLIN) || read(k->opened[0], &byte, 1) == 1);
}

/* Waits until the child ends, and kills it when its time has come. Its wait status. */
static int end_child(struct killer *k, pid_t child, int64_t after_us)
{
    int status = 0, fd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd ends = {.fd = fd, .events = POLLIN};
    struct timespec t = {after_us / 1000000, after_us % 1000000 * 1000};
    ASSERT(fd >= 0);
    await_journal(k, fd);
    if (ppoll(&ends, 1, &t, NULL) == 0)
        kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(fd);
    return status;
}

static int64_t draw_us(struct killer *k)
{
    k->chance = k->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((k->chance >> 33) % (uint64_t)(k->whole_us + k->whole_us / 10));
}

/* One process after another until every visit is settled. */
static bool run_to_end(struct sweep *s, struct tally *tally, struct killer *k, const struct journey_plan *plan, bool kills)
{
    struct watch *w = &k->j.watch;
    (void)unlink(k->path);
    journey_begin(&k->j, plan);
    k->shared->acknowledged = 0;
    k->shared->verdicts.first = INVARIANT_COUNT;
    while (!watch_is_finished(w) && k->j.runs < CHILDREN_MAX) {
        struct journal found = {0};
        read_file(k);
        err_init(&k->j.err);
        if (journal_fold(str_slice(&k->j.journal), &found, &k->j.err) != ERR_OK)
            MUST(w->v, INV_FOLD, false, "%.100s", k->j.err.text);
        else
            watch_folded(w, &found);
        pid_t child = fork();
        ASSERT(child >= 0);
        if (child == 0)
            be_child(k, plan, w->runs ? &found : NULL);
        bool may_kill = kills && tally->kills < s->kills;
        uint64_t known = k->shared->acknowledged;
        int status = end_child(k, child, may_kill ? draw_us(k) : INT64_C(600000000));
        if (k->j.runs == 0 && !WIFSIGNALED(status))
            k->whole_us = k->shared->took_us;
        k->busy += WIFSIGNALED(status) && k->shared->acknowledged > known;
        journal_fini(&found);
        tally->kills += WIFSIGNALED(status);
        tally->resumes += k->j.runs++ > 0;
        if (WIFEXITED(status) && WEXITSTATUS(status))
            return false;
        read_file(k);
        watch_run(w);
        catch_up(k);
    }
    tally->batches++;
    watch_all_ended(w);
    return w->v->first == INVARIANT_COUNT;
}

void sweep_killed(struct sweep *s, struct tally *tally)
{
    static struct killer k;
    ASSERT(pipe(k.opened) == 0);
    k.shared = share(sizeof *k.shared);
    batch_of_n_init(&k.batch, s->visits, share(ledger_size_bytes(s->visits)));
    journey_init(&k.j, &k.batch.clinic);
    ASSERT(text_format(k.path, sizeof k.path, "%s/sweep-killed-%d.ndjson", s->folder, (int)getpid()));
    k.chance = s->seed_from ^ (uint64_t)now_us();
    uint64_t began_with = k.chance;
    struct journey_plan plan = {.terms = schedule_terms(0)};
    fflush(stdout);
    bool well = run_to_end(s, tally, &k, &plan, false);
    while (well && tally->kills < s->kills && tally->batches < CHILDREN_MAX) {
        plan.seed++;
        well = run_to_end(s, tally, &k, &plan, true);
    }
    if (!well) {
        tally->violations++;
        s->verdicts.violations++;
        if (k.j.verdicts.first != INVARIANT_COUNT)
            printf("not ok - %s: %s\n  seen      %s, after a kill; the journal is %s\n", invariant_name(k.j.verdicts.first),
                   invariant_sentence(k.j.verdicts.first), k.j.verdicts.where, k.path);
    } else {
        (void)unlink(k.path);
    }
    sweep_claim(s, well && tally->kills == s->kills, "killed: %llu of %u processes by SIGKILL (chance %llu), the last uncut run took %lld ms",
                (unsigned long long)tally->kills, s->kills, (unsigned long long)began_with, (long long)k.whole_us / 1000);
    sweep_claim(s, !well || tally->kills == 0 || k.busy > 0, "killed: %llu of them with records acknowledged",
                (unsigned long long)k.busy);
    verdicts_add(&s->verdicts, &k.j.verdicts);
    verdicts_add(&s->verdicts, &k.shared->verdicts);
    journey_fini(&k.j);
    batch_of_n_fini(&k.batch);
}
