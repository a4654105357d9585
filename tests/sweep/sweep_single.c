/* Every fault at every place. A place is where a visit really comes to: a run in which the
   attempts before it fail early, and nothing else does, tells how often each operation is
   called in an attempt; each of these calls is a spot. A second such run, whose page hangs
   within the attempt, has the spots of looking after the browser and the session. What
   precedes a spot does not depend on the fault that is put there, so each must strike:
   the runs are counted against the product, and the strikes against the runs. */
#include "tests/sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>

#define SPOT_MAX 1024
#define FAULT_MAX 32768

/* What must be wrong before it, so that the fault's place is come to. */
struct ground {
    struct fault faults[SPOTS_ATTEMPTS];
    size_t count;
};

struct placed {
    struct ground ground;
    struct fault fault;
};

struct list {
    struct placed *placed;
    size_t count, spots;
    uint32_t spots_at[FAULT_TARGET_COUNT];
};

static const struct terms plain_terms = {.max_retries = 2, .multiplier_thousandths = 1000};

static struct ground ground_of(const struct batch_visit *visit, uint32_t attempt, bool hangs)
{
    struct ground ground = {.count = 0};
    struct fault fault = {.patient = visit->patient + 1, .dos = visit->dos, .nth = 1, .target = FAULT_AT_OPERATION_OPEN_VISIT,
                          .kind = FAULT_MISSING_ELEMENT};
    for (fault.attempt = 1; fault.attempt < attempt; fault.attempt++)
        ground.faults[ground.count++] = fault;
    if (!hangs)
        return ground;
    fault.target = FAULT_AT_OPERATION_NAVIGATE_ICD;
    fault.kind = FAULT_HANG;
    ground.faults[ground.count++] = fault;
    return ground;
}

/* The sizes that are tried of a kind: either side of a budget, every way to see it. */
static size_t sizes_of(enum fault_kind kind, bool all, uint32_t ret_sizes[4])
{
    static const struct {
        enum fault_kind kind;
        uint32_t count, sizes[3];
    } table[] = {
        {FAULT_DELAY, 2, {31000, 400}},         {FAULT_LATE_ANSWER, 3, {31000, 400, 95000}},
        {FAULT_LATE_EFFECT, 2, {31000, 95000}}, {FAULT_STATUS, 3, {0, 20, 600}},
        {FAULT_SESSION_EXPIRED, 3, {0, 1, 2}},  {FAULT_SIGNAL, 2, {0, 150}},
        {FAULT_TORN_COMMIT, 3, {0, 40, 100000}}, {FAULT_SLOW, 2, {100, 3}},
        {FAULT_LATE_EDITOR, 2, {60000, 400}},
    };
    ret_sizes[0] = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].kind != kind)
            continue;
        memcpy(ret_sizes, table[i].sizes, sizeof table[i].sizes);
        return all ? table[i].count : 1;
    }
    return 1;
}

static void add_spot(struct list *list, const struct ground *ground, struct fault at, bool all_sizes)
{
    struct shape shapes[FAULT_KIND_COUNT * 2];
    size_t count = shapes_at(at.target, shapes);
    list->spots++;
    list->spots_at[at.target]++;
    for (size_t i = 0; i < count; i++) {
        uint32_t sizes[4];
        size_t size_count = sizes_of(shapes[i].kind, all_sizes, sizes);
        for (size_t k = 0; k < size_count; k++) {
            ASSERT(list->count < FAULT_MAX);
            at.kind = shapes[i].kind;
            at.taken = shapes[i].taken;
            at.size = sizes[k];
            list->placed[list->count++] = (struct placed){*ground, at};
        }
    }
}

static void add_spots(struct list *list, const struct ground *ground, struct fault at, const uint32_t met[FAULT_TARGET_COUNT],
                      const uint32_t known[FAULT_TARGET_COUNT], bool all_sizes)
{
    for (at.target = 0; at.target < FAULT_TARGET_COUNT; at.target++)
        for (at.nth = known ? known[at.target] + 1 : 1; at.nth <= met[at.target]; at.nth++)
            add_spot(list, ground, at, all_sizes);
}

/* The spots of one attempt at a visit; those outside any visit with the first. */
static void add_attempt(struct sweep *s, struct tally *tally, struct journey *j, struct list *list, uint32_t visit, uint32_t attempt,
                        bool all_sizes)
{
    const struct batch_visit *at = &j->clinic->batch->visits[visit];
    struct fault place = {.patient = at->patient + 1, .dos = at->dos, .attempt = attempt};
    static struct spots plain, hanging;
    struct ground grounds[] = {ground_of(at, attempt, false), ground_of(at, attempt, true)};
    struct spots *spots[] = {&plain, &hanging};
    for (size_t i = 0; i < 2; i++) {
        struct journey_plan plan = {.faults = grounds[i].faults, .fault_count = grounds[i].count, .terms = plain_terms, .spots = spots[i]};
        *spots[i] = (struct spots){.outside = {0}};
        (void)sweep_one(s, tally, j, &plan);
        tally->batches--;
    }
    add_spots(list, &grounds[0], place, plain.met[visit][attempt - 1], NULL, all_sizes);
    /* Others than those, and past no call that they have too. */
    uint32_t known[FAULT_TARGET_COUNT];
    memcpy(known, plain.met[visit][attempt - 1], sizeof known);
    add_spots(list, &grounds[1], place, hanging.met[visit][attempt - 1], known, all_sizes);
    struct fault outside = {.patient = FAULT_OUTSIDE};
    if (visit == 0 && attempt == 1)
        add_spots(list, &grounds[0], outside, plain.outside, NULL, all_sizes);
}

/* Places times kinds, counted by the tables alone. */
static uint64_t product_of(const struct list *list)
{
    uint64_t product = 0;
    uint32_t sizes[4];
    for (enum fault_target target = 0; target < FAULT_TARGET_COUNT; target++) {
        uint64_t kinds = 0;
        for (enum fault_kind kind = 0; kind < FAULT_KIND_COUNT; kind++)
            if (fault_applies(kind, target))
                kinds += sizes_of(kind, true, sizes) * (1 + fault_has_taken(kind, target));
        product += kinds * list->spots_at[target];
    }
    return product;
}

static void list_init(struct list *list)
{
    *list = (struct list){.placed = calloc(FAULT_MAX, sizeof *list->placed)};
    ASSERT(list->placed);
}

static bool run_placed(struct sweep *s, struct tally *tally, struct journey *j, const struct placed *first, const struct placed *second)
{
    struct fault faults[2 * SPOTS_ATTEMPTS + 2];
    size_t count = first->ground.count;
    memcpy(faults, first->ground.faults, sizeof first->ground.faults);
    faults[count++] = first->fault;
    if (second)
        faults[count++] = second->fault;
    struct journey_plan plan = {.faults = faults, .fault_count = count, .terms = plain_terms, .resume_after = !second};
    return sweep_one(s, tally, j, &plan);
}

void sweep_single(struct sweep *s, struct tally *tally)
{
    static struct batch_of_n batch;
    static struct journey j;
    struct list list;
    uint64_t runs = 0, strikes = 0;
    list_init(&list);
    batch_of_n_init(&batch, SPOTS_VISITS, NULL);
    journey_init(&j, &batch.clinic);
    for (uint32_t visit = 0; visit < SPOTS_VISITS; visit++)
        for (uint32_t attempt = 1; attempt <= SPOTS_ATTEMPTS; attempt++)
            add_attempt(s, tally, &j, &list, visit, attempt, true);
    for (size_t i = 0; i < list.count && tally->violations < SWEEP_VIOLATIONS_MAX; i++) {
        (void)run_placed(s, tally, &j, &list.placed[i], NULL);
        runs++;
        strikes += j.struck[list.placed[i].ground.count] > 0;
        if (j.struck[list.placed[i].ground.count] == 0) {
            char text[FAULT_TEXT_MAX];
            (void)fault_format(&list.placed[i].fault, text);
            printf("  never struck: %s\n", text);
        }
    }
    uint64_t product = product_of(&list);
    sweep_claim(s, runs == product && strikes == runs,
                "single: 3 visits, 3 attempts: %zu spots x the kinds of each = %llu faults; %llu put, %llu struck", list.spots,
                (unsigned long long)product, (unsigned long long)runs, (unsigned long long)strikes);
    verdicts_add(&s->verdicts, &j.verdicts);
    journey_fini(&j);
    batch_of_n_fini(&batch);
    free(list.placed);
}

/* Two faults within one visit: both in its first attempt, or one there and one in the
   second, which is come to only where the first failed. */
void sweep_pairs(struct sweep *s, struct tally *tally)
{
    static struct batch_of_n batch;
    static struct journey j;
    struct list first, second;
    uint64_t runs = 0, both = 0, index = 0;
    list_init(&first);
    list_init(&second);
    batch_of_n_init(&batch, 1, NULL);
    journey_init(&j, &batch.clinic);
    add_attempt(s, tally, &j, &first, 0, 1, false);
    add_attempt(s, tally, &j, &second, 0, 1, false);
    add_attempt(s, tally, &j, &second, 0, 2, false);
    for (size_t a = 0; a < first.count; a++) {
        for (size_t b = a + 1; b < second.count && tally->violations < SWEEP_VIOLATIONS_MAX; b++) {
            if (index++ % s->stride)
                continue;
            (void)run_placed(s, tally, &j, &first.placed[a], &second.placed[b]);
            runs++;
            both += j.struck[first.placed[a].ground.count] && j.struck[first.placed[a].ground.count + 1];
        }
    }
    uint64_t pairs = (uint64_t)first.count * (2 * second.count - first.count - 1) / 2;
    sweep_claim(s, index == pairs && runs == (pairs + s->stride - 1) / s->stride,
                "pairs: %zu faults in a first attempt with %zu in it or the second: %llu pairs; 1 in %u: %llu put, both of %llu struck",
                first.count, second.count, (unsigned long long)pairs, s->stride, (unsigned long long)runs, (unsigned long long)both);
    verdicts_add(&s->verdicts, &j.verdicts);
    journey_fini(&j);
    batch_of_n_fini(&batch);
    free(first.placed);
    free(second.placed);
}
