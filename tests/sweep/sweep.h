/* The sweep: runs of the real engine over the model of the EHR, by the hundred thousand,
   each under every invariant. A mode is a way to choose the faults; what it has done is a
   tally, and a run that broke a law is told with the one command that repeats it. */
#ifndef TESTS_SWEEP_SWEEP_H
#define TESTS_SWEEP_SWEEP_H

#include "engine/cli/sweep/cover.h"
#include "engine/cli/sweep/schedule.h"
#include "tests/sweep/batch_of_n.h"

struct tally {
    const char *mode;
    uint64_t batches, fired, kills, resumes, violations;
    double seconds; /* of this process, on its processor */
};

struct sweep {
    struct verdicts verdicts; /* of all modes */
    uint32_t told[INVARIANT_COUNT]; /* violations: two of each are told */
    struct cells cells;
    uint32_t stride;   /* of the pairs one in so many */
    uint64_t seed_from, seed_to;
    uint32_t visits;   /* of a random batch */
    uint32_t kills;    /* of the killed mode */
    const char *folder; /* for the killed mode's files */
    bool claims_missing; /* something that must come up did not */
};

/* One run of a schedule: counted in the tally, told when it broke a law. False then. */
bool sweep_one(struct sweep *s, struct tally *tally, struct journey *j, const struct journey_plan *plan);
/* Counts and tells a violation, which the journey has just come to; its schedule is first
   cut down to what it takes. */
void sweep_tell(struct sweep *s, struct tally *tally, struct journey *j, const struct journey_plan *plan);
/* A mode that breaks laws so often need not go on. */
#define SWEEP_VIOLATIONS_MAX 5000
/* What a mode itself claims, as a line of the test's output. */
void sweep_claim(struct sweep *s, bool holds, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Seconds of processor time. */
double sweep_seconds(void);

void sweep_single(struct sweep *s, struct tally *tally);
void sweep_pairs(struct sweep *s, struct tally *tally);
void sweep_cuts(struct sweep *s, struct tally *tally);
void sweep_random(struct sweep *s, struct tally *tally);
void sweep_killed(struct sweep *s, struct tally *tally);

#endif
