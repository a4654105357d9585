#include "recorder/payload.h"

#include "recorder/cursor.h"
#include "recorder/text.h"

/* The reading half: by position, in the order in which the writing half puts the
   members. Nothing is allocated for a message that stood raw, which is nearly
   every entry; an HTTP answer is unescaped into the scratch. */

/* Digits with an optional minus. */
static bool take_signed(struct slice *rest, int64_t *ret_number)
{
    bool negative = cursor_skip(rest, SLICE("-"));
    uint64_t number = 0;
    if (!cursor_number(rest, INT64_MAX, &number))
        return false;
    *ret_number = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool take_int(struct slice *rest, int *ret_number)
{
    int64_t number = 0;
    if (!take_signed(rest, &number) || number < INT32_MIN || number > INT32_MAX)
        return false;
    *ret_number = (int)number;
    return true;
}

static bool take_u32(struct slice *rest, uint32_t *ret_number)
{
    uint64_t number = 0;
    if (!cursor_number(rest, UINT32_MAX, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool whole(const struct slice *rest)
{
    return rest->len == 0;
}

static bool read_bytes(const struct entry *entry, struct str *scratch, struct wire_item *item)
{
    item->bytes = entry->value;
    if (!entry->base64)
        return true;
    if (!text_decode_base64(entry->value, scratch))
        return false;
    item->bytes = str_slice(scratch);
    return true;
}

/* The text of a JSON string, in place when it has no escape, else in scratch, which
   was given room for the whole line before and so does not move. */
static bool take_text(struct slice *rest, bool base64, struct str *scratch, struct slice *ret_text)
{
    struct slice inside;
    size_t before = scratch->len;
    if (!cursor_quoted(rest, &inside))
        return false;
    if (!base64 && (inside.len == 0 || !memchr(inside.ptr, '\\', inside.len))) {
        *ret_text = inside;
        return true;
    }
    if (base64 ? !text_decode_base64(inside, scratch) : !text_unescape(inside, scratch))
        return false;
    *ret_text = (struct slice){scratch->ptr + before, scratch->len - before};
    return true;
}

static bool take_header(struct slice *rest, struct str *scratch, struct wire_header *header)
{
    struct slice as_read = *rest;
    if (!cursor_skip(rest, SLICE("[")) || !take_text(rest, false, scratch, &header->name) ||
        !cursor_skip(rest, SLICE(",")) || !take_text(rest, false, scratch, &header->value))
        return false;
    if (cursor_skip(rest, SLICE("]")))
        return true;
    *rest = as_read;
    return cursor_skip(rest, SLICE("[")) && take_text(rest, true, scratch, &header->name) &&
           cursor_skip(rest, SLICE(",")) && take_text(rest, true, scratch, &header->value) &&
           cursor_skip(rest, SLICE(",\"base64\"]"));
}

static bool take_headers(struct slice *rest, struct str *scratch, struct wire_response *response)
{
    if (!cursor_skip(rest, SLICE(",\"headers\":[")))
        return false;
    while (!cursor_skip(rest, SLICE("]"))) {
        if (response->header_count == WIRE_HEADERS_MAX ||
            (response->header_count > 0 && !cursor_skip(rest, SLICE(","))) ||
            !take_header(rest, scratch, &response->headers[response->header_count]))
            return false;
        response->header_count++;
    }
    return true;
}

/* One of a table's names; its index comes back. */
static bool take_name(struct slice *rest, const char *const names[], size_t count, unsigned *ret_index)
{
    struct slice name;
    if (!cursor_quoted(rest, &name))
        return false;
    for (size_t i = 0; i < count; i++)
        if (slice_equal(name, slice_of(names[i]))) {
            *ret_index = (unsigned)i;
            return true;
        }
    return false;
}

static bool take_outcome(struct slice *rest, struct wire_response *response)
{
    static const char *const states[] = {"not_sent", "sent", "answered"};
    static const char *const failures[] = {
#define X(id, name, sentence) [id] = name,
#include "engine/world/wire_http.def"
#undef X
    };
    unsigned state = 0, failure = 0;
    if (!cursor_skip(rest, SLICE(",\"state\":")) || !take_name(rest, states, sizeof states / sizeof states[0], &state) ||
        !cursor_skip(rest, SLICE(",\"failure\":")) ||
        !take_name(rest, failures, sizeof failures / sizeof failures[0], &failure))
        return false;
    response->state = (enum wire_http_state)state;
    response->failure = (enum wire_http_failure)failure;
    return true;
}

static bool read_http(struct slice rest, struct str *scratch, struct wire_response *response)
{
    response->header_count = 0;
    response->body = SLICE_NONE;
    /* Room for all that can be unescaped from the value: after this the scratch
       does not move, and slices into it stay good. */
    str_add(scratch, rest);
    if (str_full(scratch))
        return false;
    str_clear(scratch);
    if (!cursor_skip(&rest, SLICE("{\"id\":")) || !take_u32(&rest, &response->id) ||
        !take_outcome(&rest, response) ||
        !cursor_skip(&rest, SLICE(",\"status\":")) || !take_u32(&rest, &response->status) ||
        !take_headers(&rest, scratch, response))
        return false;
    bool base64 = cursor_skip(&rest, SLICE(",\"body64\":"));
    return (base64 || cursor_skip(&rest, SLICE(",\"body\":"))) && take_text(&rest, base64, scratch, &response->body) &&
           cursor_skip(&rest, SLICE("}")) && whole(&rest);
}

static bool read_exit(struct slice rest, struct wire_item *item)
{
    item->exit.signaled = cursor_skip(&rest, SLICE("{\"signaled\":true,\"code\":"));
    return (item->exit.signaled || cursor_skip(&rest, SLICE("{\"signaled\":false,\"code\":"))) &&
           take_int(&rest, &item->exit.code) && cursor_skip(&rest, SLICE("}")) && whole(&rest);
}

static bool read_eof(struct slice rest, struct wire_item *item)
{
    uint64_t dropped = 0;
    if (!cursor_skip(&rest, SLICE("{\"dropped\":")) || !cursor_number(&rest, INT64_MAX, &dropped))
        return false;
    item->eof.dropped_bytes = (size_t)dropped;
    return cursor_skip(&rest, SLICE("}")) && whole(&rest);
}

static bool read_io(struct slice rest, struct wire_item *item)
{
    return cursor_skip(&rest, SLICE("{\"id\":")) && take_u32(&rest, &item->io.id) &&
           cursor_skip(&rest, SLICE(",\"error\":")) && take_int(&rest, &item->io.error) &&
           cursor_skip(&rest, SLICE("}")) && whole(&rest);
}

static bool read_wake(struct slice rest, struct wire_item *item)
{
    return take_signed(&rest, &item->asked.us) && whole(&rest);
}

static bool read_number(struct slice rest, int *ret_number)
{
    return take_int(&rest, ret_number) && whole(&rest);
}

uint64_t payload_id(struct slice value)
{
    uint64_t id = 0;
    return cursor_skip(&value, SLICE("{\"id\":")) && cursor_number(&value, UINT32_MAX, &id) ? id : 0;
}

bool payload_read_item(const struct entry *entry, struct str *scratch, struct wire_response *response,
                       struct wire_item *ret_item)
{
    ret_item->at = entry->head.at;
    ret_item->generation = entry->head.generation;
    str_clear(scratch);
    if (entry->base64 && entry->kind != ENTRY_BYTES)
        return false;
    switch (entry->kind) {
    case ENTRY_BYTES: ret_item->kind = WIRE_BYTES; return read_bytes(entry, scratch, ret_item);
    case ENTRY_EOF: ret_item->kind = WIRE_EOF; return read_eof(entry->value, ret_item);
    case ENTRY_EXIT: ret_item->kind = WIRE_EXIT; return read_exit(entry->value, ret_item);
    case ENTRY_SIGNAL: ret_item->kind = WIRE_SIGNAL; return read_number(entry->value, &ret_item->signal);
    case ENTRY_WAKE: ret_item->kind = WIRE_WAKE; return read_wake(entry->value, ret_item);
    case ENTRY_IO: ret_item->kind = WIRE_IO; return read_io(entry->value, ret_item);
    case ENTRY_REFUSED: ret_item->kind = WIRE_REFUSED; return read_number(entry->value, &ret_item->refused);
    case ENTRY_HTTP:
        ret_item->kind = WIRE_HTTP;
        ret_item->http = response;
        return read_http(entry->value, scratch, response);
    case ENTRY_SEND:
    case ENTRY_HTTP_OUT:
    case ENTRY_COMMIT:
    case ENTRY_LOCK:
    case ENTRY_START:
    case ENTRY_KILL:
    case ENTRY_EVENT:
    case ENTRY_BODY:
    case ENTRY_KINDS: return false;
    }
    return false;
}
