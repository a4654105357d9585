/* `-v`: what happens in a run as it happens, a sentence a line on stderr: each visit as it ends, each
   attempt that failed, what became of browser, breaker and session, dialogs. Steps are not told. */
#ifndef ENGINE_CLI_NARRATOR_H
#define ENGINE_CLI_NARRATOR_H

#include "engine/base/str.h"

/* The sentence of an event line, with its newline; nothing for an event that is not told. */
void narrate(struct slice line, struct str *out);

#endif
