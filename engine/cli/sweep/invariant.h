/* The laws of a run by name (invariant.def), how often each was looked at, and the first
   that was broken. What a sweep must have come through is counted here too. */
#ifndef ENGINE_CLI_SWEEP_INVARIANT_H
#define ENGINE_CLI_SWEEP_INVARIANT_H

#include "engine/base/str.h"

#include <stdint.h>

enum invariant {
#define X(id, group, name, sentence) id,
#include "engine/cli/sweep/invariant.def"
#undef X
    INVARIANT_COUNT
};

enum sometimes {
#define X(id, name) id,
#include "engine/cli/sweep/sometimes.def"
#undef X
    SOMETIMES_COUNT
};

struct verdicts {
    uint64_t checked[INVARIANT_COUNT];
    uint64_t reached[SOMETIMES_COUNT];
    uint64_t violations;
    enum invariant first; /* of the batch in hand; INVARIANT_COUNT: none */
    char where[256];      /* what was seen, in words */
};

const char *invariant_group(enum invariant id);
const char *invariant_name(enum invariant id);
const char *invariant_sentence(enum invariant id);
const char *sometimes_name(enum sometimes id);

/* Counts a violation. The first of a batch is kept, those that follow it follow from it:
   true, and v->where is to be written. */
bool verdicts_first(struct verdicts *v, enum invariant id);

/* A law is broken; the words say what was seen. */
#define BROKEN(v, id, ...)                                                                                             \
    do {                                                                                                               \
        if (verdicts_first(v, id) && !text_format((v)->where, sizeof(v)->where, __VA_ARGS__))                          \
            (v)->where[0] = '?';                                                                                       \
    } while (0)

/* The claim must hold; the words say what was seen where it does not. */
#define MUST(v, id, claim, ...)                                                                                        \
    do {                                                                                                               \
        (v)->checked[id]++;                                                                                            \
        if (__builtin_expect(!(claim), 0))                                                                             \
            BROKEN(v, id, __VA_ARGS__);                                                                                \
    } while (0)

static inline void reached(struct verdicts *v, enum sometimes id)
{
    v->reached[id]++;
}

/* Takes the counts of `from` in, for the whole sweep. */
void verdicts_add(struct verdicts *into, const struct verdicts *from);

#endif
