#include "engine/cli/check/cases.h"

#include <stdlib.h>

void cases_init(struct cases *c, int64_t now_us)
{
    *c = (struct cases){.last_us = now_us};
    outcomes_init(&c->outcomes);
}

static struct junit_case *new_case(struct cases *c)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 128;
        struct junit_case *grown = capacity > 2 * OUTCOMES_VISITS_MAX ? NULL : reallocarray(c->list, capacity, sizeof *grown);
        c->full |= !grown;
        if (!grown)
            return NULL;
        c->list = grown;
        c->capacity = capacity;
    }
    return &c->list[c->count++];
}

static void add(struct cases *c, const struct outcome_visit *visit, enum junit_result result, bool ended, int64_t now_us)
{
    struct junit_case *place = new_case(c);
    if (place)
        *place = (struct junit_case){.visit = *visit, .result = result, .ended = ended, .took_us = now_us - c->last_us};
    c->last_us = now_us;
}

static void take_start(struct cases *c, struct slice line)
{
    uint64_t patient = 0, dos = 0;
    const char *p = slice_find(line, SLICE("\"patient\":\"p")), *d = slice_find(line, SLICE("\"dos\":"));
    if (!p || !d)
        return;
    p += 12;
    d += 6;
    if (slice_parse_u64((struct slice){p, strspn(p, "0123456789")}, UINT32_MAX, &patient) &&
        slice_parse_u64((struct slice){d, strspn(d, "0123456789")}, UINT32_MAX, &dos))
        c->hand = (struct visit_label){(uint32_t)patient, (uint32_t)dos};
}

static bool is_in_hand(const struct cases *c)
{
    return c->hand.patient != 0;
}

void cases_take(struct cases *c, struct slice line, bool differs, int64_t now_us)
{
    size_t before = c->outcomes.count;
    bool result = slice_starts(line, SLICE("{\"type\":\"visit_result\""));
    if (slice_starts(line, SLICE("{\"type\":\"visit_start\"")))
        take_start(c, line);
    c->trouble |= differs;
    c->blames_hand |= differs && (is_in_hand(c) || result);
    outcomes_take(&c->outcomes, line);
    if (!result || c->outcomes.count == before)
        return;
    /* Trouble that shows in a visit is that visit's; what comes after it is held to nothing. */
    enum junit_result became = c->blames_hand ? JUNIT_FAILED : c->trouble ? JUNIT_SKIPPED : JUNIT_PASSED;
    add(c, &c->outcomes.visits[before], became, true, now_us);
    c->hand = (struct visit_label){0, 0};
    c->blames_hand = false;
}

static bool is_told(struct cases *c, struct visit_label visit)
{
    for (size_t i = 0; i < c->count; i++) {
        size_t at = (c->looked_at + i) % c->count;
        const struct visit_label *told = &c->list[at].visit.visit;
        if (told->patient == visit.patient && told->dos == visit.dos) {
            c->looked_at = at + 1;
            return true;
        }
    }
    return false;
}

static void skip_rest(struct cases *c, const struct batch *batch, const struct journal *found, int64_t now_us)
{
    for (size_t i = 0; i < batch->visit_count; i++) {
        struct visit_label visit = {batch->patients[batch->visits[i].patient].number, batch->visits[i].dos};
        const struct visit_state *earlier = journal_find(found, visit);
        if (!(earlier && earlier->settled) && !is_told(c, visit))
            add(c, &(struct outcome_visit){.visit = visit}, JUNIT_SKIPPED, false, now_us);
    }
}

void cases_finish(struct cases *c, bool failed, const struct batch *batch, const struct journal *found, int64_t now_us)
{
    if (!failed)
        return;
    if (is_in_hand(c) && (c->blames_hand || !c->trouble)) {
        struct outcome_visit open = c->outcomes.open;
        open.visit = c->hand;
        add(c, &open, JUNIT_FAILED, false, now_us);
    }
    skip_rest(c, batch, found, now_us);
    c->full |= c->outcomes.full;
}

void cases_fini(struct cases *c)
{
    outcomes_fini(&c->outcomes);
    free(c->list);
}
