/* What page.js wraps every answer in (engine/mdland/README.md, "Page
   operations"). The page is not trusted: an answer that has not exactly this
   shape is of kind unknown, and nothing of it is used. */
#ifndef ENGINE_CALL_ENVELOPE_H
#define ENGINE_CALL_ENVELOPE_H

#include "engine/call/call.h"

struct envelope {
    bool valid; /* clock and nonce can be used */
    enum kind kind;
    char what[32];
    char nonce[NONCE_MAX + 1];
    int64_t clock_ms;
    bool expired;
    bool unreadable;
    json_t *value; /* owned by the caller afterwards; NULL on failure */
};

void envelope_parse(struct slice text, struct envelope *ret_envelope);

#endif
