#include "tests/sweep/invariant.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *group, *name, *sentence;
} invariants[] = {
#define X(id, group, name, sentence) [id] = {group, name, sentence},
#include "tests/sweep/invariant.def"
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
#include "tests/sweep/sometimes.def"
#undef X
    };
    return names[id];
}

void verdicts_break(struct verdicts *v, enum invariant id, const char *fmt, ...)
{
    v->violations++;
    if (v->first != INVARIANT_COUNT)
        return;
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(v->where, sizeof v->where, fmt, args);
    va_end(args);
    v->first = id;
    if (length < 0)
        v->where[0] = '\0';
}

void verdicts_add(struct verdicts *into, const struct verdicts *from)
{
    for (size_t i = 0; i < INVARIANT_COUNT; i++)
        into->checked[i] += from->checked[i];
    for (size_t i = 0; i < SOMETIMES_COUNT; i++)
        into->reached[i] += from->reached[i];
    into->violations += from->violations;
}
