/* The steps of a visit, by name. */
#ifndef ENGINE_MDLAND_STEP_H
#define ENGINE_MDLAND_STEP_H

enum step {
#define X(id, name) id,
#include "engine/mdland/steps.def"
#undef X
    STEP_COUNT
};

const char *step_name(enum step step);

#endif
