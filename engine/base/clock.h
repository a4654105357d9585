/* Time as an input. An instant is microseconds since the run began, a duration
   a difference of instants; the two are types of their own so that neither is
   ever taken for the other or for milliseconds. Nothing here reads a clock:
   instants come in with completions (engine/world). */
#ifndef ENGINE_BASE_CLOCK_H
#define ENGINE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct instant {
    int64_t us;
};

struct duration {
    int64_t us;
};

#define INSTANT_NEVER ((struct instant){INT64_MAX})

static inline struct duration duration_ms(int64_t ms)
{
    return (struct duration){ms * 1000};
}

/* Whole milliseconds, rounded down: what the event log prints. */
static inline int64_t duration_to_ms(struct duration d)
{
    return d.us / 1000;
}

static inline int64_t instant_to_ms(struct instant t)
{
    return t.us / 1000;
}

static inline struct instant instant_add(struct instant t, struct duration d)
{
    return t.us > INT64_MAX - d.us ? INSTANT_NEVER : (struct instant){t.us + d.us};
}

static inline struct duration instant_since(struct instant later, struct instant earlier)
{
    return (struct duration){later.us - earlier.us};
}

static inline bool instant_before(struct instant a, struct instant b)
{
    return a.us < b.us;
}

static inline struct instant instant_min(struct instant a, struct instant b)
{
    return a.us < b.us ? a : b;
}

#endif
