/* What the event logs of a scenario's runs say of each visit, one run after the other: a fold
   of the lines, in the words of a scenario. */
#ifndef ENGINE_CLI_SCENARIO_STORY_H
#define ENGINE_CLI_SCENARIO_STORY_H

#include "engine/batch/journal.h"
#include "engine/cli/scenario/never.h"

#define STORY_LIST_BYTES_MAX ((size_t)1 << 16)

struct visit_story {
    struct visit_label visit;
    const char *outcome, *step, *error; /* static words; "none" */
    uint32_t attempts;
    int64_t duration_ms; /* in its last run */
    struct str delays, retried; /* "2s, 4s"; "saveSOAP timeout" */
    uint32_t operations;
    uint32_t run; /* the last that gave it a result, from 1; 0: none did */
    bool settled;
};

struct story {
    struct visit_story *visits; /* owned; as the batch has them */
    size_t count;
    uint32_t run; /* the one that is told, from 1 */
    bool expired; /* it has told so */
    uint32_t probes, retries;
    struct breaches breaches;
    bool full; /* a list grew past its ceiling, or memory ran out */
};

enum err_code story_init(struct story *story, const struct batch *batch, struct err *err) MUST_USE;
void story_fini(struct story *story);

void story_begin_run(struct story *story);
/* One line of the event log, its newline included. */
void story_take(struct story *story, struct slice line);
/* The run ended by itself: who has no result is lost. */
void story_end_run(struct story *story);
/* What the journal knows to be settled, whether or not a killed run could say so. */
void story_take_journal(struct story *story, const struct journal *journal);

/* NULL: no such visit. */
struct visit_story *story_visit(const struct story *story, uint32_t patient, uint32_t dos);

#endif
