/* Ops that may still be answered, each with the exchange of a course (recorder/whatif/course.h) that
   it is. There is room for more than an engine ever has open; past it the oldest is
   forgotten, as an answer so late is nobody's. */
#ifndef RECORDER_OPEN_OPS_H
#define RECORDER_OPEN_OPS_H

#include <stdint.h>

#define OPEN_OPS_MAX 32

struct open_ops {
    uint32_t count; /* the oldest first */
    struct {
        uint32_t op, exchange;
    } ops[OPEN_OPS_MAX];
};

void open_ops_add(struct open_ops *open, uint32_t op, uint32_t exchange);
/* The exchange of an op that is answered; COURSE_NONE when it was not open. */
uint32_t open_ops_close(struct open_ops *open, uint32_t op);
/* The other way round; 0 when it was not open. */
uint32_t open_ops_close_exchange(struct open_ops *open, uint32_t exchange);

#endif
