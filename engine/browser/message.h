/* What a CDP message is, read from its two ends without parsing what is between.
   Chromium writes {"id":N,... or {"method":"Domain.name",... and, on a session,
   ends in ,"sessionId":"HEX"}. Inside a JSON string quotes are escaped, so
   neither end can be imitated by a page. A message in another shape is read
   with jansson by message_read_any(), and costs accordingly. */
#ifndef ENGINE_BROWSER_MESSAGE_H
#define ENGINE_BROWSER_MESSAGE_H

#include "engine/base/str.h"

#include <jansson.h>

enum message_kind {
    MESSAGE_REPLY,
    MESSAGE_EVENT,
    MESSAGE_OTHER /* neither id nor method: the browser could not read a command */
};

struct message {
    enum message_kind kind;
    uint32_t id;          /* REPLY */
    struct slice method;  /* EVENT; borrowed from the text or from root */
    struct slice session; /* empty = the browser itself */
    json_t *root;         /* the whole message where it had to be parsed; owned, may be NULL */
};

#define MESSAGE_ID_MAX 0x3fffffffu

/* By the two ends alone; false when the message has not the usual shape. */
bool message_read_ends(struct slice text, struct message *ret_message);

/* The same for any shape; what is not JSON, or JSON with neither id nor method,
   is MESSAGE_OTHER. scratch is for repairs (parse.h). */
void message_read_any(struct slice text, struct str *scratch, struct message *ret_message);

void message_fini(struct message *message);

#endif
