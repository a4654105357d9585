#include "engine/report/explain.h"

#include <stdlib.h>

/* A slow visit is told where nothing worse is, and few of them. */
#define SLOW_MAX 5

static int by_badness(const void *left, const void *right)
{
    const struct explain_visit *a = *(const struct explain_visit *const *)left, *b = *(const struct explain_visit *const *)right;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a < b ? -1 : a > b;
}

uint32_t explain_choose(const struct explain_log *log, uint32_t max, const struct explain_visit **ret_visits)
{
    const struct explain_visit **all = calloc(log->visit_count + 1u, sizeof *all);
    uint32_t count = 0, slow = 0;
    for (uint32_t i = 0; all && i < log->visit_count; i++)
        if (log->visits[i].class != EXPLAIN_FINE)
            all[count++] = &log->visits[i];
    if (count)
        qsort(all, count, sizeof *all, by_badness);
    for (uint32_t i = 0; i < count; i++)
        slow += all[i]->class == EXPLAIN_SLOW;
    count -= slow > SLOW_MAX ? slow - SLOW_MAX : 0;
    for (uint32_t i = 0; i < count && i < max; i++)
        ret_visits[i] = all[i];
    free(all);
    return count;
}
