/* A run of three visits, cut at every byte of its journal, and gone on with: it must end as
   the one that was not cut. Then the same cut twice, at every two of its records; and
   ended at every record in the gentler ways, by a full disk, a signal. */
#include "tests/sweep/sweep.h"

#include "engine/world/journal_line.h"

#define CUT_VISITS 3
#define RECORDS_MAX 64

struct uncut {
    char outcomes[CUT_VISITS];
    uint32_t records, bytes;
    uint32_t line_bytes[RECORDS_MAX];
};

static const struct terms plain_terms = {.max_retries = 2, .multiplier_thousandths = 1000};

static void note_uncut(const struct journey *j, struct uncut *ret_uncut)
{
    struct journal_walk walk = journal_walk_begin(str_slice(&j->journal));
    struct slice record;
    *ret_uncut = (struct uncut){.records = 0};
    for (uint32_t i = 0; i < CUT_VISITS; i++)
        ret_uncut->outcomes[i] = watch_outcome(&j->watch.visits[i]);
    for (size_t before = 0; journal_walk_next(&walk, &record) == JOURNAL_LINE; before = walk.sound_bytes) {
        ASSERT(ret_uncut->records < RECORDS_MAX);
        ret_uncut->line_bytes[ret_uncut->records++] = (uint32_t)(walk.sound_bytes - before);
    }
    ret_uncut->bytes = (uint32_t)walk.sound_bytes;
}

static void run_cut(struct sweep *s, struct tally *tally, struct journey *j, const struct uncut *uncut, const struct fault *faults,
                    size_t count)
{
    struct journey_plan plan = {.faults = faults, .fault_count = count, .terms = plain_terms, .resume_after = true};
    if (faults[0].kind == FAULT_HANG)
        plan.terms.multiplier_thousandths = 4000;
    if (tally->violations >= SWEEP_VIOLATIONS_MAX || !sweep_one(s, tally, j, &plan))
        return;
    for (uint32_t i = 0; i < CUT_VISITS; i++) {
        const struct watched *visit = &j->watch.visits[i];
        char outcome = watch_outcome(visit);
        MUST(&j->verdicts, INV_CUT, outcome == uncut->outcomes[i] || (outcome == 'r' && visit->bill_cut), "visit %u ends as %c, not as %c",
             i + 1, outcome, uncut->outcomes[i]);
    }
    if (j->verdicts.first != INVARIANT_COUNT)
        sweep_tell(s, tally, j, &plan);
}

static struct fault at_record(uint32_t run, uint32_t record, enum fault_kind kind, uint32_t size)
{
    return (struct fault){.run = run, .target = FAULT_AT_COMMIT, .nth = record, .kind = kind, .size = size};
}

static uint64_t cut_bytes(struct sweep *s, struct tally *tally, struct journey *j, const struct uncut *uncut)
{
    uint64_t cuts = 0;
    for (uint32_t record = 1; record <= uncut->records; record++) {
        for (uint32_t bytes = 0; bytes <= uncut->line_bytes[record - 1]; bytes++) {
            struct fault fault = at_record(1, record, FAULT_TORN_COMMIT, bytes);
            run_cut(s, tally, j, uncut, &fault, 1);
            cuts += j->struck[0];
        }
    }
    return cuts;
}

static uint64_t cut_twice(struct sweep *s, struct tally *tally, struct journey *j, const struct uncut *uncut)
{
    static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_KILL_AFTER};
    uint64_t cuts = 0;
    for (uint32_t first = 1; first <= uncut->records; first++) {
        for (uint32_t second = 1; second <= uncut->records + 2; second++) {
            for (uint32_t how = 0; how < 4; how++) {
                struct fault faults[] = {at_record(1, first, kinds[how % 2], 0), at_record(2, second, kinds[how / 2], 0)};
                run_cut(s, tally, j, uncut, faults, 2);
                cuts += j->struck[0] && j->struck[1];
            }
        }
    }
    return cuts;
}

static uint64_t end_gently(struct sweep *s, struct tally *tally, struct journey *j, const struct uncut *uncut)
{
    static const struct {
        enum fault_kind kind;
        uint32_t size;
    } ways[] = {{FAULT_COMMIT_FAILS, 0}, {FAULT_SIGNAL, 0}, {FAULT_SIGNAL, 150}, {FAULT_SIGNAL, 700}, {FAULT_BROWSER_GONE, 0},
                {FAULT_TARGET_CRASH, 0}};
    uint64_t ends = 0;
    for (uint32_t record = 1; record <= uncut->records; record++) {
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            struct fault fault = at_record(1, record, ways[i].kind, ways[i].size);
            run_cut(s, tally, j, uncut, &fault, 1);
            ends += j->struck[0];
        }
    }
    return ends;
}

/* A signal during an operation, or a start of the browser, that hangs for longer than a stop
   may take: in the first attempt, and in the last, which has no other after it. */
static uint64_t stop_slowly(struct sweep *s, struct tally *tally, struct journey *j, const struct uncut *uncut)
{
    uint64_t stops = 0;
    for (enum fault_target target = 0; target <= FAULT_AT_START; target++) {
        for (uint32_t attempt = 1; attempt <= 3; attempt += 2) {
            struct fault at = {.run = 1, .patient = 1, .dos = 1, .attempt = attempt, .target = target, .nth = 1, .kind = FAULT_HANG};
            struct fault opens = {.run = 1, .patient = 1, .dos = 1, .target = FAULT_AT_OPERATION_OPEN_VISIT, .nth = 1};
            struct fault faults[] = {at, at, opens, opens};
            faults[1].kind = FAULT_SIGNAL;
            faults[1].size = 150;
            faults[2].attempt = 1;
            faults[2].kind = FAULT_MISSING_ELEMENT;
            faults[3].attempt = 2;
            faults[3].kind = FAULT_BROWSER_GONE;
            run_cut(s, tally, j, uncut, faults, attempt == 1 ? 2 : 4);
            stops += j->struck[0] && j->struck[1];
        }
    }
    return stops;
}

void sweep_cuts(struct sweep *s, struct tally *tally)
{
    static struct batch_of_n batch;
    static struct journey j;
    struct uncut uncut;
    batch_of_n_init(&batch, CUT_VISITS, NULL);
    journey_init(&j, &batch.clinic);
    struct journey_plan plan = {.terms = plain_terms};
    (void)sweep_one(s, tally, &j, &plan);
    note_uncut(&j, &uncut);
    uint64_t once = cut_bytes(s, tally, &j, &uncut);
    sweep_claim(s, once == uncut.bytes + uncut.records, "cuts: a journal of %u bytes in %u records, cut before and after each byte: %llu cuts",
                uncut.bytes, uncut.records, (unsigned long long)once);
    uint64_t twice = cut_twice(s, tally, &j, &uncut);
    uint64_t ends = end_gently(s, tally, &j, &uncut);
    uint64_t stops = stop_slowly(s, tally, &j, &uncut);
    sweep_claim(s, twice > uncut.records && ends >= uncut.records * 6 && stops >= 2 * 20,
                "cuts: %llu runs cut twice, %llu ended at a record otherwise, %llu stopped while an operation hung", (unsigned long long)twice,
                (unsigned long long)ends, (unsigned long long)stops);
    verdicts_add(&s->verdicts, &j.verdicts);
    journey_fini(&j);
    batch_of_n_fini(&batch);
}
