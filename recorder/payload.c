#include "recorder/payload.h"

#include "engine/base/json_out.h"
#include "recorder/text.h"

#include <sodium.h>

/* The writing half. Messages stand raw, without a copy through the JSON writer;
   small objects go through it. Bytes that are no UTF-8 are carried as base64: a
   replay must hand out exactly what came in. */

void payload_digest(struct slice bytes, char ret_text[BULK_DIGEST_TEXT])
{
    unsigned char digest[32];
    crypto_generichash(digest, sizeof digest, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
    sodium_bin2hex(ret_text, BULK_DIGEST_TEXT, digest, sizeof digest);
}

static void add_digest(struct json_out *json, struct slice bytes)
{
    char digest[BULK_DIGEST_TEXT];
    payload_digest(bytes, digest);
    json_out_int(json, "size", (int64_t)bytes.len);
    json_out_text(json, "blake2b", digest);
}

void payload_add_bulk(struct str *out, const struct wire_bulk *bulk)
{
    struct json_out json;
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_text(&json, "name", bulk->name);
    json_out_text(&json, "as", bulk->encoding == WIRE_BULK_RAW ? "raw" : "base64");
    json_out_int(&json, "at", (int64_t)bulk->at);
    json_out_bool(&json, "advisory", bulk->advisory);
    add_digest(&json, bulk->bytes);
    json_out_end_object(&json);
}

struct slice payload_bulk_identity(struct slice bulk_text)
{
    const char *size = slice_find(bulk_text, SLICE(",\"size\":"));
    return size ? (struct slice){bulk_text.ptr, (size_t)(size - bulk_text.ptr)} : bulk_text;
}

/* A JSON text raw, anything else as base64. */
static void add_message(struct str *out, enum entry_kind kind, struct slice message)
{
    bool raw = text_is_json_line(message);
    entry_key(out, kind, !raw);
    if (raw) {
        str_add(out, message);
        return;
    }
    str_add_char(out, '"');
    text_add_base64(out, message);
    str_add_char(out, '"');
}

void payload_add_event(struct str *out, struct slice message)
{
    add_message(out, ENTRY_EVENT, message);
}

void payload_add_body(struct str *out, struct slice request_id, size_t size_bytes, const char *sha256, bool dropped)
{
    struct json_out json;
    entry_key(out, ENTRY_BODY, false);
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_string(&json, "requestId", request_id);
    if (sha256) {
        json_out_int(&json, "size", (int64_t)size_bytes);
        json_out_text(&json, "sha256", sha256);
        if (dropped)
            json_out_bool(&json, "dropped", true);
    }
    json_out_end_object(&json);
}

void payload_add_start(struct str *out, const struct wire_launch *launch)
{
    entry_key(out, ENTRY_START, false);
    str_add(out, launch->headed ? SLICE("{\"headed\":true}") : SLICE("{\"headed\":false}"));
}

void payload_add_send(struct str *out, struct slice message, const struct wire_bulk *bulk)
{
    if (bulk) {
        str_add(out, SLICE(",\"bulk\":"));
        payload_add_bulk(out, bulk);
    }
    add_message(out, ENTRY_SEND, message);
}

void payload_add_kill(struct str *out)
{
    entry_key(out, ENTRY_KILL, false);
    str_add(out, SLICE("{}"));
}

/* A base64 string, straight into the line: a copy that there is no memory for would
   be a line that says something else. */
static void add_base64(struct json_out *json, const char *key, struct slice bytes)
{
    json_out_raw(json, key, SLICE("\""));
    text_add_base64(json->out, bytes);
    str_add_char(json->out, '"');
}

/* [name, value], or [base64 of name, base64 of value, "base64"]. */
static void add_header(struct json_out *json, const struct wire_header *header)
{
    bool text = text_is_utf8(header->name) && text_is_utf8(header->value);
    json_out_array(json, NULL);
    if (text) {
        json_out_string(json, NULL, header->name);
        json_out_string(json, NULL, header->value);
    } else {
        add_base64(json, NULL, header->name);
        add_base64(json, NULL, header->value);
        json_out_text(json, NULL, "base64");
    }
    json_out_end_array(json);
}

static void add_headers(struct json_out *json, const struct wire_header *headers, size_t count)
{
    json_out_array(json, "headers");
    for (size_t i = 0; i < count; i++)
        add_header(json, &headers[i]);
    json_out_end_array(json);
}

/* U+2028 and U+2029 come out escaped and DEL too: reading undoes it. */
static void add_text(struct json_out *json, const char *key, const char *key64, struct slice text)
{
    if (text_is_utf8(text)) {
        json_out_string(json, key, text);
        return;
    }
    add_base64(json, key64, text);
}

void payload_add_http_out(struct str *out, uint32_t id, const struct wire_request *request)
{
    struct json_out json;
    entry_key(out, ENTRY_HTTP_OUT, false);
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_int(&json, "id", id);
    add_text(&json, "method", "method64", request->method);
    add_text(&json, "url", "url64", request->url);
    add_headers(&json, request->headers, request->header_count);
    json_out_int(&json, "timeout", request->timeout.us);
    json_out_object(&json, "body");
    add_digest(&json, request->body);
    json_out_end_object(&json);
    json_out_end_object(&json);
}

void payload_add_commit(struct str *out, uint32_t id, struct slice record)
{
    struct json_out json;
    entry_key(out, ENTRY_COMMIT, false);
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_int(&json, "id", id);
    if (text_is_one_line(record)) {
        json_out_raw(&json, "record", SLICE("{"));
        str_add(out, record);
        str_add_char(out, '}');
    } else {
        add_text(&json, "text", "text64", record);
    }
    json_out_end_object(&json);
}

void payload_add_lock(struct str *out, uint32_t id, struct slice name)
{
    struct json_out json;
    entry_key(out, ENTRY_LOCK, false);
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_int(&json, "id", id);
    add_text(&json, "name", "name64", name);
    json_out_end_object(&json);
}

static void add_http(struct str *out, const struct wire_response *http)
{
    static const char *const states[] = {"not_sent", "sent", "answered"};
    static const char *const failures[] = {
#define X(id, name, sentence) [id] = name,
#include "engine/world/wire_http.def"
#undef X
    };
    struct json_out json;
    entry_key(out, ENTRY_HTTP, false);
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_int(&json, "id", http->id);
    json_out_text(&json, "state", states[http->state]);
    json_out_text(&json, "failure", failures[http->failure]);
    json_out_int(&json, "status", http->status);
    add_headers(&json, http->headers, http->header_count);
    add_text(&json, "body", "body64", http->body);
    json_out_end_object(&json);
}

/* The value of a kind that is one object of small numbers, or a number alone:
   before, number, after. */
static void add_small(struct str *out, enum entry_kind kind, const char *before, int64_t number, const char *after)
{
    entry_key(out, kind, false);
    str_add_text(out, before);
    str_add_i64(out, number);
    str_add_text(out, after);
}

void payload_add_item(struct str *out, const struct wire_item *item)
{
    switch (item->kind) {
    case WIRE_BYTES: add_message(out, ENTRY_BYTES, item->bytes); return;
    case WIRE_EOF: add_small(out, ENTRY_EOF, "{\"dropped\":", (int64_t)item->eof.dropped_bytes, "}"); return;
    case WIRE_EXIT:
        add_small(out, ENTRY_EXIT, item->exit.signaled ? "{\"signaled\":true,\"code\":" : "{\"signaled\":false,\"code\":",
                  item->exit.code, "}");
        return;
    case WIRE_HTTP: add_http(out, item->http); return;
    case WIRE_SIGNAL: add_small(out, ENTRY_SIGNAL, "", item->signal, ""); return;
    case WIRE_WAKE: add_small(out, ENTRY_WAKE, "", item->asked.us, ""); return;
    case WIRE_IO:
        add_small(out, ENTRY_IO, "{\"id\":", item->io.id, ",\"error\":");
        str_add_i64(out, item->io.error);
        str_add_char(out, '}');
        return;
    case WIRE_REFUSED: add_small(out, ENTRY_REFUSED, "", item->refused, ""); return;
    }
}
