/* The events of a request, as Chromium tells them:

     requestWillBeSent            asked; with redirectResponse it ends the one before it
     requestWillBeSentExtraInfo   the headers that really left
     responseReceived             status and headers, cookies left out
     responseReceivedExtraInfo    the headers that really came, cookies and all
     loadingFinished, loadingFailed
     (the recorder's own) body

   The ExtraInfo of a request may come before or after what it belongs to, and before the
   request itself; those of a chain of redirects come in the order of the chain. */
#include "recorder/traffic/traffic_event.h"

#include "recorder/text.h"

#include <stdlib.h>
#include <strings.h>

static struct slice text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return (struct slice){json_string_value(value), json_string_length(value)};
}

/* False out of memory; an absent text is copied as an empty one. */
static bool copy(struct traffic *traffic, struct slice text, struct slice *ret_copy)
{
    *ret_copy = text.len ? arena_copy(&traffic->arena, text) : SLICE("");
    return ret_copy->ptr != NULL;
}

static uint32_t bucket_of(struct slice request_id)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < request_id.len; i++)
        hash = (hash ^ (unsigned char)request_id.ptr[i]) * 16777619u;
    return hash % TRAFFIC_BUCKETS;
}

struct exchange *traffic_find(const struct traffic *traffic, struct slice request_id)
{
    for (uint32_t at = traffic->buckets[bucket_of(request_id)]; at; at = traffic->list[at - 1].older)
        if (slice_equal(traffic->list[at - 1].request_id, request_id))
            return &traffic->list[at - 1];
    return NULL;
}

static int64_t us_of(const json_t *object, const char *key)
{
    double seconds = json_number_value(json_object_get(object, key));
    return seconds > 0 && seconds < 1e12 ? (int64_t)(seconds * 1e6 + 0.5) : 0;
}

/* Several headers of one name are told joined by newlines. */
static size_t count_values(const json_t *headers)
{
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)headers, name, value)
    {
        count++;
        for (const char *c = json_string_value(value); c && *c; c++)
            count += *c == '\n';
    }
    return count;
}

static bool add_header(struct traffic *traffic, struct traffic_headers *headers, size_t max, struct slice name, struct slice values)
{
    while (headers->count < max) {
        const char *end = values.len ? memchr(values.ptr, '\n', values.len) : NULL;
        struct slice value = {values.ptr, end ? (size_t)(end - values.ptr) : values.len};
        struct traffic_header *header = &headers->list[headers->count++];
        if (!copy(traffic, name, &header->name) || !copy(traffic, value, &header->value))
            return false;
        if (!end)
            return true;
        values = (struct slice){end + 1, values.len - value.len - 1};
    }
    return true;
}

static bool is_cookie_setter(const char *name)
{
    return strcasecmp(name, "set-cookie") == 0;
}

/* Takes all headers, or (only_cookies) adds the Set-Cookie among them to what is there. */
static bool take_headers(struct traffic *traffic, struct traffic_headers *headers, const json_t *from, bool only_cookies)
{
    struct traffic_headers all = {0};
    size_t kept = only_cookies ? headers->count : 0;
    size_t max = count_values(from) + kept;
    const char *name;
    json_t *value;
    max = max > TRAFFIC_HEADERS_MAX ? TRAFFIC_HEADERS_MAX : max;
    all.list = arena_alloc_array(&traffic->arena, max, sizeof *all.list);
    if (!all.list)
        return false;
    for (; all.count < kept && all.count < max; all.count++)
        all.list[all.count] = headers->list[all.count];
    json_object_foreach((json_t *)from, name, value)
    {
        struct slice values = {json_string_value(value), json_string_length(value)};
        if (only_cookies && !is_cookie_setter(name))
            continue;
        if (!add_header(traffic, &all, max, slice_of(name), values))
            return false;
    }
    *headers = all;
    return true;
}

/* The cookies that came before the answer did are not lost to it. */
static bool take_answered(struct traffic *traffic, struct exchange *e, const json_t *response)
{
    struct traffic_headers before = e->answered, all = {0};
    if (!take_headers(traffic, &all, json_object_get(response, "headers"), false))
        return false;
    if (before.count) {
        struct traffic_header *list = arena_alloc_array(&traffic->arena, all.count + before.count, sizeof *list);
        if (!list)
            return false;
        memcpy(list, all.list, all.count * sizeof *list);
        memcpy(list + all.count, before.list, before.count * sizeof *list);
        all = (struct traffic_headers){list, all.count + before.count};
    }
    e->answered = all;
    return true;
}

static bool take_response(struct traffic *traffic, struct exchange *e, const json_t *response, int64_t at_us)
{
    e->has_answer = true;
    e->answered_us = at_us;
    e->status = (uint32_t)json_integer_value(json_object_get(response, "status"));
    e->from_cache = json_is_true(json_object_get(response, "fromDiskCache"));
    return copy(traffic, text_of(response, "statusText"), &e->status_text) &&
           copy(traffic, text_of(response, "protocol"), &e->protocol) && copy(traffic, text_of(response, "mimeType"), &e->mime) &&
           copy(traffic, text_of(response, "remoteIPAddress"), &e->address) && take_answered(traffic, e, response);
}

static bool take_posted(struct traffic *traffic, struct exchange *e, const json_t *request)
{
    CLEANUP_STR struct str bytes;
    const json_t *entries = json_object_get(request, "postDataEntries"), *plain = json_object_get(request, "postData");
    str_init(&bytes, TRAFFIC_BODY_MAX);
    e->has_posted = plain || json_array_size(entries) || json_is_true(json_object_get(request, "hasPostData"));
    e->posted_known = !e->has_posted || plain || json_array_size(entries);
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (!text_decode_base64(text_of(json_array_get(entries, i), "bytes"), &bytes))
            e->posted_known = false; /* a part of it was a file, which is told by its name alone */
    if (json_array_size(entries) == 0)
        str_add(&bytes, text_of(request, "postData"));
    if (str_full(&bytes))
        e->posted_known = false;
    return copy(traffic, e->posted_known ? str_slice(&bytes) : SLICE_NONE, &e->posted);
}

static struct exchange *new_exchange(struct traffic *traffic)
{
    if (traffic->count == TRAFFIC_EXCHANGES_MAX)
        return NULL;
    if (traffic->count == traffic->capacity) {
        size_t capacity = traffic->capacity ? traffic->capacity * 2 : 256;
        struct exchange *grown = reallocarray(traffic->list, capacity, sizeof *grown);
        if (!grown)
            return NULL;
        traffic->list = grown;
        traffic->capacity = capacity;
    }
    struct exchange *e = &traffic->list[traffic->count++];
    *e = (struct exchange){.ended_line = UINT64_MAX};
    return e;
}

/* The first of the chain that has had none yet. */
static struct exchange *find_for_extra(const struct traffic *traffic, struct slice request_id, bool is_asked)
{
    struct exchange *found = NULL;
    for (uint32_t at = traffic->buckets[bucket_of(request_id)]; at; at = traffic->list[at - 1].older) {
        struct exchange *e = &traffic->list[at - 1];
        if (slice_equal(e->request_id, request_id) && !(is_asked ? e->has_asked_extra : e->has_extra) && !e->lacks_extra)
            found = e;
    }
    return found;
}

struct traffic_early {
    struct slice request_id;
    struct traffic_headers headers;
    bool is_asked;
    struct traffic_early *older;
};

static bool keep_early(struct traffic *traffic, struct slice request_id, const json_t *headers, bool is_asked)
{
    struct traffic_early **bucket = &traffic->early[bucket_of(request_id)];
    struct traffic_early *early = arena_alloc_array(&traffic->arena, 1, sizeof *early);
    if (!early)
        return false;
    *early = (struct traffic_early){.is_asked = is_asked, .older = *bucket};
    *bucket = early;
    return copy(traffic, request_id, &early->request_id) && take_headers(traffic, &early->headers, headers, !is_asked);
}

/* What came early for e, if anything did: of those of its id the first that came. */
static void take_early(struct traffic *traffic, struct exchange *e, bool is_asked)
{
    struct traffic_early **found = NULL;
    for (struct traffic_early **at = &traffic->early[bucket_of(e->request_id)]; *at; at = &(*at)->older)
        if ((*at)->is_asked == is_asked && slice_equal((*at)->request_id, e->request_id))
            found = at;
    if (!found)
        return;
    *(is_asked ? &e->asked : &e->answered) = (*found)->headers;
    *(is_asked ? &e->has_asked_extra : &e->has_extra) = true;
    *found = (*found)->older;
}

static bool take_extra(struct traffic *traffic, const json_t *params, bool is_asked)
{
    struct slice request_id = text_of(params, "requestId");
    const json_t *headers = json_object_get(params, "headers");
    struct exchange *e = find_for_extra(traffic, request_id, is_asked);
    if (!e)
        return keep_early(traffic, request_id, headers, is_asked);
    *(is_asked ? &e->has_asked_extra : &e->has_extra) = true;
    return take_headers(traffic, is_asked ? &e->asked : &e->answered, headers, !is_asked);
}

static bool take_asked(struct traffic *traffic, const struct entry *entry, const json_t *params)
{
    const json_t *request = json_object_get(params, "request");
    struct exchange *e = new_exchange(traffic);
    if (!e)
        return false;
    e->line = entry->line;
    e->asked_us = us_of(params, "timestamp");
    e->asked_wall_us = us_of(params, "wallTime");
    if (!copy(traffic, entry->head.mark, &e->mark) || !copy(traffic, text_of(params, "requestId"), &e->request_id) ||
        !copy(traffic, text_of(request, "method"), &e->method) || !copy(traffic, text_of(request, "url"), &e->url) ||
        !copy(traffic, text_of(params, "type"), &e->type) || !take_posted(traffic, e, request) ||
        !take_headers(traffic, &e->asked, json_object_get(request, "headers"), false))
        return false;
    uint32_t *bucket = &traffic->buckets[bucket_of(e->request_id)];
    e->older = *bucket;
    *bucket = (uint32_t)traffic->count;
    take_early(traffic, e, true);
    take_early(traffic, e, false);
    return true;
}

/* A redirect is the answer to the request before it of the same id. */
static bool take_will_be_sent(struct traffic *traffic, const struct entry *entry, const json_t *params)
{
    const json_t *redirect = json_object_get(params, "redirectResponse");
    struct exchange *before = redirect ? traffic_find(traffic, text_of(params, "requestId")) : NULL;
    if (before) {
        int64_t at_us = us_of(params, "timestamp");
        before->lacks_extra = !before->has_extra && !json_is_true(json_object_get(params, "redirectHasExtraInfo"));
        if (!take_response(traffic, before, redirect, at_us))
            return false;
        before->end = TRAFFIC_ANSWERED;
        before->ended_line = entry->line;
        before->ended_us = at_us;
    }
    return take_asked(traffic, entry, params);
}

static void end(struct exchange *e, const struct entry *entry, enum traffic_end how, int64_t at_us)
{
    e->end = how;
    e->ended_line = entry->line;
    e->ended_us = at_us;
}

static bool take_failed(struct traffic *traffic, struct exchange *e, const struct entry *entry, const json_t *params)
{
    bool is_canceled = json_is_true(json_object_get(params, "canceled"));
    end(e, entry, is_canceled ? TRAFFIC_CANCELED : TRAFFIC_FAILED, us_of(params, "timestamp"));
    return copy(traffic, text_of(params, "errorText"), &e->failure);
}

enum told { TOLD_ASKED, TOLD_ASKED_EXTRA, TOLD_ANSWERED, TOLD_ANSWERED_EXTRA, TOLD_FINISHED, TOLD_FAILED, TOLD_CACHED, TOLD_STREAMED, TOLD_SOCKET };

static const struct {
    const char *method;
    enum told told;
} events[] = {
    {"Network.requestWillBeSent", TOLD_ASKED},
    {"Network.requestWillBeSentExtraInfo", TOLD_ASKED_EXTRA},
    {"Network.responseReceived", TOLD_ANSWERED},
    {"Network.responseReceivedExtraInfo", TOLD_ANSWERED_EXTRA},
    {"Network.loadingFinished", TOLD_FINISHED},
    {"Network.loadingFailed", TOLD_FAILED},
    {"Network.requestServedFromCache", TOLD_CACHED},
    {"Network.eventSourceMessageReceived", TOLD_STREAMED},
    {"Network.webSocketCreated", TOLD_SOCKET},
    {"Network.webTransportCreated", TOLD_SOCKET},
    {"Network.directTCPSocketCreated", TOLD_SOCKET},
    {"Network.directUDPSocketCreated", TOLD_SOCKET},
};

static bool take_of_known(struct traffic *traffic, struct exchange *e, enum told told, const struct entry *entry, const json_t *params)
{
    switch (told) {
    case TOLD_ANSWERED:
        e->lacks_extra = !e->has_extra && !json_is_true(json_object_get(params, "hasExtraInfo"));
        return take_response(traffic, e, json_object_get(params, "response"), us_of(params, "timestamp"));
    case TOLD_FINISHED: end(e, entry, TRAFFIC_ANSWERED, us_of(params, "timestamp")); return true;
    case TOLD_FAILED: return take_failed(traffic, e, entry, params);
    case TOLD_CACHED: e->from_cache = true; return true;
    case TOLD_ASKED:
    case TOLD_ASKED_EXTRA:
    case TOLD_ANSWERED_EXTRA:
    case TOLD_STREAMED:
    case TOLD_SOCKET: return true;
    }
    return true;
}

/* A new browser begins its ids anew. */
static void see_generation(struct traffic *traffic, uint32_t generation)
{
    if (generation != traffic->generation) {
        memset(traffic->buckets, 0, sizeof traffic->buckets);
        memset(traffic->early, 0, sizeof traffic->early);
    }
    traffic->generation = generation;
}

bool traffic_take_event(struct traffic *traffic, const struct entry *entry, const json_t *event)
{
    const char *method = json_string_value(json_object_get(event, "method"));
    const json_t *params = json_object_get(event, "params");
    enum told told = TOLD_ASKED_EXTRA;
    size_t i = 0;
    see_generation(traffic, entry->head.generation);
    while (i < sizeof events / sizeof *events && (!method || strcmp(events[i].method, method) != 0))
        i++;
    if (i == sizeof events / sizeof *events)
        return true;
    told = events[i].told;
    traffic->sockets += told == TOLD_SOCKET;
    traffic->streamed += told == TOLD_STREAMED;
    if (told == TOLD_ASKED)
        return take_will_be_sent(traffic, entry, params);
    if (told == TOLD_ASKED_EXTRA || told == TOLD_ANSWERED_EXTRA)
        return take_extra(traffic, params, told == TOLD_ASKED_EXTRA);
    struct exchange *e = traffic_find(traffic, text_of(params, "requestId"));
    return !e || take_of_known(traffic, e, told, entry, params);
}

bool traffic_take_body(struct traffic *traffic, const struct entry *entry, const json_t *body)
{
    see_generation(traffic, entry->head.generation);
    struct exchange *e = traffic_find(traffic, text_of(body, "requestId"));
    struct slice sha256 = text_of(body, "sha256");
    if (e)
        e->body_dropped = json_is_true(json_object_get(body, "dropped"));
    if (!e || sha256.len == 0 || e->body_dropped) /* there is no such file */
        return true;
    e->body_size_bytes = (uint64_t)json_integer_value(json_object_get(body, "size"));
    return copy(traffic, sha256, &e->sha256);
}
