/* A batch and the clinic that it fits: a chart for each of its visits, in its order, in a
   ledger that the model serves; and what each must hold when its visit is done. One clinic
   goes with many runs. */
#ifndef ENGINE_CLI_SWEEP_CLINIC_H
#define ENGINE_CLI_SWEEP_CLINIC_H

#include "engine/mdland/batch_input.h"
#include "recorder/model/ledger.h"

struct expected {
    struct ledger_codes codes;
    uint64_t note;
};

struct clinic {
    const struct batch *batch; /* borrowed */
    uint32_t visit_count;
    struct expected *expected; /* by visit; owned */
    uint32_t *first;           /* by patient's index: its first visit, where it has one; owned */
    struct ledger *ledger;     /* the chart of visit n is its n-th */
    /* Its world is a recording: what the charts hold is not known, only what was done to
       them, and a wait is as late as it really was. */
    bool recorded;
    /* Private. */
    void *memory; /* the ledger's; owned, unless it was given */
    bool memory_given;
};

/* memory: for the ledger, ledger_size_bytes(batch->visit_count) bytes; NULL: its own. Every
   visit is opened once: errors as of batch_visit_open, ERR_ENV out of memory. */
enum err_code clinic_init(struct clinic *clinic, const struct batch *batch, void *memory, struct err *err) MUST_USE;
void clinic_fini(struct clinic *clinic);
/* The charts are a recording's from here on: `ledger`, borrowed. */
void clinic_use_recorded(struct clinic *clinic, struct ledger *ledger);

/* Its charts alone, into an empty ledger with room for the batch's visits. */
void clinic_fill(struct ledger *ledger, const struct batch *batch);

/* The index of a visit by its label; UINT32_MAX when the batch has none of that label. */
static inline uint32_t clinic_visit(const struct clinic *clinic, uint32_t patient, uint32_t dos)
{
    const struct batch *batch = clinic->batch;
    if (patient == 0 || patient > batch->patient_count)
        return UINT32_MAX;
    for (uint32_t i = clinic->first[patient - 1]; i < clinic->visit_count && batch->visits[i].patient == patient - 1; i++)
        if (batch->visits[i].dos == dos)
            return i;
    return UINT32_MAX;
}

#endif
