/* Long strings around the parser. jansson looks at a string's every byte several times,
   a hundred instructions in all; most of a note, a header or a frame's address are plain
   characters that a table tells. So the long strings that are beyond doubt are cut out of
   the text before it is parsed, and put into their values afterwards. Any other string
   stays where it is: what is valid, and what it says, is jansson's judgement alone. */
#ifndef ENGINE_BASE_JSON_LIFT_H
#define ENGINE_BASE_JSON_LIFT_H

#include "engine/base/str.h"

#include <jansson.h>

#define JSON_LIFT_MAX 256

struct json_lift {
    struct {
        struct slice inside; /* borrowed from the text */
        size_t ordinal;      /* among all string values, in the order of the text */
    } strings[JSON_LIFT_MAX];
    size_t count;
};

/* Finds what can be lifted. ret_short takes the text without it; false when there is
   nothing to lift, or no memory to do so: then parse the text itself. */
bool json_lift_cut(struct slice text, struct json_lift *ret_lift, struct str *ret_short);

/* Puts the strings where they were. False when memory ran out. */
bool json_lift_fill(const struct json_lift *lift, json_t *root);

#endif
