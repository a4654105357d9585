/* What a whole answer over HTTP says in its headers. */
#ifndef ENGINE_WORLD_RESPONSE_H
#define ENGINE_WORLD_RESPONSE_H

#include "engine/world/wire.h"

/* Of the first header of that name, in any case; SLICE_NONE when there is none. */
struct slice response_header(const struct wire_response *response, const char *name);

/* The seconds that Retry-After asks to wait, at most a day; 0: it is not there, asks for
   more, or gives a date (RFC 9110, 10.2.3), which needs a wall clock. */
uint32_t response_retry_after_s(const struct wire_response *response);

#endif
