/* What a recording needs to know of text: whether bytes may stand in a line as
   they are, and how they stand there when they may not. Nothing here guesses:
   a text that cannot be carried exactly goes as base64. */
#ifndef RECORDER_TEXT_H
#define RECORDER_TEXT_H

#include "engine/base/str.h"

#include <stdbool.h>

/* Valid UTF-8: no overlong form, no surrogate, nothing past U+10FFFF. */
bool text_is_utf8(struct slice text);
/* UTF-8 without control characters. */
bool text_is_one_line(struct slice text);
/* May stand raw as a member's value in a line: one line of UTF-8 without control
   characters that begins with { and ends with }. */
bool text_is_json_line(struct slice text);

void text_add_base64(struct str *out, struct slice bytes);
/* Appends the decoded bytes; false (out as it was) unless text is whole, padded base64. */
bool text_decode_base64(struct slice text, struct str *out);

/* Appends what the inside of a JSON string says; false (out undefined past its old
   length) at a broken escape or a lone surrogate. */
bool text_unescape(struct slice inside, struct str *out);

#endif
