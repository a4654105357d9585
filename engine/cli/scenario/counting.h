/* A door in front of another, which counts the page operations that are asked, of each visit
   and of all, and the browsers. Nothing that passes is changed. */
#ifndef ENGINE_CLI_SCENARIO_COUNTING_H
#define ENGINE_CLI_SCENARIO_COUNTING_H

#include "engine/cli/scenario/story.h"
#include "engine/world/world.h"

struct counting {
    struct world base;
    struct world *behind;
    struct story *story;
    struct visit_story *at; /* NULL: outside any visit */
    uint32_t operations, starts;
};

struct world *counting_init(struct counting *counting, struct world *behind, struct story *story);

#endif
