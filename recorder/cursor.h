/* Walking a text whose layout is known: each function takes its part off the
   front of `rest` and returns true, or returns false and the text is not what it
   should be (rest is then of no more use). Never reads past the slice. */
#ifndef RECORDER_CURSOR_H
#define RECORDER_CURSOR_H

#include "engine/base/str.h"

static inline bool cursor_skip(struct slice *rest, struct slice literal)
{
    if (rest->len < literal.len || memcmp(rest->ptr, literal.ptr, literal.len) != 0)
        return false;
    rest->ptr += literal.len;
    rest->len -= literal.len;
    return true;
}

/* A decimal number up to max, without sign or leading zeros. */
static inline bool cursor_number(struct slice *rest, uint64_t max, uint64_t *ret_number)
{
    size_t digits = 0;
    uint64_t number = 0;
    for (; digits < rest->len && (unsigned char)(rest->ptr[digits] - '0') < 10; digits++)
        number = number * 10 + (uint64_t)(rest->ptr[digits] - '0');
    if (digits == 0 || (digits > 1 && rest->ptr[0] == '0'))
        return false;
    /* nineteen digits always fit into 64 bits */
    if (digits > 19 ? !slice_parse_u64((struct slice){rest->ptr, digits}, max, &number) : number > max)
        return false;
    *ret_number = number;
    rest->ptr += digits;
    rest->len -= digits;
    return true;
}

/* What stands before the next `stop`, which is taken too. */
static inline bool cursor_until(struct slice *rest, char stop, struct slice *ret_text)
{
    const char *end = rest->len ? memchr(rest->ptr, stop, rest->len) : NULL;
    if (!end)
        return false;
    *ret_text = (struct slice){rest->ptr, (size_t)(end - rest->ptr)};
    rest->len -= ret_text->len + 1;
    rest->ptr = end + 1;
    return true;
}

/* A JSON string with its quotes; its inside comes back, escapes as they stand. */
bool cursor_quoted(struct slice *rest, struct slice *ret_inside);

#endif
