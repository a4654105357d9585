/* How long things may take: a row of the table (engine/base/budget.def), scaled by
   the multiplier, and by half as much again with each attempt after the first.
   All in one division, so there is one rounding (half up, to whole milliseconds). */
#ifndef ENGINE_POLICY_TIMEOUT_H
#define ENGINE_POLICY_TIMEOUT_H

#include "engine/base/budget.h"
#include "engine/base/clock.h"

#include <stdint.h>

/* The multiplier in thousandths: 100 (0.1) to 100000 (100). */
#define MULTIPLIER_ONE 1000
#define MULTIPLIER_MIN 100
#define MULTIPLIER_MAX 100000

/* attempt counts from 1. */
struct duration timeout_budget(enum budget_class budget, uint32_t attempt, uint32_t multiplier_thousandths);

/* From a visit's first attempt to its end, waits included: 600 s, lengthened by
   a multiplier above 1, never shortened. */
struct duration timeout_visit(uint32_t multiplier_thousandths);

const char *budget_name(enum budget_class budget);

#endif
