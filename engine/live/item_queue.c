/* A ring of fixed size: an item can be queued when memory has run out. */
#include "engine/live/item_queue.h"

bool item_queue_push(struct item_queue *queue, const struct wire_item *item)
{
    if (queue->count == ITEM_QUEUE_MAX)
        return false;
    queue->items[(queue->first + queue->count) % ITEM_QUEUE_MAX] = *item;
    queue->count++;
    return true;
}

void item_queue_release(struct item_queue *queue)
{
    queue->due = queue->count;
}

bool item_queue_has_any(const struct item_queue *queue)
{
    return queue->count > 0;
}

bool item_queue_has_due(const struct item_queue *queue)
{
    return queue->due > 0;
}

struct wire_item item_queue_take(struct item_queue *queue)
{
    ASSERT(queue->due > 0);
    struct wire_item item = queue->items[queue->first];
    queue->first = (queue->first + 1) % ITEM_QUEUE_MAX;
    queue->count--;
    queue->due--;
    return item;
}
