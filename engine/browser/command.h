/* Outgoing commands: numbered from 1 in each generation, one JSON text each,
   keys always in the order id, method, sessionId, params, so that equal ops
   give equal bytes. */
#ifndef ENGINE_BROWSER_COMMAND_H
#define ENGINE_BROWSER_COMMAND_H

#include "engine/base/json_out.h"
#include "engine/browser/session.h"

struct command {
    struct json_out params; /* the object "params" is open: add members */
    uint32_t id;
};

void command_begin(struct browser *b, struct command *command, const char *method, bool on_session);

/* An empty string member to be filled by a bulk; returns the bulk's `at`. */
size_t command_hole(struct browser *b, struct command *command, const char *key);

/* Sends it and notes whom the reply is for. False when it is over the limit or
   too many are outstanding: nothing was sent. bulk may be NULL. */
bool command_end(struct browser *b, struct command *command, const struct pending *pending,
                 const struct wire_bulk *bulk);

/* For commands whose reply nobody needs. */
void command_end_ignored(struct browser *b, struct command *command, const struct wire_bulk *bulk);

/* Takes the entry of a reply out of the table; false when nobody waits for id. */
bool pending_take(struct browser *b, uint32_t id, struct pending *ret_pending);

#endif
