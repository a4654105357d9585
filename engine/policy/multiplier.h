/* TIMEOUT_MULTIPLIER as a user writes it. */
#ifndef ENGINE_POLICY_MULTIPLIER_H
#define ENGINE_POLICY_MULTIPLIER_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdint.h>

/* "0.1" to "100" with up to three decimals, as thousandths (engine/policy/timeout.h has
   the bounds). Whatever else - empty, a sign, a blank, a comma, nan, 1e9 - is ERR_USAGE:
   a timeout that nobody meant is worse than no run. */
enum err_code multiplier_parse(struct slice text, uint32_t *ret_thousandths, struct err *err) MUST_USE;

#endif
