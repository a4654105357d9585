#include "engine/cli/sweep/invariant.h"

static const struct {
    const char *group, *name, *sentence;
} invariants[] = {
#define X(id, group, name, sentence) [id] = {group, name, sentence},
#include "engine/cli/sweep/invariant.def"
#undef X
};

const char *invariant_group(enum invariant id)
{
    return invariants[id].group;
}

const char *invariant_name(enum invariant id)
{
    return invariants[id].name;
}

const char *invariant_sentence(enum invariant id)
{
    return invariants[id].sentence;
}

const char *sometimes_name(enum sometimes id)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
#include "engine/cli/sweep/sometimes.def"
#undef X
    };
    return names[id];
}

bool verdicts_first(struct verdicts *v, enum invariant id)
{
    v->violations++;
    if (v->first != INVARIANT_COUNT)
        return false;
    v->first = id;
    return true;
}

void verdicts_add(struct verdicts *into, const struct verdicts *from)
{
    for (size_t i = 0; i < INVARIANT_COUNT; i++)
        into->checked[i] += from->checked[i];
    for (size_t i = 0; i < SOMETIMES_COUNT; i++)
        into->reached[i] += from->reached[i];
    into->violations += from->violations;
}
