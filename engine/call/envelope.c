#include "engine/call/envelope.h"

#include "engine/base/json_in.h"
#include "engine/base/surrogate.h"

#include <jansson.h>

/* Words and nonces may reach the event log or a command: letters, digits and
   a little punctuation only. */
static bool copy_word(const json_t *text, size_t size, char *ret_word)
{
    if (!json_is_string(text) || json_string_length(text) >= size || strlen(json_string_value(text)) != json_string_length(text))
        return false;
    for (const char *c = json_string_value(text); *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '-'))
            return false;
    memcpy(ret_word, json_string_value(text), json_string_length(text) + 1);
    return true;
}

/* The names of kinds have a '_' besides. */
static bool copy_kind(const json_t *name, char ret_kind[ANSWER_WORD_MAX])
{
    enum kind kind;
    if (!json_is_string(name) || !kind_parse(slice_of(json_string_value(name)), &kind))
        return false;
    memcpy(ret_kind, kind_name(kind), strlen(kind_name(kind)) + 1);
    return true;
}

static json_t *parse(struct slice text)
{
    static const struct json_in_limits limits = {JSON_IN_TEXT_BYTES_MAX, JSON_IN_MEMORY_BYTES_MAX, .allow_nul = true};
    struct json_in_fault fault;
    struct str scratch CLEANUP_STR;
    str_init(&scratch, JSON_IN_TEXT_BYTES_MAX);
    return json_in_try(surrogates_repaired(text, &scratch), &limits, &fault);
}

/* The members of a value that are a yes or no, or a short word. */
static void read_values(const json_t *value, struct answer *answer)
{
    const char *name;
    json_t *member;
    if (!json_is_object(value))
        return;
    json_object_foreach((json_t *)value, name, member)
    {
        struct answer_value *slot = &answer->values[answer->value_count];
        bool is_flag = json_is_boolean(member);
        if (answer->value_count == ANSWER_VALUES_MAX || strlen(name) >= sizeof slot->name)
            continue;
        *slot = (struct answer_value){.flag = json_is_true(member)};
        if (!is_flag && (!copy_word(member, sizeof slot->word, slot->word) || !slot->word[0]))
            continue;
        memcpy(slot->name, name, strlen(name) + 1);
        answer->value_count++;
    }
}

static void read_failure(const json_t *root, struct answer *answer)
{
    if (!copy_kind(json_object_get(root, "kind"), answer->kind))
        memcpy(answer->kind, "unknown", sizeof "unknown");
    if (!copy_word(json_object_get(root, "what"), sizeof answer->what, answer->what))
        answer->what[0] = '\0';
}

void envelope_parse(struct slice text, struct answer *ret_answer)
{
    *ret_answer = (struct answer){.kind = "unknown", .unreadable = true};
    json_auto_t *root = parse(text);
    const json_t *ok = json_object_get(root, "ok");
    const json_t *clock = json_object_get(root, "clock");
    const char *session = json_string_value(json_object_get(root, "session"));
    struct answer a = {.valid = true};
    if (!json_is_boolean(ok) || !json_is_integer(clock) || !session ||
        !copy_word(json_object_get(root, "nonce"), sizeof a.nonce, a.nonce))
        return;
    a.clock_ms = json_integer_value(clock);
    a.expired = strcmp(session, "expired") == 0;
    a.unreadable = json_is_true(json_object_get(root, "unreadable"));
    if (json_is_true(ok))
        read_values(json_object_get(root, "value"), &a);
    else
        read_failure(root, &a);
    *ret_answer = a;
}
