/* The operations of a recorded run, as engine/report counts and draws them. */
#ifndef ENGINE_CLI_REPORT_OPS_H
#define ENGINE_CLI_REPORT_OPS_H

#include "engine/cli/recorded.h"
#include "engine/report/report_figures.h"

/* Page operations and browser starts that belong to a visit, in the order of their calls.
   The recording was played. *ret_ops is the caller's to free. */
enum err_code report_ops(const struct recorded *recorded, struct report_op **ret_ops, uint32_t *ret_count, struct err *err) MUST_USE;

#endif
