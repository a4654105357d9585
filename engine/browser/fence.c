/* An effect's request leaves once, by our hand. Chromium stops every request
   to a guarded path before it is sent (Fetch, request stage) and waits for us:

     GET and the like             let go
     POST, its effect is open     sent once by the wire; the page gets the answer
     POST otherwise               failed: BlockedByClient
     POST after a give-up         never answered: the browser is about to be killed

   The request on the wire is named after the effect's op, so an answer that
   comes when its effect is no longer the last one finds nobody and is dropped. */
#include "engine/browser/base64.h"
#include "engine/browser/command.h"
#include "engine/browser/parse.h"
#include "engine/browser/paused.h"
#include "engine/world/response.h"

#include <strings.h>

/* What belongs to the connection or to the encoding on it, not to the message:
   the wire makes its own, and asks for no compression, so that bodies are plain. */
static const char *const request_headers_dropped[] = {
    "host", "connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "expect", "content-length", "accept-encoding",
};
static const char *const response_headers_dropped[] = {
    "connection", "keep-alive", "proxy-connection", "trailer", "transfer-encoding", "upgrade",
    "content-length", "content-encoding",
};

uint32_t http_id_of_op(uint32_t op)
{
    return op << 1;
}

uint32_t http_id_of_fence(uint32_t op)
{
    return op << 1 | 1;
}

bool http_id_is_fence(uint32_t id, uint32_t *ret_op)
{
    *ret_op = id >> 1;
    return id & 1;
}

bool url_tail_starts(struct slice url, struct slice prefix)
{
    size_t end = 0;
    while (end < url.len && url.ptr[end] != '?' && url.ptr[end] != '#')
        end++;
    size_t start = end;
    while (start > 0 && url.ptr[start - 1] != '/')
        start--;
    return slice_starts((struct slice){url.ptr + start, end - start}, prefix);
}

static bool is_dropped(struct slice name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (name.len == strlen(list[i]) && strncasecmp(name.ptr, list[i], name.len) == 0)
            return true;
    return false;
}

static bool is_guarded(const struct browser *b, struct slice url)
{
    for (size_t i = 0; i < b->start.guarded_count; i++)
        if (url_tail_starts(url, slice_of(b->start.guarded[i])))
            return true;
    return false;
}

bool fence_open(struct browser *b, uint32_t op, const struct op_call *call)
{
    struct fence *f = &b->fence;
    f->op = op;
    f->target = call->operation->target;
    f->timeout = call->http_timeout;
    f->open = true;
    f->in_flight = false;
    f->request = EFFECT_NO_REQUEST;
    f->retry_after_s = 0;
    return is_guarded(b, slice_of(f->target));
}

void fence_answered(struct browser *b, uint32_t op)
{
    if (op == b->fence.op)
        b->fence.open = false;
}

void fence_give_up(struct browser *b, uint32_t op)
{
    if (op != b->fence.op || !b->fence.open)
        return;
    b->fence.open = false;
    b->fence.shut = true;
}

void fence_reset(struct browser *b)
{
    b->fence.open = false;
    b->fence.shut = false;
    b->fence.in_flight = false;
}

static void send_continue(struct browser *b, const char *request_id)
{
    struct command command;
    command_begin(b, &command, "Fetch.continueRequest", true);
    json_out_text(&command.params, "requestId", request_id);
    command_end_ignored(b, &command, NULL);
}

static void send_fail(struct browser *b, const char *request_id, const char *reason)
{
    struct command command;
    command_begin(b, &command, "Fetch.failRequest", true);
    json_out_text(&command.params, "requestId", request_id);
    json_out_text(&command.params, "errorReason", reason);
    command_end_ignored(b, &command, NULL);
}

/* The bytes of the request's body, as they would have been sent; false when
   the browser does not give them all. base64 is where they were cut out of request. */
static bool take_body(struct browser *b, const json_t *request, struct slice base64)
{
    const json_t *entries = json_object_get(request, "postDataEntries");
    const json_t *text = json_object_get(request, "postData");
    str_clear(&b->fence.body);
    if (base64.ptr)
        return base64_decode(base64, &b->fence.body) && !str_full(&b->fence.body);
    if (json_array_size(entries) == 0) {
        str_add(&b->fence.body, json_slice(text));
        return !str_full(&b->fence.body) && (text || !json_is_true(json_object_get(request, "hasPostData")));
    }
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *bytes = json_object_get(json_array_get(entries, i), "bytes");
        if (!json_is_string(bytes) || !base64_decode(json_slice(bytes), &b->fence.body))
            return false;
    }
    return !str_full(&b->fence.body);
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\t')
            return true;
    return false;
}

static bool take_headers(json_t *headers, struct wire_request *ret_request)
{
    const char *name;
    json_t *value;
    json_object_foreach(headers, name, value) {
        struct wire_header header = {slice_of(name), json_slice(value)};
        if (is_dropped(header.name, request_headers_dropped,
                       sizeof request_headers_dropped / sizeof request_headers_dropped[0]))
            continue;
        if (ret_request->header_count == WIRE_HEADERS_MAX || has_control(header.name) || has_control(header.value))
            return false;
        ret_request->headers[ret_request->header_count++] = header;
    }
    return true;
}

static void forward(struct browser *b, const char *request_id, const json_t *request, struct slice base64)
{
    struct fence *f = &b->fence;
    struct wire_request out = {
        .method = SLICE("POST"),
        .url = json_slice(json_object_get(request, "url")),
        .timeout = f->timeout,
    };
    if (!take_headers(json_object_get(request, "headers"), &out) || !take_body(b, request, base64)) {
        f->request = EFFECT_NOT_SENT;
        b->counters.malformed++;
        send_fail(b, request_id, "Failed");
        return;
    }
    out.body = str_slice(&f->body);
    memcpy(f->request_id, request_id, sizeof f->request_id);
    f->in_flight = true;
    f->request = EFFECT_IN_FLIGHT;
    b->counters.forwarded_posts++;
    b->wire->ops->http(b->wire, http_id_of_fence(f->op), &out);
}

static bool is_harmless(struct slice method)
{
    return slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD")) ||
           slice_equal(method, SLICE("OPTIONS"));
}

/* A paused request that cannot be read stays held. */
static void hold_unreadable(struct browser *b)
{
    b->counters.malformed++;
    b->counters.held_posts++;
    if (b->fence.open && b->fence.request == EFFECT_NO_REQUEST)
        b->fence.request = EFFECT_NOT_SENT;
}

static void judge(struct browser *b, const json_t *params, struct slice base64)
{
    struct fence *f = &b->fence;
    const json_t *request = json_object_get(params, "request");
    struct slice url = json_slice(json_object_get(request, "url"));
    struct slice method = json_slice(json_object_get(request, "method"));
    char request_id[CDP_ID_MAX];
    if (!copy_harmless(json_slice(json_object_get(params, "requestId")), sizeof request_id, request_id)) {
        hold_unreadable(b);
        return;
    }
    if (is_harmless(method) || !is_guarded(b, url)) {
        send_continue(b, request_id);
        return;
    }
    bool fits = f->op && slice_equal(method, SLICE("POST")) && url_tail_starts(url, slice_of(f->target)) &&
                f->request == EFFECT_NO_REQUEST;
    if (f->shut) {
        f->request = fits ? EFFECT_NOT_SENT : f->request;
        b->counters.held_posts++;
        return;
    }
    if (f->open && fits) {
        forward(b, request_id, request, base64);
        return;
    }
    b->counters.blocked_posts++;
    send_fail(b, request_id, "BlockedByClient");
}

/* The event as values, its body apart when it was found by its place. */
static json_t *parse_paused(struct browser *b, struct slice text, struct slice *ret_base64)
{
    if (paused_cut_body(text, &b->text, ret_base64)) {
        json_t *root = parse_json(str_slice(&b->text), &b->scratch);
        if (paused_is_cut(root))
            return root;
        json_decref(root);
    }
    *ret_base64 = SLICE_NONE;
    return parse_json(text, &b->scratch);
}

void fence_take_paused(struct browser *b, struct slice text, json_t **root)
{
    struct slice id, base64 = SLICE_NONE;
    char request_id[CDP_ID_MAX];
    if (!*root && paused_is_harmless(text, &id) && copy_harmless(id, sizeof request_id, request_id)) {
        send_continue(b, request_id);
        return;
    }
    if (!*root)
        *root = parse_paused(b, text, &base64);
    if (*root)
        judge(b, json_object_get(*root, "params"), base64);
    else
        hold_unreadable(b);
}

static const char *reason_of(enum wire_http_failure failure)
{
    switch (failure) {
    case WIRE_HTTP_REFUSED: return "ConnectionRefused";
    case WIRE_HTTP_DNS: return "NameNotResolved";
    case WIRE_HTTP_TLS:
    case WIRE_HTTP_CONNECT: return "ConnectionFailed";
    case WIRE_HTTP_RESET: return "ConnectionReset";
    case WIRE_HTTP_EMPTY:
    case WIRE_HTTP_SHORT: return "ConnectionClosed";
    case WIRE_HTTP_TIMEOUT: return "TimedOut";
    case WIRE_HTTP_OK:
    case WIRE_HTTP_TOO_LARGE:
    case WIRE_HTTP_MALFORMED:
    case WIRE_HTTP_BAD_URL:
    case WIRE_HTTP_OTHER: return "Failed";
    }
    return "Failed";
}

static void fulfil(struct browser *b, const struct wire_response *response)
{
    struct command command;
    command_begin(b, &command, "Fetch.fulfillRequest", true);
    json_out_text(&command.params, "requestId", b->fence.request_id);
    json_out_int(&command.params, "responseCode", response->status);
    json_out_array(&command.params, "responseHeaders");
    for (size_t i = 0; i < response->header_count; i++) {
        const struct wire_header *header = &response->headers[i];
        if (is_dropped(header->name, response_headers_dropped,
                       sizeof response_headers_dropped / sizeof response_headers_dropped[0]))
            continue;
        json_out_object(&command.params, NULL);
        json_out_string(&command.params, "name", header->name);
        json_out_string(&command.params, "value", header->value);
        json_out_end_object(&command.params);
    }
    json_out_end_array(&command.params);
    if (response->body.len == 0) {
        command_end_ignored(b, &command, NULL);
        return;
    }
    struct wire_bulk body = {.name = "body", .bytes = response->body, .encoding = WIRE_BULK_BASE64};
    body.at = command_hole(b, &command, "body");
    command_end_ignored(b, &command, &body);
}

static enum effect_request request_after(const struct wire_response *response)
{
    if (response->state == WIRE_HTTP_NOT_SENT)
        return EFFECT_NOT_SENT;
    return response->state == WIRE_HTTP_ANSWERED && response->failure == WIRE_HTTP_OK ? EFFECT_ANSWERED : EFFECT_SENT;
}

void fence_take_response(struct browser *b, uint32_t op, const struct wire_response *response)
{
    struct fence *f = &b->fence;
    if (op != f->op || f->request != EFFECT_IN_FLIGHT)
        return;
    f->request = request_after(response);
    if (f->request == EFFECT_ANSWERED && (response->status == 429 || response->status == 503))
        f->retry_after_s = response_retry_after_s(response);
    bool deliverable = f->in_flight && !f->shut && b->stage == STAGE_UP;
    f->in_flight = false;
    if (!deliverable)
        return;
    if (f->request == EFFECT_ANSWERED && response->status >= 100 && response->status <= 999)
        fulfil(b, response);
    else
        send_fail(b, f->request_id, reason_of(response->failure));
}
