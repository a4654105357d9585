/* An outside made of a fixture's visits, one after another as often as asked: what
   Chromium, the EHR and the disk said in the fixture, with ids and instants moved to
   where the run in hand is. Requests must come in the fixture's order and kinds; what
   is in them is the engine's business, since the batch has other patients. So a real
   engine makes real requests, and a recorder on top of this wire makes a recording of
   any number of visits that replays strictly. */
#ifndef BENCH_REPEAT_WIRE_H
#define BENCH_REPEAT_WIRE_H

#include "bench/template.h"
#include "engine/world/wire.h"

struct repeat_wire {
    struct wire wire; /* first */
    const struct template *template;
    size_t visits;                    /* asked for, the head's included */
    size_t begun;                     /* parts, the head included */
    const struct template_part *part; /* in hand */
    size_t next;                      /* entry */
    /* What to add to a number of the part in hand. */
    uint32_t command_shift, op_shift;
    bool op_is_known;
    int64_t at_shift_us;
    struct instant now;
    uint32_t last_command; /* of the engine */
    uint32_t generation;
    struct str scratch, moved;
    struct wire_response response;
    struct err failure; /* the first request that the fixture did not have there */
};

void repeat_wire_init(struct repeat_wire *repeat, const struct template *template, size_t visits);
void repeat_wire_fini(struct repeat_wire *repeat);

#endif
