#include "engine/cli/sweep/watch.h"

#include <stdlib.h>

void watch_init(struct watch *w, struct clinic *clinic, struct verdicts *v)
{
    *w = (struct watch){.clinic = clinic, .v = v};
    w->visits = calloc(clinic->visit_count, sizeof *w->visits);
    ASSERT(w->visits);
}

void watch_fini(struct watch *w)
{
    free(w->visits);
}

void watch_reset(struct watch *w, const struct terms *terms)
{
    struct watch fresh = {.clinic = w->clinic, .v = w->v, .visits = w->visits, .terms = *terms};
    memset(w->visits, 0, w->clinic->visit_count * sizeof *w->visits);
    for (uint32_t i = 0; i < w->clinic->visit_count; i++)
        w->visits[i].soap_only = w->clinic->batch->visits[i].soap_only;
    w->v->first = INVARIANT_COUNT;
    *w = fresh;
}

void watch_run(struct watch *w)
{
    struct watch next = {
        .clinic = w->clinic,
        .v = w->v,
        .visits = w->visits,
        .terms = w->terms,
        .runs = w->runs + 1,
        .acknowledged = w->acknowledged,
        .acknowledged_digest = w->acknowledged_digest,
        .published = w->published,
        .log_digest = w->log_digest,
        .log_lines = w->log_lines,
    };
    for (uint32_t i = 0; i < w->clinic->visit_count; i++) {
        struct watched *visit = &w->visits[i];
        visit->settled_before = visit->settled;
        visit->starts = visit->results = 0;
        visit->ended = false;
        next.settled_before += visit->settled;
    }
    *w = next;
}

bool watch_is_finished(const struct watch *w)
{
    for (uint32_t i = 0; i < w->clinic->visit_count; i++)
        if (!w->visits[i].settled)
            return false;
    return true;
}
