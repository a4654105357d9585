/* Halves first: what does not matter, which is most, goes many at a time. Then a fault at a
   time, over and over, until a round changes nothing: so the last thing tried was to leave
   each one out. A candidate is always less than what it replaces - fewer faults, a smaller
   number, an earlier kind - so this ends. */
#include "engine/cli/sweep/shrink.h"

/* More than these are merged, where that does. */
#define FEW_ENOUGH 3

static bool breaks(struct shrink *s, const struct journey_plan *plan, const struct schedule *faults)
{
    struct journey_plan trial = *plan;
    if (s->trials >= SHRINK_TRIALS_MAX)
        return false;
    s->trials++;
    trial.faults = faults->faults;
    trial.fault_count = faults->count;
    return s->breaks(s->ctx, &trial);
}

static bool leave_out(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule, size_t at, size_t count)
{
    struct schedule less = *schedule;
    memmove(&less.faults[at], &less.faults[at + count], (less.count - at - count) * sizeof *less.faults);
    less.count -= count;
    if (!breaks(s, plan, &less))
        return false;
    *schedule = less;
    return true;
}

/* From the end: what comes after the law was broken cannot matter. */
static bool leave_out_each(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule, size_t size)
{
    bool any = false;
    for (size_t end = schedule->count; end > 0;) {
        size_t count = end < size ? end : size;
        end -= count;
        any |= leave_out(s, plan, schedule, end, count);
    }
    return any;
}

static bool replace(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule, size_t at, struct fault fault)
{
    struct schedule other = *schedule;
    other.faults[at] = fault;
    if (!breaks(s, plan, &other))
        return false;
    *schedule = other;
    return true;
}

/* The plainer, the easier to imagine. What is not here is not plain at all. */
static const enum fault_kind plain_kinds[] = {
    FAULT_MISSING_ELEMENT, FAULT_HANG,       FAULT_RESET, FAULT_LOST_REQUEST, FAULT_LOST_ANSWER, FAULT_BROWSER_GONE,
    FAULT_TARGET_CRASH,    FAULT_KILL,       FAULT_KILL_AFTER, FAULT_DELAY,   FAULT_LATE_ANSWER, FAULT_LATE_EFFECT,
};
#define PLAIN_KINDS (sizeof plain_kinds / sizeof *plain_kinds)

static bool make_plainer(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule, size_t at)
{
    for (size_t i = 0; i < PLAIN_KINDS; i++) {
        struct fault fault = schedule->faults[at];
        if (fault.kind == plain_kinds[i])
            return false;
        if (!fault_applies(plain_kinds[i], fault.target))
            continue;
        fault.kind = plain_kinds[i];
        fault.size = fault_has_size(fault.kind) ? fault.size : 0;
        fault.taken &= fault_has_taken(fault.kind, fault.target);
        if (replace(s, plan, schedule, at, fault))
            return true;
    }
    return false;
}

static bool make_smaller(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule, size_t at)
{
    bool any = false;
    struct fault fault = schedule->faults[at];
    if (fault.taken) {
        fault.taken = false;
        any |= replace(s, plan, schedule, at, fault);
    }
    fault = schedule->faults[at];
    if (fault.run) {
        fault.run = 0;
        any |= replace(s, plan, schedule, at, fault);
    }
    fault = schedule->faults[at];
    if (fault.nth != 1) {
        fault.nth = 1;
        any |= replace(s, plan, schedule, at, fault);
    }
    fault = schedule->faults[at];
    for (bool went = true; went && fault.size;) {
        fault.size /= 2;
        went = replace(s, plan, schedule, at, fault);
        any |= went;
    }
    return any;
}

static bool simplify(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule)
{
    bool any = false;
    for (size_t i = 0; i < schedule->count; i++) {
        any |= make_plainer(s, plan, schedule, i);
        any |= make_smaller(s, plan, schedule, i);
    }
    return any;
}

/* One fault that strikes wherever it can, in the place of all or of two: shorter, but it says
   less of where. */
static bool merge_into(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule, size_t at)
{
    struct schedule wide = *schedule;
    struct fault *fault = &wide.faults[at];
    fault->patient = fault->patient == FAULT_OUTSIDE ? FAULT_OUTSIDE : 0;
    fault->dos = fault->attempt = fault->nth = 0;
    struct schedule alone = {.faults = {*fault}, .count = 1};
    if (breaks(s, plan, &alone)) {
        *schedule = alone;
        return true;
    }
    for (size_t other = wide.count; other-- > 0;) {
        if (other == at || !leave_out(s, plan, &wide, other, 1))
            continue;
        *schedule = wide;
        return true;
    }
    return false;
}

static bool merge(struct shrink *s, const struct journey_plan *plan, struct schedule *schedule)
{
    for (size_t i = 0; schedule->count > FEW_ENOUGH && i < schedule->count; i++)
        if (merge_into(s, plan, schedule, i))
            return true;
    return false;
}

static void settle_plainly(struct shrink *s, struct journey_plan *plan, const struct schedule *schedule)
{
    struct journey_plan plain = *plan;
    schedule_settle(0, &plain);
    if (plan->seed && breaks(s, &plain, schedule))
        *plan = plain;
}

void shrink_plan(struct shrink *s, struct journey_plan *plan, struct schedule *schedule)
{
    s->trials = 0;
    memmove(schedule->faults, plan->faults, plan->fault_count * sizeof *plan->faults);
    schedule->count = plan->fault_count;
    settle_plainly(s, plan, schedule);
    for (size_t size = (schedule->count + 1) / 2; size > 1; size = (size + 1) / 2)
        (void)leave_out_each(s, plan, schedule, size);
    bool changed = true;
    while (changed) {
        while (leave_out_each(s, plan, schedule, 1))
            ;
        settle_plainly(s, plan, schedule);
        changed = simplify(s, plan, schedule) || merge(s, plan, schedule);
    }
    plan->faults = schedule->faults;
    plan->fault_count = schedule->count;
}
