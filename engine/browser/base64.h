/* Base64 as Chromium writes it: the standard alphabet, padded, no blanks. */
#ifndef ENGINE_BROWSER_BASE64_H
#define ENGINE_BROWSER_BASE64_H

#include "engine/base/str.h"

/* Appends the decoded bytes; false when text is not base64 (out may then hold a part). */
bool base64_decode(struct slice text, struct str *out);

#endif
