/* A sweep on all processors: the seeds are dealt out in turn to processes, which run their
   batches under every invariant and send back what became of each, over a pipe of their own.
   The results come out in the order of the seeds, so what a sweep prints does not depend on
   how many processes there are. A process that dies - of a signal, an assertion, a
   sanitizer, of a batch that takes longer than a minute of processor time - is a violation
   of the seed that it had in hand; another goes on behind it. */
#ifndef ENGINE_CLI_SWEEP_CREW_H
#define ENGINE_CLI_SWEEP_CREW_H

#include "engine/cli/sweep/schedule.h"

#define CREW_JOBS_MAX 256

struct crew_plan {
    struct clinic *clinic; /* borrowed */
    const struct stage *stage; /* borrowed; NULL: the model */
    uint64_t seed_from, seed_to;
    uint32_t faults_max;
    uint32_t jobs; /* 1 to CREW_JOBS_MAX */
};

/* One seed. */
struct seed_result {
    uint64_t seed;
    enum invariant law; /* that was broken; INVARIANT_COUNT: none */
    char where[256];    /* what was seen then */
    int died_of;        /* a signal, or 256 + the status of a process that ended by itself; 0: it did not */
    uint32_t batches, kills, resumes;
    uint64_t log_digest;
    uint64_t checked[INVARIANT_COUNT], reached[SOMETIMES_COUNT];
    uint32_t struck[MODEL_FAULTS_MAX]; /* by fault of the seed's schedule */
};

struct crew;

/* ERR_ENV when no process can be begun. */
enum err_code crew_open(const struct crew_plan *plan, struct crew **ret_crew, struct err *err) MUST_USE;
/* Ends its processes. */
void crew_close(struct crew *crew);

/* The next seed's result, waited for until then; *ret_there is false when there is none yet. */
enum err_code crew_next(struct crew *crew, int timeout_ms, struct seed_result *ret_result, bool *ret_there, struct err *err) MUST_USE;

/* What the death was, in words. */
void crew_death_text(int died_of, char ret_text[64]);

/* One run in this process; twice: another after it, which must give the same log. The
   verdicts are the journey's. */
void crew_run(struct journey *j, const struct journey_plan *plan, bool twice);
/* The same in a process of its own. What that died of, 0 if it did not; the law that was
   broken or INVARIANT_COUNT. */
enum err_code crew_try(struct journey *j, const struct journey_plan *plan, bool twice, int *ret_died_of, enum invariant *ret_law,
                       struct err *err) MUST_USE;

#endif
