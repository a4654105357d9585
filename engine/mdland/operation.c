#include "engine/mdland/operation.h"

static const struct operation operations[OPERATION_COUNT] = {
#define X(id, op_name, class, effect, path) \
    [id] = {.name = op_name, .budget = class, .is_effect = effect, .target = path},
#include "engine/mdland/ops.def"
#undef X
};

const char *const operation_guarded[] = {"ov_icdcpt", "ov_ptnote", "checkout"};
const size_t operation_guarded_count = sizeof operation_guarded / sizeof *operation_guarded;

const struct dialog_rule dialog_rules[] = {
#define X(text, name, answer) {.part = text, .id = name, .accept = answer},
#include "engine/mdland/dialog.def"
#undef X
};
const size_t dialog_rule_count = sizeof dialog_rules / sizeof *dialog_rules;

const struct operation *operation_get(enum operation_id id)
{
    return &operations[id];
}

const char *place_sentence(const char *word)
{
    static const struct {
        const char *word, *sentence;
    } places[] = {
#define X(name, sentence) {#name, sentence},
#include "engine/mdland/place.def"
#undef X
    };
    const size_t count = sizeof places / sizeof *places;
    for (size_t i = 0; i < count; i++)
        if (strcmp(places[i].word, word) == 0)
            return places[i].sentence;
    return NULL;
}
