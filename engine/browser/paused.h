/* The event Fetch.requestPaused in its text, by its places as Chromium writes them.
   There are ten such events a visit, and most of their bytes are a POST's body, twice:
   parsing them whole would take longer than all the rest of a replay. What is laid out
   otherwise is left to the parser, so the answer never depends on what is known here. */
#ifndef ENGINE_BROWSER_PAUSED_H
#define ENGINE_BROWSER_PAUSED_H

#include "engine/base/str.h"

#include <jansson.h>

/* The id of a paused request that cannot change anything (GET, HEAD, OPTIONS), told from
   the event's head; false when it is another one, or has to be parsed. The id is raw. */
bool paused_is_harmless(struct slice text, struct slice *ret_request_id);

/* The event with both its bodies empty, and the one in base64 that stood there; false
   when it has to be parsed as it is. out is overwritten. */
bool paused_cut_body(struct slice text, struct str *out, struct slice *ret_base64);
/* That what was cut, now parsed, is the request's own body: else parse the whole. */
bool paused_is_cut(const json_t *root);

#endif
