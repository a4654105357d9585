/* The ledger that fits a batch: a chart for each of its visits, in its order, and what each
   must hold when its visit is done. */
#ifndef TESTS_TORTURE_CHARTS_H
#define TESTS_TORTURE_CHARTS_H

#include "engine/mdland/batch_input.h"
#include "recorder/ledger.h"

/* Into an empty ledger with room for the batch's visits. */
void charts_add(struct ledger *ledger, const struct batch *batch);

/* One JSON object a visit: place, counts, whether codes and note are the batch's, and
   what the chart holds (ledger_print). */
enum err_code charts_print(struct ledger *ledger, const struct batch *batch, struct str *out, struct err *err) MUST_USE;

#endif
