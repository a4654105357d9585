#include "engine/call/envelope.h"

#include "engine/base/json_in.h"
#include "engine/base/surrogate.h"

/* Words and nonces may reach the event log or a command: letters, digits and
   a little punctuation only. */
static bool copy_word(const json_t *text, size_t size, char *ret_word)
{
    if (!json_is_string(text) || json_string_length(text) >= size)
        return false;
    for (const char *c = json_string_value(text); *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '-'))
            return false;
    memcpy(ret_word, json_string_value(text), json_string_length(text) + 1);
    return true;
}

static enum kind read_kind(const json_t *root)
{
    enum kind kind;
    const json_t *name = json_object_get(root, "kind");
    if (!json_is_string(name) || !kind_parse(slice_of(json_string_value(name)), &kind))
        return KIND_UNKNOWN;
    return kind;
}

static json_t *parse(struct slice text)
{
    static const struct json_in_limits limits = {JSON_IN_TEXT_BYTES_MAX, JSON_IN_MEMORY_BYTES_MAX, .allow_nul = true};
    struct json_in_fault fault;
    struct str scratch CLEANUP_STR;
    str_init(&scratch, JSON_IN_TEXT_BYTES_MAX);
    return json_in_try(surrogates_repaired(text, &scratch), &limits, &fault);
}

void envelope_parse(struct slice text, struct envelope *ret_envelope)
{
    *ret_envelope = (struct envelope){.kind = KIND_UNKNOWN, .unreadable = true};
    json_auto_t *root = parse(text);
    const json_t *ok = json_object_get(root, "ok");
    const json_t *clock = json_object_get(root, "clock");
    const char *session = json_string_value(json_object_get(root, "session"));
    struct envelope e = {.valid = true};
    if (!json_is_boolean(ok) || !json_is_integer(clock) || !session ||
        !copy_word(json_object_get(root, "nonce"), sizeof e.nonce, e.nonce))
        return;
    e.clock_ms = json_integer_value(clock);
    e.expired = strcmp(session, "expired") == 0;
    e.unreadable = json_is_true(json_object_get(root, "unreadable"));
    if (json_is_true(ok))
        e.value = json_incref(json_object_get(root, "value"));
    else
        e.kind = read_kind(root);
    if (!json_is_true(ok) && !copy_word(json_object_get(root, "what"), sizeof e.what, e.what))
        e.what[0] = '\0';
    *ret_envelope = e;
}
