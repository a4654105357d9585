/* How fast visits may follow each other. */
#ifndef ENGINE_POLICY_PACE_H
#define ENGINE_POLICY_PACE_H

#include "engine/base/clock.h"

/* What is left, now, of the gap between the end of one visit and the beginning of the
   next; never negative. */
static inline struct duration pace_left(struct duration gap, struct instant ended, struct instant now)
{
    struct duration left = {gap.us - instant_since(now, ended).us};
    return left.us > 0 ? left : (struct duration){0};
}

#endif
