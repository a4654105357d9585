#include "recorder/redact/body_kind.h"

/* In lower case; cut where there is no room: no rule fits then but one with a star. */
static void copy(char *to, size_t size, struct slice text)
{
    size_t len = text.len < size ? text.len : size - 1;
    for (size_t i = 0; i < len; i++)
        to[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20 : text.ptr[i]);
    to[len] = '\0';
}

static struct slice path_of(struct slice url)
{
    const char *host = slice_find(url, SLICE("://"));
    const char *end = url.ptr + url.len;
    const char *at = host ? memchr(host + 3, '/', (size_t)(end - host - 3)) : NULL;
    if (!at)
        return SLICE_NONE;
    struct slice path = {at, (size_t)(end - at)};
    const char *query = memchr(path.ptr, '?', path.len);
    if (query)
        path.len = (size_t)(query - path.ptr);
    return path;
}

void body_kinds_note(struct body_kinds *kinds, struct slice message)
{
    static const struct slice received = SLICE("{\"method\":\"Network.responseReceived\"");
    if (!slice_starts(message, received))
        return;
    struct slice request = slice_quoted_after(message, SLICE("\"requestId\":\""));
    const char *response = slice_find(message, SLICE("\"response\":{"));
    if (!response || request.len == 0 || request.len >= sizeof kinds->list[0].request)
        return;
    struct slice rest = {response, message.len - (size_t)(response - message.ptr)};
    struct body_kind *kind = &kinds->list[kinds->next++ % BODY_KINDS_MAX];
    memcpy(kind->request, request.ptr, request.len);
    kind->request[request.len] = '\0';
    copy(kind->media, sizeof kind->media, slice_quoted_after(rest, SLICE("\"mimeType\":\"")));
    copy(kind->path, sizeof kind->path, path_of(slice_quoted_after(rest, SLICE("\"url\":\""))));
}

const struct body_kind *body_kinds_find(const struct body_kinds *kinds, struct slice request)
{
    for (size_t i = 1; i <= BODY_KINDS_MAX; i++) {
        const struct body_kind *kind = &kinds->list[(kinds->next - i) % BODY_KINDS_MAX];
        if (kind->request[0] && slice_equal(slice_of(kind->request), request))
            return kind;
    }
    return NULL;
}
