/* What is wrong with a batch: all of it at once, each problem on a line of its own
   with its path in the JSON. The paths leave out the `data` of a wrapped batch.
   Sentences are ours alone: no name and no value of the batch gets in here. */
#ifndef ENGINE_MDLAND_BATCH_PROBLEM_H
#define ENGINE_MDLAND_BATCH_PROBLEM_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stddef.h>

#define BATCH_PROBLEMS_LISTED 40u

struct batch_problems {
    struct str text; /* owned; a line a problem, the first BATCH_PROBLEMS_LISTED */
    size_t count;
};

void batch_problems_init(struct batch_problems *p);
void batch_problems_fini(struct batch_problems *p);

/* Where in the JSON something stands. Parts are added on the way in; a place is a
   value, copied on the way, never freed. */
struct batch_place {
    char path[96];
};

struct batch_place batch_place_patient(size_t index);
struct batch_place batch_place_member(const struct batch_place *in, const char *key);
struct batch_place batch_place_element(const struct batch_place *in, const char *key, size_t index);

/* One problem at `place`; `why` says what is wanted. */
void batch_problem(struct batch_problems *p, const struct batch_place *place, const char *why);
/* The same at a member of `place`. */
void batch_problem_at(struct batch_problems *p, const struct batch_place *place, const char *key, const char *why);

/* ERR_OK without problems, else ERR_INPUT with the list. */
enum err_code batch_problems_result(const struct batch_problems *p, struct err *err) MUST_USE;

#define CLEANUP_BATCH_PROBLEMS __attribute__((cleanup(batch_problems_fini)))

#endif
