#include "engine/browser/parse.h"

#include "engine/base/json_in.h"
#include "engine/base/surrogate.h"

json_t *parse_json(struct slice text, struct str *scratch)
{
    static const struct json_in_limits limits = {
        .text_bytes_max = PARSE_BYTES_MAX,
        .memory_bytes_max = PARSE_MEMORY_BYTES_MAX,
        .allow_nul = true,
    };
    if (text.len == 0 || text.len > PARSE_BYTES_MAX)
        return NULL;
    struct json_in_fault fault;
    return json_in_try(surrogates_repaired(text, scratch), &limits, &fault);
}
