/* UTF-8 from outside, where nothing promises that it is any. */
#ifndef ENGINE_BASE_UTF8_H
#define ENGINE_BASE_UTF8_H

#include "engine/base/str.h"

#define UTF8_REPLACEMENT 0xfffdu

/* Length of the valid sequence at text (1 to 4), or 0. Overlong forms, surrogates and code
   points past U+10FFFF are invalid. left: at least 1. */
size_t utf8_length(const unsigned char *text, size_t left);

/* The character at text, whose length comes back: U+FFFD and 1 where there is none. */
uint32_t utf8_character(struct slice text, size_t *ret_length);

/* Does the character at text show itself and nothing else on a terminal? Controls of either
   range, line and paragraph separators, marks that turn the direction and invalid bytes do not. */
bool utf8_shows(struct slice text, size_t *ret_length);

/* The text on one line, for a terminal: what does not show becomes a '?'. */
void utf8_add_visible(struct str *out, struct slice text);

#endif
