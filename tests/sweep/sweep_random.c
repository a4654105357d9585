/* Batches with faults at random. The seed is all there is to a batch: its schedule, its
   settings and its latencies follow from it. */
#include "tests/sweep/sweep.h"

#include <stdio.h>

#define FAULTS_WANTED 20
/* Every so many are run twice, and must give the same log; as many are resumed although
   they are finished. */
#define TWICE 64
#define RESUME_AFTER 8

static void count_cells(struct sweep *s, const struct journey *j, const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->count; i++) {
        const struct fault *fault = &schedule->faults[i];
        uint32_t attempt = fault->attempt ? fault->attempt - 1 : 0;
        if (attempt < 3)
            s->cells.hits[fault->target][fault->kind][attempt] += j->struck[i];
    }
}

static void judge_same(struct sweep *s, struct tally *tally, struct journey *j, const struct journey_plan *plan)
{
    uint64_t digest = j->watch.log_digest, lines = j->watch.log_lines;
    (void)journey_run(j, plan);
    MUST(&j->verdicts, INV_SAME_BYTES, j->watch.log_digest == digest && j->watch.log_lines == lines, "%llu lines and %llu",
         (unsigned long long)lines, (unsigned long long)j->watch.log_lines);
    tally->batches++;
    if (j->verdicts.first == INVARIANT_COUNT)
        return;
    sweep_tell(s, tally, j, plan);
}

void sweep_random(struct sweep *s, struct tally *tally)
{
    static struct batch_of_n batch;
    static struct journey j;
    static struct schedule schedule;
    batch_of_n_init(&batch, s->visits, NULL);
    journey_init(&j, &batch.clinic);
    for (uint64_t seed = s->seed_from; seed <= s->seed_to && tally->violations < SWEEP_VIOLATIONS_MAX; seed++) {
        schedule_random(seed, batch.batch, FAULTS_WANTED, &schedule);
        struct journey_plan plan = {.faults = schedule.faults, .fault_count = schedule.count, .terms = schedule_terms(seed), .seed = seed};
        plan.resume_after = seed % RESUME_AFTER == 0;
        if (!sweep_one(s, tally, &j, &plan))
            continue;
        count_cells(s, &j, &schedule);
        if (seed % TWICE == 0)
            judge_same(s, tally, &j, &plan);
    }
    sweep_claim(s, tally->violations == 0, "random: %llu batches of %u visits with %llu faults that struck, seeds %llu to %llu",
                (unsigned long long)tally->batches, s->visits, (unsigned long long)tally->fired, (unsigned long long)s->seed_from,
                (unsigned long long)s->seed_to);
    verdicts_add(&s->verdicts, &j.verdicts);
    journey_fini(&j);
    batch_of_n_fini(&batch);
}
