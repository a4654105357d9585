/* What must never happen, as a table (never.def), and what of it has: the first sight of each.
   The log and the door are watched while a trial goes on, the charts are looked at when it
   is over. */
#ifndef ENGINE_CLI_SCENARIO_NEVER_H
#define ENGINE_CLI_SCENARIO_NEVER_H

#include "engine/batch/events.h"
#include "engine/cli/scenario/roster.h"

enum never {
#define X(id, name, recorded, sentence) id,
#include "engine/cli/scenario/never.def"
#undef X
    NEVER_COUNT
};

struct breach {
    bool seen;
    struct visit_label visit; /* zero: of no visit */
    uint32_t run;             /* from 1; 0: of the whole trial */
};

struct breaches {
    struct breach of[NEVER_COUNT];
};

void breach_note(struct breaches *breaches, enum never never, struct visit_label visit, uint32_t run);

/* All that the charts show. */
void breaches_of_charts(struct breaches *breaches, const struct clinic *clinic);

/* Can it be seen over a recording? */
bool never_is_recorded(enum never never);
const char *never_sentence(enum never never);

#endif
