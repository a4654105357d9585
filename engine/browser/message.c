#include "engine/browser/message.h"

#include "engine/browser/parse.h"

#define METHOD_MAX 64
#define SESSION_MAX 64
#define SESSION_LEN 32 /* of every Chromium so far */

static bool is_session_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool read_id(struct slice rest, uint32_t *ret_id)
{
    size_t digits = 0;
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
        digits++;
    uint64_t id;
    if (digits == rest.len || (rest.ptr[digits] != ',' && rest.ptr[digits] != '}'))
        return false;
    if (!slice_parse_u64((struct slice){rest.ptr, digits}, MESSAGE_ID_MAX, &id))
        return false;
    *ret_id = (uint32_t)id;
    return true;
}

static bool read_method(struct slice rest, struct slice *ret_method)
{
    const char *quote = memchr(rest.ptr, '"', rest.len <= METHOD_MAX ? rest.len : METHOD_MAX + 1);
    size_t len = quote ? (size_t)(quote - rest.ptr) : 0;
    if (len == 0 || len + 1 >= rest.len || memchr(rest.ptr, '\\', len))
        return false;
    if (rest.ptr[len + 1] != ',' && rest.ptr[len + 1] != '}')
        return false;
    *ret_method = (struct slice){rest.ptr, len};
    return true;
}

/* The id in a closing ,"sessionId":"HEX"} - or nothing. */
static struct slice read_session(struct slice text)
{
    static const struct slice key = {",\"sessionId\":\"", 14};
    if (text.len < key.len + 3 || text.ptr[text.len - 1] != '}' || text.ptr[text.len - 2] != '"')
        return SLICE_NONE;
    size_t end = text.len - 2;
    size_t start = end;
    if (end >= key.len + SESSION_LEN && memcmp(text.ptr + end - SESSION_LEN - key.len, key.ptr, key.len) == 0 &&
        !memchr(text.ptr + end - SESSION_LEN, '"', SESSION_LEN) && !memchr(text.ptr + end - SESSION_LEN, '\\', SESSION_LEN))
        return (struct slice){text.ptr + end - SESSION_LEN, SESSION_LEN};
    while (start > key.len && end - start < SESSION_MAX && is_session_char(text.ptr[start - 1]))
        start--;
    if (start == end || memcmp(text.ptr + start - key.len, key.ptr, key.len) != 0)
        return SLICE_NONE;
    return (struct slice){text.ptr + start, end - start};
}

static struct slice after(struct slice text, size_t count)
{
    return (struct slice){text.ptr + count, text.len - count};
}

bool message_read_ends(struct slice text, struct message *ret_message)
{
    static const struct slice id = {"{\"id\":", 6};
    static const struct slice method = {"{\"method\":\"", 11};
    struct message message = {.kind = MESSAGE_EVENT};
    if (slice_starts(text, method)) {
        if (!read_method(after(text, method.len), &message.method))
            return false;
    } else {
        message.kind = MESSAGE_REPLY;
        if (!slice_starts(text, id) || !read_id(after(text, id.len), &message.id))
            return false;
    }
    message.session = read_session(text);
    *ret_message = message;
    return true;
}

static struct slice string_of(const json_t *text)
{
    return json_is_string(text) ? (struct slice){json_string_value(text), json_string_length(text)} : SLICE_NONE;
}

void message_read_any(struct slice text, struct str *scratch, struct message *ret_message)
{
    struct message message = {.kind = MESSAGE_OTHER, .root = parse_json(text, scratch)};
    const json_t *id = json_object_get(message.root, "id");
    message.method = string_of(json_object_get(message.root, "method"));
    message.session = string_of(json_object_get(message.root, "sessionId"));
    if (json_is_integer(id) && json_integer_value(id) > 0 && json_integer_value(id) <= MESSAGE_ID_MAX) {
        message.kind = MESSAGE_REPLY;
        message.id = (uint32_t)json_integer_value(id);
    } else if (message.method.len != 0) {
        message.kind = MESSAGE_EVENT;
    }
    *ret_message = message;
}

void message_fini(struct message *message)
{
    json_decref(message->root);
    message->root = NULL;
}
