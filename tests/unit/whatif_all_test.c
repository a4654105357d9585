/* Every recording, under seeds of faults and settings: whatever happens, each planned visit
   ends once, every answer is told and counted, and nothing crashes or goes round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/sweep/schedule.h"
#include "engine/cli/whatif/whatif_run.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define SEEDS 150

struct bench {
    struct recorded recorded;
    struct whatif whatif;
    struct whatif_terms terms;
    struct outcomes outcomes;
    uint64_t told[RECALL_RULE_COUNT];
    uint64_t runs, assumed, undecided, killed;
};

static struct bench b;

static void take(void *ctx, struct slice line)
{
    outcomes_take(ctx, line);
}

static void hear(void *ctx, const struct recall_told *told)
{
    (void)ctx;
    assert_true(fault_target_name(told->target) != NULL);
    b.told[told->rule]++;
}

static size_t settled_before(void)
{
    size_t count = 0;
    for (size_t i = 0; i < b.recorded.run.found.visit_count; i++)
        count += b.recorded.run.found.visits[i].settled;
    return count;
}

static void assert_sums(const char *path, uint64_t seed, const struct whatif_end *end)
{
    const struct recall *recall = whatif_recall(&b.whatif);
    uint64_t told = 0, counted = 0;
    for (int rule = RECALL_IN_STEP + 1; rule < RECALL_RULE_COUNT; rule++) {
        told += b.told[rule];
        counted += recall->counts[rule];
        if (recall_class_of((enum recall_rule)rule) == RECALL_ALL_ASSUMED)
            b.assumed += recall->counts[rule] > 0;
    }
    if (told != counted)
        fail_msg("%s, seed %llu: %llu answers were told, %llu counted", path, (unsigned long long)seed, (unsigned long long)told,
                 (unsigned long long)counted);
    if (!end->cut && b.outcomes.count + settled_before() != b.recorded.run.batch->visit_count)
        fail_msg("%s, seed %llu: %zu visits of %zu have an end", path, (unsigned long long)seed, b.outcomes.count,
                 b.recorded.run.batch->visit_count);
    b.undecided += b.outcomes.counts[VISIT_UNDECIDED];
    b.killed += end->processes > 1;
}

static void run_seed(const char *path, uint64_t seed)
{
    static const uint32_t multipliers[] = {100, 500, 900, 1000, 1500, 2000, 100000};
    struct schedule schedule;
    struct event_log log;
    struct whatif_end end;
    struct err err;
    schedule_random(seed, b.recorded.run.batch, (uint32_t)(1 + seed % 5), &schedule);
    memcpy(b.terms.faults, schedule.faults, schedule.count * sizeof *schedule.faults);
    b.terms.fault_count = schedule.count;
    b.terms.settings = b.recorded.run.settings;
    b.terms.settings.multiplier_thousandths = multipliers[seed % 7];
    b.terms.settings.max_retries = seed % 4;
    memset(b.told, 0, sizeof b.told);
    outcomes_clear(&b.outcomes);
    err_init(&err);
    event_log_init(&log, &b.outcomes, take);
    enum err_code code = whatif_run(&b.recorded, &b.whatif, &b.terms, &log, &end, &err);
    event_log_fini(&log);
    if (code != ERR_OK)
        fail_msg("%s, seed %llu: %s", path, (unsigned long long)seed, err.text);
    assert_sums(path, seed, &end);
    b.runs++;
}

static void try_recording(const char *path)
{
    struct event_log log;
    struct err err;
    err_init(&err);
    event_log_init(&log, &b.outcomes, take);
    if (recorded_open(&b.recorded, path, &err) != ERR_OK || recorded_play(&b.recorded, &log, &err) != ERR_OK ||
        whatif_open(&b.whatif, &b.recorded.course, &err) != ERR_OK)
        fail_msg("%s: %s", path, err.text);
    event_log_fini(&log);
    b.terms = (struct whatif_terms){.outcomes = &b.outcomes, .told = hear};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(path, seed);
    whatif_close(&b.whatif);
    recorded_close(&b.recorded);
}

static void each_recording_under_each_seed_has_an_end_for_every_visit(void **state)
{
    (void)state;
    struct dirent **entries;
    int count = scandir("fixtures", &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char manifest[512], path[512];
        assert_true(text_format(path, sizeof path, "fixtures/%s", entries[i]->d_name));
        assert_true(text_format(manifest, sizeof manifest, "%s/manifest.json", path));
        if (access(manifest, R_OK) == 0)
            try_recording(path);
        free(entries[i]);
    }
    free(entries);
    outcomes_fini(&b.outcomes);
    assert_true(b.runs >= 15 * SEEDS);
    assert_true(b.assumed > 0 && b.undecided > 0 && b.killed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_recording_under_each_seed_has_an_end_for_every_visit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
