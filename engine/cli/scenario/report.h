/* What came of scenarios, for a person, as TAP, or as one JSON object a scenario. */
#ifndef ENGINE_CLI_SCENARIO_REPORT_H
#define ENGINE_CLI_SCENARIO_REPORT_H

#include "engine/cli/scenario/judge.h"

enum report_form { REPORT_LINES, REPORT_TAP, REPORT_JSON };

struct report {
    enum report_form form;
    bool quiet; /* of lines: one that holds has none */
    uint32_t passed, failed, accepted;
};

/* One scenario, whose judgement is in; accepted: its edits were written. */
void report_scenario(struct report *report, const struct scenario *scenario, const struct judgement *judgement, bool accepted,
                     struct str *out);
void report_end(const struct report *report, struct str *out);

#endif
