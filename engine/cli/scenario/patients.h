/* The batch that a scenario makes on the spot, as the text of a batch file: it goes the whole
   way of any batch. Names, birth dates and notes are invented, and no two are alike. */
#ifndef ENGINE_CLI_SCENARIO_PATIENTS_H
#define ENGINE_CLI_SCENARIO_PATIENTS_H

#include "engine/cli/scenario/schema.h"

#define PATIENTS_TEXT_BYTES_MAX ((size_t)16 << 20)

/* From `visits:` or `patients:`; there is one of them. */
void patients_write(const struct items *items, struct str *out);

#endif
