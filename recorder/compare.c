#include "recorder/compare.h"

#include "engine/base/json_in.h"

#include <jansson.h>

/* Method: walk both trees at once, members in the recorded order, to the first leaf
   that differs. An expression that calls a page operation is taken apart as
   __revisit.call(NAME, ARGUMENTS, OPTIONS): its arguments are JSON, so the walk goes
   on inside. Only names that the protocol or our own tables gave are quoted; a key or
   a name of another make is replaced by its place. */

#define CALL_PREFIX "__revisit.call("
#define PATH_DEPTH_MAX 32

struct difference {
    char path[DIVERGENCE_TEXT_MAX];
    char engine[DIVERGENCE_TEXT_MAX]; /* shapes */
    char recorded[DIVERGENCE_TEXT_MAX];
    struct str *text; /* borrowed; takes the recorded side's text; may be NULL */
    const struct compare_names *passed; /* members that may differ; NULL: none */
    bool passes_id;   /* the number of a message says nothing when something else differs too */
};

static json_t *parse(struct slice text)
{
    return json_in_load(text, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
}

bool compare_is_plain_name(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 48)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_'))
            return false;
    }
    return true;
}

/* [name, arguments, options] of an expression that calls a page operation; NULL for others. */
static json_t *parse_call(const json_t *expression)
{
    struct slice text = {json_string_value(expression), json_string_length(expression)};
    if (!text.ptr || !slice_starts(text, SLICE(CALL_PREFIX)) || text.ptr[text.len - 1] != ')')
        return NULL;
    size_t head = sizeof CALL_PREFIX - 1;
    CLEANUP_STR struct str list;
    str_init(&list, ENTRY_LINE_MAX);
    str_add_char(&list, '[');
    str_add(&list, (struct slice){text.ptr + head, text.len - head - 1});
    str_add_char(&list, ']');
    json_t *call = parse(str_slice(&list));
    if (json_is_array(call) && json_is_string(json_array_get(call, 0)))
        return call;
    json_decref(call);
    return NULL;
}

static void name_request(json_t *root, char *ret_name)
{
    const char *method = json_string_value(json_object_get(root, "method"));
    json_t *expression = json_object_get(json_object_get(root, "params"), "expression");
    json_auto_t *call = expression ? parse_call(expression) : NULL;
    const char *operation = json_string_value(json_array_get(call, 0));
    if (!method || !compare_is_plain_name(method))
        return;
    if (operation && compare_is_plain_name(operation))
        (void)!text_format(ret_name, DIVERGENCE_TEXT_MAX, "%s %s", method, operation);
    else
        (void)!text_format(ret_name, DIVERGENCE_TEXT_MAX, "%s", method);
}

void compare_name(enum entry_kind kind, struct slice value, char ret_name[DIVERGENCE_TEXT_MAX])
{
    ret_name[0] = '\0';
    if (kind != ENTRY_SEND && kind != ENTRY_HTTP_OUT && kind != ENTRY_BYTES)
        return;
    json_auto_t *root = parse(value);
    if (root)
        name_request(root, ret_name);
    if (ret_name[0] == '\0' && kind == ENTRY_BYTES && json_is_integer(json_object_get(root, "id")))
        (void)!text_format(ret_name, DIVERGENCE_TEXT_MAX, "reply");
}

void compare_add_step(char path[DIVERGENCE_TEXT_MAX], const char *key, size_t index)
{
    char longer[DIVERGENCE_TEXT_MAX];
    bool named = key && compare_is_plain_name(key);
    bool fits = named ? text_format(longer, sizeof longer, "%s%s%s", path, path[0] ? "." : "", key)
                      : text_format(longer, sizeof longer, "%s[%zu]", path, index);
    if (fits)
        memcpy(path, longer, strlen(longer) + 1);
}

static bool walk(json_t *engine, json_t *recorded, int depth, struct difference *difference);

static size_t first_difference(struct slice a, struct slice b)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at])
        at++;
    return at;
}

/* value NULL is an absent one; other, the value on the other side, says from where on
   two strings differ. */
static void describe(const json_t *value, const json_t *other, char *ret_shape)
{
    struct slice text = {json_string_value(value), json_string_length(value)};
    struct slice text2 = {json_string_value(other), json_string_length(other)};
    bool fits = true;
    if (!value)
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "nothing");
    else if (text.ptr && text2.ptr)
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "string of %zu bytes, another from byte %zu on", text.len,
                           first_difference(text, text2));
    else if (text.ptr)
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "string of %zu bytes", text.len);
    else if (json_is_object(value))
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "object of %zu members", json_object_size(value));
    else if (json_is_array(value))
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "list of %zu", json_array_size(value));
    else
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "%s",
                           json_is_integer(value)   ? "integer"
                           : json_is_real(value)    ? "number"
                           : json_is_boolean(value) ? "boolean"
                                                    : "null");
    ASSERT(fits);
}

static bool differ_at(struct difference *difference, const json_t *engine, const json_t *recorded)
{
    describe(engine, recorded, difference->engine);
    describe(recorded, engine, difference->recorded);
    if (difference->text && json_is_string(recorded))
        str_add(difference->text, (struct slice){json_string_value(recorded), json_string_length(recorded)});
    else if (difference->text && json_is_integer(recorded))
        str_add_i64(difference->text, json_integer_value(recorded));
    return true;
}

bool compare_names_hold(const struct compare_names *names, const char *name)
{
    for (size_t i = 0; names && i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

/* Goes down one step; the path is kept only when something differs there. */
static bool step(json_t *engine, json_t *recorded, const char *key, size_t index, int depth,
                 struct difference *difference)
{
    size_t length = strlen(difference->path);
    if (key && compare_names_hold(difference->passed, key))
        return false;
    compare_add_step(difference->path, key, index);
    bool differs = engine && recorded ? walk(engine, recorded, depth + 1, difference)
                                      : differ_at(difference, engine, recorded);
    if (!differs)
        difference->path[length] = '\0';
    return differs;
}

static bool walk_objects(json_t *engine, json_t *recorded, int depth, struct difference *difference)
{
    const char *key;
    json_t *value;
    size_t index = 0;
    json_object_foreach(recorded, key, value)
    {
        bool is_passed = difference->passes_id && depth == 0 && strcmp(key, "id") == 0;
        if (!is_passed && step(json_object_get(engine, key), value, key, index++, depth, difference))
            return true;
    }
    index = 0;
    json_object_foreach(engine, key, value)
    {
        if (!json_object_get(recorded, key))
            return step(value, NULL, key, index, depth, difference);
        index++;
    }
    return false;
}

static bool walk_arrays(json_t *engine, json_t *recorded, int depth, struct difference *difference)
{
    size_t count = json_array_size(engine), others = json_array_size(recorded);
    for (size_t i = 0; i < count || i < others; i++)
        if (step(json_array_get(engine, i), json_array_get(recorded, i), NULL, i, depth, difference))
            return true;
    return false;
}

/* Two calls of page operations: the name, then the arguments, then the options. */
static bool walk_calls(json_t *engine, json_t *recorded, int depth, struct difference *difference)
{
    static const char *const parts[] = {"operation", "argument", "option"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (step(json_array_get(engine, i), json_array_get(recorded, i), parts[i], i, depth, difference))
            return true;
    return false;
}

static bool walk_strings(json_t *engine, json_t *recorded, int depth, struct difference *difference)
{
    if (json_equal(engine, recorded))
        return false;
    json_auto_t *engine_call = parse_call(engine);
    json_auto_t *recorded_call = parse_call(recorded);
    if (engine_call && recorded_call && walk_calls(engine_call, recorded_call, depth, difference))
        return true;
    return differ_at(difference, engine, recorded);
}

static bool walk(json_t *engine, json_t *recorded, int depth, struct difference *difference)
{
    if (json_typeof(engine) != json_typeof(recorded) || depth > PATH_DEPTH_MAX)
        return !json_equal(engine, recorded) && differ_at(difference, engine, recorded);
    if (json_is_object(engine))
        return walk_objects(engine, recorded, depth, difference);
    if (json_is_array(engine))
        return walk_arrays(engine, recorded, depth, difference);
    if (json_is_string(engine))
        return walk_strings(engine, recorded, depth, difference);
    return !json_equal(engine, recorded) && differ_at(difference, engine, recorded);
}

static void describe_bytes(struct slice text, char *ret_shape)
{
    (void)!text_format(ret_shape, DIVERGENCE_TEXT_MAX, "%zu bytes", text.len);
}

/* The first difference; the number of a message only when there is no other. */
static bool find_difference(json_t *engine, json_t *recorded, struct difference *difference)
{
    difference->passes_id = true;
    if (walk(engine, recorded, 0, difference))
        return true;
    difference->passes_id = false;
    return walk(engine, recorded, 0, difference);
}

bool compare_values(struct slice engine, struct slice recorded, char ret_field[DIVERGENCE_TEXT_MAX],
                    char ret_engine_shape[DIVERGENCE_TEXT_MAX], char ret_recorded_shape[DIVERGENCE_TEXT_MAX])
{
    return compare_values_but(engine, recorded, NULL, ret_field, ret_engine_shape, ret_recorded_shape);
}

bool compare_values_but(struct slice engine, struct slice recorded, const struct compare_names *passed,
                        char ret_field[DIVERGENCE_TEXT_MAX], char ret_engine_shape[DIVERGENCE_TEXT_MAX],
                        char ret_recorded_shape[DIVERGENCE_TEXT_MAX])
{
    struct difference difference = {.passed = passed};
    json_auto_t *a = parse(engine);
    json_auto_t *b = parse(recorded);
    describe_bytes(engine, ret_engine_shape);
    describe_bytes(recorded, ret_recorded_shape);
    ret_field[0] = '\0';
    if (!a || !b || !find_difference(a, b, &difference))
        return false;
    memcpy(ret_field, difference.path, sizeof difference.path);
    memcpy(ret_engine_shape, difference.engine, sizeof difference.engine);
    memcpy(ret_recorded_shape, difference.recorded, sizeof difference.recorded);
    return true;
}

void compare_recorded_text(struct slice engine, struct slice recorded, struct str *ret_text)
{
    struct difference difference = {.text = ret_text};
    json_auto_t *a = parse(engine);
    json_auto_t *b = parse(recorded);
    str_clear(ret_text);
    if (a && b)
        (void)find_difference(a, b, &difference);
}
