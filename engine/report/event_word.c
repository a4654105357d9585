#include "engine/report/event_word.h"

#include "engine/batch/events.h"
#include "engine/mdland/operation.h"

static bool is_dialog(struct slice word)
{
    for (size_t i = 0; i < dialog_rule_count; i++)
        if (slice_equal(word, slice_of(dialog_rules[i].id)))
            return true;
    return slice_equal(word, SLICE("unknown"));
}

static bool is_batch_outcome(struct slice word)
{
    for (int i = 0; i < BATCH_OUTCOME_COUNT; i++)
        if (slice_equal(word, slice_of(batch_outcome_name((enum batch_outcome)i))))
            return true;
    return false;
}

static bool is_among(const char *words, struct slice word)
{
    for (size_t length; *words; words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        if (slice_equal(word, (struct slice){words, length}))
            return true;
    }
    return false;
}

bool event_word_is_ours(enum event_key_kind kind, struct slice word)
{
    enum breaker_state state;
    if (kind == KEY_DIALOG)
        return is_dialog(word);
    if (kind == KEY_BATCH_OUTCOME)
        return is_batch_outcome(word);
    if (kind == KEY_BREAKER_STATE)
        return breaker_state_parse(word, &state);
    return is_among(event_key_kind_words(kind), word);
}
