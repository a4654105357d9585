/* The fold of an event log that comes line by line, mixed with whatever else a terminal
   or a supervisor wrote between: a line that begins with '{', parses and is of a type
   that the event log knows is an event, all else is none of it. A log may hold several
   runs, of which the last is told of. */
#ifndef ENGINE_REPORT_STATUS_STREAM_H
#define ENGINE_REPORT_STATUS_STREAM_H

#include "engine/report/status.h"

/* Zeroed: nothing has come. */
struct status_stream {
    struct status status;
    uint64_t events;
    bool started, summed;        /* of the last run: its batch_start, its batch_summary */
    struct batch_summary begun;  /* what batch_start told of earlier runs */
    struct batch_summary summary;
    uint32_t shown[VISIT_OUTCOME_COUNT]; /* visits of which lines before batch_start told that they are settled */
    bool in_visit;
    struct status_visit visit; /* the one under way */
    bool full;                 /* too many visits, or no memory */
};

/* One line, without its newline. Whatever it holds is taken or passed over. */
void status_stream_take(struct status_stream *stream, struct slice line);

/* There will be no more: the status moves out. ERR_INPUT when there were more visits than
   a batch can have. */
enum err_code status_stream_end(struct status_stream *stream, struct status *ret_status, struct err *err) MUST_USE;
void status_stream_fini(struct status_stream *stream);

#endif
