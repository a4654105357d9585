/* The batch of a scenario, in memory, with its clinic. */
#ifndef ENGINE_CLI_SCENARIO_ROSTER_H
#define ENGINE_CLI_SCENARIO_ROSTER_H

#include "engine/cli/sweep/clinic.h"

#define ROSTER_TEXT_BYTES_MAX ((size_t)64 << 20)
#define ROSTER_VISITS_MAX 500

/* Zeroed is closed. */
struct roster {
    struct batch *batch;
    struct clinic clinic;
    /* Private. */
    struct str text; /* owned */
    struct slice slice;
    struct batch_source source;
    struct arena arena;
};

/* The text of a batch file moves in. Errors of the batch are batch_open()'s; roster_close()
   is to be called whatever comes. */
enum err_code roster_open(struct roster *roster, struct str *text, struct err *err) MUST_USE;
void roster_close(struct roster *roster);

#endif
