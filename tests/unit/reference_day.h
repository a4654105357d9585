/* A recorded course (recorder/whatif/course.h) as the plain numbers that the reference is told, a
   schedule of faults likewise, and what the reference says as lines of an event log. */
#ifndef TESTS_UNIT_REFERENCE_DAY_H
#define TESTS_UNIT_REFERENCE_DAY_H

#include "engine/cli/whatif/whatif_run.h"
#include "tests/unit/reference.h"

#define REFERENCE_LETTERS "YRwsplodDic1nNf2kK3xB#HLPF" /* by fault target */

struct reference_day_of {
    struct reference_day day;
    struct reference_op *ops; /* owned, like the tables below */
    size_t *first;
    unsigned *before;
    bool *soap_only;
    struct reference_fault faults[MODEL_FAULTS_MAX];
};

/* The recording was played. False without memory, or when it is longer than the reference has room. */
bool reference_day_init(struct reference_day_of *d, const struct recorded *recorded);
void reference_day_fini(struct reference_day_of *d);
void reference_day_terms(struct reference_day_of *d, const struct recorded *recorded, const struct whatif_terms *terms);

/* The lines that an event log has for this, an error's sentence and a breaker's counts aside. */
void reference_log_format(const struct reference_log *log, const struct recorded *recorded, struct str *out);

#endif
