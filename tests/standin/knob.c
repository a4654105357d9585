#include "tests/standin/knob.h"

#include "tests/standin/buf.h"
#include "tests/standin/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct knob {
    const char *name;
    const char *legal;
    const char *seeded;
    const char *sentence;
};

static json_t *default_of_text(const char *text)
{
    return json_string(text);
}

static json_t *default_of_int(int number)
{
    return json_integer(number);
}

#define KNOB(name, def, legal, seeded, sentence) {#name, legal, seeded, sentence},
static const struct knob knobs[] = {
#include "tests/standin/knob.def"
};
#undef KNOB

enum { KNOB_COUNT = sizeof knobs / sizeof *knobs };

static json_t *values;

static json_t *defaults(void)
{
    json_t *object = json_object();

#define KNOB(name, def, legal, seeded, sentence) \
    json_object_set_new(object, #name, _Generic((def), int: default_of_int, char *: default_of_text)(def));
#include "tests/standin/knob.def"
#undef KNOB
    return object;
}

void knob_init(void)
{
    json_decref(values);
    values = defaults();
}

void knob_fini(void)
{
    json_decref(values);
    values = NULL;
}

static const struct knob *knob_find(const char *name)
{
    for (int i = 0; i < KNOB_COUNT; i++)
        if (!strcmp(knobs[i].name, name))
            return &knobs[i];
    return NULL;
}

const char *knob_text(const char *name)
{
    const char *text = json_string_value(json_object_get(values, name));

    return text ? text : "";
}

bool knob_is(const char *name, const char *value)
{
    return !strcmp(knob_text(name), value);
}

long knob_int(const char *name)
{
    return (long)json_integer_value(json_object_get(values, name));
}

static bool in_list(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (!strncmp(at, word, len) && (at[len] == '|' || !at[len]))
            return true;
    return false;
}

/* A new reference to the value as stored, or NULL when it is not legal. */
static json_t *legal_value(const struct knob *knob, const json_t *value)
{
    const char *dots = strstr(knob->legal, "..");
    const char *text = json_string_value(value);

    if (dots) {
        json_int_t number = json_integer_value(value);
        bool inside = number >= strtol(knob->legal, NULL, 10) && number <= strtol(dots + 2, NULL, 10);

        if (knob == knob_find("autoClose") && text && !strcmp(text, "none"))
            return json_integer(-1);
        return json_is_integer(value) && inside ? json_integer(number) : NULL;
    }
    if (json_is_boolean(value))
        text = json_is_true(value) ? "on" : "off";
    return text && *text && in_list(knob->legal, text) ? json_string(text) : NULL;
}

char *knob_merge(const json_t *object)
{
    json_t *next = json_copy(values);
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct knob *knob = knob_find(name);
        json_t *legal = knob ? legal_value(knob, value) : NULL;

        if (!legal) {
            json_decref(next);
            return knob ? need_printf("knob %s: legal are %s", name, knob->legal) : need_printf("no knob named %s", name);
        }
        json_object_set_new(next, name, legal);
    }
    json_decref(values);
    values = next;
    return NULL;
}

json_t *knob_values(void)
{
    return json_deep_copy(values);
}

json_t *knob_describe(void)
{
    json_t *all = json_object();
    json_t *first = defaults();

    for (int i = 0; i < KNOB_COUNT; i++)
        json_object_set_new(all, knobs[i].name,
                            json_pack("{sO sO ss ss}", "value", json_object_get(values, knobs[i].name), "default",
                                      json_object_get(first, knobs[i].name), "legal", knobs[i].legal, "means",
                                      knobs[i].sentence));
    json_decref(first);
    return all;
}

static json_t *choice(const struct knob *knob, uint64_t seed)
{
    unsigned count = 1;
    const char *at = knob->seeded;
    struct buf word = {0};
    json_t *value;

    for (const char *c = at; *c; c++)
        count += *c == '|';
    for (unsigned skip = draw_below(seed, knob->name, 0, count); skip; skip--)
        at = strchr(at, '|') + 1;
    buf_add(&word, at, strcspn(at, "|"));
    value = strstr(knob->legal, "..") ? json_integer(strtol(buf_str(&word), NULL, 10)) : json_string(buf_str(&word));
    buf_fini(&word);
    return value;
}

json_t *knob_propose(uint64_t seed)
{
    json_t *object = json_object();

    for (int i = 0; i < KNOB_COUNT; i++)
        if (*knobs[i].seeded)
            json_object_set_new(object, knobs[i].name, choice(&knobs[i], seed));
    return object;
}
