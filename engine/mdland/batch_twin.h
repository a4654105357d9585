/* The same visit twice in one batch: the same person (birth date and the words of the
   name, whatever their order and case) and the same dos, also when the person is two
   entries of patients[]. */
#ifndef ENGINE_MDLAND_BATCH_TWIN_H
#define ENGINE_MDLAND_BATCH_TWIN_H

#include "engine/mdland/batch_input.h"
#include "engine/mdland/batch_problem.h"

/* A visit to run, and its index in its patient's visits[]. */
struct twin_visit {
    uint32_t patient; /* index into the patients */
    uint32_t dos;
    uint32_t index;
};

/* A problem for every visit that repeats an earlier one. Sorts `visits`. False
   without memory. */
bool batch_twins_find(const struct patient *patients, size_t patient_count, struct twin_visit *visits,
                      size_t visit_count, struct batch_problems *problems) MUST_USE;

#endif
