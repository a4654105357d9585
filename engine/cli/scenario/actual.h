/* What came, for a row of the schema, in the scenario's own words. */
#ifndef ENGINE_CLI_SCENARIO_ACTUAL_H
#define ENGINE_CLI_SCENARIO_ACTUAL_H

#include "engine/cli/scenario/trial.h"

/* Adds the text, and returns its number where it has one. `visit`: the index of a visit, for
   rows of visits and charts. */
int64_t actual_value(const struct scenario *scenario, const struct trial *trial, enum row row, size_t visit, struct str *out);

/* Does it hold? On false `out` has what would. */
bool actual_fits(const struct scenario *scenario, const struct trial *trial, const struct item *item, size_t visit,
                 struct str *out);

#endif
