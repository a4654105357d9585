/* The page's clock, handed out by the budget (Emulation.setVirtualTimePolicy): while no
   operation is under way it stands still, and while one is, it runs as fast as the page can
   follow, standing still whenever a request is pending. So a page's own waits - timers,
   animations, polls - cost no time. Each operation is sent before its first grant: on an
   idle page a grant is used up at once.

   The clock begins at the day that was recorded. What it cannot do: a request that is never
   answered, as recorded, stops it for good; from then on it runs through requests. */
#ifndef RECORDER_OFFLINE_VIRTUAL_CLOCK_H
#define RECORDER_OFFLINE_VIRTUAL_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the page's time, ms. Shorter than the shortest budget of an operation at the smallest
   multiplier, so that no call starts behind its start-by instant because of a grant. */
#define VIRTUAL_GRANT_MS 250
#define VIRTUAL_CALLS_MAX 64

struct virtual_clock {
    bool on;
    bool is_granted;   /* a budget is being used up */
    bool runs_through; /* a request is held for good */
    uint32_t calls[VIRTUAL_CALLS_MAX]; /* commands whose replies are awaited; 0 = free */
};

struct offline;

void virtual_clock_reset(struct virtual_clock *clock);
/* The page's session is there, nothing is loaded yet. */
void virtual_clock_begin(struct offline *o);
/* A command that lets the page work has been sent; its reply came. */
void virtual_clock_called(struct offline *o, uint32_t id);
void virtual_clock_replied(struct offline *o, uint32_t id);
/* The budget is used up. */
void virtual_clock_expired(struct offline *o);

#endif
