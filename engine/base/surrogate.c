/* A replacement has the length of what it replaces ("\ufffd" for "\ud800"), so a
   repair is a copy and a few patches. Backslashes stand inside strings only, or
   the text is no JSON and is refused afterwards anyway. */
#include "engine/base/surrogate.h"

#define ESCAPE_LEN 6 /* \uXXXX */

static int32_t hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The code unit of the escape at `at`, or -1 when there is none. */
static int32_t escape_at(struct slice text, size_t at)
{
    if (text.len < ESCAPE_LEN || at > text.len - ESCAPE_LEN || text.ptr[at] != '\\' || text.ptr[at + 1] != 'u')
        return -1;
    int32_t code = 0;
    for (size_t i = at + 2; i < at + ESCAPE_LEN; i++) {
        int32_t digit = hex_digit(text.ptr[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static bool is_high(int32_t code)
{
    return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low(int32_t code)
{
    return code >= 0xdc00 && code <= 0xdfff;
}

/* The place of the first lone surrogate from *at on; *at moves behind it. */
static bool find_lone(struct slice text, size_t *at, size_t *ret_place)
{
    while (*at < text.len) {
        const char *escape = memchr(text.ptr + *at, '\\', text.len - *at);
        if (!escape)
            return false;
        size_t place = (size_t)(escape - text.ptr);
        int32_t code = escape_at(text, place);
        bool is_pair = is_high(code) && is_low(escape_at(text, place + ESCAPE_LEN));
        *at = place + (is_pair ? 2 * ESCAPE_LEN : code >= 0 ? ESCAPE_LEN : 2);
        if (is_pair || (!is_high(code) && !is_low(code)))
            continue;
        *ret_place = place;
        return true;
    }
    return false;
}

struct slice surrogates_repaired(struct slice text, struct str *scratch)
{
    size_t at = 0;
    size_t place;
    if (!find_lone(text, &at, &place))
        return text;
    str_clear(scratch);
    str_add(scratch, text);
    if (str_full(scratch))
        return SLICE_NONE;
    do
        memcpy(scratch->ptr + place, "\\ufffd", ESCAPE_LEN);
    while (find_lone(text, &at, &place));
    return str_slice(scratch);
}
