/* A batch of so many visits, made up: patients of one to three visits, some with a birth
   date in common, some whose visits are notes alone. And what each chart must hold when
   its visit is done. */
#ifndef TESTS_SWEEP_BATCH_OF_N_H
#define TESTS_SWEEP_BATCH_OF_N_H

#include "engine/mdland/batch_input.h"
#include "recorder/ledger.h"

#define VISITS_OF_PATIENT_MAX 3

struct expected {
    struct ledger_codes codes;
    uint64_t note;
};

struct batch_of_n {
    struct batch *batch;
    uint32_t visit_count;
    struct expected *expected; /* by visit; owned */
    uint32_t *first;           /* by patient's number: its first visit; owned */
    void *memory;              /* of the ledger; owned, unless it was given */
    bool memory_given;
    struct ledger *ledger;     /* the chart of visit n is its n-th */
    /* Private. */
    struct str text;
    struct slice slice;
    struct batch_source source;
    struct arena arena;
};

/* memory: for the ledger, ledger_size_bytes(visit_count) bytes; NULL: its own. */
void batch_of_n_init(struct batch_of_n *b, uint32_t visit_count, void *memory);
void batch_of_n_fini(struct batch_of_n *b);

#endif
