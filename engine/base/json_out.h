/* An ordered JSON writer: keys appear as they are written, integers only,
   absent rather than null. It appends to a str, makes no copy, and takes any
   bytes as a string: invalid UTF-8 becomes U+FFFD, control characters, quotes,
   backslashes, and U+2028/2029 are escaped, so that the text is also a legal
   JavaScript literal on one line. The result is canonical: the same calls give
   the same bytes everywhere. Nesting errors are our bugs (ASSERT). */
#ifndef ENGINE_BASE_JSON_OUT_H
#define ENGINE_BASE_JSON_OUT_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_OUT_DEPTH_MAX 16

struct json_out {
    struct str *out; /* borrowed */
    int depth;
    bool wants_comma[JSON_OUT_DEPTH_MAX];
};

void json_out_init(struct json_out *j, struct str *out);

/* In an object, key is the member's name, a literal of ours without anything to escape;
   in an array or at the top it is NULL. */
void json_out_object(struct json_out *j, const char *key);
void json_out_array(struct json_out *j, const char *key);
void json_out_end_object(struct json_out *j);
void json_out_end_array(struct json_out *j);
void json_out_string(struct json_out *j, const char *key, struct slice value);
void json_out_text(struct json_out *j, const char *key, const char *value); /* NUL-ended */
void json_out_int(struct json_out *j, const char *key, int64_t value);
void json_out_bool(struct json_out *j, const char *key, bool value);
/* value is JSON text already: copied as it is. */
void json_out_raw(struct json_out *j, const char *key, struct slice value);

/* A quoted, escaped string alone. */
void json_out_quote(struct str *out, struct slice value);

#endif
