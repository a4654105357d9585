/* What page.js wraps every answer in (engine/mdland/README.md, "Page
   operations"). The page is not trusted: an answer that has not exactly this
   shape is of kind unknown, and nothing of it is used. */
#ifndef ENGINE_CALL_ENVELOPE_H
#define ENGINE_CALL_ENVELOPE_H

#include "engine/policy/kind.h"
#include "engine/world/answer.h"

void envelope_parse(struct slice text, struct answer *ret_answer);

#endif
