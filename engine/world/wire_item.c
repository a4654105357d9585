#include "engine/world/wire.h"

bool wire_item_is_due(const struct wire_item *item, struct instant deadline)
{
    return item->kind == WIRE_WAKE ? item->asked.us == deadline.us : !instant_before(deadline, item->at);
}
