#include "recorder/offline/answer.h"

#include "engine/base/json_out.h"
#include "recorder/text.h"

#include <strings.h>

static const struct {
    const char *text, *reason;
    enum wire_http_state state;
    enum wire_http_failure failure;
} failures[] = {
#define X(text, reason, state, failure) {text, reason, state, failure},
#include "recorder/offline/failure.def"
#undef X
};

bool answer_drops(struct slice name)
{
    static const char *const dropped[] = {"connection", "keep-alive", "proxy-connection", "trailer", "transfer-encoding", "upgrade",
                                          "content-length", "content-encoding"};
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (name.len == strlen(dropped[i]) && strncasecmp(name.ptr, dropped[i], name.len) == 0)
            return true;
    return false;
}

static bool is_content_type(struct slice name)
{
    return name.len == 12 && strncasecmp(name.ptr, "content-type", 12) == 0;
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

static bool is_text(struct slice type)
{
    return slice_contains_nocase(type, SLICE("text/")) || slice_contains_nocase(type, SLICE("javascript")) ||
           slice_contains_nocase(type, SLICE("json")) || slice_contains_nocase(type, SLICE("xml"));
}

struct slice answer_content_type(struct slice value, struct slice body, struct str *scratch)
{
    if (!is_text(value) || is_ascii(body) || !text_is_utf8(body))
        return value;
    const char *end = memchr(value.ptr, ';', value.len);
    str_clear(scratch);
    str_add(scratch, (struct slice){value.ptr, end ? (size_t)(end - value.ptr) : value.len});
    str_add(scratch, SLICE("; charset=utf-8"));
    return str_slice(scratch);
}

void answer_add_fulfil(const struct exchange *exchange, struct slice body, struct str *out)
{
    CLEANUP_STR struct str type;
    struct json_out json;
    str_init(&type, 4096);
    json_out_init(&json, out);
    str_addf(out, ",\"responseCode\":%u,\"responseHeaders\":", exchange->status);
    json_out_array(&json, NULL);
    for (size_t i = 0; i < exchange->answered.count; i++) {
        const struct traffic_header *header = &exchange->answered.list[i];
        if (answer_drops(header->name))
            continue;
        json_out_object(&json, NULL);
        json_out_string(&json, "name", header->name);
        json_out_string(&json, "value",
                        is_content_type(header->name) ? answer_content_type(header->value, body, &type) : header->value);
        json_out_end_object(&json);
    }
    json_out_end_array(&json);
    if (exchange->status_text.len) {
        str_add(out, SLICE(",\"responsePhrase\":"));
        json_out_quote(out, exchange->status_text);
    }
}

static size_t find_failure(struct slice text)
{
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (slice_equal(slice_of(failures[i].text), text))
            return i;
    return SIZE_MAX;
}

const char *answer_reason(struct slice failure)
{
    size_t at = find_failure(failure);
    return at == SIZE_MAX ? "Failed" : failures[at].reason;
}

void answer_fill(const struct exchange *exchange, struct slice body, struct str *scratch, struct wire_response *ret_response)
{
    size_t at = find_failure(exchange->failure);
    *ret_response = (struct wire_response){.state = WIRE_HTTP_ANSWERED, .failure = WIRE_HTTP_OK, .status = exchange->status, .body = body};
    if (exchange->end == TRAFFIC_FAILED) {
        ret_response->state = at == SIZE_MAX ? WIRE_HTTP_SENT : failures[at].state;
        ret_response->failure = at == SIZE_MAX ? WIRE_HTTP_OTHER : failures[at].failure;
        ret_response->body = SLICE_NONE;
    }
    for (size_t i = 0; i < exchange->answered.count && ret_response->header_count < WIRE_HEADERS_MAX; i++) {
        const struct traffic_header *header = &exchange->answered.list[i];
        if (answer_drops(header->name))
            continue;
        struct slice value = is_content_type(header->name) ? answer_content_type(header->value, body, scratch) : header->value;
        ret_response->headers[ret_response->header_count++] = (struct wire_header){header->name, value};
    }
}
