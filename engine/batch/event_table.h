/* The table of event.def as rows: each event's row, and behind it those of its keys. */
#ifndef ENGINE_BATCH_EVENT_TABLE_H
#define ENGINE_BATCH_EVENT_TABLE_H

#include <stdbool.h>

enum event_key_kind {
#define X(id, name, words) id,
#include "engine/batch/event_key.def"
#undef X
    EVENT_KEY_KIND_COUNT
};

/* The index of each event's row; those of keys have no name. */
#define EVENT_ROW_JOINED(line) EVENT_ROW_##line
#define EVENT_ROW(line) EVENT_ROW_JOINED(line)
enum event_row {
#define EVENT(id, name, sentence) id,
#define KEY(key, kind, when, sentence) EVENT_ROW(__LINE__),
#include "engine/batch/event.def"
#undef EVENT
#undef KEY
    EVENT_ROW_COUNT
};

struct event_row_text {
    const char *event; /* its type; NULL in the row of a key */
    const char *key;   /* NULL in the row of an event, and in the one behind the last */
    enum event_key_kind kind;
    bool always;
    const char *sentence;
};

/* EVENT_ROW_COUNT of them, and an empty one. */
extern const struct event_row_text event_rows[];

const char *event_key_kind_name(enum event_key_kind kind);
/* All that a value of the kind may be, parted by blanks; "" where event_key.def does not say. */
const char *event_key_kind_words(enum event_key_kind kind);

#endif
