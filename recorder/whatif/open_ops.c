#include "recorder/whatif/open_ops.h"

#include "recorder/whatif/course.h"

static void remove_at(struct open_ops *open, uint32_t index)
{
    open->count--;
    memmove(&open->ops[index], &open->ops[index + 1], (open->count - index) * sizeof *open->ops);
}

void open_ops_add(struct open_ops *open, uint32_t op, uint32_t exchange)
{
    if (open->count == OPEN_OPS_MAX)
        remove_at(open, 0);
    open->ops[open->count].op = op;
    open->ops[open->count++].exchange = exchange;
}

uint32_t open_ops_close(struct open_ops *open, uint32_t op)
{
    for (uint32_t i = 0; i < open->count; i++) {
        uint32_t exchange = open->ops[i].exchange;
        if (open->ops[i].op != op)
            continue;
        remove_at(open, i);
        return exchange;
    }
    return COURSE_NONE;
}

uint32_t open_ops_close_exchange(struct open_ops *open, uint32_t exchange)
{
    for (uint32_t i = 0; i < open->count; i++) {
        uint32_t op = open->ops[i].op;
        if (open->ops[i].exchange != exchange)
            continue;
        remove_at(open, i);
        return op;
    }
    return 0;
}
