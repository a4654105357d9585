/* How figures are worked out and shown, the same in every page that a person reads. */
#ifndef ENGINE_REPORT_FIGURES_H
#define ENGINE_REPORT_FIGURES_H

#include "engine/base/str.h"

/* "432 ms", "15.0 s", "12 min 29 s": rounded, to what is worth reading. */
void figure_add_time(struct str *out, int64_t ms);

/* The index, in ascending order, of the smallest of `count` values that so many percent of
   them do not exceed (nearest rank). count: at least 1. */
size_t figure_rank(size_t count, uint32_t percent);

#endif
