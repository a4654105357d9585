#include "recorder/secrets.h"

#include "engine/base/json_in.h"
#include "engine/base/surrogate.h"
#include "recorder/cursor.h"
#include "recorder/entry.h"

#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

/* Where cookie values are met. A message is parsed only when the word "ookie" is in
   it, which is a dozen messages a visit, and not when that is the Cookie header of the
   one before again; a lone surrogate, which jansson refuses, is made a replacement
   character in a copy first. */

static struct slice trimmed(struct slice text)
{
    while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text.ptr++;
        text.len--;
    }
    while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    return text;
}

/* The part before the next stop; rest moves behind it. */
static struct slice take_part(struct slice *rest, char stop)
{
    const char *end = rest->len ? memchr(rest->ptr, stop, rest->len) : NULL;
    struct slice part = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    size_t taken = part.len + (end ? 1 : 0);
    rest->ptr += taken;
    rest->len -= taken;
    return part;
}

static void learn_pair(struct secrets *secrets, struct slice pair)
{
    struct slice value = trimmed(pair);
    struct slice name = take_part(&value, '=');
    secrets_learn(secrets, name, value);
}

void secrets_learn_cookie(struct secrets *secrets, struct slice header)
{
    while (header.len)
        learn_pair(secrets, take_part(&header, ';'));
}

void secrets_learn_set_cookie(struct secrets *secrets, struct slice header)
{
    while (header.len) {
        struct slice line = take_part(&header, '\n');
        learn_pair(secrets, take_part(&line, ';'));
    }
}

static bool is_named(struct slice name, const char *want)
{
    return name.len == strlen(want) && strncasecmp(name.ptr, want, name.len) == 0;
}

static void learn_header(struct secrets *secrets, struct slice name, struct slice value)
{
    if (is_named(name, "cookie"))
        secrets_learn_cookie(secrets, value);
    else if (is_named(name, "set-cookie"))
        secrets_learn_set_cookie(secrets, value);
}

void secrets_learn_headers(struct secrets *secrets, const struct wire_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        learn_header(secrets, headers[i].name, headers[i].value);
}

static struct slice text_of(const json_t *value)
{
    return (struct slice){json_string_value(value), json_string_length(value)};
}

/* {"name":..,"value":..}: a header of a list, or with a domain a cookie. */
static void learn_named(struct secrets *secrets, json_t *object)
{
    json_t *name = json_object_get(object, "name"), *value = json_object_get(object, "value");
    if (!json_is_string(name) || !json_is_string(value))
        return;
    if (json_is_string(json_object_get(object, "domain")))
        secrets_learn(secrets, text_of(name), text_of(value));
    else
        learn_header(secrets, text_of(name), text_of(value));
}

#define WALK_DEPTH_MAX 64

static void walk(struct secrets *secrets, json_t *value, int depth)
{
    if (depth > WALK_DEPTH_MAX)
        return;
    if (json_is_array(value)) {
        size_t index;
        json_t *item;
        json_array_foreach(value, index, item) walk(secrets, item, depth + 1);
        return;
    }
    if (!json_is_object(value))
        return;
    const char *key;
    json_t *member;
    learn_named(secrets, value);
    json_object_foreach(value, key, member)
    {
        if (json_is_string(member))
            learn_header(secrets, slice_of(key), text_of(member));
        else
            walk(secrets, member, depth + 1);
    }
}

static json_t *parse_repaired(struct slice message)
{
    CLEANUP_STR struct str scratch;
    str_init(&scratch, ENTRY_LINE_MAX);
    struct slice repaired = surrogates_repaired(message, &scratch);
    return repaired.len ? json_in_load(repaired, JSON_ALLOW_NUL, NULL) : NULL;
}

/* Without a parser: what stands in quotes behind a word that ends in "ookie". For a
   message that is no JSON, or that there was no memory to parse. */
static void learn_by_position(struct secrets *secrets, struct slice message)
{
    const char *at;
    while ((at = slice_find(message, SLICE("ookie\""))) != NULL) {
        struct slice rest = {at + 6, message.len - (size_t)(at + 6 - message.ptr)}, value;
        message = rest;
        if (!cursor_skip(&rest, SLICE(":")) && !cursor_skip(&rest, SLICE(",\"value\":")))
            continue;
        if (!cursor_quoted(&rest, &value))
            continue;
        secrets_learn_cookie(secrets, value);
        secrets_learn_set_cookie(secrets, value);
    }
}

/* The Cookie header, as it is escaped, of a message that has no other word of cookies. */
static bool sole_header(struct slice message, struct slice *ret_header)
{
    static const struct slice word = SLICE("ookie"), key = SLICE("\"Cookie\":");
    const char *at = slice_find(message, key);
    if (!at || slice_find((struct slice){message.ptr, (size_t)(at - message.ptr)}, word))
        return false;
    struct slice header, rest = {at + key.len, message.len - (size_t)(at + key.len - message.ptr)};
    if (!cursor_quoted(&rest, &header) || slice_find(rest, word))
        return false;
    *ret_header = header;
    return true;
}

void secrets_learn_message(struct secrets *secrets, struct slice message)
{
    struct slice header = SLICE_NONE;
    if (!slice_find(message, SLICE("ookie")))
        return;
    if (sole_header(message, &header) && header.len && slice_equal(header, str_slice(&secrets->header)))
        return;
    json_auto_t *root = json_in_load(message, JSON_ALLOW_NUL, NULL);
    if (!root)
        root = parse_repaired(message);
    if (!root) {
        learn_by_position(secrets, message);
        return;
    }
    walk(secrets, root, 0);
    str_clear(&secrets->header);
    str_add(&secrets->header, header);
}

/* Learns the cookie and puts name and value first and side by side, which is where a
   short value is looked for. */
static void learn_state_cookie(struct secrets *secrets, json_t *cookies, size_t index)
{
    json_t *cookie = json_array_get(cookies, index);
    json_t *name = json_object_get(cookie, "name"), *value = json_object_get(cookie, "value");
    if (!json_is_string(name) || !json_is_string(value))
        return;
    if (secrets)
        secrets_learn(secrets, text_of(name), text_of(value));
    json_t *ordered = json_object();
    json_object_set(ordered, "name", name);
    json_object_set(ordered, "value", value);
    json_object_update_missing(ordered, cookie);
    json_array_set_new(cookies, index, ordered);
}

enum err_code secrets_mask_state(struct secrets *secrets, struct slice state, struct str *out, struct err *err)
{
    json_error_t error;
    json_auto_t *root = json_in_load(state, JSON_REJECT_DUPLICATES, &error);
    json_t *cookies = json_object_get(root, "cookies");
    if (!json_is_array(cookies))
        return err_set(err, ERR_INPUT, "the state is no storage state: it has no list of cookies");
    for (size_t i = 0; i < json_array_size(cookies); i++)
        learn_state_cookie(secrets, cookies, i);
    if (json_object_get(root, "origins"))
        json_object_set_new(root, "origins", json_array());
    size_t begin = out->len;
    if (!json_in_print(root, JSON_COMPACT | JSON_PRESERVE_ORDER, out))
        return err_set(err, ERR_ENV, "there is no memory for the state, or it is over its limit");
    if (secrets)
        secrets_mask(secrets, out->ptr + begin, out->len - begin);
    str_add_char(out, '\n');
    return str_full(out) ? err_set(err, ERR_ENV, "there is no memory for the state, or it is over its limit") : ERR_OK;
}
