/* The journal is the only truth of a run: the state of a batch is a fold of its
   records, and what the runner holds in memory is that fold, kept up to date.
   A record is judged before it is written - one that cannot follow what the journal
   holds is our own bug, and ends the run before it can do harm - and taken into the
   state once it is durable. A resume folds the file by the same two functions. */
#ifndef ENGINE_BATCH_JOURNAL_H
#define ENGINE_BATCH_JOURNAL_H

#include "engine/batch/record.h"
#include "engine/call/call.h"

/* What is known of one visit. */
struct visit_state {
    struct visit_label visit;
    uint32_t attempts; /* charged: those that failed or succeeded, not those cut by a stop,
                          a kill or the end of the session */
    bool settled;      /* done, failed or for review: never tried again */
    bool ended;        /* an attempt has ended; the four below are the last one's */
    enum visit_outcome outcome; /* meaningful when has_outcome was given */
    enum kind kind;
    enum step step;
    int64_t duration_ms;
    struct visit_facts facts;
};

/* Zeroed: nothing has been run. */
struct journal {
    struct run_start start; /* of the last run */
    uint32_t runs;
    uint64_t records;
    size_t torn_bytes;  /* at the end of the file, dropped */
    bool latched;       /* the last run saw the session's end */
    enum breaker_state breaker;
    bool ended;         /* the last run came to its end, and how: */
    enum batch_outcome outcome;
    enum kind kind;
    int exit_status;
    int64_t ended_at_ms;
    struct visit_state *visits; /* owned; in the order of their first record */
    size_t visit_count, visit_capacity;
    uint32_t *slots; /* owned: visit index + 1 by hash of the label; 0 = free */
    size_t slot_count;
};

void journal_fini(struct journal *journal);

/* Folds a journal's text. ERR_INTEGRITY where it is damaged before its end or a record
   cannot follow those before it, with the line; ERR_INPUT for what is no journal. Whatever
   comes, journal_fini() is to be called. */
enum err_code journal_fold(struct slice text, struct journal *ret_journal, struct err *err) MUST_USE;

/* NULL when the journal has no record of the visit. */
const struct visit_state *journal_find(const struct journal *journal, struct visit_label visit);

/* Is every visit of its batch settled? */
bool journal_is_finished(const struct journal *journal);
/* Settled visits that ended so. */
uint32_t journal_count(const struct journal *journal, enum visit_outcome outcome);

/* May the record follow, the visit being where `state` says? */
bool visit_may(const struct visit_state *state, const struct record *record);
/* Takes in a record that may follow. */
void visit_apply(struct visit_state *state, const struct record *record);

/* Makes the record durable, then takes it into `state` (NULL for the records of the
   run itself). ERR_INTERNAL when it may not follow; nothing is written then. */
enum err_code journal_commit(struct caller *c, struct visit_state *state, const struct record *record,
                             struct err *err) MUST_USE;

#endif
