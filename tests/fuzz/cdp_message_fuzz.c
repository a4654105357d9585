/* One CDP message of any bytes: what its two ends say must be what its JSON says, what
   is read of an answer or a paused request by its places too, and a repair must not change a message
   that needs none. */
#include "engine/browser/answer.h"
#include "engine/browser/message.h"
#include "engine/browser/parse.h"
#include "engine/browser/paused.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice text_of(const json_t *root, const char *key)
{
    const json_t *text = json_object_get(root, key);
    return json_is_string(text) ? (struct slice){json_string_value(text), json_string_length(text)} : SLICE_NONE;
}

static void check_ends(const struct message *ends, const json_t *root)
{
    if (ends->kind == MESSAGE_REPLY)
        ASSERT(json_integer_value(json_object_get(root, "id")) == ends->id);
    else
        ASSERT(slice_equal(text_of(root, "method"), ends->method));
    if (ends->session.len)
        ASSERT(slice_equal(text_of(root, "sessionId"), ends->session));
}

static void check_answer(struct slice text, const json_t *root)
{
    struct str CLEANUP_STR answer;
    const json_t *result = json_object_get(json_object_get(root, "result"), "result");
    str_init(&answer, PARSE_BYTES_MAX);
    if (answer_read_text(text, &answer))
        ASSERT(slice_equal(text_of(result, "value"), str_slice(&answer)));
}

static void check_paused(struct slice text, const json_t *root)
{
    const json_t *params = json_object_get(root, "params"), *request = json_object_get(params, "request");
    struct str CLEANUP_STR shorter, scratch;
    struct slice id, base64;
    str_init(&shorter, PARSE_BYTES_MAX);
    str_init(&scratch, PARSE_BYTES_MAX);
    if (paused_is_harmless(text, &id)) {
        struct slice method = text_of(request, "method");
        ASSERT(slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD")) || slice_equal(method, SLICE("OPTIONS")));
        ASSERT(memchr(id.ptr, '\\', id.len) || slice_equal(text_of(params, "requestId"), id));
    }
    if (!paused_cut_body(text, &shorter, &base64))
        return;
    json_auto_t *cut = parse_json(str_slice(&shorter), &scratch);
    if (!paused_is_cut(cut))
        return;
    json_t *entries = json_object_get(request, "postDataEntries");
    ASSERT(json_array_size(entries) == 1 && slice_equal(text_of(json_array_get(entries, 0), "bytes"), base64));
    const json_t *headers = json_object_get(request, "headers");
    const json_t *kept = json_object_get(json_object_get(json_object_get(cut, "params"), "request"), "headers");
    ASSERT(headers ? json_equal(headers, kept) : !kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str CLEANUP_STR scratch;
    str_init(&scratch, PARSE_BYTES_MAX);
    struct slice text = {(const char *)data, size};
    struct message ends;
    struct message any;
    bool has_ends = message_read_ends(text, &ends);
    message_read_any(text, &scratch, &any);
    if (has_ends && any.root)
        check_ends(&ends, any.root);
    if (any.root && any.kind == MESSAGE_REPLY)
        check_answer(text, any.root);
    if (any.root)
        check_paused(text, any.root);
    json_auto_t *plain = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (plain && any.root)
        ASSERT(json_equal(plain, any.root));
    message_fini(&any);
    return 0;
}
