/* What became of each visit of a run, and how long it took: a fold of the event log, to set
   two runs of one batch side by side. */
#ifndef ENGINE_REPORT_OUTCOMES_H
#define ENGINE_REPORT_OUTCOMES_H

#include "engine/batch/events.h"
#include "engine/batch/journal.h"
#include "engine/policy/kind.h"

#define OUTCOMES_RETRIES_MAX 9
#define OUTCOMES_VISITS_MAX  100000

struct outcome_retry {
    int64_t delay_ms;
    char step[32], kind[32];
};

struct outcome_visit {
    struct visit_label visit;
    enum visit_outcome outcome;
    uint32_t attempts;
    int64_t took_ms;
    char step[32], kind[32]; /* empty: it ended well */
    uint32_t retry_count;
    struct outcome_retry retries[OUTCOMES_RETRIES_MAX];
};

struct outcomes {
    struct outcome_visit *visits; /* in the order of the log; owned */
    size_t count, room;
    uint32_t counts[VISIT_OUTCOME_COUNT];
    uint32_t retries;
    int64_t total_ms;
    char outcome[16]; /* of the batch; empty: the log has no end */
    struct outcome_visit open; /* the visit whose result is to come: its retries so far */
    bool full; /* no memory, or over the ceiling */
};

void outcomes_init(struct outcomes *o);
void outcomes_fini(struct outcomes *o);
/* As new; keeps its memory. */
void outcomes_clear(struct outcomes *o);
/* Takes one line of the event log; most are passed over unread. A later result of a visit
   (in a resumed run) replaces the one before. */
void outcomes_take(struct outcomes *o, struct slice line);
/* Takes in the visits that a journal holds as settled and the log has no result of: a kill
   may come between the two. Not those that stood settled in the journal as it was found. */
void outcomes_settle(struct outcomes *o, const struct journal *journal, const struct journal *found);
/* NULL when the log has no result of it. */
const struct outcome_visit *outcomes_find(const struct outcomes *o, struct visit_label visit);
/* The time that so many percent of the visits that were attempted, and are decided, did not
   exceed; 0 = none. */
int64_t outcomes_percentile_ms(const struct outcomes *o, uint32_t percent);
/* The same end, after the same tries for the same reasons? Times may differ. */
bool outcome_equal(const struct outcome_visit *a, const struct outcome_visit *b);

#endif
