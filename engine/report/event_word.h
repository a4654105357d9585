/* Which words the writers of events write: whoever keeps a word of a log holds it against
   these, so that nothing else of a foreign log gets further. */
#ifndef ENGINE_REPORT_EVENT_WORD_H
#define ENGINE_REPORT_EVENT_WORD_H

#include "engine/base/str.h"
#include "engine/batch/event_table.h"

#include <stdbool.h>

/* For the kinds that are a dialog, a batch's outcome, a breaker's state, or have their words in
   event_key.def; false for any other. */
bool event_word_is_ours(enum event_key_kind kind, struct slice word);

#endif
