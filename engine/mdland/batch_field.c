/* One rule for every member: absent is a problem only where it is required, a wrong
   type always is. */
#include "engine/mdland/batch_field.h"

void field_problem(const struct batch_object *in, const char *key, const char *why)
{
    batch_problem_at(in->problems, &in->place, key, why);
}

json_t *field_get(const struct batch_object *in, const char *key)
{
    json_t *value = json_object_get(in->json, key);
    return json_is_null(value) ? NULL : value;
}

/* The member when it has the type; NULL, with a problem where one is due. */
static json_t *typed(const struct batch_object *in, const char *key, enum field_need need, json_type type,
                     const char *why)
{
    json_t *value = field_get(in, key);
    if (value && json_typeof(value) == type)
        return value;
    if (value)
        field_problem(in, key, why);
    else if (need == FIELD_REQUIRED)
        field_problem(in, key, "missing");
    return NULL;
}

struct slice field_text(const struct batch_object *in, const char *key, enum field_need need)
{
    json_t *value = typed(in, key, need, JSON_STRING, "must be a string");
    if (!value)
        return SLICE_NONE;
    return (struct slice){json_string_value(value), json_string_length(value)};
}

uint32_t field_number(const struct batch_object *in, const char *key, uint32_t min, uint32_t max, const char *why)
{
    json_t *value = typed(in, key, FIELD_REQUIRED, JSON_INTEGER, why);
    if (!value)
        return 0;
    json_int_t number = json_integer_value(value);
    if (number >= (json_int_t)min && number <= (json_int_t)max)
        return (uint32_t)number;
    field_problem(in, key, why);
    return 0;
}

const char *field_word(const struct batch_object *in, const char *key, enum field_need need, const char *const *words,
                       const char *why)
{
    struct slice text = field_text(in, key, need);
    if (!text.ptr)
        return NULL;
    for (; *words; words++)
        if (slice_equal(text, slice_of(*words)))
            return *words;
    field_problem(in, key, why);
    return NULL;
}

json_t *field_object(const struct batch_object *in, const char *key, enum field_need need)
{
    return typed(in, key, need, JSON_OBJECT, "must be an object");
}

json_t *field_array(const struct batch_object *in, const char *key, enum field_need need)
{
    return typed(in, key, need, JSON_ARRAY, "must be a list");
}
