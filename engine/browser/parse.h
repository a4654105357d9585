/* JSON from the browser, for the few messages that somebody awaits: base's
   limits (json_in.h), NULs inside strings kept, lone surrogates repaired
   (surrogate.h). */
#ifndef ENGINE_BROWSER_PARSE_H
#define ENGINE_BROWSER_PARSE_H

#include "engine/base/str.h"

#include <jansson.h>

#define PARSE_BYTES_MAX ((size_t)32 << 20)
#define PARSE_MEMORY_BYTES_MAX ((size_t)128 << 20)

/* The value, owned by the caller, or NULL. The text itself is not changed;
   scratch takes a repaired copy when one is needed. */
json_t *parse_json(struct slice text, struct str *scratch);

#endif
