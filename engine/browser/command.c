#include "engine/browser/command.h"

void command_begin(struct browser *b, struct command *command, const char *method, bool on_session)
{
    str_clear(&b->out);
    json_out_init(&command->params, &b->out);
    command->id = ++b->last_command;
    json_out_object(&command->params, NULL);
    json_out_int(&command->params, "id", command->id);
    json_out_text(&command->params, "method", method);
    if (on_session)
        json_out_text(&command->params, "sessionId", b->session);
    json_out_object(&command->params, "params");
}

size_t command_hole(struct browser *b, struct command *command, const char *key)
{
    json_out_text(&command->params, key, "");
    return b->out.len - 1;
}

/* Makes room by forgetting the oldest entry that nobody waits for. */
static bool pending_make_room(struct browser *b)
{
    if (b->pending_count < PENDING_MAX)
        return true;
    for (size_t i = 0; i < b->pending_count; i++) {
        if (b->pending[i].kind != PENDING_IGNORED && !b->pending[i].given_up)
            continue;
        memmove(&b->pending[i], &b->pending[i + 1], (b->pending_count - i - 1) * sizeof b->pending[0]);
        b->pending_count--;
        return true;
    }
    return false;
}

bool command_end(struct browser *b, struct command *command, const struct pending *pending,
                 const struct wire_bulk *bulk)
{
    json_out_end_object(&command->params);
    json_out_end_object(&command->params);
    if (str_full(&b->out) || !pending_make_room(b))
        return false;
    struct pending *entry = &b->pending[b->pending_count++];
    *entry = *pending;
    entry->id = command->id;
    b->wire->ops->send(b->wire, str_slice(&b->out), bulk);
    return true;
}

void command_end_ignored(struct browser *b, struct command *command, const struct wire_bulk *bulk)
{
    struct pending nobody = {.kind = PENDING_IGNORED};
    (void)command_end(b, command, &nobody, bulk);
}

bool pending_take(struct browser *b, uint32_t id, struct pending *ret_pending)
{
    for (size_t i = b->pending_count; i-- > 0;) {
        if (b->pending[i].id != id)
            continue;
        *ret_pending = b->pending[i];
        memmove(&b->pending[i], &b->pending[i + 1], (b->pending_count - i - 1) * sizeof b->pending[0]);
        b->pending_count--;
        return true;
    }
    return false;
}
