/* The plan while it is judged: every patient and every visit of the batch, whether
   it will be run or not. Once all is judged, what is to be run is copied out. */
#ifndef ENGINE_MDLAND_BATCH_DRAFT_H
#define ENGINE_MDLAND_BATCH_DRAFT_H

#include "engine/mdland/batch_input.h"
#include "engine/mdland/batch_patient.h"
#include "engine/mdland/batch_problem.h"
#include "engine/mdland/batch_scan.h"

struct draft_patient {
    struct patient patient;
    enum batch_mode mode; /* its own; MODE_UNSET: the batch's */
};

struct draft_visit {
    struct batch_visit visit;
    uint32_t index; /* in its patient's visits[] */
    bool planned;   /* its status is done */
};

/* Zeroed is empty. */
struct batch_draft {
    struct draft_patient *patients; /* owned */
    size_t patient_count;
    size_t patient_capacity;
    struct draft_visit *visits; /* owned */
    size_t visit_count;
    size_t visit_capacity;
};

void batch_draft_fini(struct batch_draft *d);

/* The next patient, empty but for its number, with its visits as extents; NULL without
   memory. Valid until the next is added. */
struct draft_patient *batch_draft_add(struct batch_draft *d, const struct scanned_patient *scanned);

/* A problem for each visit to be run that repeats an earlier one; false without memory. */
bool batch_draft_find_twins(const struct batch_draft *d, struct batch_problems *problems) MUST_USE;

/* Copies patients and planned visits into the arena and the batch; false when it refuses. */
bool batch_draft_keep(const struct batch_draft *d, struct arena *arena, struct batch *batch) MUST_USE;

#endif
