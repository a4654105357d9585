/* One CDP message of any bytes: what its two ends say must be what its JSON says,
   and a repair must not change a message that needs none. */
#include "engine/browser/message.h"
#include "engine/browser/parse.h"

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
    json_auto_t *plain = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (plain && any.root)
        ASSERT(json_equal(plain, any.root));
    message_fini(&any);
    return 0;
}
