/* Asked and answered become events of their instants, in one order: a request that was under
   way with another stays so. Cookie values are learned from all of them before the first is
   written. */
#include "recorder/har/har_import.h"

#include "engine/base/json_out.h"
#include "recorder/entry.h"
#include "recorder/payload.h"
#include "recorder/secrets.h"
#include "recorder/text.h"
#include "recorder/traffic/traffic.h"
#include "recorder/writer.h"

#include <stdlib.h>
#include <strings.h>

struct moment {
    int64_t us;
    size_t index;
    bool is_end;
};

struct importing {
    const struct har *har;
    const struct har_import *options;
    struct writer writer;
    struct secrets secrets;
    struct moment *moments; /* owned */
    struct str event, masked, body;
    uint64_t entries;
    struct har_import_report report;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    if (x->us != y->us)
        return x->us < y->us ? -1 : 1;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return x->is_end - y->is_end;
}

static bool is_left_out(struct slice name)
{
    return (name.len == 13 && strncasecmp(name.ptr, "authorization", 13) == 0) ||
           (name.len == 19 && strncasecmp(name.ptr, "proxy-authorization", 19) == 0);
}

static bool is_same_name(struct slice a, struct slice b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* As the browser tells them: an object, several values of one name joined by newlines. */
static void add_headers(struct json_out *j, const json_t *headers, struct str *scratch)
{
    json_out_raw(j, "headers", SLICE("{"));
    bool is_first = true;
    for (size_t i = 0; i < json_array_size(headers); i++) {
        struct slice name = har_text(json_array_get(headers, i), "name");
        bool is_told = is_left_out(name) || name.ptr[0] == ':';
        for (size_t before = 0; before < i && !is_told; before++)
            is_told = is_same_name(name, har_text(json_array_get(headers, before), "name"));
        if (is_told)
            continue;
        str_clear(scratch);
        for (size_t k = i; k < json_array_size(headers); k++) {
            const json_t *other = json_array_get(headers, k);
            if (!is_same_name(name, har_text(other, "name")))
                continue;
            if (k > i)
                str_add_char(scratch, '\n');
            str_add(scratch, har_text(other, "value"));
        }
        if (!is_first)
            str_add_char(j->out, ',');
        is_first = false;
        json_out_quote(j->out, name);
        str_add_char(j->out, ':');
        json_out_quote(j->out, str_slice(scratch));
    }
    str_add_char(j->out, '}');
}

static void add_seconds(struct json_out *j, const char *key, int64_t us)
{
    char text[48];
    ASSERT(text_format(text, sizeof text, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000)));
    json_out_raw(j, key, slice_of(text));
}

static void begin_event(struct importing *im, struct json_out *j, const char *method, size_t index, int64_t us)
{
    char id[32];
    ASSERT(text_format(id, sizeof id, "har.%zu", index + 1));
    str_clear(&im->event);
    json_out_init(j, &im->event);
    json_out_object(j, NULL);
    json_out_text(j, "method", method);
    json_out_object(j, "params");
    json_out_text(j, "requestId", id);
    add_seconds(j, "timestamp", us);
}

static void end_event(struct json_out *j)
{
    json_out_end_object(j);
    json_out_end_object(j);
}

static enum err_code add_posted(struct importing *im, struct json_out *j, const json_t *posted, struct err *err)
{
    struct slice bytes = har_text(posted, "text"), base64 = har_text(posted, "_base64"), file = har_text(posted, "_file");
    if (!json_is_object(posted))
        return ERR_OK;
    json_out_bool(j, "hasPostData", true);
    str_clear(&im->body);
    if (file.len) {
        TRY(im->options->attached(im->options->ctx, file, &im->body, err));
        bytes = str_slice(&im->body);
    } else if (base64.ptr && text_decode_base64(base64, &im->body)) {
        bytes = str_slice(&im->body);
    }
    if (!bytes.ptr)
        return ERR_OK; /* it had one, and nobody knows which */
    str_clear(&im->masked);
    text_add_base64(&im->masked, bytes);
    json_out_array(j, "postDataEntries");
    json_out_object(j, NULL);
    json_out_string(j, "bytes", str_slice(&im->masked));
    json_out_end_object(j);
    json_out_end_array(j);
    return ERR_OK;
}

static enum err_code make_asked(struct importing *im, size_t index, struct err *err)
{
    const json_t *entry = har_entry(im->har, index), *request = json_object_get(entry, "request");
    struct slice type = har_text(entry, "_resourceType");
    struct json_out j;
    begin_event(im, &j, "Network.requestWillBeSent", index, im->har->started_us[index]);
    add_seconds(&j, "wallTime", im->har->started_us[index]);
    json_out_string(&j, "type", type.len ? type : SLICE("Other"));
    json_out_object(&j, "request");
    json_out_string(&j, "url", har_text(request, "url"));
    json_out_string(&j, "method", har_text(request, "method"));
    add_headers(&j, json_object_get(request, "headers"), &im->masked);
    TRY(add_posted(im, &j, json_object_get(request, "postData"), err));
    json_out_end_object(&j);
    end_event(&j);
    return ERR_OK;
}

static bool is_failed(const json_t *response)
{
    return json_integer_value(json_object_get(response, "status")) <= 0;
}

static void make_answered(struct importing *im, size_t index)
{
    const json_t *response = json_object_get(har_entry(im->har, index), "response");
    struct json_out j;
    begin_event(im, &j, "Network.responseReceived", index, im->har->ended_us[index]);
    json_out_object(&j, "response");
    json_out_int(&j, "status", json_integer_value(json_object_get(response, "status")));
    json_out_string(&j, "statusText", har_text(response, "statusText"));
    json_out_string(&j, "mimeType", har_text(json_object_get(response, "content"), "mimeType"));
    add_headers(&j, json_object_get(response, "headers"), &im->masked);
    json_out_end_object(&j);
    json_out_bool(&j, "hasExtraInfo", false);
    end_event(&j);
}

static void make_failed(struct importing *im, size_t index)
{
    const json_t *entry = har_entry(im->har, index), *response = json_object_get(entry, "response");
    struct slice error = har_text(response, "_error"), other = har_text(response, "_failureText");
    struct json_out j;
    error = error.len ? error : other;
    begin_event(im, &j, "Network.loadingFailed", index, im->har->ended_us[index]);
    json_out_string(&j, "errorText", slice_starts(error, SLICE("net::")) ? error : SLICE("net::ERR_FAILED"));
    json_out_bool(&j, "canceled", json_is_true(json_object_get(entry, "_unanswered")));
    end_event(&j);
    im->report.failed++;
}

static struct entry_head next_head(struct importing *im, int64_t us, const json_t *entry)
{
    struct slice mark = har_text(entry, "_mark"), step;
    struct mark parsed;
    bool is_mark = mark.len && mark.len < MARK_TEXT_MAX && mark_parse(mark, &parsed, &step);
    return (struct entry_head){.n = ++im->entries, .at = {us - im->har->first_us}, .generation = 1, .mark = is_mark ? mark : SLICE("run")};
}

static void write_event(struct importing *im, const struct moment *moment)
{
    struct entry_head head = next_head(im, moment->us, har_entry(im->har, moment->index));
    payload_add_event(writer_network_begin(&im->writer, &head),
                      secrets_masked_message(&im->secrets, str_slice(&im->event), &im->masked));
    writer_network_end(&im->writer);
}

/* The bytes of the answer into im->body; *ret_known: there are any on record. */
static enum err_code load_body(struct importing *im, size_t index, bool *ret_known, struct err *err)
{
    const json_t *content = json_object_get(json_object_get(har_entry(im->har, index), "response"), "content");
    struct slice text = har_text(content, "text"), file = har_text(content, "_file");
    str_clear(&im->body);
    *ret_known = text.ptr || file.len || json_integer_value(json_object_get(content, "size")) == 0;
    if (file.len)
        return im->options->attached(im->options->ctx, file, &im->body, err);
    if (!slice_equal(har_text(content, "encoding"), SLICE("base64")))
        str_add(&im->body, text.ptr ? text : SLICE(""));
    else if (text.ptr && !text_decode_base64(text, &im->body))
        return err_set(err, ERR_INPUT, "log.entries[%zu].response.content.text is not base64, as its encoding says", index);
    return str_full(&im->body) ? err_set(err, ERR_INPUT, "log.entries[%zu].response.content is over the limit of %zu MiB", index,
                                         TRAFFIC_BODY_MAX >> 20)
                               : ERR_OK;
}

static enum err_code write_body(struct importing *im, const struct moment *moment, struct err *err)
{
    char sha256[FILE_SHA256_TEXT], id[32];
    bool is_known = false;
    TRY(load_body(im, moment->index, &is_known, err));
    im->report.without_body += !is_known;
    if (!is_known)
        return ERR_OK;
    ASSERT(text_format(id, sizeof id, "har.%zu", moment->index + 1));
    secrets_mask(&im->secrets, im->body.ptr, im->body.len);
    TRY(bodies_put(&im->writer.bodies, str_slice(&im->body), sha256, err));
    struct entry_head head = next_head(im, moment->us, har_entry(im->har, moment->index));
    payload_add_body(writer_network_begin(&im->writer, &head), slice_of(id), im->body.len, sha256, false);
    writer_network_end(&im->writer);
    return ERR_OK;
}

/* Given up: with its headers come, where it has a status. */
static void write_unanswered(struct importing *im, const struct moment *moment, bool has_headers)
{
    if (has_headers) {
        make_answered(im, moment->index);
        write_event(im, moment);
    }
    make_failed(im, moment->index);
    write_event(im, moment);
}

static enum err_code write_end(struct importing *im, const struct moment *moment, struct err *err)
{
    const json_t *entry = har_entry(im->har, moment->index);
    struct json_out j;
    bool has_failed = is_failed(json_object_get(entry, "response"));
    if (has_failed || json_is_true(json_object_get(entry, "_unanswered"))) {
        write_unanswered(im, moment, !has_failed);
        return ERR_OK;
    }
    make_answered(im, moment->index);
    write_event(im, moment);
    begin_event(im, &j, "Network.loadingFinished", moment->index, moment->us);
    end_event(&j);
    write_event(im, moment);
    return write_body(im, moment, err);
}

static enum err_code write_moment(struct importing *im, const struct moment *moment, struct err *err)
{
    if (moment->is_end) {
        TRY(write_end(im, moment, err));
    } else {
        TRY(make_asked(im, moment->index, err));
        write_event(im, moment);
        im->report.requests++;
    }
    return writer_flush(&im->writer, err);
}

static enum err_code learn(struct importing *im, struct err *err)
{
    for (size_t i = 0; i < im->har->count; i++) {
        TRY(make_asked(im, i, err));
        secrets_learn_message(&im->secrets, str_slice(&im->event));
        make_answered(im, i);
        secrets_learn_message(&im->secrets, str_slice(&im->event));
    }
    return im->secrets.full ? err_set(err, ERR_INPUT, "there are too many cookie values to keep out of the recording") : ERR_OK;
}

static enum err_code sort_moments(struct importing *im, struct err *err)
{
    im->moments = calloc(im->har->count, 2 * sizeof *im->moments);
    if (!im->moments)
        return err_set(err, ERR_ENV, "out of memory");
    for (size_t i = 0; i < im->har->count; i++) {
        im->moments[2 * i] = (struct moment){im->har->started_us[i], i, false};
        im->moments[2 * i + 1] = (struct moment){im->har->ended_us[i], i, true};
    }
    qsort(im->moments, 2 * im->har->count, sizeof *im->moments, by_time);
    return ERR_OK;
}

static enum err_code open_writer(struct importing *im, struct err *err)
{
    const struct har_import *options = im->options;
    struct manifest manifest;
    struct writer_inputs inputs = {.state = SLICE("{\"cookies\":[],\"origins\":[]}\n")};
    manifest_init(&manifest);
    manifest.network = manifest.network_only = true;
    manifest.wall_us = im->har->first_us;
    str_add(&manifest.settings, options->settings);
    bool fits = text_format(manifest.engine, sizeof manifest.engine, "%s", options->engine) &&
                text_format(manifest.page_name, sizeof manifest.page_name, "none") &&
                text_format(manifest.redaction, sizeof manifest.redaction, "cookies");
    payload_digest(SLICE(""), manifest.page_digest);
    enum err_code code = fits ? writer_open(&im->writer, options->dir, &manifest, &inputs, err) : err_set(err, ERR_INTERNAL, "no room");
    manifest_fini(&manifest);
    return code;
}

static enum err_code write_all(struct importing *im, struct err *err)
{
    enum err_code code = ERR_OK;
    TRY(learn(im, err));
    TRY(sort_moments(im, err));
    TRY(open_writer(im, err));
    for (size_t i = 0; code == ERR_OK && i < 2 * im->har->count; i++)
        code = write_moment(im, &im->moments[i], err);
    if (code == ERR_OK)
        return writer_close(&im->writer, MANIFEST_CLOSED, err);
    writer_abandon(&im->writer);
    return code;
}

enum err_code har_import(const struct har *har, const struct har_import *options, struct har_import_report *ret_report, struct err *err)
{
    struct importing *im = calloc(1, sizeof *im);
    if (!im)
        return err_set(err, ERR_ENV, "out of memory");
    im->har = har;
    im->options = options;
    secrets_init(&im->secrets);
    str_init(&im->event, ENTRY_LINE_MAX);
    str_init(&im->masked, ENTRY_LINE_MAX);
    str_init(&im->body, TRAFFIC_BODY_MAX);
    enum err_code code = write_all(im, err);
    *ret_report = im->report;
    secrets_fini(&im->secrets);
    str_fini(&im->event);
    str_fini(&im->masked);
    str_fini(&im->body);
    free(im->moments);
    free(im);
    return code;
}
