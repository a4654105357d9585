/* One entry of visits[]. */
#ifndef ENGINE_MDLAND_BATCH_VISIT_H
#define ENGINE_MDLAND_BATCH_VISIT_H

#include "engine/mdland/batch_field.h"
#include "engine/mdland/batch_input.h"

/* What is judged of every visit, to be run or not. */
struct visit_head {
    uint32_t dos; /* 0 after a problem */
    bool is_done; /* its status: the visit is to be run */
};

struct visit_head batch_visit_head(const struct batch_object *in);

/* A visit to be run, in full, in the arena; problems go into the list, and then the
   visit is not whole. NULL when the arena refuses. */
struct visit *batch_visit_parse(const struct batch_object *in, const struct visit_head *head,
                                const struct patient *patient, bool soap_only, struct arena *arena) MUST_USE;

#endif
