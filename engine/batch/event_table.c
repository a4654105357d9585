#include "engine/batch/event_table.h"

#define ALWAYS true
#define SOMETIMES false

const struct event_row_text event_rows[] = {
#define EVENT(id, name, sentence) {name, NULL, KEY_FORMAT, false, sentence},
#define KEY(key, kind, when, sentence) {NULL, key, kind, when, sentence},
#include "engine/batch/event.def"
#undef EVENT
#undef KEY
    {NULL, NULL, KEY_FORMAT, false, NULL},
};

static const struct {
    const char *name, *words;
} kinds[] = {
#define X(id, name, words) [id] = {name, words},
#include "engine/batch/event_key.def"
#undef X
};

const char *event_key_kind_name(enum event_key_kind kind)
{
    return kinds[kind].name;
}

const char *event_key_kind_words(enum event_key_kind kind)
{
    return kinds[kind].words;
}
