/* The door (engine/world/world.h) over a wire (engine/world/wire.h): one CDP
   session with one page. It turns ops into commands and messages into
   completions, holds the POSTs that change the chart (the fence) and can say
   why nothing comes. It knows no clock, socket or file: whatever it sends
   follows from the ops it was given and the items that came, so that a replay
   of the items sends the same bytes.

   It must never let a guarded POST leave by the browser's own hand, and never
   send an effect's POST twice or after the effect was given up. */
#ifndef ENGINE_BROWSER_BROWSER_H
#define ENGINE_BROWSER_BROWSER_H

#include "engine/world/wire.h"
#include "engine/world/world.h"

struct browser;

struct browser_options {
    const char *page_script; /* the text of page.js; copied (escaped) */
    size_t page_script_len;
};

/* What was met on the way and told nobody. */
struct browser_counters {
    uint64_t messages;        /* CDP messages that came in */
    uint64_t late_replies;    /* to ops that had been given up */
    uint64_t unknown_replies; /* with an id that nobody waits for, or none at all */
    uint64_t malformed;       /* messages that had to be read and could not be */
    uint64_t forwarded_posts; /* guarded POSTs sent by our own hand */
    uint64_t blocked_posts;   /* guarded POSTs outside an effect, or a second one inside: failed */
    uint64_t held_posts;      /* guarded POSTs after an effect was given up: never answered */
};

/* NULL when there is no memory for it. The wire is borrowed. */
struct browser *browser_new(struct wire *wire, const struct browser_options *options);
void browser_free(struct browser *browser);

struct world *browser_world(struct browser *browser);
const struct browser_counters *browser_counters(const struct browser *browser);

/* The product and version of the browser that was started last, as
   "HeadlessChrome/156.0.8078.0"; "" before its first answer. */
const char *browser_product(const struct browser *browser);

#endif
