/* The batch of a scenario and the EHR in which it is entered: an empty chart for each of its
   visits, and what each must hold when its visit is done. */
#ifndef ENGINE_CLI_SCENARIO_CLINIC_H
#define ENGINE_CLI_SCENARIO_CLINIC_H

#include "engine/mdland/batch_input.h"
#include "recorder/ledger.h"

#define CLINIC_TEXT_BYTES_MAX ((size_t)64 << 20)
#define CLINIC_VISITS_MAX 500

struct entered {
    struct ledger_codes codes;
    uint64_t note;
};

/* Zeroed is closed. */
struct clinic {
    struct batch *batch;
    struct ledger *ledger;   /* owned; the chart of visit n is its n-th */
    struct entered *entered; /* by visit */
    /* Private. */
    struct str text; /* owned */
    struct slice slice;
    struct batch_source source;
    struct arena arena;
};

/* Text of a batch file, which moves in. Errors of the batch are batch_open()'s. clinic_close()
   is to be called whatever comes. */
enum err_code clinic_open(struct clinic *clinic, struct str *text, struct err *err) MUST_USE;
void clinic_close(struct clinic *clinic);

/* All charts as new. */
void clinic_reset(struct clinic *clinic);

/* The index of a visit; SIZE_MAX: the batch has none of that label. */
size_t clinic_visit(const struct clinic *clinic, uint32_t patient, uint32_t dos);
const struct ledger_chart *clinic_chart(const struct clinic *clinic, size_t visit);

#endif
