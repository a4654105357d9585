/* The cure of a visit's failure, found by trying: the recording is run with longer timeouts,
   and the smallest multiplier under which the visit passes without that failure is bisected
   for. More time for a visit alone is not tried: a read that the visit's end cuts is followed
   by nothing that the page could answer in, so no recording holds what would have come. */
#ifndef ENGINE_CLI_EXPLAIN_CURE_H
#define ENGINE_CLI_EXPLAIN_CURE_H

#include "engine/cli/whatif/whatif_run.h"
#include "engine/report/explain.h"

struct explain_cure_search {
    const struct recorded *recorded;
    struct whatif whatif;
    struct outcomes outcomes; /* of the run in hand */
    struct event_log log;
    struct whatif_terms terms;
};

/* The recording was played. explain_cure_close() is due in any case. */
enum err_code explain_cure_open(struct explain_cure_search *search, const struct recorded *recorded, struct err *err) MUST_USE;
void explain_cure_close(struct explain_cure_search *search);

/* For the visit's main trouble, of which `wait` tells; nothing is sought for a visit that was
   only slow, or had no trouble. */
enum err_code explain_cure_find(struct explain_cure_search *search, const struct explain_log *log, const struct explain_visit *visit,
                                const struct explain_wait *wait, struct explain_cure *ret_cure, struct err *err) MUST_USE;

#endif
