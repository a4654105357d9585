/* What the answers of a page's network are, by the events that told of them, for when their
   bodies come. The oldest is forgotten when there are too many at once; a body of unknown
   kind is opaque. */
#ifndef RECORDER_REDACT_BODY_KIND_H
#define RECORDER_REDACT_BODY_KIND_H

#include "engine/base/str.h"

#define BODY_KINDS_MAX 1024

struct body_kind {
    char request[128];
    char media[64];
    char path[256];
};

struct body_kinds {
    struct body_kind list[BODY_KINDS_MAX];
    size_t next;
};

/* message: an event of the Network domain as the browser said it. */
void body_kinds_note(struct body_kinds *kinds, struct slice message);
/* NULL when nothing is known of the request. */
const struct body_kind *body_kinds_find(const struct body_kinds *kinds, struct slice request);

#endif
