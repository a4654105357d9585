/* Browser replay: a wire on top of the live one, under which a real browser runs whose every
   request is answered from a recording's network.ndjson and bodies. Nothing of what the
   engine or the page asks reaches a server: the page's requests are paused before they are
   sent (Fetch, request stage) and get the recorded answer, the engine's own exchanges never
   go down, and no lock of an account is taken. That the browser has no way out beside this is
   the live wire's part (engine/live/live.h, no_network).

   The engine's own use of Fetch - the fence - keeps working: it sees every paused request,
   and what it would let go to the network is answered instead. So an effect's POST is held,
   sent "by hand", answered from the recording and given to the page, as in a live run.

   A request that the recording does not answer ends the run: next() returns ERR_DIVERGED with
   the nearest request and what differs, and goes on returning it. Nothing is made up. What
   failed when it was recorded fails in the same way; what was never answered, or given up
   before its answer was whole, stays so. A body that the rules of redaction left out is empty,
   and is counted. */
#ifndef RECORDER_OFFLINE_OFFLINE_H
#define RECORDER_OFFLINE_OFFLINE_H

#include "engine/base/err.h"
#include "engine/world/wire.h"
#include "recorder/recording.h"

struct offline;

struct offline_options {
    struct wire *inner;                /* borrowed */
    const struct recording *recording; /* borrowed */
    bool virtual_time;                 /* the page's own waits are skipped (virtual_clock.h) */
};

struct offline_counts {
    uint64_t answered;  /* requests of the page and of the engine, in all */
    uint64_t explained; /* answered although a clock, a random number or a token differed */
    uint64_t repeated;  /* answered a second time, or by what is always the same */
    uint64_t failed;    /* failed as recorded */
    uint64_t held;      /* never answered, as recorded */
    uint64_t emptied;   /* answered with an empty body: the rules of redaction left theirs out */
    uint64_t icons;     /* the browser's own wish for an icon, refused */
    uint64_t stopped;   /* refused after the run was asked to stop: it closes its visit where the recorded one went on */
    uint64_t recorded;  /* exchanges in the recording */
};

/* Reads the network's part of the recording; see traffic_read() for errors. ret_offline is the
   caller's to close, on failure too: it is NULL only where there was no memory for it. */
enum err_code offline_open(const struct offline_options *options, struct offline **ret_offline, struct err *err) MUST_USE;
/* Lives as long as offline does. */
struct wire *offline_wire(struct offline *offline);
struct offline_counts offline_counts(const struct offline *offline);
void offline_close(struct offline *offline); /* NULL is fine */

#endif
