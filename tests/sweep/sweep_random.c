/* Batches with faults at random. The seed is all there is to a batch: its schedule, its
   settings and its latencies follow from it. */
#include "tests/sweep/sweep.h"

#include <stdio.h>

#define FAULTS_AT_MOST 40
/* Every so many are run twice, and must give the same log. */
#define TWICE 64

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
        schedule_random(seed, batch.batch, FAULTS_AT_MOST, &schedule);
        struct journey_plan plan = {.faults = schedule.faults, .fault_count = schedule.count};
        schedule_settle(seed, &plan);
        if (!sweep_one(s, tally, &j, &plan))
            continue;
        cells_add(&s->cells, schedule.faults, schedule.count, j.struck);
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
