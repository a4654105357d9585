/* What a recording tells of a step that failed or was slow: the operation in which it did,
   from the course of the replay and from the watch. */
#ifndef ENGINE_CLI_EXPLAIN_FACTS_H
#define ENGINE_CLI_EXPLAIN_FACTS_H

#include "engine/cli/explain/explain_watch.h"
#include "engine/cli/recorded.h"

/* The part of it that the exchange alone tells: its call, wait, budget, answer and request. */
void explain_exchange(const struct recorded *recorded, const struct exchange *exchange, struct explain_wait *ret_wait);

/* known is false when no operation of the recording is the step's. */
void explain_facts(const struct recorded *recorded, const struct explain_watch *watch, const struct explain_event *step,
                   struct explain_wait *ret_wait);

#endif
