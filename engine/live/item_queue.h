/* Items that wait for next(): pushed at any time, due from the next reading of the
   clock on, so that their instant tells when they were known. First in, first
   out. Its ceiling is far above what a caller that takes items can reach. */
#ifndef ENGINE_LIVE_ITEM_QUEUE_H
#define ENGINE_LIVE_ITEM_QUEUE_H

#include "engine/world/wire.h"

#include <stdbool.h>
#include <stddef.h>

#define ITEM_QUEUE_MAX 256

struct item_queue {
    struct wire_item items[ITEM_QUEUE_MAX]; /* a ring */
    size_t first, count, due;
};

/* False: full. */
bool item_queue_push(struct item_queue *queue, const struct wire_item *item) MUST_USE;
/* Everything pushed so far is due. */
void item_queue_release(struct item_queue *queue);
bool item_queue_has_any(const struct item_queue *queue);
bool item_queue_has_due(const struct item_queue *queue);
/* Takes the first; there must be one that is due. */
struct wire_item item_queue_take(struct item_queue *queue);

#endif
