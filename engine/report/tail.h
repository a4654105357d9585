/* The last lines of a text that comes in pieces of any size: at most 500, each cut at
   64 KB, so that no text takes more than 33 MB. A line that was not cut is shown to
   whoever wants to read it as well. */
#ifndef ENGINE_REPORT_TAIL_H
#define ENGINE_REPORT_TAIL_H

#include "engine/base/str.h"

#define TAIL_LINES_MAX 500
#define TAIL_LINE_BYTES_MAX 65536

struct tail {
    struct str lines[TAIL_LINES_MAX]; /* a ring; `next` is the oldest once it is full */
    size_t count, next;
    struct str open;    /* what came after the last newline */
    bool cut;           /* of which the end was dropped */
    bool out_of_memory; /* what is kept may lack something */
    void *ctx;
    void (*line)(void *ctx, struct slice line); /* without its newline; NULL = nobody reads along */
};

void tail_init(struct tail *tail, void *ctx, void (*line)(void *ctx, struct slice line));
void tail_fini(struct tail *tail);

void tail_feed(struct tail *tail, struct slice bytes);
/* What stands after the last newline is a line too. Without this call it is none. */
void tail_end(struct tail *tail);

/* The i-th of `count`, the oldest first. */
struct slice tail_at(const struct tail *tail, size_t i);

#endif
