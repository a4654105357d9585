#include "engine/cli/sweep/pace.h"

static void add_grouped(struct str *out, uint64_t number)
{
    if (number >= 1000) {
        add_grouped(out, number / 1000);
        str_addf(out, ",%03u", (uint32_t)(number % 1000));
    } else {
        str_add_u64(out, number);
    }
}

static uint64_t rate(uint64_t count, int64_t per_us, int64_t elapsed_us)
{
    return elapsed_us > 0 ? count * (uint64_t)per_us / (uint64_t)elapsed_us : 0;
}

static void add_rates(const struct cover *cover, int64_t elapsed_us, struct str *out)
{
    add_grouped(out, rate(cover->batches, 60000000, elapsed_us));
    str_add_text(out, " batches/min  ");
    add_grouped(out, rate(cover->seeds, 1000000, elapsed_us));
    str_add_text(out, " seeds/s");
}

static int digits_of(uint64_t number)
{
    int digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

void pace_format(uint64_t total, const struct cover *cover, int64_t elapsed_us, struct str *out)
{
    str_addf(out, "[%*llu/%llu] %llu violation%s  ", digits_of(total), (unsigned long long)cover->seeds, (unsigned long long)total,
             (unsigned long long)cover->violations, cover->violations == 1 ? "" : "s");
    add_rates(cover, elapsed_us, out);
}

void pace_format_end(const struct cover *cover, int64_t elapsed_us, struct str *out)
{
    str_addf(out, "%llu seeds in %lld.%lld s: ", (unsigned long long)cover->seeds, (long long)(elapsed_us / 1000000),
             (long long)(elapsed_us / 100000 % 10));
    add_rates(cover, elapsed_us, out);
}
