/* The text that a page operation answered, taken out of its reply without parsing the
   reply: what is inside is JSON again, and is parsed where it is understood. */
#ifndef ENGINE_BROWSER_ANSWER_H
#define ENGINE_BROWSER_ANSWER_H

#include "engine/base/str.h"

/* False when the reply is laid out otherwise, or its text holds more than ASCII and the
   short escapes: then it has to be parsed. out is overwritten. */
bool answer_read_text(struct slice reply, struct str *out);

#endif
