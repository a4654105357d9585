/* The budget classes: how long a kind of operation may take. The table that
   turns a class, an attempt and the multiplier into milliseconds is
   engine/policy/timeout.h. */
#ifndef ENGINE_BASE_BUDGET_H
#define ENGINE_BASE_BUDGET_H

enum budget_class {
#define X(id, name, ms) id,
#include "engine/base/budget.def"
#undef X
};

#endif
