/* Quotes inside a JSON string are escaped, so a literal with bare quotes stands where it
   seems to stand: no header or body can imitate `","hasPostData":true,`. */
#include "engine/browser/paused.h"

static bool skip(struct slice *rest, struct slice literal)
{
    if (!slice_starts(*rest, literal))
        return false;
    *rest = (struct slice){rest->ptr + literal.len, rest->len - literal.len};
    return true;
}

/* The inside of a string of which rest is what follows its first quote. */
static bool take_inside(struct slice *rest, struct slice *ret_inside)
{
    const char *begin = rest->ptr, *end = rest->ptr + rest->len;
    for (const char *at = begin; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (!at)
            return false;
        size_t escapes = 0;
        while (at - escapes > begin && at[-1 - (ptrdiff_t)escapes] == '\\')
            escapes++;
        if (escapes % 2)
            continue;
        *ret_inside = (struct slice){begin, (size_t)(at - begin)};
        *rest = (struct slice){at + 1, (size_t)(end - at - 1)};
        return true;
    }
    return false;
}

bool paused_is_harmless(struct slice text, struct slice *ret_request_id)
{
    struct slice url;
    return skip(&text, SLICE("{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"")) &&
           take_inside(&text, ret_request_id) && skip(&text, SLICE(",\"request\":{\"url\":\"")) &&
           take_inside(&text, &url) && skip(&text, SLICE(",\"method\":\"")) &&
           (skip(&text, SLICE("GET\",")) || skip(&text, SLICE("HEAD\",")) || skip(&text, SLICE("OPTIONS\",")));
}

/* The body as text, which ends at `end`. A header may have its name, but not its end. */
static bool find_plain(struct slice before, const char *end, struct slice *ret_inside)
{
    struct slice key = SLICE(",\"postData\":\"");
    struct slice rest = before;
    for (const char *found; (found = slice_find(rest, key)) != NULL;) {
        rest = (struct slice){found + key.len, (size_t)(before.ptr + before.len - found) - key.len};
        struct slice tail = rest;
        if (take_inside(&tail, ret_inside) && ret_inside->ptr + ret_inside->len == end)
            return true;
    }
    return false;
}

bool paused_cut_body(struct slice text, struct str *out, struct slice *ret_base64)
{
    struct slice join = SLICE("\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"");
    struct slice plain, body;
    const char *end = slice_find(text, join);
    if (!end || !find_plain((struct slice){text.ptr, (size_t)(end + 1 - text.ptr)}, end, &plain))
        return false;
    const char *begin = end + join.len;
    struct slice rest = {begin, (size_t)(text.ptr + text.len - begin)};
    if (!take_inside(&rest, &body) || !slice_starts(rest, SLICE("}]")) || memchr(body.ptr, '\\', body.len))
        return false;
    str_clear(out);
    str_add(out, (struct slice){text.ptr, (size_t)(plain.ptr - text.ptr)});
    str_add(out, join);
    str_add(out, (struct slice){rest.ptr - 1, rest.len + 1});
    *ret_base64 = body;
    return !str_full(out);
}

static bool is_empty_text(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) == 0;
}

bool paused_is_cut(const json_t *root)
{
    const json_t *request = json_object_get(json_object_get(root, "params"), "request");
    const json_t *entries = json_object_get(request, "postDataEntries");
    return json_array_size(entries) == 1 && is_empty_text(json_object_get(request, "postData")) &&
           is_empty_text(json_object_get(json_array_get(entries, 0), "bytes"));
}
