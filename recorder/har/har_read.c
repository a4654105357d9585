/* Every field that is used is looked at here, so that what follows cannot fail on one. */
#include "recorder/har/har_read.h"

#include "engine/base/json_in.h"
#include "recorder/har/har_time.h"
#include "recorder/text.h"

#include <stdlib.h>

#define YEARS_US (INT64_C(1000) * 366 * 86400 * 1000000) /* no request takes that long */

struct slice har_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return (struct slice){json_string_value(value), json_string_length(value)};
}

const json_t *har_entry(const struct har *har, size_t index)
{
    return json_array_get(json_object_get(json_object_get(har->root, "log"), "entries"), index);
}

static enum err_code bad(struct err *err, size_t index, const char *path, const char *should_be)
{
    return err_set(err, ERR_INPUT, "log.entries[%zu].%s is missing or is not %s", index, path, should_be);
}

static bool is_header_list(const json_t *headers)
{
    for (size_t i = 0; i < json_array_size(headers); i++) {
        const json_t *header = json_array_get(headers, i);
        if (har_text(header, "name").len == 0 || !har_text(header, "value").ptr)
            return false;
    }
    return json_is_array(headers);
}

static bool is_http(struct slice url)
{
    return (slice_starts(url, SLICE("http://")) && url.len > 7) || (slice_starts(url, SLICE("https://")) && url.len > 8);
}

static enum err_code check_request(const json_t *request, size_t index, struct err *err)
{
    const json_t *posted = json_object_get(request, "postData");
    if (har_text(request, "method").len == 0)
        return bad(err, index, "request.method", "a text");
    if (har_text(request, "url").len == 0)
        return bad(err, index, "request.url", "a text");
    if (!is_header_list(json_object_get(request, "headers")))
        return bad(err, index, "request.headers", "a list of names and values");
    if (posted && !json_is_null(posted) && !json_is_object(posted))
        return bad(err, index, "request.postData", "an object");
    return ERR_OK;
}

static enum err_code check_response(const json_t *response, size_t index, struct err *err)
{
    const json_t *status = json_object_get(response, "status"), *content = json_object_get(response, "content");
    const json_t *encoding = json_object_get(content, "encoding");
    if (!json_is_integer(status) || json_integer_value(status) < -1 || json_integer_value(status) > 999)
        return bad(err, index, "response.status", "a number from -1 to 999");
    if (!is_header_list(json_object_get(response, "headers")))
        return bad(err, index, "response.headers", "a list of names and values");
    if (content && !json_is_object(content))
        return bad(err, index, "response.content", "an object");
    if (encoding && !json_is_null(encoding) && !slice_equal(har_text(content, "encoding"), SLICE("base64")) &&
        har_text(content, "encoding").len)
        return bad(err, index, "response.content.encoding", "base64, which alone is known");
    return ERR_OK;
}

static enum err_code check_entry(struct har *har, size_t index, struct err *err)
{
    const json_t *entry = har_entry(har, index), *time = json_object_get(entry, "time");
    double ms = json_number_value(time);
    if (!json_is_object(entry))
        return err_set(err, ERR_INPUT, "log.entries[%zu] is not an object", index);
    if (!har_time_parse(har_text(entry, "startedDateTime"), &har->started_us[index]))
        return bad(err, index, "startedDateTime", "an instant as ISO 8601 has it");
    har->ended_us[index] = har->started_us[index] + (ms > 0 && ms < YEARS_US / 1000 ? (int64_t)(ms * 1000) : 0);
    if (!json_is_object(json_object_get(entry, "request")) || !json_is_object(json_object_get(entry, "response")))
        return bad(err, index, json_is_object(json_object_get(entry, "request")) ? "response" : "request", "an object");
    TRY(check_request(json_object_get(entry, "request"), index, err));
    return check_response(json_object_get(entry, "response"), index, err);
}

static enum err_code check(struct har *har, struct err *err)
{
    const json_t *entries = json_object_get(json_object_get(har->root, "log"), "entries");
    if (!json_is_array(entries))
        return err_set(err, ERR_INPUT, "it is no HAR: an HTTP Archive is JSON with log.entries");
    har->count = json_array_size(entries);
    if (har->count == 0 || har->count > HAR_ENTRIES_MAX)
        return err_set(err, ERR_INPUT, "log.entries holds %s", har->count ? "more than can be taken" : "nothing");
    har->started_us = calloc(har->count, sizeof *har->started_us);
    har->ended_us = calloc(har->count, sizeof *har->ended_us);
    if (!har->started_us || !har->ended_us)
        return err_set(err, ERR_ENV, "out of memory");
    for (size_t i = 0; i < har->count; i++) {
        TRY(check_entry(har, i, err));
        har->first_us = i == 0 || har->started_us[i] < har->first_us ? har->started_us[i] : har->first_us;
    }
    return har_site(har).len ? ERR_OK : err_set(err, ERR_INPUT, "log.entries: none of the requests is of http or https");
}

enum err_code har_open(struct slice text, struct har *ret_har, struct err *err)
{
    static const struct json_in_limits limits = {.text_bytes_max = HAR_TEXT_MAX, .memory_bytes_max = 4 * HAR_TEXT_MAX, .allow_nul = true};
    static const struct slice mark = SLICE("\xef\xbb\xbf"); /* Windows' editors begin files with it */
    *ret_har = (struct har){0};
    if (slice_starts(text, mark))
        text = (struct slice){text.ptr + mark.len, text.len - mark.len};
    TRY(json_in_parse(text, &limits, &ret_har->root, err));
    return check(ret_har, err);
}

void har_close(struct har *har)
{
    json_decref(har->root);
    free(har->started_us);
    free(har->ended_us);
    *har = (struct har){0};
}

static struct slice site_of(struct slice url)
{
    const char *host = slice_find(url, SLICE("://"));
    size_t end = host ? (size_t)(host - url.ptr) + 3 : url.len;
    while (end < url.len && !memchr("/?#", url.ptr[end], 3))
        end++;
    return (struct slice){url.ptr, end};
}

struct slice har_site(const struct har *har)
{
    struct slice first = SLICE_NONE;
    for (size_t i = 0; i < har->count; i++) {
        const json_t *entry = har_entry(har, i);
        struct slice url = har_text(json_object_get(entry, "request"), "url"), type = har_text(entry, "_resourceType");
        if (!is_http(url))
            continue;
        first = first.len ? first : site_of(url);
        if (type.len == 8 && (type.ptr[0] | 0x20) == 'd') /* Document, document */
            return site_of(url);
    }
    return first;
}
