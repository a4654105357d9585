#include "recorder/cursor.h"

bool cursor_quoted(struct slice *rest, struct slice *ret_inside)
{
    if (!cursor_skip(rest, SLICE("\"")))
        return false;
    size_t from = 0;
    for (;;) {
        const char *quote = from < rest->len ? memchr(rest->ptr + from, '"', rest->len - from) : NULL;
        if (!quote)
            return false;
        size_t length = (size_t)(quote - rest->ptr), slashes = 0;
        while (slashes < length && quote[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        from = length + 1;
        if (slashes % 2)
            continue;
        *ret_inside = (struct slice){rest->ptr, length};
        rest->ptr += from;
        rest->len -= from;
        return true;
    }
}
