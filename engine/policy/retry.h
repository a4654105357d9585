/* When a visit is tried again: only after a transient failure, at most
   max_retries times, 2^(n-1) s before attempt n. */
#ifndef ENGINE_POLICY_RETRY_H
#define ENGINE_POLICY_RETRY_H

#include "engine/base/clock.h"
#include "engine/policy/kind.h"

#include <stdbool.h>
#include <stdint.h>

#define RETRIES_MAX 9
#define RETRIES_DEFAULT 2

/* A site that asks for more (Retry-After) is asked again after this. */
#define RETRY_AFTER_S_HONOURED 120

/* failed_attempt counts from 1: the attempt that has just failed. */
bool retry_allowed(enum kind kind, uint32_t failed_attempt, uint32_t max_retries);

/* The wait before `attempt` (2 and up): 2 s, 4 s, 8 s, ... */
struct duration retry_delay(uint32_t attempt);

/* The same where the site asked to wait: the longer of the two, what it asked for up to
   RETRY_AFTER_S_HONOURED. */
struct duration retry_delay_asked(struct duration delay, uint32_t retry_after_s);

#endif
