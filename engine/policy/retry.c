#include "engine/policy/retry.h"

bool retry_allowed(enum kind kind, uint32_t failed_attempt, uint32_t max_retries)
{
    return kind_class_of(kind) == CLASS_TRANSIENT && failed_attempt <= max_retries;
}

struct duration retry_delay(uint32_t attempt)
{
    return duration_ms(INT64_C(1000) << (attempt - 1));
}
