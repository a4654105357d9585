/* Header lines become (offset, lengths) into one growing text, which may move
   until the end; slices are made of them when the exchange is over. A head that
   is not "Name: value" is refused rather than guessed at. */
#include "engine/live/response.h"

#include <string.h>

void response_init(struct response *response)
{
    memset(response, 0, sizeof *response);
    str_init(&response->head, RESPONSE_HEAD_MAX);
    str_init(&response->body, WIRE_HTTP_BODY_MAX);
}

void response_fini(struct response *response)
{
    str_fini(&response->head);
    str_fini(&response->body);
}

static bool refuse(struct response *response, enum wire_http_failure trouble)
{
    response->trouble = trouble;
    return false;
}

static struct slice trim(struct slice text)
{
    while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]))
        text.len--;
    while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text.ptr++;
        text.len--;
    }
    return text;
}

/* "HTTP/1.1 302 Found": the number behind the first blank. */
static bool begin_head(struct response *response, struct slice line)
{
    const char *blank = memchr(line.ptr, ' ', line.len);
    bool has_digits = blank && line.ptr + line.len - blank >= 4;
    uint64_t status = 0;
    if (response->is_in_head || !has_digits || !slice_parse_u64((struct slice){blank + 1, 3}, 999, &status))
        return refuse(response, WIRE_HTTP_MALFORMED);
    str_clear(&response->head);
    response->header_count = 0;
    response->status = (uint32_t)status;
    response->is_in_head = true;
    return true;
}

static bool add_header(struct response *response, struct slice line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    struct slice name = {line.ptr, colon ? (size_t)(colon - line.ptr) : 0};
    bool is_folded = line.ptr[0] == ' ' || line.ptr[0] == '\t';
    bool is_room = response->header_count < WIRE_HEADERS_MAX;
    if (!response->is_in_head || name.len == 0 || is_folded || !is_room)
        return refuse(response, WIRE_HTTP_MALFORMED);
    struct slice value = trim((struct slice){colon + 1, line.len - name.len - 1});
    size_t index = response->header_count++;
    response->headers[index].at = response->head.len;
    response->headers[index].name_len = name.len;
    response->headers[index].value_len = value.len;
    str_add(&response->head, name);
    str_add(&response->head, value);
    return !str_full(&response->head) || refuse(response, WIRE_HTTP_TOO_LARGE);
}

bool response_add_head_line(struct response *response, struct slice line)
{
    response->head_bytes += line.len;
    if (response->head_bytes > RESPONSE_HEAD_MAX)
        return refuse(response, WIRE_HTTP_TOO_LARGE);
    if (response->is_complete_head)
        return true;
    if (slice_starts(line, SLICE("HTTP/")))
        return begin_head(response, line);
    if (trim(line).len == 0) {
        response->is_in_head = false;
        response->is_complete_head = response->status >= 200;
        return true;
    }
    return add_header(response, line);
}

bool response_add_body(struct response *response, struct slice part)
{
    str_add(&response->body, part);
    return !str_full(&response->body) || refuse(response, WIRE_HTTP_TOO_LARGE);
}

void response_publish(const struct response *response, struct wire_response *ret_response)
{
    ret_response->status = response->status;
    ret_response->header_count = response->header_count;
    for (size_t i = 0; i < response->header_count; i++) {
        const char *at = response->head.ptr + response->headers[i].at;
        ret_response->headers[i].name = (struct slice){at, response->headers[i].name_len};
        ret_response->headers[i].value = (struct slice){at + response->headers[i].name_len, response->headers[i].value_len};
    }
    ret_response->body = str_slice(&response->body);
}
