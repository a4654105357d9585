/* One entry after the other into one text. Field by field as the format has them
   (http://www.softwareishard.com/blog/har-12-spec), with the extensions that Chromium writes
   where they fit: _resourceType, _error. */
#include "recorder/har/har_write.h"

#include "engine/base/json_out.h"
#include "recorder/har/har_time.h"
#include "recorder/text.h"

#include <strings.h>

static const char *const sentences[] = {
#define X(id, name, sentence) [id] = sentence,
#include "recorder/har/har_loss.def"
#undef X
};

const char *har_loss_sentence(enum har_loss loss)
{
    return sentences[loss];
}

struct writing {
    const struct recording *recording;
    const struct traffic *traffic;
    struct json_out json;
    struct str *out;
    struct str body, text;
    struct har_report report;
};

static void lose(struct writing *w, enum har_loss loss)
{
    w->report.losses[loss]++;
}

/* "http/1.1" and "h2", as the browser says them. */
static struct slice version_of(struct slice protocol)
{
    if (slice_equal(protocol, SLICE("h2")))
        return SLICE("HTTP/2");
    if (slice_equal(protocol, SLICE("h3")))
        return SLICE("HTTP/3");
    return slice_equal(protocol, SLICE("http/1.0")) ? SLICE("HTTP/1.0") : SLICE("HTTP/1.1");
}

static void add_pair(struct writing *w, struct slice name, struct slice value)
{
    json_out_object(&w->json, NULL);
    json_out_string(&w->json, "name", name);
    json_out_string(&w->json, "value", value);
    json_out_end_object(&w->json);
}

static void add_headers(struct writing *w, const struct traffic_headers *headers)
{
    json_out_array(&w->json, "headers");
    for (size_t i = 0; i < headers->count; i++)
        add_pair(w, headers->list[i].name, headers->list[i].value);
    json_out_end_array(&w->json);
    if (headers->count >= TRAFFIC_HEADERS_MAX)
        lose(w, HAR_LOSS_HEADERS);
}

static struct slice part(struct slice *rest, char stop)
{
    const char *end = rest->len ? memchr(rest->ptr, stop, rest->len) : NULL;
    struct slice taken = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    *rest = end ? (struct slice){end + 1, rest->len - taken.len - 1} : SLICE("");
    return taken;
}

/* "a=1; b=2": what stands between equal signs and semicolons. */
static void add_cookies(struct writing *w, const struct traffic_headers *headers, const char *header, bool only_first)
{
    size_t len = strlen(header);
    json_out_array(&w->json, "cookies");
    for (size_t i = 0; i < headers->count; i++) {
        struct slice rest = headers->list[i].value;
        if (headers->list[i].name.len != len || strncasecmp(headers->list[i].name.ptr, header, len) != 0)
            continue;
        do {
            struct slice value = part(&rest, ';');
            struct slice name = part(&value, '=');
            while (name.len && name.ptr[0] == ' ')
                name = (struct slice){name.ptr + 1, name.len - 1};
            if (name.len)
                add_pair(w, name, value);
        } while (rest.len && !only_first);
    }
    json_out_end_array(&w->json);
}

static struct slice query_of(struct slice url)
{
    struct slice rest = url;
    struct slice whole = part(&rest, '#');
    (void)part(&whole, '?');
    return whole;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = memchr(digits, c, sizeof digits - 1);
    return !at ? -1 : (int)(at - digits) < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

static void add_decoded(struct str *out, struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        int high = i + 2 < value.len && c == '%' ? hex_digit(value.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(value.ptr[i + 2]) : -1;
        if (low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        str_add_char(out, low < 0 && c == '+' ? ' ' : c);
    }
}

static void add_query(struct writing *w, struct slice url)
{
    struct slice rest = query_of(url);
    json_out_array(&w->json, "queryString");
    while (rest.len) {
        struct slice value = part(&rest, '&');
        struct slice name = part(&value, '=');
        str_clear(&w->text);
        add_decoded(&w->text, name);
        size_t split = w->text.len;
        add_decoded(&w->text, value);
        add_pair(w, (struct slice){str_text(&w->text), split}, (struct slice){str_text(&w->text) + split, w->text.len - split});
    }
    json_out_end_array(&w->json);
}

/* A body that is no text has its bytes in base64, in a field of our own: the format has text
   alone here. */
static void add_posted(struct writing *w, const struct exchange *e)
{
    struct slice type = traffic_header_find(&e->asked, "content-type");
    bool is_plain = text_is_utf8(e->posted) && (e->posted.len == 0 || !memchr(e->posted.ptr, '\0', e->posted.len));
    json_out_object(&w->json, "postData");
    json_out_string(&w->json, "mimeType", type.ptr ? type : SLICE(""));
    json_out_string(&w->json, "text", is_plain ? e->posted : SLICE(""));
    if (!is_plain) {
        str_clear(&w->text);
        text_add_base64(&w->text, e->posted);
        json_out_string(&w->json, "_base64", str_slice(&w->text));
    }
    json_out_end_object(&w->json);
}

static void add_request(struct writing *w, const struct exchange *e)
{
    json_out_object(&w->json, "request");
    json_out_string(&w->json, "method", e->method);
    json_out_string(&w->json, "url", e->url);
    json_out_string(&w->json, "httpVersion", version_of(e->protocol));
    add_cookies(w, &e->asked, "cookie", false);
    add_headers(w, &e->asked);
    add_query(w, e->url);
    json_out_int(&w->json, "headersSize", -1);
    json_out_int(&w->json, "bodySize", e->has_posted ? (e->posted_known ? (int64_t)e->posted.len : -1) : 0);
    if (e->has_posted && e->posted_known)
        add_posted(w, e);
    json_out_end_object(&w->json);
    if (!e->posted_known)
        lose(w, HAR_LOSS_POSTED);
}

/* After its headers came: what of the body there was, nobody knows. */
static bool is_given_up(const struct exchange *e)
{
    return e->has_answer && e->end == TRAFFIC_CANCELED;
}

static enum err_code load_body(struct writing *w, const struct exchange *e, bool *ret_known, struct err *err)
{
    const struct exchange *whole = traffic_with_body(w->traffic, e);
    str_clear(&w->body);
    *ret_known = whole || !(traffic_expects_body(e) || is_given_up(e));
    return whole ? traffic_body(&w->recording->store, whole->sha256, &w->body, err) : ERR_OK;
}

static void add_content(struct writing *w, const struct exchange *e, bool is_known)
{
    struct slice type = traffic_header_find(&e->answered, "content-type"), body = str_slice(&w->body);
    bool is_plain = text_is_utf8(body) && (body.len == 0 || !memchr(body.ptr, '\0', body.len));
    json_out_object(&w->json, "content");
    json_out_int(&w->json, "size", is_known ? (int64_t)body.len : -1);
    json_out_string(&w->json, "mimeType", type.ptr ? type : e->mime.len ? e->mime : SLICE("x-unknown"));
    if (is_known && is_plain)
        json_out_string(&w->json, "text", body);
    if (is_known && !is_plain) {
        str_clear(&w->text);
        text_add_base64(&w->text, body);
        json_out_string(&w->json, "text", str_slice(&w->text));
        json_out_text(&w->json, "encoding", "base64");
    }
    json_out_end_object(&w->json);
}

static enum err_code add_response(struct writing *w, const struct exchange *e, struct err *err)
{
    bool is_answered = e->has_answer && e->end != TRAFFIC_FAILED, is_known = false;
    struct slice location = traffic_header_find(&e->answered, "location");
    TRY(load_body(w, e, &is_known, err));
    json_out_object(&w->json, "response");
    json_out_int(&w->json, "status", is_answered ? e->status : 0);
    json_out_string(&w->json, "statusText", e->status_text.ptr ? e->status_text : SLICE(""));
    json_out_string(&w->json, "httpVersion", version_of(e->protocol));
    add_cookies(w, &e->answered, "set-cookie", true);
    add_headers(w, &e->answered);
    add_content(w, e, is_known);
    json_out_string(&w->json, "redirectURL", location.ptr ? location : SLICE(""));
    json_out_int(&w->json, "headersSize", -1);
    json_out_int(&w->json, "bodySize", -1);
    if (e->end == TRAFFIC_FAILED || is_given_up(e))
        json_out_string(&w->json, "_error", e->failure);
    if (!is_known)
        json_out_bool(&w->json, "_bodyMissing", true);
    json_out_end_object(&w->json);
    if (!is_known)
        lose(w, is_given_up(e) ? HAR_LOSS_GIVEN_UP : e->body_dropped ? HAR_LOSS_DROPPED : HAR_LOSS_BODY);
    return ERR_OK;
}

static int64_t ms_between(int64_t from_us, int64_t to_us)
{
    return from_us && to_us > from_us ? (to_us - from_us) / 1000 : 0;
}

static int64_t wall_of(const struct writing *w, const struct exchange *e)
{
    return e->asked_wall_us ? e->asked_wall_us : w->recording->manifest.wall_us;
}

static void add_own(struct writing *w, const struct exchange *e)
{
    bool is_unanswered = e->end != TRAFFIC_FAILED && !e->has_answer;
    if (e->type.len)
        json_out_string(&w->json, "_resourceType", e->type);
    json_out_string(&w->json, "_mark", e->mark);
    if (e->from_cache)
        json_out_text(&w->json, "_fromCache", "disk");
    if (is_unanswered || is_given_up(e))
        json_out_bool(&w->json, "_unanswered", true);
    if (!e->posted_known)
        json_out_bool(&w->json, "_postedMissing", true);
    if (is_unanswered)
        lose(w, HAR_LOSS_UNANSWERED);
    if (e->end == TRAFFIC_FAILED)
        lose(w, HAR_LOSS_FAILED);
}

/* As a browser writes an address of IPv6. */
static struct slice without_brackets(struct slice address)
{
    return address.ptr[0] == '[' ? (struct slice){address.ptr + 1, address.len - 2} : address;
}

static enum err_code add_entry(struct writing *w, const struct exchange *e, struct err *err)
{
    char started[HAR_TIME_SIZE];
    int64_t wait_ms = ms_between(e->asked_us, e->answered_us), receive_ms = ms_between(e->answered_us, e->ended_us);
    har_time_format(wall_of(w, e), started);
    json_out_object(&w->json, NULL);
    json_out_text(&w->json, "pageref", "page_1");
    json_out_text(&w->json, "startedDateTime", started);
    json_out_int(&w->json, "time", wait_ms + receive_ms);
    add_request(w, e);
    TRY(add_response(w, e, err));
    json_out_object(&w->json, "cache");
    json_out_end_object(&w->json);
    json_out_object(&w->json, "timings");
    json_out_int(&w->json, "send", 0);
    json_out_int(&w->json, "wait", wait_ms);
    json_out_int(&w->json, "receive", receive_ms);
    json_out_end_object(&w->json);
    if (e->address.len > 2)
        json_out_string(&w->json, "serverIPAddress", without_brackets(e->address));
    add_own(w, e);
    json_out_end_object(&w->json);
    w->report.entries++;
    return ERR_OK;
}

static bool is_http(struct slice url)
{
    return slice_starts(url, SLICE("http://")) || slice_starts(url, SLICE("https://"));
}

static void add_named(struct writing *w, const char *key, struct slice name, struct slice version)
{
    json_out_object(&w->json, key);
    json_out_string(&w->json, "name", name);
    json_out_string(&w->json, "version", version);
    json_out_end_object(&w->json);
}

/* One page for all: frames come and go, the document at the top stays. */
static void add_head(struct writing *w, const char *version)
{
    char started[HAR_TIME_SIZE];
    struct slice product = slice_of(w->recording->manifest.browser);
    struct slice name = part(&product, '/');
    json_out_text(&w->json, "version", "1.2");
    add_named(w, "creator", SLICE("revisit"), slice_of(version));
    if (name.len)
        add_named(w, "browser", name, product);
    har_time_format(w->traffic->count ? wall_of(w, &w->traffic->list[0]) : w->recording->manifest.wall_us, started);
    json_out_array(&w->json, "pages");
    json_out_object(&w->json, NULL);
    json_out_text(&w->json, "startedDateTime", started);
    json_out_text(&w->json, "id", "page_1");
    json_out_text(&w->json, "title", "");
    json_out_object(&w->json, "pageTimings");
    json_out_end_object(&w->json);
    json_out_end_object(&w->json);
    json_out_end_array(&w->json);
}

static enum err_code add_log(struct writing *w, const char *version, struct err *err)
{
    json_out_init(&w->json, w->out);
    json_out_object(&w->json, NULL);
    json_out_object(&w->json, "log");
    add_head(w, version);
    json_out_array(&w->json, "entries");
    for (size_t i = 0; i < w->traffic->count && !str_full(w->out); i++)
        if (is_http(w->traffic->list[i].url)) {
            str_add_char(w->out, '\n');
            TRY(add_entry(w, &w->traffic->list[i], err));
        }
    json_out_end_array(&w->json);
    json_out_end_object(&w->json);
    json_out_end_object(&w->json);
    str_add_char(w->out, '\n');
    return str_full(w->out) ? err_set(err, ERR_INPUT, "over the limit: as a HAR it has more than %zu MiB", HAR_BYTES_MAX >> 20) : ERR_OK;
}

enum err_code har_write(const struct recording *recording, const struct traffic *traffic, const char *version, struct str *out,
                        struct har_report *ret_report, struct err *err)
{
    struct writing w = {.recording = recording, .traffic = traffic, .out = out};
    str_init(&w.body, TRAFFIC_BODY_MAX);
    str_init(&w.text, 2 * TRAFFIC_BODY_MAX);
    enum err_code code = add_log(&w, version, err);
    w.report.losses[HAR_LOSS_SOCKET] = traffic->sockets;
    w.report.losses[HAR_LOSS_STREAM] = traffic->streamed;
    *ret_report = w.report;
    str_fini(&w.body);
    str_fini(&w.text);
    return code;
}
