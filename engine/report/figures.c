#include "engine/report/figures.h"

void figure_add_time(struct str *out, int64_t ms)
{
    int64_t tenths = (ms + 50) / 100, seconds = (ms + 500) / 1000;
    if (ms < 1000)
        str_addf(out, "%lld ms", (long long)ms);
    else if (tenths < 1200)
        str_addf(out, "%lld.%lld s", (long long)(tenths / 10), (long long)(tenths % 10));
    else
        str_addf(out, "%lld min %lld s", (long long)(seconds / 60), (long long)(seconds % 60));
}

size_t figure_rank(size_t count, uint32_t percent)
{
    return (count * percent + 99) / 100 - 1;
}
