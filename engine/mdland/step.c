#include "engine/mdland/step.h"

const char *step_name(enum step step)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
#include "engine/mdland/steps.def"
#undef X
    };
    return names[step];
}
