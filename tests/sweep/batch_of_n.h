/* A batch of so many visits, made up: patients of one to three visits, some with a birth
   date in common, some whose visits are notes alone; and its clinic. */
#ifndef TESTS_SWEEP_BATCH_OF_N_H
#define TESTS_SWEEP_BATCH_OF_N_H

#include "engine/cli/sweep/clinic.h"

struct batch_of_n {
    struct batch *batch;
    uint32_t visit_count;
    struct clinic clinic;
    /* Private. */
    struct str text;
    struct slice slice;
    struct batch_source source;
    struct arena arena;
};

/* memory: for the ledger (clinic_init), or NULL. */
void batch_of_n_init(struct batch_of_n *b, uint32_t visit_count, void *memory);
void batch_of_n_fini(struct batch_of_n *b);

#endif
