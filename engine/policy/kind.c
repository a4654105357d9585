#include "engine/policy/kind.h"

static const struct {
    const char *name;
    enum kind_class class;
    const char *sentence;
} kinds[] = {
#define X(id, name, class, sentence) [id] = {name, class, sentence},
#include "engine/policy/kind.def"
#undef X
};

const char *kind_name(enum kind kind)
{
    return kinds[kind].name;
}

const char *kind_sentence(enum kind kind)
{
    return kinds[kind].sentence;
}

enum kind_class kind_class_of(enum kind kind)
{
    return kinds[kind].class;
}

bool kind_parse(struct slice name, enum kind *ret_kind)
{
    for (size_t i = KIND_NONE + 1; i < sizeof kinds / sizeof *kinds; i++) {
        if (!slice_equal(name, slice_of(kinds[i].name)))
            continue;
        *ret_kind = (enum kind)i;
        return true;
    }
    return false;
}
