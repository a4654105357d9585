/* Members of the batch's objects, judged as they are taken: each function reads one
   member, puts a problem into the list when it is not what it must be, and then
   answers the neutral value, so that the caller goes on and finds the next problem.
   null is the same as absent. */
#ifndef ENGINE_MDLAND_BATCH_FIELD_H
#define ENGINE_MDLAND_BATCH_FIELD_H

#include "engine/mdland/batch_problem.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum field_need { FIELD_OPTIONAL, FIELD_REQUIRED };

/* An object of the batch and where it stands. */
struct batch_object {
    json_t *json; /* borrowed; an object */
    struct batch_place place;
    struct batch_problems *problems; /* borrowed */
};

/* NULL when absent or null. */
json_t *field_get(const struct batch_object *in, const char *key);
/* Borrowed from the JSON; empty (ptr NULL) when absent or no string. */
struct slice field_text(const struct batch_object *in, const char *key, enum field_need need);
/* min..max, or 0 with a problem that reads `why`. */
uint32_t field_number(const struct batch_object *in, const char *key, uint32_t min, uint32_t max, const char *why);
/* The entry of `words` (NULL-ended) that the text equals, or NULL: absent, or with a problem. */
const char *field_word(const struct batch_object *in, const char *key, enum field_need need, const char *const *words,
                       const char *why);
/* The object or array, NULL otherwise. */
json_t *field_object(const struct batch_object *in, const char *key, enum field_need need);
json_t *field_array(const struct batch_object *in, const char *key, enum field_need need);

void field_problem(const struct batch_object *in, const char *key, const char *why);

#endif
