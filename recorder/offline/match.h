/* Which recorded exchange answers a request. A request is looked for by method, URL and
   body; where it was asked more than once, in the recorded order. What may differ is what
   explains itself (token.h): a value of the clock, a random number, a token that stood at
   the same place of an answer given in this run.

   What the site knew is kept in order by the requests that may change it (all but GET,
   HEAD and OPTIONS). An answer recorded before such a request is not given after it, and
   one recorded after it not before it, unless the two were under way at the same time.
   Answers that are the same whenever they are asked for (kept by caches, or equal each
   time) are free of that. A GET may be repeated with its last answer as long as nothing
   that may change the site lies in between. Anything else is a miss. */
#ifndef RECORDER_OFFLINE_MATCH_H
#define RECORDER_OFFLINE_MATCH_H

#include "recorder/offline/fields.h"
#include "recorder/traffic/traffic.h"

enum miss {
#define X(id, name, sentence) id,
#include "recorder/offline/miss.def"
#undef X
};

const char *miss_name(enum miss miss);
const char *miss_sentence(enum miss miss);

enum match_how { MATCH_NONE, MATCH_SAME, MATCH_EXPLAINED, MATCH_REPEATED };

struct match_result {
    enum match_how how;
    const struct exchange *exchange; /* MATCH_NONE: the nearest, or NULL */
    enum miss miss;
    char field[FIELD_TEXT_MAX];          /* in which the nearest differs first; "" = in none */
    size_t asked_bytes, recorded_bytes;  /* of that field's value */
    size_t differences;                  /* fields in all */
    const struct exchange *blocking;     /* MISS_WRONG_ORDER: what comes first; NULL: the answer is past */
};

struct match;

/* Says whether a value that differs explains itself; ctx is as given to match_new(). */
typedef bool (*match_explains)(void *ctx, const struct exchange *recorded, const struct field_pair *pair);

/* NULL without memory. traffic is borrowed. */
struct match *match_new(const struct traffic *traffic, match_explains explains, void *ctx);
void match_free(struct match *match);

/* peek: the engine's own look at the site takes no answer away from the page. */
void match_find(struct match *match, const struct request_text *request, bool peek, struct match_result *ret_result);

/* An exchange that was given in this run, latest first: from *cursor = 0 on; NULL = no more. */
const struct exchange *match_given(const struct match *match, size_t *cursor);

#endif
