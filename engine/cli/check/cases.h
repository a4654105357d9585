/* The visits of a replay one by one, with the real time that each took: a fold of its event
   log, and of where the replay left its recording. */
#ifndef ENGINE_CLI_CHECK_CASES_H
#define ENGINE_CLI_CHECK_CASES_H

#include "engine/batch/journal.h"
#include "engine/mdland/batch_input.h"
#include "engine/report/junit.h"

struct cases {
    struct outcomes outcomes;
    struct junit_case *list; /* owned */
    size_t count, capacity;
    struct visit_label hand; /* the visit that has begun and not ended; 0: none */
    bool trouble;            /* what comes is not compared any more */
    bool blames_hand;        /* it showed in the visit in hand */
    size_t looked_at;        /* where the last visit was found: they come in one order */
    int64_t last_us;
    bool full; /* out of memory */
};

void cases_init(struct cases *cases, int64_t now_us);
/* differs: this line is the first that is not the recorded one. */
void cases_take(struct cases *cases, struct slice line, bool differs, int64_t now_us);
/* After the last line. failed: the replay ended with trouble that no line has shown. The
   visits of the batch that are in no result, and in no run before, are skipped ones then. */
void cases_finish(struct cases *cases, bool failed, const struct batch *batch, const struct journal *found, int64_t now_us);
void cases_fini(struct cases *cases);

#endif
