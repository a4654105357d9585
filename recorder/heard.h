/* What the page was last heard to say. Of each message the beginning is kept, of two
   messages at a time; a name is read from it only when somebody asks. Messages of the browser
   itself, and of other targets that it tells about, are not the page's. */
#ifndef RECORDER_HEARD_H
#define RECORDER_HEARD_H

#include "engine/base/clock.h"
#include "engine/base/str.h"

#define HEARD_NAME_MAX 48
#define HEARD_HEAD_MAX 72 /* as much as a longest name and what stands before it take */
#define HEARD_SENT_MAX 32 /* commands whose replies have a name; later ones replace them */

struct heard_head {
    struct instant at;
    uint32_t len; /* 0: none came yet */
    char text[HEARD_HEAD_MAX];
};

/* Zeroed is new. */
struct heard {
    struct heard_head last, before;
    uint32_t count; /* since heard_begin() */
    struct {
        uint32_t id;
        char name[HEARD_NAME_MAX + 1];
    } sent[HEARD_SENT_MAX];
};

struct heard_last {
    struct instant at;
    uint32_t count; /* messages of the page since the op was submitted */
    bool is_reply;
    char name[HEARD_NAME_MAX + 1]; /* an event's method; of a reply what was asked; empty: it cannot be read */
};

/* Another browser, or none: what its page said is forgotten. */
void heard_forget(struct heard *heard);
/* An op of the page is submitted: counts from here. */
void heard_begin(struct heard *heard);
/* A command leaves; `operation` is the page operation that it calls, or NULL. */
void heard_sent(struct heard *heard, struct slice message, const char *operation);
void heard_message(struct heard *heard, struct instant at, struct slice message);
/* The last message but one that is the answer itself: `answered` says that a reply of this
   instant is. False when the page has said nothing. */
bool heard_find_last(const struct heard *heard, const struct instant *answered, struct heard_last *ret_last);

#endif
