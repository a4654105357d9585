/* The charts of a batch after its run, against what each must hold when its visit is done. */
#ifndef TESTS_TORTURE_CHARTS_H
#define TESTS_TORTURE_CHARTS_H

#include "engine/mdland/batch_input.h"
#include "recorder/model/ledger.h"

/* One JSON object a visit: place, counts, whether codes and note are the batch's, and
   what the chart holds (ledger_print). */
enum err_code charts_print(struct ledger *ledger, const struct batch *batch, struct str *out, struct err *err) MUST_USE;

#endif
