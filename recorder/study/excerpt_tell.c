#include "recorder/study/excerpt_parts.h"

#include "recorder/payload.h"

/* Which request an item answers, and the item as it is told here: at its instant of this
   run, with the number that the engine gave, in the names of the browser that runs. */

static struct open_request *find_open(struct excerpt *e, enum entry_kind kind, uint32_t generation, uint64_t recorded_id)
{
    for (size_t i = e->open_count; i-- > 0;)
        if (e->open[i].kind == kind && e->open[i].recorded_id == recorded_id &&
            (kind != ENTRY_SEND || e->open[i].generation == generation))
            return &e->open[i];
    return NULL;
}

void excerpt_remember(struct excerpt *e, const struct open_request *request)
{
    if (e->open_count == EXCERPT_OPEN_MAX)
        memmove(e->open, e->open + 1, --e->open_count * sizeof *e->open); /* the oldest is not answered any more */
    e->open[e->open_count++] = *request;
}

struct open_request *excerpt_answered_by(struct excerpt *e, const struct entry *item)
{
    struct slice rest;
    uint64_t id = excerpt_id(item->value, &rest);
    switch (item->kind) {
    case ENTRY_BYTES: return id ? find_open(e, ENTRY_SEND, item->head.generation, id) : NULL;
    case ENTRY_HTTP: return find_open(e, ENTRY_HTTP_OUT, 0, id);
    case ENTRY_IO: return find_open(e, ENTRY_COMMIT, 0, id) ? find_open(e, ENTRY_COMMIT, 0, id) : find_open(e, ENTRY_LOCK, 0, id);
    default: return NULL;
    }
}

uint32_t excerpt_generation(const struct excerpt *e, uint32_t recorded)
{
    return recorded < EXCERPT_BROWSERS_MAX ? e->generations[recorded] : 0;
}

/* The message with the number that the engine gave, and the names that it knows. */
static struct slice told_bytes(struct excerpt *e, const struct entry *entry, struct slice bytes, const struct open_request *request)
{
    struct slice rest;
    bytes = excerpt_renamed(e, entry->head.generation, bytes, &e->renamed);
    if (!request || excerpt_id(bytes, &rest) == request->id)
        return bytes;
    str_clear(&e->told);
    str_addf(&e->told, "{\"id\":%llu", (unsigned long long)request->id);
    str_add(&e->told, rest);
    return str_slice(&e->told);
}

bool excerpt_tell(struct excerpt *e, const struct entry *entry, struct wire_item *item)
{
    struct open_request *request = excerpt_answered_by(e, entry);
    if (!payload_read_item(entry, &e->item, &e->response, item))
        return false;
    item->at = (struct instant){entry->head.at.us + e->shift_us};
    if (instant_before(item->at, e->now))
        item->at = e->now;
    item->generation = entry->head.generation ? excerpt_generation(e, entry->head.generation) : 0;
    if (item->kind == WIRE_BYTES)
        item->bytes = told_bytes(e, entry, item->bytes, request);
    else if (item->kind == WIRE_HTTP)
        e->response.id = (uint32_t)request->id;
    else if (item->kind == WIRE_IO)
        item->io.id = (uint32_t)request->id;
    else if (item->kind == WIRE_WAKE)
        item->asked.us += e->shift_us;
    if (request)
        *request = e->open[--e->open_count];
    return true;
}
