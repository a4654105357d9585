/* Digits before the point and up to three after it, counted in thousandths from the
   start: no real number ever exists here. */
#include "engine/policy/multiplier.h"

#include "engine/policy/timeout.h"

#define DECIMALS_MAX 3u

static bool parse(struct slice text, uint64_t *ret_thousandths)
{
    const char *point = text.len ? memchr(text.ptr, '.', text.len) : NULL;
    struct slice whole = {text.ptr, point ? (size_t)(point - text.ptr) : text.len};
    uint64_t units;
    if (!slice_parse_u64(whole, MULTIPLIER_MAX, &units))
        return false;
    uint64_t thousandths = 0;
    if (point) {
        struct slice decimals = {point + 1, text.len - whole.len - 1};
        if (decimals.len > DECIMALS_MAX || !slice_parse_u64(decimals, 999, &thousandths))
            return false;
        for (size_t i = decimals.len; i < DECIMALS_MAX; i++)
            thousandths *= 10;
    }
    *ret_thousandths = units * 1000 + thousandths;
    return true;
}

enum err_code multiplier_parse(struct slice text, uint32_t *ret_thousandths, struct err *err)
{
    uint64_t thousandths;
    if (!parse(text, &thousandths) || thousandths < MULTIPLIER_MIN || thousandths > MULTIPLIER_MAX)
        return err_set(err, ERR_USAGE,
                       "TIMEOUT_MULTIPLIER must be a number from 0.1 to 100, with at most three decimals, like 1.5");
    *ret_thousandths = (uint32_t)thousandths;
    return ERR_OK;
}
