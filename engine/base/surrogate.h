/* Lone surrogates in JSON. A browser writes half a character as an escape ("\ud800"),
   alone in a string that JavaScript cut in two; jansson 2.14 rejects the whole text
   for it. Each becomes U+FFFD, as UTF-8 decoders do. */
#ifndef ENGINE_BASE_SURROGATE_H
#define ENGINE_BASE_SURROGATE_H

#include "engine/base/str.h"

/* The JSON text itself where it needs no repair, else its repaired copy in scratch;
   empty when that cannot be made (memory, or scratch's ceiling). */
struct slice surrogates_repaired(struct slice text, struct str *scratch);

#endif
