#include "engine/world/response.h"

#include <strings.h>

/* A longer one is not a time that anybody waits. */
#define RETRY_AFTER_S_MAX 86400

struct slice response_header(const struct wire_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        struct wire_header header = response->headers[i];
        if (header.name.len == strlen(name) && strncasecmp(header.name.ptr, name, header.name.len) == 0)
            return header.value;
    }
    return SLICE_NONE;
}

uint32_t response_retry_after_s(const struct wire_response *response)
{
    uint64_t seconds;
    if (!slice_parse_u64(response_header(response, "retry-after"), RETRY_AFTER_S_MAX, &seconds))
        return 0;
    return (uint32_t)seconds;
}
