/* The tap that makes a course (recorder/whatif/course.h): a door in front of the replay's, and a
   wire under its browser layer, on which the request of an effect is seen to leave and to
   end, and the page heard. Both hand on all that passes and change nothing. */
#ifndef RECORDER_COURSE_TAP_H
#define RECORDER_COURSE_TAP_H

#include "engine/world/wire.h"
#include "recorder/whatif/course.h"
#include "recorder/whatif/open_ops.h"

struct course_tap {
    struct world door;
    struct wire wire;
    struct world *behind_door;
    struct wire *behind_wire;
    struct course *course;
    void (*envelope)(struct slice text, struct answer *ret_answer);
    struct mark mark;
    struct instant heard;  /* of the wire's last item */
    bool http_is_asked;    /* what leaves now is a request of the engine's own */
    uint32_t effect;       /* the exchange of the last effect; COURSE_NONE */
    uint32_t request_id;   /* of its request on the wire; 0: none was seen */
    uint32_t awaited;      /* the exchange that the page was asked for last */
    struct heard page;     /* what it said last */
    const char *calls;     /* the page operation that is being submitted; NULL: none */
    struct open_ops open;
};

/* First the wire, on which the browser layer is made; then the door, on that layer.
   envelope reads a page operation's result text (engine/call/envelope.h). Both are the
   tap's; it borrows what is behind them. */
struct wire *course_tap_wire(struct course_tap *tap, struct course *course, struct wire *behind);
struct world *course_tap_door(struct course_tap *tap, struct world *behind,
                              void (*envelope)(struct slice text, struct answer *ret_answer));

#endif
