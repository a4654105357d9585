/* The laws of a run by name (invariant.def), how often each was looked at, and the first
   that was broken. What a sweep must have come through is counted here too. */
#ifndef TESTS_SWEEP_INVARIANT_H
#define TESTS_SWEEP_INVARIANT_H

#include "engine/base/str.h"

#include <stdint.h>

enum invariant {
#define X(id, group, name, sentence) id,
#include "tests/sweep/invariant.def"
#undef X
    INVARIANT_COUNT
};

enum sometimes {
#define X(id, name) id,
#include "tests/sweep/sometimes.def"
#undef X
    SOMETIMES_COUNT
};

struct verdicts {
    uint64_t checked[INVARIANT_COUNT];
    uint64_t reached[SOMETIMES_COUNT];
    uint64_t violations;
    enum invariant first; /* of the batch in hand; INVARIANT_COUNT: none */
    char where[160];      /* what was seen, in words */
};

const char *invariant_group(enum invariant id);
const char *invariant_name(enum invariant id);
const char *invariant_sentence(enum invariant id);
const char *sometimes_name(enum sometimes id);

/* The first violation of a batch is kept: those that follow it follow from it. */
void verdicts_break(struct verdicts *v, enum invariant id, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The claim must hold; the words say what was seen where it does not. */
#define MUST(v, id, claim, ...)                                                                                        \
    do {                                                                                                               \
        (v)->checked[id]++;                                                                                            \
        if (__builtin_expect(!(claim), 0))                                                                             \
            verdicts_break(v, id, __VA_ARGS__);                                                                        \
    } while (0)

static inline void reached(struct verdicts *v, enum sometimes id)
{
    v->reached[id]++;
}

/* Takes the counts of `from` in, for the whole sweep. */
void verdicts_add(struct verdicts *into, const struct verdicts *from);

#endif
