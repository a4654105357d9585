#include "engine/policy/retry.h"

bool retry_allowed(enum kind kind, uint32_t failed_attempt, uint32_t max_retries)
{
    return kind_class_of(kind) == CLASS_TRANSIENT && failed_attempt <= max_retries;
}

struct duration retry_delay(uint32_t attempt)
{
    return duration_ms(INT64_C(1000) << (attempt - 1));
}

struct duration retry_delay_asked(struct duration delay, uint32_t retry_after_s)
{
    uint32_t honoured_s = retry_after_s < RETRY_AFTER_S_HONOURED ? retry_after_s : RETRY_AFTER_S_HONOURED;
    struct duration asked = duration_ms((int64_t)honoured_s * 1000);
    return asked.us > delay.us ? asked : delay;
}
