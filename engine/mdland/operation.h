/* The page operations as a table; engine/mdland/ops.def is its source. */
#ifndef ENGINE_MDLAND_OPERATION_H
#define ENGINE_MDLAND_OPERATION_H

#include "engine/call/call.h"

enum operation_id {
#define X(id, name, budget, effect, target) id,
#include "engine/mdland/ops.def"
#undef X
    OPERATION_COUNT
};

const struct operation *operation_get(enum operation_id id);

/* The paths whose POSTs leave only inside an effect, for op_start. */
extern const char *const operation_guarded[];
extern const size_t operation_guarded_count;

extern const struct dialog_rule dialog_rules[];
extern const size_t dialog_rule_count;

/* What page.js names as missing, in words; NULL for a word that is not in
   engine/mdland/place.def. */
const char *place_sentence(const char *word);

/* The text of page.js, joined at build time from engine/mdland/page. */
extern const char page_script[];
extern const size_t page_script_size;

#endif
