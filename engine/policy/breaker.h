/* The breaker between visits: when the site fails one visit after another, no
   further chart is begun until a look at the site has gone well. It counts transient
   failures alone; a permanent one shows a site that answers.

     closed     opens after 3 visits in a row whose attempts were used up, or when 10 of
                the last 20 attempts have failed
     open       waits 30 s, then 60, then 120
     half open  one probe, with a deadline: it went well -> closed, all counts at zero;
                it failed -> open with the next wait, after the third -> stopped

   A probe always ends, and every end leads out of half open. An operator may force
   the breaker: closed (it counts and never opens) or open (no visit is begun). */
#ifndef ENGINE_POLICY_BREAKER_H
#define ENGINE_POLICY_BREAKER_H

#include "engine/base/clock.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_VISITS_MAX 3
#define BREAKER_WINDOW 20
#define BREAKER_WINDOW_FAILED_MAX 10
#define BREAKER_PROBES_MAX 3

enum breaker_state {
#define X(id, name) id,
#include "engine/policy/breaker.def"
#undef X
};

enum breaker_mode { BREAKER_AUTO, BREAKER_FORCED_CLOSED, BREAKER_FORCED_OPEN };

/* Zeroed but for the mode: closed, nothing counted. */
struct breaker {
    enum breaker_mode mode;
    enum breaker_state state;
    uint32_t visits_failed;   /* in a row */
    uint32_t attempts_failed; /* the last 20, a bit each, the newest lowest */
    uint32_t probes_failed;   /* since it opened */
};

const char *breaker_state_name(enum breaker_state state);
bool breaker_state_parse(struct slice name, enum breaker_state *ret_state);
const char *breaker_mode_name(enum breaker_mode mode);
bool breaker_mode_parse(struct slice name, enum breaker_mode *ret_mode);

/* An attempt has ended; failed: transiently. */
void breaker_count_attempt(struct breaker *b, bool failed);
/* A visit has ended; failed: transiently, and it will not be tried again. */
void breaker_count_visit(struct breaker *b, bool failed);

/* Must it open now? Asked between visits, while it is closed. */
bool breaker_trips(const struct breaker *b);

/* Where it goes from closed when it trips, from open when the wait is over, and from
   half open by what the probe says. */
void breaker_open(struct breaker *b);
void breaker_begin_probe(struct breaker *b);
void breaker_end_probe(struct breaker *b, bool went_well);

/* How long an open breaker waits before its next probe. */
struct duration breaker_wait(const struct breaker *b);

#endif
