/* What a value of a scenario can be: types, each with how it is written, what is allowed, and
   one canonical text, so that what was expected and what came are compared, printed and
   written back in the same words. */
#ifndef ENGINE_CLI_SCENARIO_VALUE_H
#define ENGINE_CLI_SCENARIO_VALUE_H

#include "engine/cli/scenario/node.h"

enum value_type {
#define X(id, words, sentence) id,
#include "engine/cli/scenario/value.def"
#undef X
    VALUE_TYPE_COUNT
};

struct value {
    struct slice text; /* canonical; NUL-ended, in the arena of the scenario */
    int64_t number;    /* count, milliseconds, thousandths, or which of the words */
};

/* Names of the types whose values are words; `index` below value_word_count(). */
const char *value_word(enum value_type type, size_t index);
size_t value_word_count(enum value_type type);

/* What may stand there, in a sentence. */
const char *value_sentence(enum value_type type);

/* One value; false with a problem when the node is none of this type. */
bool value_read(const struct node *node, enum value_type type, struct arena *arena, struct problems *problems,
                struct value *ret_value);

/* A time as a scenario says it: "2s", "1500ms". */
void value_add_duration(struct str *out, int64_t ms);

#endif
