/* The kinds of failure and what follows from each: engine/policy/kind.def is
   the table, this is how it is read. */
#ifndef ENGINE_POLICY_KIND_H
#define ENGINE_POLICY_KIND_H

#include "engine/base/str.h"

#include <stdbool.h>

enum kind_class { CLASS_NONE, CLASS_TRANSIENT, CLASS_PERMANENT, CLASS_FATAL };

enum kind {
#define X(id, name, class, sentence) id,
#include "engine/policy/kind.def"
#undef X
};

const char *kind_name(enum kind kind);
const char *kind_sentence(enum kind kind);
enum kind_class kind_class_of(enum kind kind);
/* False when no kind bears that name; "none" is not a name to parse. */
bool kind_parse(struct slice name, enum kind *ret_kind);

#endif
