/* How far a sweep is, and how fast: words for the line that is drawn, and for its end. */
#ifndef ENGINE_CLI_SWEEP_PACE_H
#define ENGINE_CLI_SWEEP_PACE_H

#include "engine/cli/sweep/cover.h"

/* "[ 412/1000] 0 violations  3,918 batches/min  65 seeds/s"; total: seeds. */
void pace_format(uint64_t total, const struct cover *cover, int64_t elapsed_us, struct str *out);
/* "1000 seeds in 15.3 s: 3,918 batches/min  65 seeds/s" */
void pace_format_end(const struct cover *cover, int64_t elapsed_us, struct str *out);

#endif
