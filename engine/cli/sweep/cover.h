/* What a sweep has come to: its sums, and which cells (operation x kind x attempt) a fault
   has struck in. Fed a seed at a time, in their order, so that what is printed is the same
   however many processes there were. */
#ifndef ENGINE_CLI_SWEEP_COVER_H
#define ENGINE_CLI_SWEEP_COVER_H

#include "engine/cli/sweep/crew.h"

#define COVER_ATTEMPTS 3

struct cells {
    uint32_t hits[FAULT_TARGET_COUNT][FAULT_KIND_COUNT][COVER_ATTEMPTS]; /* those without an attempt count as the first */
};

struct cover {
    uint64_t seeds, batches, faults, kills, resumes, violations;
    uint64_t log_digest; /* of every event log */
    uint64_t broke[INVARIANT_COUNT]; /* seeds by law */
    struct verdicts verdicts;
    struct cells cells;
};

/* struck: how often each of the faults did. */
void cells_add(struct cells *cells, const struct fault *faults, size_t count, const uint32_t *struck);
/* faults: the schedule of that seed. */
void cover_add(struct cover *cover, const struct seed_result *result, const struct schedule *schedule);

/* How many of those that must come up never did. */
uint32_t cover_never(const struct cover *cover);

/* Sums, laws, what came up and the cells in some lines; the table of the cells, with those
   that were never hit. */
void cover_print(const struct cover *cover, struct str *out);
void cells_print(const struct cells *cells, struct str *out);

#endif
