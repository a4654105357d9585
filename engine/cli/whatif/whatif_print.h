/* What a what-if run showed, for a person or a machine: the recorded run beside it, the
   visits that came out otherwise, and how much of it was recorded. */
#ifndef ENGINE_CLI_WHATIF_PRINT_H
#define ENGINE_CLI_WHATIF_PRINT_H

#include "engine/cli/whatif/whatif_run.h"

struct whatif_sight {
    const struct whatif *whatif;
    const struct whatif_terms *terms;
    const struct outcomes *before, *after; /* of the recorded run, of this one */
    const struct whatif_end *end;
    bool same_log; /* byte for byte */
};

/* Shares of a run's answers, in thousandths of all, rounded. */
uint32_t whatif_share(const struct recall *recall, enum recall_class class);

void whatif_print(const struct whatif_sight *sight, struct str *out);
/* One answer on a line. */
void whatif_print_told(const struct recall_told *told, struct str *out);
void whatif_print_json(const struct whatif_sight *sight, struct str *out);

/* One line of a matrix, and the one above them all; `label` says the settings, in a column of
   that width. */
void whatif_print_head(int width, struct str *out);
void whatif_print_row(const char *label, int width, const struct outcomes *outcomes, const struct recall *recall, struct str *out);

#endif
