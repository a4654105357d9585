/* An answer as it arrives, collected under ceilings: libcurl 7.88 holds none on
   chunked bodies and calls a giant header "out of memory", so both are counted
   here, in its callbacks. */
#ifndef ENGINE_LIVE_RESPONSE_H
#define ENGINE_LIVE_RESPONSE_H

#include "engine/world/wire.h"

#include <stdbool.h>

/* Bytes of all header lines of one answer. */
#define RESPONSE_HEAD_MAX (256u << 10)

struct response {
    struct str head; /* names and values, laid one behind another */
    struct str body;
    struct {
        size_t at, name_len, value_len; /* the value follows the name */
    } headers[WIRE_HEADERS_MAX];
    size_t header_count;
    size_t head_bytes;
    uint32_t status;  /* of the last status line; 0 = none */
    bool is_in_head; /* between a status line and the empty line */
    bool is_complete_head; /* of the final answer: 1xx ones do not count */
    enum wire_http_failure trouble; /* why a callback refused to go on; WIRE_HTTP_OK = none */
};

void response_init(struct response *response);
void response_fini(struct response *response);

/* One line of the head, with its line end; a status line begins a new head, an empty
   line ends it, lines after the end (trailers) are left out. False: stop, see trouble. */
bool response_add_head_line(struct response *response, struct slice line);
bool response_add_body(struct response *response, struct slice part);

/* Fills status, headers and body; the slices point into response. */
void response_publish(const struct response *response, struct wire_response *ret_response);

#endif
